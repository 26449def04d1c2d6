/** x σ(x), also called swish. Elfwing et al. 2018. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export const siluNode = (x: Node): Node => build.mul(x, build.sigmoid(x))

export interface Silu extends Elementwise {}
/** x σ(x) */
export const silu = (): Silu => elementwiseLayer('silu', siluNode)
