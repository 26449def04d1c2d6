/** Maximum of each window; padding never wins. PyTorch's `nn.MaxPool1d/2d/3d`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { PerAxis } from '../sizes.ts'
import { fitted, type Pool, type PoolingOptions, type PoolingWindow, poolingLayer, type Rounding } from './windows.ts'

export function maxPoolNode(name: string, x: Node, window: PoolingWindow): Node {
  const input = asFloat(x)
  return build.windowMax(input, fitted(name, input, window))
}

/** [batch, channels, length] → [batch, channels, …]. */
export const maxPool1d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'maxPool1d', 1, K, St, P, D, Round> => poolingLayer('maxPool1d', 1, kernel, options, maxPoolNode)

/** [batch, channels, height, width] → [batch, channels, …]. */
export const maxPool2d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'maxPool2d', 2, K, St, P, D, Round> => poolingLayer('maxPool2d', 2, kernel, options, maxPoolNode)

/** [batch, channels, depth, height, width] → [batch, channels, …]. */
export const maxPool3d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'maxPool3d', 3, K, St, P, D, Round> => poolingLayer('maxPool3d', 3, kernel, options, maxPoolNode)
