/** Fully connected layer: y = x Wᵀ + b. PyTorch's `nn.Linear`. */
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { needCount, nodeOf, refuse } from '../graph/refuse.ts'
import { numel, show } from '../graph/shape.ts'
import { add } from '../tensor/ops/elementwise.ts'
import { sameFloat } from './arithmetic.ts'
import { defaultBias, defaultWeight, type Initialiser } from './init/index.ts'
import { LayerModule, type TypedLayer, typed } from './layer.ts'
import type { LinearFn } from './layer-types.ts'
import { checkOptions } from './options.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from './tensors.ts'

export interface LinearOptions {
  /** Adds b; the default. */
  readonly bias?: boolean
  readonly weightInit?: Initialiser
  readonly biasInit?: Initialiser
}

/** x [..., I], weight [O, I], bias [O] → [..., O]. */
export function linearNode(x: Node, weight: Node, bias?: Node): Node {
  const [a, w] = sameFloat(x, weight)
  const [outFeatures, inFeatures] = w.shape as [number, number]
  const got = a.shape.at(-1)
  if (got === undefined) refuse('linear', [a.shape], 'input has rank 0')
  if (got !== inFeatures)
    refuse('linear', [a.shape, w.shape], `expected ${inFeatures} features, got ${got} (input ${show(a.shape)})`)
  const lead = a.shape.slice(0, -1)
  const product = build.dot(build.reshape(a, [numel(lead), inFeatures]), build.permute(w, [1, 0]))
  return build.reshape(bias ? add(product, bias) : product, [...lead, outFeatures])
}

export class LinearModule extends LayerModule {
  readonly kind = 'linear'
  readonly weight: AnyVariable
  readonly bias: AnyVariable | undefined
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super()
    checkOptions('linear', options, { bias: true, weightInit: true, biasInit: true })
    needCount('linear', 'inFeatures', inFeatures)
    needCount('linear', 'outFeatures', outFeatures)
    const { bias = true, weightInit = defaultWeight, biasInit = defaultBias(inFeatures) } = options
    this.weight = variable(weightInit([outFeatures, inFeatures]))
    this.bias = bias ? variable(biasInit([outFeatures])) : undefined
  }
  forward(x: AnyTensor): AnyTensor {
    return wrap(linearNode(nodeOf(this.kind, x), this.weight.node, this.bias?.node))
  }
  protected override arguments(): string {
    const [o, i] = this.weight.shape
    return `${i}, ${o}${this.bias ? '' : ', bias false'}`
  }
}

export interface Linear<I extends number = number, O extends number = number> extends TypedLayer<LinearFn<I, O>> {
  readonly weight: Variable<[O, I]>
  readonly bias: Variable<[O]> | undefined
}

/** y = x Wᵀ + b over the last axis: [..., inFeatures] → [..., outFeatures]. */
export const linear = <I extends number, O extends number>(
  inFeatures: I,
  outFeatures: O,
  options?: LinearOptions,
): Linear<I, O> => typed(new LinearModule(inFeatures, outFeatures, options))
