/**
 * Pooling to a given size: window i covers ⌊i N / O⌋ … ⌈(i + 1) N / O⌉. PyTorch's `nn.AdaptiveAvgPool` and `nn.AdaptiveMaxPool`.
 * Both the mean and the maximum of a box are those of its rows' means or maxima, so axes are pooled one after the other.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { range, show } from '../../graph/shape.ts'
import { div, mul } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { FunctionLayer, type TypedLayer, typed } from '../layer.ts'
import type { AdaptiveFn, ShapeFn } from '../layer-types.ts'
import { axesText, type PerAxis, perAxis } from '../sizes.ts'
import type { Shape } from '../tensors.ts'

export type AdaptiveKind = 'average' | 'maximum'

/** x [N, C, …S] → [N, C, …size]. */
export function adaptivePoolNode(name: string, kind: AdaptiveKind, x: Node, size: readonly number[]): Node {
  if (x.shape.length !== size.length + 2)
    refuse(name, [x.shape], `expected ${axesText(size.length)}, got ${show(x.shape)}`)
  const input = asFloat(x)
  const spatial = input.shape.slice(2)
  if (spatial.some(n => n === 0)) refuse(name, [x.shape], `nothing to pool in ${show(x.shape)}`)
  if (spatial.every((n, i) => n % size[i]! === 0)) return evenly(kind, input, size)
  return size.reduce((y, outputs, i) => alongAxis(kind, y, i + 2, outputs), input)
}

/** Windows of equal size that do not overlap. */
function evenly(kind: AdaptiveKind, x: Node, size: readonly number[]): Node {
  const window = size.map((outputs, i) => x.shape[i + 2]! / outputs)
  const geometry = {
    window,
    stride: window,
    padding: window.map((): [number, number] => [0, 0]),
    dilation: window.map(() => 1),
  }
  if (kind === 'maximum') return build.windowMax(x, geometry)
  const sums = build.windowSum(x, { ...geometry, inputDilation: geometry.dilation })
  return mul(sums, 1 / window.reduce((n, k) => n * k, 1))
}

function alongAxis(kind: AdaptiveKind, x: Node, axis: number, outputs: number): Node {
  const n = x.shape[axis]!
  const kept = x.shape.map((d, i) => (i === axis ? 1 : d))
  const parts = range(outputs).map(o => {
    const start = Math.floor((o * n) / outputs)
    const stop = Math.ceil(((o + 1) * n) / outputs)
    const part = build.slice(
      x,
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.map((d, i) => (i === axis ? stop : d)),
    )
    const pooled = kind === 'maximum' ? build.max(part, [axis]) : div(build.sum(part, [axis]), stop - start)
    return build.reshape(pooled, kept)
  })
  return build.concat(parts, axis)
}

/** One size for every axis. */
type Sizes<R extends 1 | 2 | 3, N extends PerAxis> = N extends number
  ? { 1: [N]; 2: [N, N]; 3: [N, N, N] }[R]
  : N extends Shape
    ? N
    : never
export interface AdaptivePool<Op extends string, R extends 1 | 2 | 3, N extends PerAxis>
  extends TypedLayer<AdaptiveFn<Sizes<R, N>, Op>> {}

function adaptiveLayer<L extends TypedLayer<ShapeFn>>(
  name: string,
  kind: AdaptiveKind,
  rank: number,
  size: PerAxis,
): L {
  const sizes = perAxis(name, 'size', size, rank, 1)
  return typed(new FunctionLayer(name, x => adaptivePoolNode(name, kind, x, sizes), sizes.join(', ')))
}

/** [batch, channels, …1 axes] → [batch, channels, …size]. */
export const adaptiveAvgPool1d = <const N extends PerAxis>(size: N): AdaptivePool<'adaptiveAvgPool1d', 1, N> =>
  adaptiveLayer('adaptiveAvgPool1d', 'average', 1, size)

/** [batch, channels, …2 axes] → [batch, channels, …size]. */
export const adaptiveAvgPool2d = <const N extends PerAxis>(size: N): AdaptivePool<'adaptiveAvgPool2d', 2, N> =>
  adaptiveLayer('adaptiveAvgPool2d', 'average', 2, size)

/** [batch, channels, …3 axes] → [batch, channels, …size]. */
export const adaptiveAvgPool3d = <const N extends PerAxis>(size: N): AdaptivePool<'adaptiveAvgPool3d', 3, N> =>
  adaptiveLayer('adaptiveAvgPool3d', 'average', 3, size)

/** [batch, channels, …1 axes] → [batch, channels, …size]. */
export const adaptiveMaxPool1d = <const N extends PerAxis>(size: N): AdaptivePool<'adaptiveMaxPool1d', 1, N> =>
  adaptiveLayer('adaptiveMaxPool1d', 'maximum', 1, size)

/** [batch, channels, …2 axes] → [batch, channels, …size]. */
export const adaptiveMaxPool2d = <const N extends PerAxis>(size: N): AdaptivePool<'adaptiveMaxPool2d', 2, N> =>
  adaptiveLayer('adaptiveMaxPool2d', 'maximum', 2, size)

/** [batch, channels, …3 axes] → [batch, channels, …size]. */
export const adaptiveMaxPool3d = <const N extends PerAxis>(size: N): AdaptivePool<'adaptiveMaxPool3d', 3, N> =>
  adaptiveLayer('adaptiveMaxPool3d', 'maximum', 3, size)
