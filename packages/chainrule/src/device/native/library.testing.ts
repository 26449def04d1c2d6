/** Runs kernels on the native device's conventions, for tests: beside `runKernel`, which is what a kernel means. */
import type { Kernel } from '../../compile/kernel.ts'
import type { TypedArray } from '../../graph/dtype.ts'
import { Cache, cacheFolder } from './cache.ts'
import { addressOf, functionOf, loadKoffi } from './library.ts'
import { prelude } from './prelude.ts'
import { File, type PrintedKernel, type Printer, type Target } from './printer.ts'
import { findToolchain, objectOf, type Toolchain } from './toolchain.ts'

const cache = new Cache(cacheFolder(), line => console.warn(line))

function toolchain(): Toolchain | undefined {
  try {
    return findToolchain(cache)
  } catch {
    return undefined
  }
}
/** The compiler of this machine; undefined where there is none, and nothing native can be tested. */
export const compiler = toolchain()
if (compiler) loadKoffi()

/** The widths that this machine runs, by fewer lanes than it has as well. */
export const targets: readonly Target[] = [16, 8, 4]
  .filter(lanes => lanes <= (compiler?.target.lanes ?? 0))
  .map(lanes => ({ ...compiler!.target, lanes }))

/** Words around buffers: NaN, so that reading them shows. */
const guard = 0x7fc00123
const line = 64

/** Aligned memory for words, with a line before and behind it. */
function place(values: TypedArray | number): { words: Int32Array; all: Int32Array; from: number } {
  const length = typeof values === 'number' ? values : values.length
  const memory = new ArrayBuffer(4 * length + 4 * line)
  const start = 2 * line - Number(addressOf(memory) % BigInt(line))
  const all = new Int32Array(memory).fill(guard)
  const words = new Int32Array(memory, start, length)
  if (typeof values !== 'number')
    (values instanceof Float32Array ? new Float32Array(memory, start, length) : words).set(values)
  return { words, all, from: start / 4 }
}

export interface Case<K extends Kernel> {
  readonly kernel: K
  readonly buffers: readonly TypedArray[]
}
export interface Result {
  /** The buffers afterwards. */
  readonly buffers: TypedArray[]
  readonly notes: readonly string[]
  /** What a kernel left in the line before its scratch memory. */
  readonly fault: readonly number[]
}

/** Compiles all kernels together and runs each. Checks that nothing outside the buffers is written. */
export function runOnNative<K extends Kernel>(
  print: (p: Printer, kernel: K) => PrintedKernel,
  cases: readonly Case<K>[],
  target: Target = compiler!.target,
): Result[] {
  const file = new File(target)
  const printed = cases.map(({ kernel }) => print(file, kernel))
  const entries = printed.map(
    ({ name }, i) => `void run${i}(char* const* buffers, char* scratch) { ${name}(buffers, scratch); }`,
  )
  const path = objectOf(cache, compiler!, [prelude(target), file.text(), ...entries].join('\n'))
  return cases.map(({ buffers }, i) => {
    const { scratchBytes, notes } = printed[i]!
    const memory = buffers.map(place)
    const scratch = place(Math.ceil(scratchBytes / 4) + 16)
    const table = BigUint64Array.from(memory, m => addressOf(m.words))
    scratch.words.fill(0, 0, 16)
    functionOf(path, `void run${i}(void* buffers, void* scratch)`)(table, addressOf(scratch.words) + 64n)
    for (const [b, { words, all, from }] of [...memory, scratch].entries()) {
      const wrong = all.findIndex((word, at) => word !== guard && (at < from || at >= from + words.length))
      if (wrong >= 0) throw new Error(`kernel ${i} wrote outside of buffer ${b}, at ${wrong - from} of ${words.length}`)
    }
    return {
      buffers: memory.map(({ words }, b) =>
        buffers[b] instanceof Float32Array
          ? new Float32Array(words.buffer, words.byteOffset, words.length).slice()
          : words.slice(),
      ),
      notes,
      fault: Array.from(scratch.words.subarray(0, 16)),
    }
  })
}
