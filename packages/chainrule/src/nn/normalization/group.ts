/** Group normalisation: each sample's channels in groups, each group to mean 0 and variance 1. Wu and He 2018. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { needCount, nodeOf, refuse, refuseOption } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { add, mul } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { alongChannels } from '../arithmetic.ts'
import { ones, zeros } from '../init/constant.ts'
import { LayerModule, type TypedLayer, typed } from '../layer.ts'
import type { ChannelsFn } from '../layer-types.ts'
import { checkOptions } from '../options.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from '../tensors.ts'
import { standardize } from './standardize.ts'

export interface GroupNormOptions {
  /** ε; 1e-5 */
  readonly epsilon?: number
  /** Learns a scale and a shift per channel; the default. */
  readonly affine?: boolean
}

/** x [N, C, …S], weight and bias [C]. */
export function groupNormNode(
  x: Node,
  groups: number,
  weight: Node | undefined,
  bias: Node | undefined,
  epsilon: number,
): Node {
  const input = asFloat(x)
  const [n, c] = input.shape as [number, number]
  const rows = build.reshape(input, [n * groups, input.shape.slice(2).reduce((p, d) => p * d, c / groups)])
  const standard = build.reshape(standardize(rows, [1], epsilon), input.shape)
  const scaled = weight ? mul(standard, alongChannels(weight, input.shape.length)) : standard
  return bias ? add(scaled, alongChannels(bias, input.shape.length)) : scaled
}

export class GroupNormModule extends LayerModule {
  readonly kind = 'groupNorm'
  readonly weight: AnyVariable | undefined
  readonly bias: AnyVariable | undefined
  readonly groups: number
  readonly channels: number
  readonly epsilon: number
  constructor(groups: number, channels: number, options: GroupNormOptions = {}) {
    super()
    checkOptions('groupNorm', options, { epsilon: true, affine: true })
    const { epsilon = 1e-5, affine = true } = options
    this.groups = needCount('groupNorm', 'groups', groups)
    this.channels = needCount('groupNorm', 'channels', channels)
    if (channels % groups !== 0)
      refuseOption('groupNorm', 'groups', `${channels} channels do not split into ${groups} groups`)
    this.epsilon = epsilon
    if (affine) {
      this.weight = variable(ones([channels]))
      this.bias = variable(zeros([channels]))
    }
  }
  forward(x: AnyTensor): AnyTensor {
    const node = nodeOf(this.kind, x)
    if (x.shape.length < 2 || x.shape[1] !== this.channels)
      refuse('groupNorm', [x.shape], `expected ${this.channels} channels, got input ${show(x.shape)}`)
    return wrap(groupNormNode(node, this.groups, this.weight?.node, this.bias?.node, this.epsilon))
  }
  protected override arguments(): string {
    return `${this.groups}, ${this.channels}`
  }
}

export interface GroupNorm<C extends number> extends TypedLayer<ChannelsFn<C, 'groupNorm'>> {
  readonly weight: Variable<[C]> | undefined
  readonly bias: Variable<[C]> | undefined
}
/** [batch, channels, …] with the channels in `groups` groups; 1 group is layer normalisation, C groups instance normalisation. */
export const groupNorm = <C extends number>(groups: number, channels: C, options?: GroupNormOptions): GroupNorm<C> =>
  typed(new GroupNormModule(groups, channels, options))
