/**
 * The last step of a contraction or window: the epilogue applied to a vector of neighbouring results in a register, on its way
 * to memory.
 *
 * What is done here (`fitsRegisters`), everything else takes one more pass over the raw result: loads and stores without masks,
 * at any offset and strides; all scalar operations; no `index` and no `random`. A load may read what a store is about to
 * overwrite if both have the same access (in place).
 */
import type { Epilogue } from '../../compile/kernel.ts'
import { range } from '../../graph/shape.ts'
import { Body } from './body.ts'
import { type Code, Lines } from './lines.ts'
import type { Printer } from './printer.ts'

/** Sites are numbered: loads in the order of the body, then stores. */
export interface EpiloguePlace {
  /** The vector of results: `V` of a float32 kernel, `I` of an int32 one. A name. */
  readonly result: Code
  /** How many of its lanes count: a number, or an expression of type int. */
  readonly lanes: number | Code
  /** A `char*` to the element of lane 0. */
  pointer(site: number): Code
  /** Elements between neighbouring lanes: a number, or an expression of type long. */
  stride(site: number): number | Code
}

/** Bytes from lane 0 to lane `i`. */
const lane = (pointer: Code, stride: number, i: number): Code => `${pointer} + ${4 * i * stride}L`

/** One vector from memory; a constant stride of 0 or 1 is one instruction, one of 2 a few. */
export function loadLanes(
  pointer: Code,
  stride: number | Code,
  lanes: number | Code,
  all: number,
  isFloat: boolean,
): Code {
  const i = isFloat ? '' : 'i'
  if (stride === 1) return `ld${i}(${pointer})`
  if (stride === 0) return isFloat ? `splat(F(${pointer}))` : `isplat(N(${pointer}))`
  if (stride === 2) return `ld${i}_2(${pointer}, ${lanes})`
  if (lanes === all) return `ld${i}_by(${pointer}, ${stride})`
  if (typeof stride === 'string' || typeof lanes === 'string') return `ld${i}_by_n(${pointer}, ${stride}, ${lanes})`
  const [vector, element] = isFloat ? ['V', 'F'] : ['I', 'N']
  return `(${vector}){${range(lanes).map(l => `${element}(${lane(pointer, stride, l)})`)}}`
}
/** The first lanes of a vector, a name, to memory. */
export function storeLanes(
  pointer: Code,
  value: Code,
  stride: number | Code,
  lanes: number | Code,
  all: number,
  isFloat: boolean,
): Code {
  const i = isFloat ? '' : 'i'
  if (stride === 1) return lanes === all ? `st${i}(${pointer}, ${value});` : `st${i}_n(${pointer}, ${value}, ${lanes});`
  if (stride === 2) return `st${i}_2(${pointer}, ${value}, ${lanes});`
  if (typeof stride === 'string' || typeof lanes === 'string')
    return `st${i}_by(${pointer}, ${value}, ${stride}, ${lanes});`
  return range(lanes)
    .map(l => `${isFloat ? 'F' : 'N'}(${lane(pointer, stride, l)}) = ${value}[${l}];`)
    .join(' ')
}

/** C statements in braces. */
export function printEpilogue(printer: Printer, { body, stores }: Epilogue, place: EpiloguePlace): string {
  const lines = new Lines('e')
  const { lanes: all } = printer.target
  const loads = body.flatMap((instruction, value) => (instruction.op === 'load' ? [value] : []))
  const values = new Body(printer, lines, body, {
    load: (_, value, isFloat) => {
      const site = loads.indexOf(value)
      return loadLanes(place.pointer(site), place.stride(site), place.lanes, all, isFloat)
    },
    index: () => {
      throw new Error('internal: an index in an epilogue')
    },
    result: () => place.result,
  })
  // all values before the first store, which may overwrite what another one reads
  const stored = stores.map(({ value }) => {
    const isFloat = body[value]!.dtype === 'float32'
    return { code: lines.let(isFloat ? 'V' : 'I', values.stored(value)), isFloat }
  })
  stored.forEach(({ code, isFloat }, i) => {
    const site = loads.length + i
    lines.emit(storeLanes(place.pointer(site), code, place.stride(site), place.lanes, all, isFloat))
  })
  return `{\n${lines.text()}\n}`
}
