/** √(mean of x²) of each window, the root mean square: what L2 pooling is where it is meant to keep the scale (see `lpPool2d`). */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { eq, square, where } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { PerAxis } from '../sizes.ts'
import { averagePoolNode } from './average.ts'
import { type Pool, type PoolingOptions, type PoolingWindow, poolingLayer, type Rounding } from './windows.ts'

/** The derivative where a window is all zeros is 0. */
export function rmsPoolNode(name: string, x: Node, window: PoolingWindow): Node {
  const means = averagePoolNode(name, square(asFloat(x)), window)
  const zero = eq(means, 0)
  return where(zero, 0, build.sqrt(where(zero, 1, means)))
}

/** [batch, channels, length] → [batch, channels, …]. */
export const rmsPool1d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'rmsPool1d', 1, K, St, P, D, Round> => poolingLayer('rmsPool1d', 1, kernel, options, rmsPoolNode)

/** [batch, channels, height, width] → [batch, channels, …]. */
export const rmsPool2d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'rmsPool2d', 2, K, St, P, D, Round> => poolingLayer('rmsPool2d', 2, kernel, options, rmsPoolNode)

/** [batch, channels, depth, height, width] → [batch, channels, …]. */
export const rmsPool3d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'rmsPool3d', 3, K, St, P, D, Round> => poolingLayer('rmsPool3d', 3, kernel, options, rmsPoolNode)
