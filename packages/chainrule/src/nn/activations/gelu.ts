/** x Φ(x) with Φ the normal distribution function. Hendrycks and Gimpel 2016; 'tanh' is their approximation. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { add, mul } from '../../tensor/ops/elementwise.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export type GeluApproximation = 'none' | 'tanh'

export function geluNode(x: Node, approximate: GeluApproximation = 'none'): Node {
  const half = mul(x, 0.5)
  if (approximate === 'none') return mul(half, add(build.erf(mul(x, Math.SQRT1_2)), 1))
  const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  return mul(half, add(build.tanh(inner), 1))
}

export interface Gelu extends Elementwise {}
/** x Φ(x), exact or by tanh. */
export const gelu = (approximate: GeluApproximation = 'none'): Gelu =>
  elementwiseLayer('gelu', x => geluNode(x, approximate), approximate === 'none' ? '' : approximate)
