/** x where x > 0, slope · x elsewhere. Maas et al. 2013. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { lt, mul } from '../../tensor/ops/elementwise.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export const leakyReluNode = (x: Node, slope = 0.01): Node => build.where(lt(0, x), x, mul(x, slope))

export interface LeakyRelu extends Elementwise {}
/** x where x > 0, slope · x elsewhere. */
export const leakyRelu = (slope = 0.01): LeakyRelu =>
  elementwiseLayer('leakyRelu', x => leakyReluNode(x, slope), `${slope}`)
