/** Joins the axes from `start` to `end` into one; by default all but the batch. PyTorch's `nn.Flatten`. */
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { refuse } from '../graph/refuse.ts'
import { normalAxis, numel } from '../graph/shape.ts'
import type { FlattenFrom } from '../tensor/shape-types.ts'
import { FunctionLayer, type TypedLayer, typed } from './layer.ts'
import type { ShapeFn } from './layer-types.ts'
import type { Shape } from './tensors.ts'

export function flattenNode(x: Node, start = 1, end = -1): Node {
  if (x.shape.length === 0) refuse('flatten', [x.shape], 'rank 0')
  const first = x.shape.length === start ? start : normalAxis('flatten', x.shape, start)
  const last = normalAxis('flatten', x.shape, end)
  return build.reshape(x, [
    ...x.shape.slice(0, first),
    numel(x.shape.slice(first, last + 1)),
    ...x.shape.slice(Math.max(first, last + 1)),
  ])
}

export interface FlattenFn<Start extends number> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? FlattenFrom<S, Start> : never
}
export interface Flatten<Start extends number = 1> extends TypedLayer<FlattenFn<Start>> {}
/** [batch, …] → [batch, everything else]; `start` is the first axis that is joined. */
export const flatten = <Start extends number = 1>(start?: Start): Flatten<Start> =>
  typed(new FunctionLayer('flatten', x => flattenNode(x, start), start === undefined ? '' : `${start}`))
