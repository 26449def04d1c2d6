/**
 * A program as one WebAssembly module. Its export `run(table)` calls the kernels in order; addresses come from a table of
 * words in memory, so that the module knows none. Kernels of equal structure (the updates of four equal parameters) are one
 * function.
 */
import type { HostKernel, Kernel, Program } from '../../compile/kernel.ts'
import { call, get, I32, i32, set } from './assembler.ts'
import { emitContract } from './contract.ts'
import { createEmitter, type EmittedKernel, type Emitter, type Target } from './emitter.ts'
import { emitGather, emitScatter } from './gather.ts'
import { emitLoop } from './loop.ts'
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
  /** The most that any kernel needs. */
  readonly scratchBytes: number
  /** For each kernel: what is not vectorised. */
  readonly notes: readonly (readonly string[])[]
  /** How many different kernel functions there are. */
  readonly distinct: number
}

/** Equal for kernels that may share a function: everything but the name and which buffers they work on. */
function structureOf(kernel: Exclude<Kernel, HostKernel>): string {
  const { buffers } = kernel
  return JSON.stringify({ ...kernel, name: '', buffers: buffers.map(b => buffers.indexOf(b)) }, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? Object.is(value, -0)
        ? '-0'
        : `${value}`
      : value,
  )
}

export const mayFault = (kernel: Kernel): boolean => kernel.kind === 'gather' || kernel.kind === 'scatter'

export function emitProgram(program: Program, target: Target): EmittedProgram {
  const e = createEmitter(target)
  const host = e.module.import('host', [I32])
  const known = new Map<string, EmittedKernel>()
  const emitted = program.kernels.map(kernel => {
    if (kernel.kind === 'host') return undefined
    const key = structureOf(kernel)
    let result = known.get(key)
    if (!result) {
      const emit = emitters[kernel.kind] as (e: Emitter, kernel: Kernel) => EmittedKernel
      result = emit(e, kernel)
      known.set(key, result)
    }
    return result
  })
  e.module.function({
    name: 'run',
    params: [I32],
    build(f, pointers) {
      const scratch = f.i32()
      const constants = f.i32()
      const word = (at: number) => i32.load(get(pointers), 4 * at)
      let code = set(scratch, word(table.scratch)) + set(constants, word(table.constants))
      program.kernels.forEach((kernel, k) => {
        const { index } = emitted[k] ?? {}
        if (mayFault(kernel)) code += i32.store(get(pointers), i32.const(k), 4 * table.current)
        code +=
          index === undefined
            ? call(host, i32.const(k))
            : call(index, ...kernel.buffers.map(b => word(table.buffers + b)), get(scratch), get(constants))
      })
      return code
    },
  })
  return {
    bytes: e.module.assemble(),
    constants: e.constantData(),
    scratchBytes: Math.max(0, ...emitted.map(k => k?.scratchBytes ?? 0)),
    notes: emitted.map(k => k?.notes ?? ['runs in JavaScript']),
    distinct: known.size,
  }
}
