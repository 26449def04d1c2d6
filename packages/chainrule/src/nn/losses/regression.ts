/** Losses between numbers: squared, absolute, and Huber's mixture (1964). PyTorch's `F.mse_loss`, `l1_loss`, `huber_loss`, `smooth_l1_loss`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse, refuseOption } from '../../graph/refuse.ts'
import { sameShape, show } from '../../graph/shape.ts'
import { div, lt, mul, square, sub } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'

/** prediction − target, which must have equal shapes: a broadcast here is nearly always a mistake. */
export function difference(name: string, prediction: Node, target: Node): Node {
  if (!sameShape(prediction.shape, target.shape))
    refuse(
      name,
      [prediction.shape, target.shape],
      `predictions ${show(prediction.shape)} need targets ${show(prediction.shape)}, got ${show(target.shape)}`,
    )
  return sub(asFloat(prediction), target)
}

/** d² */
export const squared = (name: string, x: Node, y: Node): Node => square(difference(name, x, y))
/** d² / 2, whose derivative is d. */
export const halfSquared = (name: string, x: Node, y: Node): Node => mul(squared(name, x, y), 0.5)
/** |d| */
export const absolute = (name: string, x: Node, y: Node): Node => build.abs(difference(name, x, y))

/** d² / 2 where |d| < δ, δ (|d| − δ/2) elsewhere. */
export function huber(name: string, x: Node, y: Node, delta: number): Node {
  if (!(delta > 0)) refuseOption(name, 'delta', `delta must be > 0, got ${delta}`)
  const d = difference(name, x, y)
  const size = build.abs(d)
  return build.where(lt(size, delta), mul(square(d), 0.5), mul(sub(size, delta / 2), delta))
}
/** Huber's loss divided by β = δ. */
export function smoothL1(name: string, x: Node, y: Node, beta: number): Node {
  if (beta === 0) return absolute(name, x, y)
  return div(huber(name, x, y, beta), beta)
}
