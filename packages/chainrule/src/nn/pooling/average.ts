/** Mean of each window. PyTorch's `nn.AvgPool1d/2d/3d`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { mul } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { TypedLayer } from '../layer.ts'
import type { ShapeFn } from '../layer-types.ts'
import type { PerAxis } from '../sizes.ts'
import { reciprocalCounts } from './counts.ts'
import { fitted, type Pool, type PoolingOptions, type PoolingWindow, poolingLayer, type Rounding } from './windows.ts'

export interface AveragePoolingOptions<
  St extends PerAxis = PerAxis,
  P extends PerAxis = PerAxis,
  D extends PerAxis = PerAxis,
  Round extends Rounding = Rounding,
> extends PoolingOptions<St, P, D, Round> {
  /** Whether padding counts as zeros in the mean; the default. */
  readonly countPadding?: boolean
}

export function averagePoolNode(name: string, x: Node, window: PoolingWindow, countPadding = true): Node {
  const input = asFloat(x)
  const fit = fitted(name, input, window)
  const counted = window.padding.map(p => (countPadding ? p : 0))
  const sums = build.windowSum(input, { ...fit, inputDilation: fit.stride.map(() => 1) })
  return mul(sums, reciprocalCounts(input.shape.slice(2), fit, counted))
}

function averagePoolingLayer<L extends TypedLayer<ShapeFn>>(
  name: string,
  rank: number,
  kernel: PerAxis,
  { countPadding, ...options }: AveragePoolingOptions = {},
): L {
  return poolingLayer(name, rank, kernel, options, (n, x, window) => averagePoolNode(n, x, window, countPadding))
}

/** [batch, channels, length] → [batch, channels, …]. */
export const avgPool1d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: AveragePoolingOptions<St, P, D, Round>,
): Pool<'avgPool1d', 1, K, St, P, D, Round> => averagePoolingLayer('avgPool1d', 1, kernel, options)

/** [batch, channels, height, width] → [batch, channels, …]. */
export const avgPool2d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: AveragePoolingOptions<St, P, D, Round>,
): Pool<'avgPool2d', 2, K, St, P, D, Round> => averagePoolingLayer('avgPool2d', 2, kernel, options)

/** [batch, channels, depth, height, width] → [batch, channels, …]. */
export const avgPool3d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: AveragePoolingOptions<St, P, D, Round>,
): Pool<'avgPool3d', 3, K, St, P, D, Round> => averagePoolingLayer('avgPool3d', 3, kernel, options)
