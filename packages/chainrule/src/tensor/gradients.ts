/** Derivatives of tensors: the chain rule over the recorded graph, for trees of inputs. */
import { ChainruleError } from '../errors.ts'
import { gradients } from '../grad/backward.ts'
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { kindOf, nodeOf, refuse, refuseDType, refuseOption } from '../graph/refuse.ts'
import { sameShape, show } from '../graph/shape.ts'
import type { Shape } from './dimension-types.ts'
import { VariableHandle, wrap } from './handle.ts'
import { isCut, unread } from './history.ts'
import { accompany, replacementOf, settlePending } from './runtime.ts'
import { mapTensors, type Tree, tensorsOf } from './tree.ts'
import type { AnyTensor, Tensor, TensorLike, TensorOf } from './types.ts'

/** The structure of T with a gradient in place of each tensor. */
export type GradientsOf<T> =
  T extends TensorLike<infer S, infer D>
    ? TensorOf<D, S>
    : T extends ReadonlyMap<infer K, infer V>
      ? Map<K, GradientsOf<V>>
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: GradientsOf<T[K]> }
        : T extends object
          ? { -readonly [K in keyof T]: GradientsOf<T[K]> }
          : T

/**
 * ∂loss/∂w for each tensor w of an array, an object or a single one, in the same structure; zeros where the loss does not
 * depend on w. The gradients are tensors: they can be differentiated again. What was read on the way keeps its derivative until
 * a variable is updated; from then on it is a constant.
 * @throws ShapeError unless the loss is a scalar
 */
export function grad<const W extends Tree>(loss: TensorLike, wrt: W): GradientsOf<W> {
  const { shape } = nodeOf('grad', loss)
  if (shape.length > 0) refuse('grad', [shape], `the loss must be a scalar, got ${show(shape)}; use mean() or sum()`)
  return vjp(loss, wrt, undefined)
}

/** Σ seed · ∂output/∂w: the gradient of an output that is not a scalar, with a weight for each of its elements. */
export function vjp<const W extends Tree>(output: TensorLike, wrt: W, seed: TensorLike | undefined): GradientsOf<W> {
  const tensors = tensorsOf(wrt)
  const start = nodeOf('grad', output)
  if (tensors.length === 0 && !(Array.isArray(wrt) && wrt.length === 0))
    refuseOption('grad', 'inputs', `needs the inputs to differentiate by, got ${kindOf(wrt)}; grad(loss, [w, b])`)
  // the step before becomes values first: otherwise each step's graph would hold on to all steps before it
  settlePending(tensors.flatMap((t: unknown) => (t instanceof VariableHandle ? [t.cell] : [])))
  const now = tensors.map(t => t.node)
  const [whole, ...nodes] = unread([start, ...now], now, replacementOf) as [Node, ...Node[]]
  const found = gradients(whole, nodes, seed?.node)
  const lost = found.includes(undefined) && isCut(whole)
  const bare = whole.primitive === 'source' && nodes.length > 0 && found.every(g => g === undefined)
  if (lost || bare)
    throw new ChainruleError(
      'grad: the loss does not lead back to every input: it, or a value on the way, comes from a compiled function or was read ' +
        'before a variable was updated; take the gradient where the loss is computed',
    )
  accompany(output as AnyTensor)
  const results = new Map(tensors.map((t, i) => [t, wrap(found[i] ?? build.fullLike(nodes[i]!, 0))]))
  return mapTensors(wrt, t => results.get(t)!) as never
}

/** A function that gives the value of `fn` and its gradient with respect to the first argument. */
export function valueAndGrad<const W extends Tree, Rest extends readonly unknown[], L extends TensorLike>(
  fn: (wrt: W, ...rest: Rest) => L,
): (wrt: W, ...rest: Rest) => { value: L; gradients: GradientsOf<W> } {
  return (wrt, ...rest) => {
    const value = fn(wrt, ...rest)
    return { value, gradients: grad(value, wrt) as never }
  }
}

/** The same values, through which no derivative passes. */
export const stopGradient = <S extends Shape, D extends TensorLike['dtype']>(x: TensorLike<S, D>): TensorOf<D, S> =>
  wrap(build.stopGradient(nodeOf('stopGradient', x))) as TensorOf<D, S>

/**
 * A function with a derivative of one's own: `forward(...inputs)` gives the value, `backward(gradient, output, ...inputs)` the
 * gradients of the inputs (undefined for none).
 * @throws ShapeError, DTypeError when a gradient does not have its input's shape or element type
 */
export function customGradient<const I extends readonly TensorLike[], O extends TensorLike>(
  forward: (...inputs: I) => O,
  backward: (gradient: O, output: O, ...inputs: I) => readonly (TensorLike | undefined)[],
  name = forward?.name || 'custom',
): (...inputs: I) => O {
  return (...inputs) => {
    const output = forward(...inputs)
    const nodes = inputs.map(t => t.node)
    const rule = (g: Node): (Node | undefined)[] =>
      backward(wrap(g) as unknown as O, output, ...inputs).map((t, i) => t && checked(name, t.node, nodes[i]!))
    return wrap(build.custom(output.node, nodes, name, rule)) as unknown as O
  }
}
function checked(name: string, gradient: Node, input: Node): Node {
  if (!sameShape(gradient.shape, input.shape))
    refuse(
      name,
      [gradient.shape, input.shape],
      `backward gave a gradient ${show(gradient.shape)} for an input ${show(input.shape)}`,
    )
  if (gradient.dtype !== input.dtype)
    refuseDType(
      name,
      [gradient.dtype, input.dtype],
      `backward gave a ${gradient.dtype} gradient for a ${input.dtype} input`,
    )
  return gradient
}

export type { Tensor }
