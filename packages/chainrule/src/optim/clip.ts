/** Gradients kept small. Pascanu et al. 2013, algorithm 1; PyTorch's `clip_grad_norm_` and `clip_grad_value_`. */

import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { needList, nodeOf } from '../graph/refuse.ts'
import { sumAll } from '../nn/arithmetic.ts'
import { type AnyTensor, wrap } from '../nn/tensors.ts'
import { add, clamp, div, minimum, mul, square } from '../tensor/ops/elementwise.ts'
import { inRange } from './range.ts'

/** √(Σ g²) over all gradients together. */
export const gradNorm = (gradients: readonly AnyTensor[]): AnyTensor => wrap(totalNorm(gradients))

function totalNorm(gradients: readonly AnyTensor[]): Node {
  needList('gradNorm', gradients, '[a, b]')
  const squares = gradients.map(g => sumAll(square(nodeOf('gradNorm', g))))
  return build.sqrt(squares.reduce((a, b) => add(a, b), build.constant(0)))
}

/** The gradients, scaled down together so that their common norm is at most `maximum`: g · min(1, max / (norm + 1e-6)). */
export function clipGradNorm(gradients: readonly AnyTensor[], maximum: number): AnyTensor[] {
  inRange('clipGradNorm', 'maximum', maximum, 0)
  const factor = minimum(div(maximum, add(totalNorm(gradients), 1e-6)), 1)
  return gradients.map(g => wrap(mul(g.node, factor)))
}

/** The gradients with every element in [−maximum, maximum]. */
export function clipGradValue(gradients: readonly AnyTensor[], maximum: number): AnyTensor[] {
  inRange('clipGradValue', 'maximum', maximum, 0)
  return gradients.map(g => wrap(clamp(g.node, -maximum, maximum)))
}
