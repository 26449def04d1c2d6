/**
 * (Σ |x|ᵖ)^(1/p) of each window: p = 2 is L2 pooling as a norm (as a root mean square: `rmsPool2d`), p = 1 the sum of magnitudes.
 * PyTorch's `nn.LPPool1d/2d/3d`.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuseOption } from '../../graph/refuse.ts'
import { eq, pow, square, where } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { PerAxis } from '../sizes.ts'
import { sumPoolNode } from './sum.ts'
import { type Pool, type PoolingOptions, type PoolingWindow, poolingLayer, type Rounding } from './windows.ts'

function checkNorm(name: string, p: number): number {
  if (!(p >= 1 && p < Number.POSITIVE_INFINITY))
    refuseOption(name, 'p', `the norm must be a finite number >= 1, got ${p}`)
  return p
}

/** The derivative where a window is all zeros is 0. */
export function lpPoolNode(name: string, x: Node, p: number, window: PoolingWindow): Node {
  const input = asFloat(x)
  const powers = p === 2 ? square(input) : p === 1 ? build.abs(input) : pow(build.abs(input), p)
  const sums = sumPoolNode(name, powers, window)
  if (p === 1) return sums
  const zero = eq(sums, 0)
  const safe = where(zero, 1, sums)
  return where(zero, 0, p === 2 ? build.sqrt(safe) : pow(safe, 1 / p))
}

/** [batch, channels, length] → [batch, channels, …]. */
export const lpPool1d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  p: number,
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'lpPool1d', 1, K, St, P, D, Round> => {
  const norm = checkNorm('lpPool1d', p)
  return poolingLayer('lpPool1d', 1, kernel, options, (name, x, window) => lpPoolNode(name, x, norm, window))
}

/** [batch, channels, height, width] → [batch, channels, …]. */
export const lpPool2d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  p: number,
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'lpPool2d', 2, K, St, P, D, Round> => {
  const norm = checkNorm('lpPool2d', p)
  return poolingLayer('lpPool2d', 2, kernel, options, (name, x, window) => lpPoolNode(name, x, norm, window))
}

/** [batch, channels, depth, height, width] → [batch, channels, …]. */
export const lpPool3d = <
  const K extends PerAxis,
  const St extends PerAxis = K,
  const P extends PerAxis = 0,
  const D extends PerAxis = 1,
  Round extends Rounding = 'exact',
>(
  p: number,
  kernel: K,
  options?: PoolingOptions<St, P, D, Round>,
): Pool<'lpPool3d', 3, K, St, P, D, Round> => {
  const norm = checkNorm('lpPool3d', p)
  return poolingLayer('lpPool3d', 3, kernel, options, (name, x, window) => lpPoolNode(name, x, norm, window))
}
