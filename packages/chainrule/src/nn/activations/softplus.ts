/** log(1 + e^(βx)) / β, a smooth relu. Dugas et al. 2001. */
import type { Node } from '../../graph/node.ts'
import { div, mul } from '../../tensor/ops/elementwise.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'
import { softplusNode } from './functions.ts'

export const softplusOf = (x: Node, beta = 1): Node =>
  beta === 1 ? softplusNode(x) : div(softplusNode(mul(x, beta)), beta)

export interface Softplus extends Elementwise {}
/** log(1 + e^(βx)) / β */
export const softplus = (beta = 1): Softplus =>
  elementwiseLayer('softplus', x => softplusOf(x, beta), beta === 1 ? '' : `${beta}`)
