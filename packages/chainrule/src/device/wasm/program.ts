/**
 * A program as one WebAssembly module. Its export `run(table, tag, thread)` works off the kernels, alone or beside other threads
 * that call it at the same time (`shares.ts`); addresses come from a table of words in memory, so that the module knows none.
 * Kernels of equal structure (the updates of four equal parameters, equal pieces of one kernel) are one function.
 */
import type { HostKernel, Kernel, Program } from '../../compile/kernel.ts'
import { workOf } from '../../compile/slice.ts'
import type { Stage } from '../../compile/stages.ts'
import { structureOf } from '../../compile/structure.ts'
import { aligned } from '../arena.ts'
import { mayFault } from '../stages.ts'
import { br, type Code, call, get, I32, i32, ifElse, loop, returns, set, tee } from './assembler.ts'
import { emitContract } from './contract.ts'
import { createEmitter, type EmittedKernel, type Emitter, type Target } from './emitter.ts'
import { emitGather, emitScatter } from './gather.ts'
import { emitLoop } from './loop.ts'
import { control, sharesOf } from './shares.ts'
import { emitWindow } from './window.ts'

type Emitters = {
  readonly [K in Exclude<Kernel['kind'], 'host'>]: (e: Emitter, k: Kernel & { kind: K }) => EmittedKernel
}
const emitters: Emitters = {
  loop: emitLoop,
  contract: emitContract,
  window: emitWindow,
  gather: emitGather,
  scatter: emitScatter,
}

/** Words of the table that `run` is given. */
export const table = {
  scratch: 0,
  constants: 1,
  /** The kernel that is running, if it is one that may fault. */
  current: 2,
  /** Address of buffer 0; the others follow. */
  buffers: 3,
} as const

export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly constants: Int32Array
  /** For each thread; the most that any kernel needs. */
  readonly scratchBytes: number
  /** Pieces of each kernel. */
  readonly pieces: readonly number[]
  /** Of all kernels that are cut, in the units of `compile/slice.ts`. */
  readonly sharedWork: number
  /** For each kernel: what is not vectorised. */
  readonly notes: readonly (readonly string[])[]
  /** How many different kernel functions there are. */
  readonly distinct: number
}

/** `block` is where threads talk, in a memory that may be shared. With `watched`, the number of each stage is told when it ends. */
export function emitProgram(
  program: Program,
  stages: readonly Stage[],
  target: Target,
  block: number,
  shared = false,
  watched = false,
): EmittedProgram {
  const { kernels } = program
  const e = createEmitter(target, { initial: 1, maximum: 65536, shared })
  const host = e.module.import('host', [I32])
  const pause = e.module.import('pause', [I32])
  const watch = watched ? e.module.import('watch', [I32]) : undefined
  const known = new Map<string, EmittedKernel>()
  const emit = (kernel: Exclude<Kernel, HostKernel>): EmittedKernel => {
    const key = structureOf(kernel)
    let result = known.get(key)
    if (!result) {
      result = (emitters[kernel.kind] as (e: Emitter, kernel: Kernel) => EmittedKernel)(e, kernel)
      known.set(key, result)
    }
    return result
  }
  const notes = kernels.map((): readonly string[] => ['runs in JavaScript'])
  const counts = kernels.map(() => 1)
  let scratchBytes = 0
  /** Index of a kernel's function. */
  const functionOf = (k: number, kernel: Kernel): number => {
    if (kernel.kind === 'host') return host
    const emitted = emit(kernel)
    notes[k] = emitted.notes
    scratchBytes = Math.max(scratchBytes, aligned(emitted.scratchBytes))
    return emitted.index
  }
  const functions = stages.map(({ chain, shared }) => ({
    chain: chain.map(k => ({ k, index: functionOf(k, kernels[k]!) })),
    shared: shared.map(({ kernel: k, slices }) => {
      counts[k] = slices.reduce((n, { count }) => n + count, 0)
      return { count: counts[k], slices: slices.map(s => ({ ...s, index: functionOf(k, s.kernel) })) }
    }),
  }))
  const shares = sharesOf(e.module, pause, block)
  e.module.function({
    name: 'run',
    params: [I32, I32, I32],
    build(f, pointers, tag, thread) {
      const scratch = f.i32()
      const constants = f.i32()
      const [piece, owner, threads] = [f.i32(), f.i32(), f.i32()]
      const word = (at: number) => i32.load(get(pointers), 4 * at)
      const { take, finish, settle } = shares(get(tag))
      const run = (index: number, buffers: readonly Code[]): Code =>
        call(index, ...buffers, get(scratch), get(constants))
      const address = (b: number): Code => word(table.buffers + b)
      const whole = ({ k, index }: { k: number; index: number }): Code => {
        const kernel = kernels[k]!
        if (kernel.kind === 'host') return call(host, i32.const(k))
        const current = mayFault(kernel) ? i32.store(get(pointers), i32.const(k), 4 * table.current) : ''
        return current + run(index, kernel.buffers.map(address))
      }
      /** Code for piece number `piece` of a kernel. */
      const pieceOf = (slices: (typeof functions)[number]['shared'][number]['slices']): Code => {
        let from = 0
        const each = slices.map(({ kernel, count, offsets, shifts, index }) => {
          const displaced = (b: number, j: number): Code => {
            const start = offsets[j]! - from * shifts[j]!
            const at = start === 0 ? address(b) : i32.add(address(b), i32.const(4 * start))
            return shifts[j] === 0 ? at : i32.add(at, i32.mul(get(piece), i32.const(4 * shifts[j]!)))
          }
          const code = run(index, kernel.buffers.map(displaced))
          from += count
          return { end: from, code }
        })
        return each.reduceRight((rest, { end, code }) => ({
          end,
          code: ifElse(i32.ltU(get(piece), i32.const(end)), code, rest.code),
        })).code
      }
      let top = 0
      let code =
        set(scratch, i32.add(word(table.scratch), i32.mul(get(thread), i32.const(scratchBytes)))) +
        set(constants, word(table.constants)) +
        set(threads, i32.load(i32.const(block), 4 * control.threads))
      for (const [stage, { chain, shared }] of functions.entries()) {
        const works = shared.map(({ count, slices }) => ({ count, code: pieceOf(slices) }))
        if (chain.length > 0) works.unshift({ count: 1, code: chain.map(whole).join('') })
        const first = top
        const end = works.reduce((n, { count }) => n + count, top)
        let work = ''
        for (const { count, code } of works) {
          work += loop(
            ifElse(i32.geS(tee(piece, take(get(owner), top, count)), i32.const(0)), code + finish(end) + br(1)),
          )
          top += count
        }
        // from its own share on, around
        const around =
          set(owner, get(thread)) +
          f.times(
            get(threads),
            work +
              set(owner, i32.add(get(owner), i32.const(1))) +
              ifElse(i32.geU(get(owner), get(threads)), set(owner, i32.const(0))),
          )
        // what nobody else can help with is done by the thread that asked
        code += end - first > 1 ? around : ifElse(i32.eqz(get(thread)), around)
        code += ifElse(i32.eqz(settle(end)), returns())
        if (watch !== undefined) code += call(watch, i32.const(stage))
      }
      return code
    },
  })
  return {
    bytes: e.module.assemble(),
    constants: e.constantData(),
    scratchBytes,
    pieces: counts,
    sharedWork: watched ? 0 : kernels.reduce((sum, kernel, k) => (counts[k]! > 1 ? sum + workOf(kernel) : sum), 0),
    notes,
    distinct: known.size,
  }
}
