/**
 * RMSprop (Tieleman and Hinton 2012); numerics as PyTorch's: v ← α v + (1 − α) g², a = √v + ε (centered: √(v − ḡ²) + ε),
 * b ← μ b + g / a, p ← p − η b.
 */

import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { checkOptions } from '../nn/options.ts'
import { add, div, mul, square, sub } from '../tensor/ops/elementwise.ts'
import { type Attachable, Optimizer, type OptimizerOptions, type UpdateRule } from './optimizer.ts'
import { inRange } from './range.ts'

export interface RmsPropOptions extends OptimizerOptions {
  /** How much of the past is kept; 0.99 */
  readonly alpha?: number
  /** ε; 1e-8 */
  readonly epsilon?: number
  readonly momentum?: number
  /** Divides by the standard deviation instead of the root of the mean square. */
  readonly centered?: boolean
  /** λ: adds λ p to the gradient. */
  readonly weightDecay?: number
}
type Slot = 'square' | 'mean' | 'momentum'

function rule(options: RmsPropOptions): UpdateRule<Slot, Node> {
  checkOptions('rmsProp', options, {
    learningRate: true,
    alpha: true,
    epsilon: true,
    momentum: true,
    centered: true,
    weightDecay: true,
  })
  const { alpha = 0.99, epsilon = 1e-8, momentum = 0, centered = false, weightDecay = 0 } = options
  inRange('rmsProp', 'alpha', alpha, 0, 1, ')')
  inRange('rmsProp', 'epsilon', epsilon, 0)
  inRange('rmsProp', 'momentum', momentum, 0)
  inRange('rmsProp', 'weightDecay', weightDecay, 0)
  return {
    name: 'rmsProp',
    slots: { square: 0, ...(centered && { mean: 0 }), ...(momentum > 0 && { momentum: 0 }) } as Record<Slot, number>,
    shared: learningRate => learningRate,
    update(parameter, gradient, state, learningRate) {
      const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay))
      const squares = add(mul(state.square, alpha), mul(square(g), 1 - alpha))
      const mean = centered ? add(state.mean, mul(sub(g, state.mean), 1 - alpha)) : state.mean
      const spread = centered ? build.relu(sub(squares, square(mean))) : squares
      const direction = div(g, add(build.sqrt(spread), epsilon))
      const velocity = momentum > 0 ? add(mul(state.momentum, momentum), direction) : direction
      return {
        parameter: sub(parameter, mul(velocity, learningRate)),
        state: { square: squares, mean, momentum: velocity },
      }
    },
  }
}

/** @param options learningRate is 0.01 unless given */
export const rmsProp = (
  options: RmsPropOptions = {},
  parameters?: Attachable<RmsPropOptions>,
): Optimizer<RmsPropOptions> => new Optimizer('rmsProp', rule, { learningRate: 1e-2, ...options }, parameters)
