/**
 * The last step of a contraction: the epilogue applied to four neighbouring results in a register, on their way to memory.
 *
 * What is done here (`compile/two-passes.ts`, `fitsRegisters`), everything else takes one more pass over the raw result:
 * - loads and stores without masks, at any offset and strides. Along the vectorised dimension (the one in which the output is
 *   contiguous), stride 1 or 0 is one instruction, another stride costs four.
 * - all scalar operations; no `index` and no `random`.
 * A load may read what a store is about to overwrite if both have the same access (in place).
 */
import type { ContractKernel } from '../../compile/kernel.ts'
import { range } from '../../graph/shape.ts'
import { type Code, get, i32, type Local, v128 } from './assembler.ts'
import { Body } from './body.ts'
import type { Lanes } from './lanes.ts'
import { gathered } from './packing.ts'

/** Where lane 0 is, and how far lanes are apart. */
export interface Place {
  readonly pointer: Local | Code
  /** Bytes. */
  readonly offset: number
  /** Elements between lanes. */
  readonly stride: number
}

const at = ({ pointer, offset }: Place, bytes = 0): [pointer: Code, offset: number] => {
  const total = offset + bytes
  const code = typeof pointer === 'number' ? get(pointer) : pointer
  return total < 0 ? [i32.add(code, i32.const(total)), 0] : [code, total]
}

/** Four lanes, of which `lanes` count. */
export function loadLanes(s: Lanes, place: Place, lanes: number): Code {
  const { stride } = place
  if (stride === 1) return v128.load(...at(place))
  if (stride === 0) return v128.load32Splat(...at(place))
  if (stride === -1 && lanes === 4) return v128.shuffle(v128.load(...at(place, -12)), s.int(0), [3, 2, 1, 0])
  return gathered(range(lanes).map(lane => at(place, lane * stride * 4)))
}

/** Stores the first `lanes` lanes. */
export function storeLanes(s: Lanes, place: Place, value: Code, lanes: number): void {
  if (lanes === 4 && place.stride === 1) {
    const [pointer, offset] = at(place)
    s.emit(v128.store(pointer, value, offset))
    return
  }
  const x = s.let(value)
  let lane = 0
  if (place.stride === 1 && lanes >= 2) {
    const [pointer, offset] = at(place)
    s.emit(v128.store64Lane(pointer, x, 0, offset))
    lane = 2
  }
  for (; lane < lanes; lane++) {
    const [pointer, offset] = at(place, lane * place.stride * 4)
    s.emit(v128.store32Lane(pointer, x, lane, offset))
  }
}

/**
 * Appends the epilogue of `lanes` results in `result` (a local). `places` has an entry per site: loads in order of the body,
 * then stores.
 */
export function emitEpilogue(
  s: Lanes,
  epilogue: ContractKernel['epilogue'],
  result: Local,
  places: readonly Place[],
  lanes: number,
): void {
  const { body, stores } = epilogue
  const loads = body.flatMap((instruction, value) => (instruction.op === 'load' ? [value] : []))
  const values = new Body(s, body, {
    load: (_, value) => loadLanes(s, places[loads.indexOf(value)]!, lanes),
    index: () => {
      throw new Error('internal: an index in the epilogue of a contraction')
    },
    result: () => get(result),
  })
  // all values before the first store, which may overwrite what another one reads
  const stored = stores.map(store => s.let(values.stored(store.value)))
  for (const [i, value] of stored.entries()) storeLanes(s, places[loads.length + i]!, value, lanes)
}
