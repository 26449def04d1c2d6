/**
 * x̂ = (x − μ) / √(σ² + ε) over some axes, with the population's variance. The derivative is given in closed form,
 * ∂x = (g − mean(g) − x̂ · mean(g · x̂)) / √(σ² + ε), which needs two reductions where the chain rule through μ and σ² would need
 * four; it is made of nodes, so that it has derivatives itself.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { add, div, mul, square, sub } from '../../tensor/ops/elementwise.ts'
import { countOf, keptSum } from '../arithmetic.ts'

export interface Moments {
  /** μ and σ² with the reduced axes as 1. */
  readonly mean: Node
  readonly variance: Node
  readonly centered: Node
}

/** Mean and population variance over axes, in two passes. */
export function moments(x: Node, axes: readonly number[]): Moments {
  const n = countOf(x.shape, axes)
  const mean = div(keptSum(x, axes), n)
  const centered = sub(x, mean)
  return { mean, centered, variance: div(keptSum(square(centered), axes), n) }
}

/** 1 / √(σ² + ε) */
export const inverseDeviation = (variance: Node, epsilon: number): Node => div(1, build.sqrt(add(variance, epsilon)))

export function standardize(x: Node, axes: readonly number[], epsilon: number): Node {
  const n = countOf(x.shape, axes)
  const { centered, variance } = moments(x, axes)
  const inverse = inverseDeviation(variance, epsilon)
  const standard = mul(centered, inverse)
  return build.custom(standard, [x], 'standardize', g => {
    const meanOf = (y: Node): Node => div(keptSum(y, axes), n)
    return [mul(sub(sub(g, meanOf(g)), mul(standard, meanOf(mul(g, standard)))), inverse)]
  })
}
