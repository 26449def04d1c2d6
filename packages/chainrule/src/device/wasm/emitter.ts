/**
 * What every kernel printer of the wasm device is given: the module being written, what the engine can do, and a place for
 * constant tables.
 *
 * A kernel function takes one i32 byte pointer per kernel buffer, then a pointer to scratch memory and a pointer to the
 * plan's constants, and returns nothing.
 */
import type { Kernel } from '../../compile/kernel.ts'
import {
  type Code,
  call,
  type FunctionBuilder,
  f32x4,
  I32,
  i32,
  type Local,
  type MemorySpec,
  Module,
  V128,
} from './assembler.ts'

/** What the engine that will run the module is good at. */
export interface Target {
  /** Relaxed SIMD is there: multiply-add in one instruction. */
  readonly fma: boolean
  /**
   * modern: the compiler keeps the order of instructions (V8 ≥ 12, Turboshaft): large tiles, unrolled steps.
   * legacy: it reorders within a basic block and spills: smaller tiles, few steps per loop iteration, each a block of its own.
   */
  readonly preset: 'modern' | 'legacy'
}

/**
 * Register tiles of the contraction kernels. V8 leaves 15 vector registers on x86: sums, the vectors of b, one of a, and one
 * for the product where multiply-add is two instructions. One too many, and it all runs at half the speed.
 */
export interface Tiles {
  /** Outer product: rows × vectors, and steps of k per loop iteration. */
  readonly rows: number
  readonly vectors: number
  readonly unroll: number
  /** Dot product: rows of a × rows of b. */
  readonly dotRows: number
  readonly dotColumns: number
}
const tiles: Record<Target['preset'], (fma: boolean) => Tiles> = {
  modern: fma => ({ rows: fma ? 6 : 5, vectors: 2, unroll: 4, dotRows: 2, dotColumns: fma ? 6 : 5 }),
  legacy: fma => ({ rows: 4, vectors: 2, unroll: fma ? 1 : 2, dotRows: 2, dotColumns: fma ? 4 : 3 }),
}
export const tilesOf = (target: Target): Tiles => tiles[target.preset](target.fma)

/** a·b + c in four lanes. */
export const multiplyAdd = (target: Target, a: Code, b: Code, c: Code): Code =>
  target.fma ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c)

/** What a kernel reports to the host when data is not what it must be. */
export const faults = { index: 0 } as const
export type Fault = keyof typeof faults

export interface Emitter {
  readonly module: Module
  readonly target: Target
  /** Appends constant data to the plan's constant area; its byte offset there, a multiple of 16. Equal tables are shared. */
  constants(data: Int32Array): number
  /** Code that calls the host's `env.fault(kind, value, size)`, which throws. */
  fault(kind: Fault, value: Code, size: Code): Code
}

export interface EmittedKernel {
  /** Function index in the module. */
  readonly index: number
  /** Scratch memory it needs while it runs; the pointer is 64-byte aligned. */
  readonly scratchBytes: number
  /** What is not vectorised, for the explain report. */
  readonly notes: readonly string[]
}

/** An emitter that can also give back the constant area it collected. */
export interface PlanEmitter extends Emitter {
  constantData(): Int32Array
}

/** The parameters of a kernel function. */
export interface Parameters {
  readonly buffers: readonly Local[]
  readonly scratch: Local
  readonly constants: Local
}
/** The function of a kernel with that many buffers, printed by `build`. */
export const kernelFunction = (
  e: Emitter,
  { buffers: { length } }: Pick<Kernel, 'buffers'>,
  build: (f: FunctionBuilder, parameters: Parameters) => Code,
): number =>
  e.module.function({
    params: new Array(length + 2).fill(I32),
    build: (f, ...all) =>
      build(f, { buffers: all.slice(0, length), scratch: all[length]!, constants: all[length + 1]! }),
  })

/** Starts a module: declares the imports and an empty constant area. */
export function createEmitter(target: Target, memory?: MemorySpec): PlanEmitter {
  const module = new Module(memory)
  const faultIndex = module.import('fault', [I32, I32, I32])
  const tables: Int32Array[] = []
  const known = new Map<string, number>()
  let top = 0
  return {
    module,
    target,
    constants(data) {
      const key = data.length <= 4096 ? data.join() : undefined
      const found = key === undefined ? undefined : known.get(key)
      if (found !== undefined) return found
      const at = top
      if (key !== undefined) known.set(key, at)
      tables.push(data)
      top += (data.byteLength + 15) & ~15
      return at
    },
    fault: (kind, value, size) => call(faultIndex, i32.const(faults[kind]), value, size),
    constantData() {
      const result = new Int32Array(top / 4)
      let at = 0
      for (const table of tables) {
        result.set(table, at)
        at += (table.length + 3) & ~3
      }
      return result
    },
  }
}

/** Does this engine run relaxed SIMD? */
export function hasRelaxedSimd(): boolean {
  const probe = new Module()
  const zero = f32x4.const(0)
  probe.function({ params: [], results: [V128], build: () => f32x4.relaxedMadd(zero, zero, zero) })
  return WebAssembly.validate(probe.assemble())
}
