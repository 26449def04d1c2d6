/** x where x > 0, w x elsewhere with a learnt w, one for all or one per channel. He et al. 2015. */

import type { Node } from '../../graph/node.ts'
import { needCount, nodeOf } from '../../graph/refuse.ts'
import { lt, mul, where } from '../../tensor/ops/elementwise.ts'
import { alongChannels } from '../arithmetic.ts'
import { constant } from '../init/constant.ts'
import { LayerModule, typed } from '../layer.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from '../tensors.ts'
import type { Elementwise } from './elementwise.ts'

export const preluNode = (x: Node, weight: Node): Node =>
  where(lt(0, x), x, mul(x, weight.shape[0] === 1 ? weight : alongChannels(weight, x.shape.length)))

export class PReluModule extends LayerModule {
  readonly kind = 'prelu'
  readonly weight: AnyVariable
  constructor(channels = 1, initial = 0.25) {
    super()
    this.weight = variable(constant(initial)([needCount('prelu', 'channels', channels)]))
  }
  forward(x: AnyTensor): AnyTensor {
    return wrap(preluNode(nodeOf(this.kind, x), this.weight.node))
  }
}

export interface PRelu extends Elementwise {
  readonly weight: Variable<[number]>
}
/** One slope for all, or one per channel (axis 1). */
export const prelu = (channels?: number, initial?: number): PRelu => typed(new PReluModule(channels, initial))
