/**
 * Convolution over 1, 2 or 3 axes, as cross-correlation: y[n, o, p] = b[o] + Σ_{c, k} x[n, c, s·p + d·k − pad] w[o, c, k].
 * PyTorch's `nn.Conv1d/2d/3d`; grouped and dilated. A window that would drop real input is an error unless `round: 'floor'`.
 */
import * as build from '../graph/build.ts'
import type { Node, Padding } from '../graph/node.ts'
import { needCount, nodeOf, refuse, refuseOption } from '../graph/refuse.ts'
import { show, windowPositions } from '../graph/shape.ts'
import { add } from '../tensor/ops/elementwise.ts'
import { alongChannels, sameFloat } from './arithmetic.ts'
import { defaultBias, defaultWeight, type Initialiser } from './init/index.ts'
import { LayerModule, type TypedLayer, typed } from './layer.ts'
import type { ConvolutionFn } from './layer-types.ts'
import { checkOptions } from './options.ts'
import type { SpatialRank, Unknowns } from './shape-types.ts'
import { axesText, type PerAxis, perAxis, type Scalar, showSizes } from './sizes.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from './tensors.ts'

export interface ConvolutionOptions<
  St extends PerAxis = PerAxis,
  P extends PerAxis | 'same' = PerAxis | 'same',
  D extends PerAxis = PerAxis,
  Round extends 'exact' | 'floor' = 'exact' | 'floor',
> {
  readonly stride?: St
  /** Zeros on both sides; 'same' keeps the size (stride 1). */
  readonly padding?: P
  readonly dilation?: D
  /** Channels are split into this many groups that do not see each other. */
  readonly groups?: number
  /** Adds b; the default. */
  readonly bias?: boolean
  /** 'floor' accepts sizes whose last rows or columns are never read. */
  readonly round?: Round
  readonly weightInit?: Initialiser
  readonly biasInit?: Initialiser
}

/** How the window moves; everything per axis. */
export interface Geometry {
  readonly stride: readonly number[]
  readonly padding: readonly Padding[]
  readonly dilation: readonly number[]
  readonly groups: number
  readonly round: 'exact' | 'floor'
}

/** x [N, C, …S], weight [O, C/groups, …K], bias [O] → [N, O, …S′]. */
export function convolutionNode(name: string, x: Node, weight: Node, bias: Node | undefined, g: Geometry): Node {
  const [a, w] = sameFloat(x, weight)
  checkChannels(name, a, w.shape[1]! * g.groups, w.shape.length - 2)
  w.shape.slice(2).forEach((kernel, i) => {
    const window = { stride: g.stride[i]!, padding: g.padding[i]!, dilation: g.dilation[i]! }
    windowPositions(name, a.shape[i + 2]!, kernel, window, g.round)
  })
  const { stride, padding, dilation, groups } = g
  const inputDilation = stride.map(() => 1)
  const y = build.conv(a, w, { stride, padding, dilation, inputDilation, groups })
  return bias ? add(y, alongChannels(bias, y.shape.length)) : y
}

/** Rank and channels, with the texts of the types. */
export function checkChannels(name: string, x: Node, channels: number, rank: number): void {
  if (x.shape.length !== rank + 2) refuse(name, [x.shape], `expected ${axesText(rank)}, got ${show(x.shape)}`)
  if (x.shape[1] !== channels)
    refuse(name, [x.shape], `expected ${channels} input channels, got ${x.shape[1]} (input ${show(x.shape)})`)
}

export class ConvolutionModule extends LayerModule {
  readonly kind: string
  readonly weight: AnyVariable
  readonly bias: AnyVariable | undefined
  readonly geometry: Geometry
  constructor(
    rank: number,
    inChannels: number,
    outChannels: number,
    kernel: PerAxis,
    options: ConvolutionOptions = {},
  ) {
    super()
    const name = `conv${rank}d`
    this.kind = name
    checkOptions(name, options, {
      stride: true,
      padding: true,
      dilation: true,
      groups: true,
      bias: true,
      round: true,
      weightInit: true,
      biasInit: true,
    })
    const { bias = true, groups = 1, weightInit = defaultWeight } = options
    const sizes = perAxis(name, 'kernel', kernel, rank, 1)
    checkGroups(name, inChannels, outChannels, groups)
    this.geometry = geometryOf(name, sizes, options)
    const fanIn = (inChannels / groups) * sizes.reduce((n, k) => n * k, 1)
    this.weight = variable(weightInit([outChannels, inChannels / groups, ...sizes]))
    this.bias = bias ? variable((options.biasInit ?? defaultBias(fanIn))([outChannels])) : undefined
  }
  forward(x: AnyTensor): AnyTensor {
    return wrap(convolutionNode(this.kind, nodeOf(this.kind, x), this.weight.node, this.bias?.node, this.geometry))
  }
  protected override arguments(): string {
    const { groups, stride, padding, dilation } = this.geometry
    const [o, c, ...kernel] = this.weight.shape as [number, number, ...number[]]
    const pads = padding.map(p => p[0])
    return [
      `${c * groups}, ${o}, ${showSizes(kernel)}`,
      ...(stride.some(s => s !== 1) ? [`stride ${showSizes(stride)}`] : []),
      ...(pads.some(p => p !== 0) ? [`padding ${showSizes(pads)}`] : []),
      ...(dilation.some(d => d !== 1) ? [`dilation ${showSizes(dilation)}`] : []),
      ...(groups !== 1 ? [`groups ${groups}`] : []),
      ...(this.bias ? [] : ['bias false']),
    ].join(', ')
  }
}

export function checkGroups(name: string, inChannels: number, outChannels: number, groups: number): void {
  needCount(name, 'inChannels', inChannels)
  needCount(name, 'outChannels', outChannels)
  needCount(name, 'groups', groups)
  if (inChannels % groups !== 0 || outChannels % groups !== 0)
    refuseOption(
      name,
      'groups',
      `${inChannels} input and ${outChannels} output channels do not split into ${groups} groups`,
    )
}

function geometryOf(name: string, kernel: readonly number[], options: ConvolutionOptions): Geometry {
  const rank = kernel.length
  const { groups = 1, round = 'exact', padding = 0 } = options
  const stride = perAxis(name, 'stride', options.stride ?? 1, rank, 1)
  const dilation = perAxis(name, 'dilation', options.dilation ?? 1, rank, 1)
  if (padding === 'same' && stride.some(s => s !== 1))
    refuseOption(name, 'padding', `padding 'same' needs stride 1, got ${showSizes(stride)}`)
  const around: Padding[] =
    padding === 'same'
      ? kernel.map((k, i): Padding => {
          const total = dilation[i]! * (k - 1)
          return [Math.floor(total / 2), Math.ceil(total / 2)]
        })
      : perAxis(name, 'padding', padding, rank, 0).map((p): Padding => [p, p])
  return { stride, padding: around, dilation, groups, round }
}

interface Convolution<
  R extends SpatialRank,
  I extends number,
  O extends number,
  K extends PerAxis,
  St extends PerAxis,
  P extends PerAxis | 'same',
  D extends PerAxis,
  Round,
> extends TypedLayer<
    ConvolutionFn<R, I, O, Scalar<K>, Scalar<St>, P extends 'same' ? P : Scalar<P>, Scalar<D>, Round>
  > {
  /** [O, I / groups, …K] */
  readonly weight: Variable<[O, number, ...Unknowns[R]]>
  readonly bias: Variable<[O]> | undefined
  readonly geometry: Geometry
}

export interface Conv1d<
  I extends number = number,
  O extends number = number,
  K extends PerAxis = number,
  St extends PerAxis = 1,
  P extends PerAxis | 'same' = 0,
  D extends PerAxis = 1,
  Round = 'exact',
> extends Convolution<1, I, O, K, St, P, D, Round> {}
/** [batch, inChannels, length] → [batch, outChannels, …]. */
export const conv1d = <
  I extends number,
  O extends number,
  const K extends PerAxis,
  const St extends PerAxis = 1,
  const P extends PerAxis | 'same' = 0,
  const D extends PerAxis = 1,
  Round extends 'exact' | 'floor' = 'exact',
>(
  inChannels: I,
  outChannels: O,
  kernel: K,
  options?: ConvolutionOptions<St, P, D, Round>,
): Conv1d<I, O, K, St, P, D, Round> => typed(new ConvolutionModule(1, inChannels, outChannels, kernel, options))

export interface Conv2d<
  I extends number = number,
  O extends number = number,
  K extends PerAxis = number,
  St extends PerAxis = 1,
  P extends PerAxis | 'same' = 0,
  D extends PerAxis = 1,
  Round = 'exact',
> extends Convolution<2, I, O, K, St, P, D, Round> {}
/** [batch, inChannels, height, width] → [batch, outChannels, …]. */
export const conv2d = <
  I extends number,
  O extends number,
  const K extends PerAxis,
  const St extends PerAxis = 1,
  const P extends PerAxis | 'same' = 0,
  const D extends PerAxis = 1,
  Round extends 'exact' | 'floor' = 'exact',
>(
  inChannels: I,
  outChannels: O,
  kernel: K,
  options?: ConvolutionOptions<St, P, D, Round>,
): Conv2d<I, O, K, St, P, D, Round> => typed(new ConvolutionModule(2, inChannels, outChannels, kernel, options))

export interface Conv3d<
  I extends number = number,
  O extends number = number,
  K extends PerAxis = number,
  St extends PerAxis = 1,
  P extends PerAxis | 'same' = 0,
  D extends PerAxis = 1,
  Round = 'exact',
> extends Convolution<3, I, O, K, St, P, D, Round> {}
/** [batch, inChannels, depth, height, width] → [batch, outChannels, …]. */
export const conv3d = <
  I extends number,
  O extends number,
  const K extends PerAxis,
  const St extends PerAxis = 1,
  const P extends PerAxis | 'same' = 0,
  const D extends PerAxis = 1,
  Round extends 'exact' | 'floor' = 'exact',
>(
  inChannels: I,
  outChannels: O,
  kernel: K,
  options?: ConvolutionOptions<St, P, D, Round>,
): Conv3d<I, O, K, St, P, D, Round> => typed(new ConvolutionModule(3, inChannels, outChannels, kernel, options))
