/**
 * Transposed convolution over 1, 2 or 3 axes: the transpose of the convolution with the same numbers, used to enlarge. PyTorch's
 * `nn.ConvTranspose1d/2d/3d`. It is a convolution of the input with zeros put between its elements, with the taps reversed:
 * S′ = (S − 1)·stride − 2·padding + dilation·(K − 1) + outputPadding + 1.
 */
import * as build from '../graph/build.ts'
import type { Node, Padding } from '../graph/node.ts'
import { nodeOf, refuse, refuseOption } from '../graph/refuse.ts'
import { range, show } from '../graph/shape.ts'
import { add } from '../tensor/ops/elementwise.ts'
import { alongChannels, sameFloat } from './arithmetic.ts'
import { checkChannels, checkGroups } from './convolution.ts'
import { defaultBias, defaultWeight, type Initialiser } from './init/index.ts'
import { LayerModule, type TypedLayer, typed } from './layer.ts'
import type { TransposedFn } from './layer-types.ts'
import { checkOptions } from './options.ts'
import type { SpatialRank, Unknowns } from './shape-types.ts'
import { type PerAxis, perAxis, type Scalar, showSizes } from './sizes.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from './tensors.ts'

export interface TransposedConvolutionOptions<
  St extends PerAxis = PerAxis,
  P extends PerAxis = PerAxis,
  OP extends PerAxis = PerAxis,
  D extends PerAxis = PerAxis,
> {
  readonly stride?: St
  /** How much of the result is cut off on both sides. */
  readonly padding?: P
  /** Rows and columns added at the end, fewer than the stride: which of the sizes that a strided convolution merges is meant. */
  readonly outputPadding?: OP
  readonly dilation?: D
  readonly groups?: number
  readonly bias?: boolean
  readonly weightInit?: Initialiser
  readonly biasInit?: Initialiser
}

interface Geometry {
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly outputPadding: readonly number[]
  readonly dilation: readonly number[]
  readonly groups: number
}

/** x [N, C, …S], weight [C, O/groups, …K], bias [O] → [N, O, …S′]. */
export function transposedConvolutionNode(
  name: string,
  x: Node,
  weight: Node,
  bias: Node | undefined,
  { stride, padding, outputPadding, dilation, groups }: Geometry,
): Node {
  const [a, w] = sameFloat(x, weight)
  const [inputs, outputs, ...kernel] = w.shape as [number, number, ...number[]]
  checkChannels(name, a, inputs, kernel.length)
  const spatial = range(kernel.length)
  const byGroup = build.reshape(w, [groups, inputs / groups, outputs, ...kernel])
  const exchanged = build.permute(byGroup, [0, 2, 1, ...spatial.map(i => i + 3)])
  const taps = build.flip(
    build.reshape(exchanged, [groups * outputs, inputs / groups, ...kernel]),
    spatial.map(i => i + 2),
  )
  const around = spatial.map((i): Padding => {
    const reach = dilation[i]! * (kernel[i]! - 1)
    return [reach - padding[i]!, reach - padding[i]! + outputPadding[i]!]
  })
  spatial.forEach(i => {
    const size =
      (a.shape[i + 2]! - 1) * stride[i]! + 1 + around[i]![0] + around[i]![1] - dilation[i]! * (kernel[i]! - 1)
    if (size < 1) refuse(name, [x.shape], `padding ${padding[i]} leaves nothing of the result (input ${show(x.shape)})`)
  })
  const y = build.conv(a, taps, {
    stride: stride.map(() => 1),
    padding: around,
    dilation,
    inputDilation: stride,
    groups,
  })
  return bias ? add(y, alongChannels(bias, y.shape.length)) : y
}

export class TransposedConvolutionModule extends LayerModule {
  readonly kind: string
  readonly weight: AnyVariable
  readonly bias: AnyVariable | undefined
  readonly geometry: Geometry
  constructor(
    rank: number,
    inChannels: number,
    outChannels: number,
    kernel: PerAxis,
    options: TransposedConvolutionOptions = {},
  ) {
    super()
    const name = `convTranspose${rank}d`
    this.kind = name
    checkOptions(name, options, {
      stride: true,
      padding: true,
      outputPadding: true,
      dilation: true,
      groups: true,
      bias: true,
      weightInit: true,
      biasInit: true,
    })
    const { bias = true, groups = 1, weightInit = defaultWeight } = options
    checkGroups(name, inChannels, outChannels, groups)
    const sizes = perAxis(name, 'kernel', kernel, rank, 1)
    const stride = perAxis(name, 'stride', options.stride ?? 1, rank, 1)
    const dilation = perAxis(name, 'dilation', options.dilation ?? 1, rank, 1)
    const padding = perAxis(name, 'padding', options.padding ?? 0, rank, 0)
    const outputPadding = perAxis(name, 'outputPadding', options.outputPadding ?? 0, rank, 0)
    outputPadding.forEach((p, i) => {
      if (p >= Math.max(stride[i]!, dilation[i]!))
        refuseOption(name, 'outputPadding', `outputPadding ${p} must be smaller than stride or dilation`)
    })
    this.geometry = { stride, padding, outputPadding, dilation, groups }
    // PyTorch counts the second axis of the weight as inputs here too
    const fanIn = (outChannels / groups) * sizes.reduce((n, k) => n * k, 1)
    this.weight = variable(weightInit([inChannels, outChannels / groups, ...sizes]))
    this.bias = bias ? variable((options.biasInit ?? defaultBias(fanIn))([outChannels])) : undefined
  }
  forward(x: AnyTensor): AnyTensor {
    return wrap(
      transposedConvolutionNode(this.kind, nodeOf(this.kind, x), this.weight.node, this.bias?.node, this.geometry),
    )
  }
  protected override arguments(): string {
    const { groups, stride, padding } = this.geometry
    const [c, o, ...kernel] = this.weight.shape as [number, number, ...number[]]
    return [
      `${c}, ${o * groups}, ${showSizes(kernel)}`,
      ...(stride.some(s => s !== 1) ? [`stride ${showSizes(stride)}`] : []),
      ...(padding.some(p => p !== 0) ? [`padding ${showSizes(padding)}`] : []),
      ...(groups !== 1 ? [`groups ${groups}`] : []),
    ].join(', ')
  }
}

interface Transposed<
  R extends SpatialRank,
  I extends number,
  O extends number,
  K extends PerAxis,
  St extends PerAxis,
  P extends PerAxis,
  OP extends PerAxis,
  D extends PerAxis,
> extends TypedLayer<TransposedFn<R, I, O, Scalar<K>, Scalar<St>, Scalar<P>, Scalar<D>, Scalar<OP>>> {
  /** [I, O / groups, …K] */
  readonly weight: Variable<[I, number, ...Unknowns[R]]>
  readonly bias: Variable<[O]> | undefined
}

export interface ConvTranspose1d<
  I extends number = number,
  O extends number = number,
  K extends PerAxis = number,
  St extends PerAxis = 1,
  P extends PerAxis = 0,
  OP extends PerAxis = 0,
  D extends PerAxis = 1,
> extends Transposed<1, I, O, K, St, P, OP, D> {}
/** [batch, inChannels, length] → [batch, outChannels, …], larger. */
export const convTranspose1d = <
  I extends number,
  O extends number,
  const K extends PerAxis,
  const St extends PerAxis = 1,
  const P extends PerAxis = 0,
  const OP extends PerAxis = 0,
  const D extends PerAxis = 1,
>(
  inChannels: I,
  outChannels: O,
  kernel: K,
  options?: TransposedConvolutionOptions<St, P, OP, D>,
): ConvTranspose1d<I, O, K, St, P, OP, D> =>
  typed(new TransposedConvolutionModule(1, inChannels, outChannels, kernel, options))

export interface ConvTranspose2d<
  I extends number = number,
  O extends number = number,
  K extends PerAxis = number,
  St extends PerAxis = 1,
  P extends PerAxis = 0,
  OP extends PerAxis = 0,
  D extends PerAxis = 1,
> extends Transposed<2, I, O, K, St, P, OP, D> {}
/** [batch, inChannels, height, width] → [batch, outChannels, …], larger. */
export const convTranspose2d = <
  I extends number,
  O extends number,
  const K extends PerAxis,
  const St extends PerAxis = 1,
  const P extends PerAxis = 0,
  const OP extends PerAxis = 0,
  const D extends PerAxis = 1,
>(
  inChannels: I,
  outChannels: O,
  kernel: K,
  options?: TransposedConvolutionOptions<St, P, OP, D>,
): ConvTranspose2d<I, O, K, St, P, OP, D> =>
  typed(new TransposedConvolutionModule(2, inChannels, outChannels, kernel, options))

export interface ConvTranspose3d<
  I extends number = number,
  O extends number = number,
  K extends PerAxis = number,
  St extends PerAxis = 1,
  P extends PerAxis = 0,
  OP extends PerAxis = 0,
  D extends PerAxis = 1,
> extends Transposed<3, I, O, K, St, P, OP, D> {}
/** [batch, inChannels, depth, height, width] → [batch, outChannels, …], larger. */
export const convTranspose3d = <
  I extends number,
  O extends number,
  const K extends PerAxis,
  const St extends PerAxis = 1,
  const P extends PerAxis = 0,
  const OP extends PerAxis = 0,
  const D extends PerAxis = 1,
>(
  inChannels: I,
  outChannels: O,
  kernel: K,
  options?: TransposedConvolutionOptions<St, P, OP, D>,
): ConvTranspose3d<I, O, K, St, P, OP, D> =>
  typed(new TransposedConvolutionModule(3, inChannels, outChannels, kernel, options))
