/** Gradients of several small batches gathered as if they were one large batch. */
import * as build from '../graph/build.ts'
import { refuseOption } from '../graph/refuse.ts'
import { type AnyTensor, type AnyVariable, variable, wrap } from '../nn/tensors.ts'
import { add, div, maximum } from '../tensor/ops/elementwise.ts'

/**
 * `add` in each step, `take` when enough have come:
 *
 *     gradients.add(grad(loss, optimizer.parameters))
 *     if (last) optimizer.step(gradients.take())
 *
 * Sums and count are variables, so that both may stand in compiled functions; create it outside of them.
 */
export class GradientAccumulator {
  readonly #sums: readonly AnyVariable[]
  readonly #count: AnyVariable

  constructor(parameters: readonly AnyTensor[]) {
    this.#sums = parameters.map(p => variable(wrap(build.full(p.shape, 0, p.dtype))))
    this.#count = variable(wrap(build.constant(0)))
  }

  add(gradients: readonly AnyTensor[]): void {
    if (gradients.length !== this.#sums.length)
      refuseOption('accumulate', 'gradients', `${gradients.length} gradients for ${this.#sums.length} parameters`)
    this.#sums.forEach((sum, i) => {
      sum.assign(wrap(add(sum.node, gradients[i]!.node)))
    })
    this.#count.assign(wrap(add(this.#count.node, 1)))
  }

  /** The mean of what was added; begins anew. */
  take(): AnyTensor[] {
    const count = maximum(this.#count.node, 1)
    const means = this.#sums.map(sum => wrap(div(sum.node, count)))
    for (const sum of this.#sums) sum.assign(wrap(build.full(sum.shape, 0, sum.dtype)))
    this.#count.assign(wrap(build.constant(0)))
    return means
  }

  /** For checkpoints taken between `add` and `take`. */
  stateDict(): Map<string, AnyVariable> {
    return new Map([['count', this.#count] as const, ...this.#sums.map((s, i) => [`sum.${i}`, s] as const)])
  }
}
