/** Runs one kernel on the wasm device's conventions, for tests: beside `runKernel`, which is what the kernel means. */
import type { Kernel } from '../../compile/kernel.ts'
import type { TypedArray } from '../../graph/dtype.ts'
import { call, i32 } from './assembler.ts'
import { createEmitter, type EmittedKernel, type Emitter, type Target } from './emitter.ts'

/** Buffers of `bytes` with 64 bytes of NaN behind each, so that reading the slack shows. */
function layout(buffers: readonly TypedArray[]): { at: number[]; top: number } {
  let top = 64
  const at = buffers.map(b => {
    const here = top
    top += Math.ceil((4 * b.length) / 64) * 64 + 64
    return here
  })
  return { at, top }
}

export interface Run {
  /** The buffers afterwards. */
  readonly buffers: TypedArray[]
  readonly notes: readonly string[]
}

/** Emits and runs; `fault` is called for bad data and must throw. Checks that nothing outside the buffers is written. */
export function runOnWasm<K extends Kernel>(
  emit: (e: Emitter, kernel: K) => EmittedKernel,
  kernel: K,
  buffers: readonly TypedArray[],
  target: Target = { fma: false, preset: 'legacy' },
  fault = (kind: number, value: number, size: number): void => {
    throw new RangeError(`fault ${kind}: ${value} of ${size}`)
  },
): Run {
  const e = createEmitter(target)
  const emitted = emit(e, kernel)
  const { at, top } = layout(buffers)
  const constants = e.constantData()
  const scratch = top + Math.ceil(constants.byteLength / 64) * 64
  const end = scratch + emitted.scratchBytes + 64
  e.module.function({
    name: 'run',
    params: [],
    build: () => call(emitted.index, ...at.map(i32.const), i32.const(scratch), i32.const(top)),
  })
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536), maximum: 65536 })
  new Int32Array(memory.buffer).fill(0x7fc00123) // NaN everywhere
  new Int32Array(memory.buffer, top, constants.length).set(constants)
  const view = (b: TypedArray, i: number) =>
    b instanceof Float32Array
      ? new Float32Array(memory.buffer, at[i], b.length)
      : new Int32Array(memory.buffer, at[i], b.length)
  buffers.forEach((b, i) => {
    view(b, i).set(b)
  })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(e.module.assemble()), { env: { memory, fault } })
  ;(instance.exports.run as () => void)()
  const results = buffers.map((b, i) => view(b, i).slice())
  const all = new Int32Array(memory.buffer)
  const mayWrite = (from: number, bytes: number) => all.fill(0x7fc00123, from / 4, (from + bytes) / 4)
  buffers.forEach((b, i) => {
    mayWrite(at[i]!, 4 * b.length)
  })
  mayWrite(top, scratch - top)
  mayWrite(scratch, Math.ceil(emitted.scratchBytes / 4) * 4)
  const wrong = all.findIndex(word => word !== 0x7fc00123)
  if (wrong >= 0)
    throw new Error(`wrote outside of the buffers, at ${4 * wrong}; they are at ${at}, scratch at ${scratch}`)
  return { buffers: results, notes: emitted.notes }
}

export { runInJavaScript } from '../../compile/loop-cases.testing.ts'

/** The first place where two lists of arrays differ, or undefined; quicker than `toEqual` on large arrays. */
export function difference(actual: readonly TypedArray[], expected: readonly TypedArray[]): string | undefined {
  for (const [b, wanted] of expected.entries()) {
    const found = actual[b]!
    if (found.length !== wanted.length) return `buffer ${b} has ${found.length} elements, not ${wanted.length}`
    for (let i = 0; i < wanted.length; i++)
      if (!Object.is(found[i], wanted[i])) return `buffer ${b}[${i}] is ${found[i]}, not ${wanted[i]}`
  }
  return undefined
}
