/** x tanh(log(1 + eˣ)). Misra 2020. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'
import { softplusNode } from './functions.ts'

export const mishNode = (x: Node): Node => build.mul(x, build.tanh(softplusNode(x)))

export interface Mish extends Elementwise {}
/** x tanh(log(1 + eˣ)) */
export const mish = (): Mish => elementwiseLayer('mish', mishNode)
