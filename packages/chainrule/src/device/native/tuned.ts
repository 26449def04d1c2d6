/** Strategies that were measured to be quicker than what the model of the machine chose, kept in the cache for later programs. */
import type { ContractKernel } from '../../compile/kernel.ts'
import { structureOf } from '../../compile/structure.ts'
import type { Cache } from './cache.ts'
import type { Choose } from './printer.ts'
import type { Toolchain } from './toolchain.ts'

export class Tuned {
  readonly #cache: Cache
  readonly #toolchain: Toolchain

  constructor(cache: Cache, toolchain: Toolchain) {
    this.#cache = cache
    this.#toolchain = toolchain
  }

  /** What is measured here says nothing of other processors, nor of what another compiler makes. */
  #key(kernel: ContractKernel): string {
    const { identity, processor } = this.#toolchain
    return JSON.stringify(['strategy', identity, processor, structureOf(kernel)])
  }

  readonly choose: Choose = (kernel, strategies) => {
    const kept = strategies.length > 1 ? this.#cache.note(this.#key(kernel)) : undefined
    return strategies.find(name => name === kept) ?? strategies[0]!
  }

  keep(kernel: ContractKernel, strategy: string): void {
    this.#cache.keepNote(this.#key(kernel), strategy)
  }
}
