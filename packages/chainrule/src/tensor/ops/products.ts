/** Sums of products, on nodes: everything becomes one batched `dot`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { broadcastShapes, show } from '../../graph/shape.ts'
import { mul } from './elementwise.ts'
import { checkNode, commonType, toNumber } from './operands.ts'

/**
 * Matrix product over the last two axes; the axes before them broadcast. A vector on the left is a row, on the right a column,
 * and its axis disappears. PyTorch's `matmul`.
 */
export function matmul(a: Node, b: Node): Node {
  checkNode('matmul', b)
  if (a.shape.length === 0) refuseRank('left', a, b)
  if (b.shape.length === 0) refuseRank('right', a, b)
  const dtype = toNumber(commonType('matmul', a, b))
  const left = a.shape.length === 1 ? build.reshape(a, [1, ...a.shape]) : a
  const right = b.shape.length === 1 ? build.reshape(b, [...b.shape, 1]) : b
  const [m, k] = left.shape.slice(-2) as [number, number]
  const [k2, n] = right.shape.slice(-2) as [number, number]
  if (k !== k2)
    refuse('matmul', [a.shape, b.shape], `inner dimensions differ: ${show(a.shape)} @ ${show(b.shape)} (${k} vs ${k2})`)
  const y = product(build.cast(left, dtype), build.cast(right, dtype))
  if (a.shape.length > 1 && b.shape.length > 1) return y
  const rows = a.shape.length === 1 ? [] : [m]
  const columns = b.shape.length === 1 ? [] : [n]
  return build.reshape(y, [...y.shape.slice(0, -2), ...rows, ...columns])
}
const refuseRank = (side: string, a: Node, b: Node): never =>
  refuse('matmul', [a.shape, b.shape], `${side} operand must have rank >= 1, got []`)

/** Both of rank ≥ 2 and equal dtype. One matrix on the right serves a whole batch: the batch becomes rows. */
function product(a: Node, b: Node): Node {
  const batch = a.shape.slice(0, -2)
  const [m, k] = a.shape.slice(-2) as [number, number]
  if (b.shape.length === 2 && batch.length > 0) {
    const rows = batch.reduce((n, d) => n * d, m)
    return build.reshape(build.dot(build.reshape(a, [rows, k]), b), [...batch, m, b.shape[1]!])
  }
  const common = broadcastShapes('matmul batch dims', batch, b.shape.slice(0, -2))
  return build.dot(build.broadcastTo(a, [...common, m, k]), build.broadcastTo(b, [...common, ...b.shape.slice(-2)]))
}

/** Σ aᵢ bᵢ of two vectors. */
export function dot(a: Node, b: Node): Node {
  checkNode('dot', b)
  if (a.shape.length !== 1 || b.shape.length !== 1 || a.shape[0] !== b.shape[0])
    refuse(
      'dot',
      [a.shape, b.shape],
      `needs two vectors of equal length, got ${show(a.shape)} and ${show(b.shape)}; use matmul()`,
    )
  return matmul(a, b)
}
/** aᵢ bⱼ of two vectors. */
export function outer(a: Node, b: Node): Node {
  checkNode('outer', b)
  if (a.shape.length !== 1 || b.shape.length !== 1)
    refuse('outer', [a.shape, b.shape], `needs two vectors, got ${show(a.shape)} and ${show(b.shape)}`)
  return mul(build.reshape(a, [...a.shape, 1]), b)
}
