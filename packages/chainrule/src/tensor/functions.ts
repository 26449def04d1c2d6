/** Operations on several tensors at once. */

import type { DType } from '../graph/dtype.ts'
import { needList, nodeOf } from '../graph/refuse.ts'
import type { Checked, Shape } from './dimension-types.ts'
import { wrap } from './handle.ts'
import { einsum as einsumNodes } from './ops/einsum.ts'
import * as elementwise from './ops/elementwise.ts'
import * as movement from './ops/movement.ts'
import type { Operand as NodeOperand } from './ops/operands.ts'
import { evaluate } from './runtime.ts'
import type { Concat, Stack, Where } from './shape-types.ts'
import type { AnyTensor, Promote, TensorLike, TensorOf } from './types.ts'

type Operand<S extends Shape, D extends DType> = TensorLike<S, D> | number
const operand = (x: TensorLike | number): NodeOperand => (typeof x === 'number' ? x : nodeOf('where', x))

/** a where the condition holds, b elsewhere; all three broadcast. */
export function where<
  C extends Shape,
  A extends Shape = [],
  B extends Shape = [],
  D extends DType = 'bool',
  E extends DType = 'bool',
>(
  condition: TensorLike<C, 'bool'>,
  a: Operand<A, D>,
  b: Checked<Where<C, A, B>, Operand<B, E>>,
): TensorOf<Promote<D, E>, Where<C, A, B>> {
  const y = elementwise.where(nodeOf('where', condition), operand(a), operand(b as TensorLike | number))
  return wrap(y) as ReturnType<typeof where<C, A, B, D, E>>
}

type CommonType<L extends readonly TensorLike[], D extends DType = 'bool'> = L extends readonly [
  infer First extends TensorLike,
  ...infer Rest extends readonly TensorLike[],
]
  ? CommonType<Rest, Promote<D, First['dtype']>>
  : number extends L['length']
    ? L[number]['dtype']
    : D

/** Joined along an existing axis (0). */
export function concat<const L extends readonly TensorLike[] | readonly [], const I extends number = 0>(
  tensors: Checked<Concat<L, I>, L>,
  axis?: I,
): TensorOf<CommonType<L>, Concat<L, I>> {
  needList('concat', tensors, '[a, b]')
  return wrap(
    movement.concat(
      (tensors as L).map(t => nodeOf('concat', t)),
      axis,
    ),
  ) as TensorOf<CommonType<L>, Concat<L, I>>
}
/** Joined along a new axis (0). */
export function stack<const L extends readonly TensorLike[] | readonly [], const I extends number = 0>(
  tensors: Checked<Stack<L, I>, L>,
  axis?: I,
): TensorOf<CommonType<L>, Stack<L, I>> {
  needList('stack', tensors, '[a, b]')
  return wrap(
    movement.stack(
      (tensors as L).map(t => nodeOf('stack', t)),
      axis,
    ),
  ) as TensorOf<CommonType<L>, Stack<L, I>>
}

/**
 * Einstein summation: letters name axes, those missing on the right are summed over. `einsum('bij,bjk->bik', a, b)`.
 * @throws OptionError for a specification that does not parse, ShapeError when axes of one name differ
 */
export const einsum = (specification: string, ...tensors: readonly TensorLike[]): AnyTensor =>
  wrap(
    einsumNodes(
      specification,
      tensors.map(t => nodeOf('einsum', t)),
    ),
  )

/** Computes several tensors (and pending variables) in one plan. */
export function all<const L extends readonly AnyTensor[]>(...tensors: L): Promise<L> {
  for (const t of tensors) nodeOf('all', t)
  return evaluate(tensors).then(() => tensors)
}
