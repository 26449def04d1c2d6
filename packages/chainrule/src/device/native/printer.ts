/**
 * One C file in the making: functions and tables, each once. Everything is printed for one target; vectors are `V` (float32) and
 * `I` (int32, masks) of `target.lanes` lanes (`prelude.ts`).
 */
import type { ContractKernel } from '../../compile/kernel.ts'

/** What C is printed for. */
export interface Target {
  /** float32 in a vector: 16 with AVX-512, 8 with AVX2, 4 with NEON or SSE. */
  readonly lanes: number
  /** Vector registers: 32 or 16. */
  readonly registers: number
  readonly fma: boolean
}

/** Names one of the strategies that may compute a contraction; the model of the machine finds the first of them the quickest. */
export type Choose = (kernel: ContractKernel, strategies: readonly string[]) => string
export const byModel: Choose = (_, [quickest]) => quickest!

/** A contraction as it was printed, and the strategies there were, as `Choose` is given them. */
export interface Choice {
  readonly kernel: ContractKernel
  readonly strategy: string
  readonly strategies: readonly string[]
}

/** Collects the functions of one C file; equal text is printed once. */
export interface Printer {
  readonly target: Target
  readonly choose: Choose
  /**
   * Adds a C function once per key; returns its name, which `print` is given: the key where that is a C identifier. `print` may
   * intern what it calls: that comes first in the file.
   */
  intern(key: string, print: (name: string) => string): string
  /** A static const array of int32; returns its name. */
  table(values: readonly number[]): string
}

/**
 * A kernel as a C function `static void name(char* const* buffers, char* scratch)`: one pointer per entry of the kernel's
 * buffers; `scratch` belongs to the thread and is aligned to 64 bytes. From any element of a buffer a vector may be read,
 * forwards or backwards, even if it reaches outside of the buffer.
 */
export interface PrintedKernel {
  readonly name: string
  readonly scratchBytes: number
  readonly notes: readonly string[]
  readonly prepared?: Prepared
  readonly choice?: Choice
}

/** A kernel in two parts, where what the first one makes of one operand may be kept while that does not change. */
export interface Prepared {
  readonly argument: number
  /** Of what is kept. */
  readonly bytes: number
  /** Equal where the same is made of equal operands. */
  readonly key: string
  /** Functions like the kernel's, with one more buffer behind all others: the first writes it, the second reads it. */
  readonly prepare: string
  readonly run: string
}

const isIdentifier = (key: string): boolean => /^[a-z_][a-z0-9_]*$/i.test(key)

export class File implements Printer {
  readonly target: Target
  readonly choose: Choose
  readonly #names = new Map<string, string>()
  readonly #parts: string[] = []

  constructor(target: Target, choose: Choose = byModel) {
    this.target = target
    this.choose = choose
  }

  intern(key: string, print: (name: string) => string): string {
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const name = isIdentifier(key) ? key : `f${this.#names.size}`
    this.#names.set(key, name)
    this.#parts.push(print(name))
    return name
  }

  table(values: readonly number[]): string {
    return this.intern(`table ${values.join()}`, name => `static const int ${name}[] = {${values.join(', ') || 0}};`)
  }

  /** What is printed so far, each after what it needs. */
  get parts(): readonly string[] {
    return this.#parts
  }
  text(): string {
    return this.#parts.join('\n')
  }
}
