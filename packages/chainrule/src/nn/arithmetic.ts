/** Small compositions on nodes that several layers and losses share. */
import * as build from '../graph/build.ts'
import { promote, toFloat } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { numel, range, type Shape } from '../graph/shape.ts'
import { div } from '../tensor/ops/elementwise.ts'

/** Σ over `axes`, which stay as 1. */
export const keptSum = (x: Node, axes: readonly number[]): Node =>
  build.reshape(build.sum(x, axes), build.keptShape(x.shape, axes))
/** Maximum over `axes`, which stay as 1; a constant for derivatives, because it only shifts. */
export const keptPeak = (x: Node, axes: readonly number[]): Node =>
  build.stopGradient(build.reshape(build.max(x, axes), build.keptShape(x.shape, axes)))
/** How many elements a reduction over `axes` takes together. */
export const countOf = (shape: Shape, axes: readonly number[]): number => axes.reduce((n, a) => n * shape[a]!, 1)
export const sumAll = (x: Node): Node => build.sum(x, range(x.shape.length))
export const meanAll = (x: Node): Node => div(sumAll(x), numel(x.shape))

/** A per-channel vector [C] as [1, C, 1, …] for a tensor of `rank` axes. */
export const alongChannels = (vector: Node, rank: number): Node =>
  build.reshape(vector, [1, vector.shape[0]!, ...new Array<number>(rank - 2).fill(1)])

/** Both in the wider of their float types: what a contraction needs. */
export function sameFloat(x: Node, w: Node): readonly [Node, Node] {
  const dtype = promote(toFloat(x.dtype), w.dtype)
  return [build.cast(x, dtype), build.cast(w, dtype)]
}
