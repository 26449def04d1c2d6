/** Elements picked by other elements, on nodes. Every index is checked: one outside its axis is an IndexError. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { needCount, refuse, refuseDType, refuseOption } from '../../graph/refuse.ts'
import { contiguousStrides, normalAxis, numel, type Shape, show } from '../../graph/shape.ts'
import { sliceAlong } from './movement.ts'
import { asNumber, checkNode } from './operands.ts'

function needIndices(operation: string, indices: Node): Node {
  checkNode(operation, indices)
  if (indices.dtype !== 'int32')
    refuseDType(operation, [indices.dtype], `indices must be int32, got ${indices.dtype}; use toInt()`)
  return indices
}

/** Slices of x along `axis`, one for each index; the axes of `indices` take the place of `axis`. NumPy's `take`. */
export const take = (x: Node, indices: Node, axis = 0): Node =>
  build.gather(x, needIndices('take', indices), normalAxis('take', x.shape, axis))
/** PyTorch's `index_select`. */
export function indexSelect(x: Node, axis: number, indices: Node): Node {
  needIndices('indexSelect', indices)
  if (indices.shape.length !== 1)
    refuse('indexSelect', [indices.shape], `needs a vector of indices, got ${show(indices.shape)}; use take()`)
  return build.gather(x, indices, normalAxis('indexSelect', x.shape, axis))
}

/** Row-major positions in a tensor of `shape` of the elements that `indices` name along `axis`, elsewhere their own place. */
function positionsAlong(shape: Shape, indices: Node, axis: number): Node {
  const strides = contiguousStrides(shape)
  // looked up in a table rather than multiplied: the lookup checks the range
  const steps = build.mul(build.iota(shape[axis]!), build.full([shape[axis]!], strides[axis]!, 'int32'))
  return indices.shape.reduce(
    (sum, _, i) =>
      i === axis
        ? sum
        : build.add(
            sum,
            build.mul(build.indexAlong(indices.shape, i), build.full(indices.shape, strides[i]!, 'int32')),
          ),
    build.gather(steps, indices, 0),
  )
}
function along(operation: string, x: Node, axis: number, indices: Node): number {
  const a = normalAxis(operation, x.shape, axis)
  needIndices(operation, indices)
  if (indices.shape.length !== x.shape.length || indices.shape.some((d, i) => i !== a && d > x.shape[i]!))
    refuse(
      operation,
      [x.shape, indices.shape],
      `indices ${show(indices.shape)} do not lie within ${show(x.shape)} outside axis ${a}`,
    )
  return a
}

/** y[i, j] = x[indices[i, j], j] for axis 0, and so on. PyTorch's `gather`. */
export function gather(x: Node, axis: number, indices: Node): Node {
  const a = along('gather', x, axis, indices)
  return build.gather(build.reshape(x, [numel(x.shape)]), positionsAlong(x.shape, indices, a), 0)
}
/** NumPy's order of arguments. */
export const takeAlong = (x: Node, indices: Node, axis: number): Node => gather(x, axis, indices)

/** x with updates[i, j] added at x[indices[i, j], j] for axis 0, and so on. PyTorch's `scatter_add`. */
export function scatterAdd(x: Node, axis: number, indices: Node, updates: Node): Node {
  const a = along('scatterAdd', x, axis, indices)
  checkNode('scatterAdd', updates)
  if (show(indices.shape) !== show(updates.shape))
    refuse(
      'scatterAdd',
      [indices.shape, updates.shape],
      `indices ${show(indices.shape)} and updates ${show(updates.shape)} differ`,
    )
  const n = numel(indices.shape)
  const positions = build.reshape(positionsAlong(x.shape, indices, a), [n])
  const values = build.reshape(build.cast(updates, x.dtype), [n])
  return build.add(x, build.reshape(build.scatterAdd(values, positions, 0, numel(x.shape)), x.shape))
}

/** 1 at each index along a new last axis of `classes`, 0 elsewhere. */
export function oneHot(indices: Node, classes: number): Node {
  needIndices('oneHot', indices)
  needCount('oneHot', 'classes', classes)
  // looked up in 0, 1, … rather than used as it is: the lookup checks the range
  const checked = build.gather(build.iota(classes), indices, 0)
  const shape = [...indices.shape, classes]
  const column = build.expand(build.reshape(checked, [...indices.shape, 1]), shape)
  return build.cast(build.equal(column, build.indexAlong(shape, indices.shape.length)), 'float32')
}

export interface SortOptions {
  readonly descending?: boolean
}
/** The int32 permutation that sorts along an axis; stable, NaN counts as largest. */
export const argsort = (x: Node, axis = -1, { descending = false }: SortOptions = {}): Node =>
  build.argsort(asNumber(x), normalAxis('argsort', x.shape, axis), descending)
export const sort = (x: Node, axis = -1, options: SortOptions = {}): Node => {
  const y = asNumber(x)
  return gather(y, axis, argsort(y, axis, options))
}

export interface TopOptions {
  /** The smallest instead. */
  readonly smallest?: boolean
}
/** The k largest along an axis, in order, and their indices; NaN counts as largest. */
export function topk(
  x: Node,
  k: number,
  axis = -1,
  { smallest = false }: TopOptions = {},
): { values: Node; indices: Node } {
  const a = normalAxis('topk', x.shape, axis)
  if (!(Number.isInteger(k) && k >= 0 && k <= x.shape[a]!))
    refuseOption('topk', 'k', `k must be an integer from 0 to ${x.shape[a]} (axis ${a} of ${show(x.shape)}), got ${k}`)
  const y = asNumber(x)
  const indices = sliceAlong(argsort(y, a, { descending: !smallest }), a, 0, k)
  return { values: gather(y, a, indices), indices }
}
