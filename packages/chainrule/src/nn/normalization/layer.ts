/** Layer normalisation: each sample to mean 0 and variance 1 over its last axes, then scaled and shifted. Ba et al. 2016. */
import type { Node } from '../../graph/node.ts'
import { needList, nodeOf, refuse } from '../../graph/refuse.ts'
import { range, type Shape, sameShape, show } from '../../graph/shape.ts'
import { add, mul } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { ones, zeros } from '../init/constant.ts'
import { LayerModule, type TypedLayer, typed } from '../layer.ts'
import type { FeaturesFn, SameFn } from '../layer-types.ts'
import { checkOptions } from '../options.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from '../tensors.ts'
import { standardize } from './standardize.ts'

export interface LayerNormOptions {
  /** ε; 1e-5 */
  readonly epsilon?: number
  /** Learns a scale and a shift per element; the default. */
  readonly affine?: boolean
  /** Learns a shift; the default when affine. */
  readonly bias?: boolean
}

/** x [..., …shape], weight and bias of `shape`. */
export function layerNormNode(
  x: Node,
  shape: Shape,
  weight: Node | undefined,
  bias: Node | undefined,
  epsilon: number,
): Node {
  const input = asFloat(x)
  const lead = input.shape.length - shape.length
  if (lead < 0 || !sameShape(input.shape.slice(lead), shape))
    refuse(
      'layerNorm',
      [x.shape],
      shape.length === 1
        ? `expected ${shape[0]} features, got ${x.shape.at(-1)} (input ${show(x.shape)})`
        : `expected [..., ${shape.join(', ')}], got ${show(x.shape)}`,
    )
  const standard = standardize(input, range(shape.length, lead), epsilon)
  const scaled = weight ? mul(standard, weight) : standard
  return bias ? add(scaled, bias) : scaled
}

export class LayerNormModule extends LayerModule {
  readonly kind = 'layerNorm'
  readonly weight: AnyVariable | undefined
  readonly bias: AnyVariable | undefined
  readonly shape: Shape
  readonly epsilon: number
  constructor(shape: Shape, options: LayerNormOptions = {}) {
    super()
    checkOptions('layerNorm', options, { epsilon: true, affine: true, bias: true })
    const { epsilon = 1e-5, affine = true, bias = affine } = options
    needList('layerNorm', shape, '[3, 4]')
    this.shape = shape
    this.epsilon = epsilon
    if (affine) this.weight = variable(ones(shape))
    if (affine && bias) this.bias = variable(zeros(shape))
  }
  forward(x: AnyTensor): AnyTensor {
    return wrap(layerNormNode(nodeOf(this.kind, x), this.shape, this.weight?.node, this.bias?.node, this.epsilon))
  }
  protected override arguments(): string {
    return this.shape.join(', ')
  }
}

export interface LayerNorm<F extends number | Shape> extends TypedLayer<F extends number ? FeaturesFn<F> : SameFn> {
  readonly weight: Variable | undefined
  readonly bias: Variable | undefined
}
/** Over the last axis of size `features`, or over the last axes of that shape. */
export const layerNorm = <const F extends number | Shape>(features: F, options?: LayerNormOptions): LayerNorm<F> =>
  typed(new LayerNormModule(typeof features === 'number' ? [features] : features, options))
