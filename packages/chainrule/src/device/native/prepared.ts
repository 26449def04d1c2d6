/** Kernels that put an operand in an order of their own before they begin: by themselves, or once for many runs. */
import type { Contraction } from '../../compile/contraction.ts'
import { at } from './micro-kernel.ts'
import type { PrintedKernel, Printer } from './printer.ts'

export interface InTwoParts {
  readonly bytes: number
  /** Equal where the same is made of equal operands; says all that `prepare` depends on. */
  readonly key: string
  /** C that writes `weights`, reading `a`. */
  readonly prepare: string
  /** C that reads `weights`. */
  readonly run: string
  /** For each part. */
  readonly scratchBytes: number
}

export function kernelInTwoParts(
  p: Printer,
  { a, kernel }: Contraction,
  { bytes, key, prepare, run, scratchBytes }: InTwoParts,
): PrintedKernel {
  const first = p.intern(
    `prepare ${prepare}`,
    name => `OUT void ${name}(char* weights, const char* a, char* scratch) {\n${prepare}}\n`,
  )
  const second = p.intern(
    `run ${run}`,
    name => `OUT void ${name}(char* const* buffers, const char* weights, char* scratch) {\n${run}}\n`,
  )
  const outer = (body: string): string =>
    p.intern(`kernel ${body}`, name => `OUT void ${name}(char* const* buffers, char* scratch) {\n${body}}\n`)
  const operand = at(`buffers[${a.argument}]`, a.offset * 4)
  const kept = `buffers[${kernel.buffers.length}]`
  const own = at('scratch', (scratchBytes + 63) & ~63)
  const prepareTo = (weights: string): string => `${first}(${weights}, ${operand}, scratch);\n`
  const runFrom = (weights: string): string => `${second}(buffers, ${weights}, scratch);\n`
  return {
    name: outer(prepareTo(own) + runFrom(own)),
    scratchBytes: ((scratchBytes + 63) & ~63) + bytes,
    notes: [],
    prepared: {
      argument: a.argument,
      bytes,
      key: `${a.offset} ${key}`,
      prepare: outer(prepareTo(kept)),
      run: outer(runFrom(kept)),
    },
  }
}
