/** The window of a pooling layer over an input: sizes checked, rounding decided. */
import type { Node, Padding, Window } from '../../graph/node.ts'
import { refuse, refuseOption } from '../../graph/refuse.ts'
import { show, windowPositions } from '../../graph/shape.ts'
import { FunctionLayer, type TypedLayer, typed } from '../layer.ts'
import type { PoolFn, ShapeFn } from '../layer-types.ts'
import { checkOptions } from '../options.ts'
import type { SpatialRank } from '../shape-types.ts'
import { axesText, type PerAxis, perAxis, type Scalar, showSizes } from '../sizes.ts'

export interface PoolingOptions<
  St extends PerAxis = PerAxis,
  P extends PerAxis = PerAxis,
  D extends PerAxis = PerAxis,
  Round extends Rounding = Rounding,
> {
  /** The kernel's size unless given. */
  readonly stride?: St
  /** At most half of the kernel. */
  readonly padding?: P
  readonly dilation?: D
  /** What to do when the windows do not fit: an error ('exact'), drop the rest ('floor'), or a partial window ('ceil'). */
  readonly round?: Round
}
export type Rounding = 'exact' | 'floor' | 'ceil'

/** A pooling window, everything per axis. */
export interface PoolingWindow {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly dilation: readonly number[]
  readonly round: Rounding
}

export function poolingWindow(
  name: string,
  rank: number,
  kernel: PerAxis,
  options: PoolingOptions = {},
): PoolingWindow {
  checkOptions(name, options, { stride: true, padding: true, dilation: true, round: true })
  const sizes = perAxis(name, 'kernel', kernel, rank, 1)
  const padding = perAxis(name, 'padding', options.padding ?? 0, rank, 0)
  padding.forEach((p, i) => {
    if (2 * p > sizes[i]!) refuseOption(name, 'padding', `padding ${p} is more than half of the kernel ${sizes[i]}`)
  })
  return {
    kernel: sizes,
    stride: perAxis(name, 'stride', options.stride ?? sizes, rank, 1),
    padding,
    dilation: perAxis(name, 'dilation', options.dilation ?? 1, rank, 1),
    round: options.round ?? 'exact',
  }
}

/**
 * The window for one input [N, C, …S]. With 'ceil' the padding behind grows until the last window that begins inside the input
 * (or the padding before it) fits.
 */
export function fitted(name: string, x: Node, w: PoolingWindow): Window {
  const rank = w.kernel.length
  if (x.shape.length !== rank + 2) refuse(name, [x.shape], `expected ${axesText(rank)}, got ${show(x.shape)}`)
  const padding = w.kernel.map((kernel, i): Padding => {
    const n = x.shape[i + 2]!
    const [stride, p, dilation] = [w.stride[i]!, w.padding[i]!, w.dilation[i]!]
    const options = { stride, padding: [p, p], dilation } as const
    const floor = windowPositions(name, n, kernel, options, w.round === 'exact' ? 'exact' : 'floor')
    if (w.round !== 'ceil') return [p, p]
    const extent = dilation * (kernel - 1) + 1
    const rest = (n + 2 * p - extent) % stride
    return rest > 0 && floor * stride < n + p ? [p, p + stride - rest] : [p, p]
  })
  return { window: w.kernel, stride: w.stride, padding, dilation: w.dilation }
}

export function describeWindow({ kernel, stride, padding, round }: PoolingWindow): string {
  return [
    showSizes(kernel),
    ...(stride.some((s, i) => s !== kernel[i]) ? [`stride ${showSizes(stride)}`] : []),
    ...(padding.some(p => p !== 0) ? [`padding ${showSizes(padding)}`] : []),
    ...(round === 'exact' ? [] : [`round ${round}`]),
  ].join(', ')
}

export interface Pool<
  Op extends string,
  R extends SpatialRank,
  K extends PerAxis,
  St extends PerAxis,
  P extends PerAxis = 0,
  D extends PerAxis = 1,
  Round = 'exact',
> extends TypedLayer<PoolFn<R, Scalar<K>, Scalar<St>, Scalar<P>, Scalar<D>, Round, Op>> {}

/** A pooling layer from its function of the input and the window. */
export function poolingLayer<L extends TypedLayer<ShapeFn>>(
  name: string,
  rank: number,
  kernel: PerAxis,
  options: PoolingOptions | undefined,
  pool: (name: string, x: Node, window: PoolingWindow) => Node,
): L {
  const window = poolingWindow(name, rank, kernel, options)
  return typed(new FunctionLayer(name, x => pool(name, x, window), describeWindow(window)))
}
