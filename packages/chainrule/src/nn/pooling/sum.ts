/** Sum of each window. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { PerAxis } from '../sizes.ts'
import { fitted, type Pool, type PoolingOptions, type PoolingWindow, poolingLayer, type Rounding } from './windows.ts'

export function sumPoolNode(name: string, x: Node, window: PoolingWindow): Node {
  const input = asFloat(x)
  const fit = fitted(name, input, window)
  return build.windowSum(input, { ...fit, inputDilation: fit.stride.map(() => 1) })
}

/** [batch, channels, length] → [batch, channels, …]. */
export const sumPool1d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'sumPool1d', 1, K, St, P, D, Round> => poolingLayer('sumPool1d', 1, kernel, options, sumPoolNode)

/** [batch, channels, height, width] → [batch, channels, …]. */
export const sumPool2d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'sumPool2d', 2, K, St, P, D, Round> => poolingLayer('sumPool2d', 2, kernel, options, sumPoolNode)

/** [batch, channels, depth, height, width] → [batch, channels, …]. */
export const sumPool3d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'sumPool3d', 3, K, St, P, D, Round> => poolingLayer('sumPool3d', 3, kernel, options, sumPoolNode)
