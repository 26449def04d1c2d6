/**
 * Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2); numerics as PyTorch's:
 * m ← m + (1 − β₁)(g − m), v ← v + (1 − β₂)(g² − v), p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
 */

import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { checkOptions } from '../nn/options.ts'
import { add, div, maximum, mul, square, sub } from '../tensor/ops/elementwise.ts'
import { type Attachable, Optimizer, type OptimizerOptions, type UpdateRule } from './optimizer.ts'
import { inRange } from './range.ts'

export interface AdamOptions extends OptimizerOptions {
  /** β₁ and β₂; 0.9 and 0.999 */
  readonly betas?: readonly [number, number]
  /** ε; 1e-8 */
  readonly epsilon?: number
  /** λ; adam adds λ p to the gradient, adamW shrinks p by 1 − η λ. */
  readonly weightDecay?: number
  /** Divides by the largest v so far (Reddi et al. 2018). */
  readonly amsgrad?: boolean
}
type Slot = 'mean' | 'square' | 'largest'
interface Shared {
  /** η / (1 − β₁ᵗ) */
  readonly stepSize: Node
  /** 1 / √(1 − β₂ᵗ) */
  readonly correction: Node
  /** 1 − η λ */
  readonly keep: Node | undefined
}

const ruleFor =
  (name: 'adam' | 'adamW', defaultDecay: number) =>
  (options: AdamOptions): UpdateRule<Slot, Shared> => {
    checkOptions(name, options, { learningRate: true, betas: true, epsilon: true, weightDecay: true, amsgrad: true })
    const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = defaultDecay, amsgrad = false } = options
    const beta1 = inRange(name, 'betas', betas[0], 0, 1, ')')
    const beta2 = inRange(name, 'betas', betas[1], 0, 1, ')')
    inRange(name, 'epsilon', epsilon, 0)
    inRange(name, 'weightDecay', weightDecay, 0)
    const decoupled = name === 'adamW' && weightDecay > 0
    const added = name === 'adam' && weightDecay > 0
    return {
      name,
      slots: { mean: 0, square: 0, ...(amsgrad ? { largest: 0 } : {}) } as Record<Slot, number>,
      shared: (learningRate, step) => ({
        stepSize: div(learningRate, oneMinusPower(beta1, step)),
        correction: div(1, build.sqrt(oneMinusPower(beta2, step))),
        keep: decoupled ? sub(1, mul(learningRate, weightDecay)) : undefined,
      }),
      update(parameter, gradient, state, { stepSize, correction, keep }) {
        const g = added ? add(gradient, mul(parameter, weightDecay)) : gradient
        const p = keep ? mul(parameter, keep) : parameter
        const mean = add(state.mean, mul(sub(g, state.mean), 1 - beta1))
        const squares = add(state.square, mul(sub(square(g), state.square), 1 - beta2))
        const largest = amsgrad ? maximum(state.largest, squares) : squares
        const scale = add(mul(build.sqrt(largest), correction), epsilon)
        return { parameter: sub(p, mul(div(mean, scale), stepSize)), state: { mean, square: squares, largest } }
      },
    }
  }

/** 1 − βᵗ = tanh(−t ln β / 2) · (1 + βᵗ), exact when βᵗ is near 1. */
function oneMinusPower(beta: number, step: Node): Node {
  if (beta === 0) return build.constant(1)
  const exponent = mul(step, Math.log(beta))
  return mul(build.tanh(mul(exponent, -0.5)), add(build.exp(exponent), 1))
}

/** @param options learningRate is 0.001 unless given */
export const adam = (options: AdamOptions = {}, parameters?: Attachable<AdamOptions>): Optimizer<AdamOptions> =>
  new Optimizer('adam', ruleFor('adam', 0), { learningRate: 1e-3, ...options }, parameters)

/** Adam whose weight decay does not pass through the moments; weightDecay is 0.01 unless given. */
export const adamW = (options: AdamOptions = {}, parameters?: Attachable<AdamOptions>): Optimizer<AdamOptions> =>
  new Optimizer('adamW', ruleFor('adamW', 0.01), { learningRate: 1e-3, ...options }, parameters)
