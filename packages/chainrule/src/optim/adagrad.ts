/**
 * Adagrad (Duchi et al. 2011); numerics as PyTorch's: s ← s + g², p ← p − η / (1 + (t − 1) δ) · g / (√s + ε).
 */

import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { checkOptions } from '../nn/options.ts'
import { add, div, mul, square, sub } from '../tensor/ops/elementwise.ts'
import { type Attachable, Optimizer, type OptimizerOptions, type UpdateRule } from './optimizer.ts'
import { inRange } from './range.ts'

export interface AdagradOptions extends OptimizerOptions {
  /** δ: how the learning rate falls with the steps; 0 */
  readonly learningRateDecay?: number
  /** What the sum of squares starts with; 0 */
  readonly initialAccumulator?: number
  /** ε; 1e-10 */
  readonly epsilon?: number
  /** λ: adds λ p to the gradient. */
  readonly weightDecay?: number
}

function rule(options: AdagradOptions): UpdateRule<'sum', Node> {
  checkOptions('adagrad', options, {
    learningRate: true,
    learningRateDecay: true,
    initialAccumulator: true,
    epsilon: true,
    weightDecay: true,
  })
  const { learningRateDecay = 0, initialAccumulator = 0, epsilon = 1e-10, weightDecay = 0 } = options
  inRange('adagrad', 'learningRateDecay', learningRateDecay, 0)
  inRange('adagrad', 'initialAccumulator', initialAccumulator, 0)
  inRange('adagrad', 'epsilon', epsilon, 0)
  inRange('adagrad', 'weightDecay', weightDecay, 0)
  return {
    name: 'adagrad',
    slots: { sum: initialAccumulator },
    shared: (learningRate, step) =>
      learningRateDecay === 0 ? learningRate : div(learningRate, add(mul(sub(step, 1), learningRateDecay), 1)),
    update(parameter, gradient, state, rate) {
      const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay))
      const sum = add(state.sum, square(g))
      return { parameter: sub(parameter, mul(div(g, add(build.sqrt(sum), epsilon)), rate)), state: { sum } }
    },
  }
}

/** @param options learningRate is 0.01 unless given */
export const adagrad = (
  options: AdagradOptions = {},
  parameters?: Attachable<AdagradOptions>,
): Optimizer<AdagradOptions> => new Optimizer('adagrad', rule, { learningRate: 1e-2, ...options }, parameters)
