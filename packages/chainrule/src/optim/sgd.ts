/**
 * Stochastic gradient descent with momentum (Polyak 1964), Nesterov's variant (Sutskever et al. 2013) and L2 decay; numerics
 * as PyTorch's `SGD`: b ← μ b + (1 − τ) g (first step: b = g), p ← p − η b, or p ← p − η (g + μ b) with Nesterov.
 */

import type { Node } from '../graph/node.ts'
import { refuseOption } from '../graph/refuse.ts'
import { checkOptions } from '../nn/options.ts'
import { add, eq, mul, sub, where } from '../tensor/ops/elementwise.ts'
import { type Attachable, Optimizer, type OptimizerOptions, type UpdateRule } from './optimizer.ts'
import { inRange } from './range.ts'

export interface SgdOptions extends OptimizerOptions {
  /** μ; 0 */
  readonly momentum?: number
  /** τ; 0 */
  readonly dampening?: number
  readonly nesterov?: boolean
  /** λ: adds λ p to the gradient. */
  readonly weightDecay?: number
}
interface Shared {
  readonly learningRate: Node
  /** 1 − τ, but 1 in the first step; undefined when τ = 0. */
  readonly fresh: Node | undefined
}

function rule(options: SgdOptions): UpdateRule<'momentum', Shared> {
  checkOptions('sgd', options, {
    learningRate: true,
    momentum: true,
    dampening: true,
    nesterov: true,
    weightDecay: true,
  })
  const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options
  inRange('sgd', 'momentum', momentum, 0)
  inRange('sgd', 'weightDecay', weightDecay, 0)
  if (nesterov && (momentum === 0 || dampening !== 0))
    refuseOption('sgd', 'nesterov', 'nesterov needs momentum > 0 and no dampening')
  return {
    name: 'sgd',
    slots: (momentum === 0 ? {} : { momentum: 0 }) as Record<'momentum', number>,
    shared: (learningRate, step) => ({
      learningRate,
      fresh: dampening === 0 ? undefined : where(eq(step, 1), 1, 1 - dampening),
    }),
    update(parameter, gradient, state, { learningRate, fresh }) {
      const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay))
      if (momentum === 0) return { parameter: sub(parameter, mul(g, learningRate)), state }
      const velocity = add(mul(state.momentum, momentum), fresh ? mul(g, fresh) : g)
      const direction = nesterov ? add(g, mul(velocity, momentum)) : velocity
      return { parameter: sub(parameter, mul(direction, learningRate)), state: { momentum: velocity } }
    },
  }
}

/** @param options learningRate is 0.001 unless given */
export const sgd = (options: SgdOptions = {}, parameters?: Attachable<SgdOptions>): Optimizer<SgdOptions> =>
  new Optimizer('sgd', rule, { learningRate: 1e-3, ...options }, parameters)
