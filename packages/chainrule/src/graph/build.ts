/**
 * One function per primitive: applies the shape rule and freezes the node. Inputs of elementwise functions have equal shape
 * and dtype already; broadcasting and promotion belong to `tensor/`.
 */
import type { DType } from './dtype.ts'
import {
  type Attributes,
  makeNode,
  type Node,
  type Padding,
  type Primitive,
  type Storage,
  type Window,
} from './node.ts'
import { shapeRules } from './primitives.ts'
import { numel, range, type Shape, sameShape } from './shape.ts'

/** Any primitive but `constant`, by name. */
export function apply<P extends Exclude<Primitive, 'constant'>>(
  primitive: P,
  inputs: readonly Node[],
  attributes: Attributes[P],
): Node {
  const rule = shapeRules[primitive] as (
    inputs: readonly Node[],
    attributes: Attributes[P],
    name: P,
  ) => { shape: Shape; dtype: DType }
  const { shape, dtype } = rule(inputs, attributes, primitive)
  return makeNode(primitive, inputs, attributes, shape, dtype)
}
const none = Object.freeze({})
const unary = (primitive: 'neg' | 'not' | 'stopGradient' | Unary) => (x: Node) => apply(primitive, [x], none)
const binary = (primitive: Binary) => (a: Node, b: Node) => apply(primitive, [a, b], none)
type Unary =
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'relu'
type Binary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'mod'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'and'
  | 'or'
  | 'equal'
  | 'less'
  | 'lessEqual'
  | 'dot'

export const constant = (value: number, dtype: DType = 'float32'): Node =>
  makeNode('constant', [], { value: dtype === 'float32' ? Math.fround(value) : value }, [], dtype)
export const iota = (size: number): Node => apply('iota', [], { size })
export const source = (storage: Storage): Node => apply('source', [], { storage })
export const random = (key: Node, shape: Shape): Node => apply('random', [key], { shape })

export const neg = unary('neg')
export const abs = unary('abs')
export const sign = unary('sign')
export const floor = unary('floor')
export const ceil = unary('ceil')
export const round = unary('round')
export const sqrt = unary('sqrt')
export const exp = unary('exp')
export const log = unary('log')
export const sin = unary('sin')
export const cos = unary('cos')
export const tanh = unary('tanh')
export const sigmoid = unary('sigmoid')
export const erf = unary('erf')
export const relu = unary('relu')
export const not = unary('not')
export const stopGradient = unary('stopGradient')

export const add = binary('add')
export const sub = binary('sub')
export const mul = binary('mul')
export const div = binary('div')
export const mod = binary('mod')
export const pow = binary('pow')
export const maximum = binary('maximum')
export const minimum = binary('minimum')
export const and = binary('and')
export const or = binary('or')
export const equal = binary('equal')
export const less = binary('less')
export const lessEqual = binary('lessEqual')
export const dot = binary('dot')
export const where = (condition: Node, a: Node, b: Node): Node => apply('where', [condition, a, b], none)
export const cast = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : apply('cast', [x], { dtype }))

export const reshape = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : apply('reshape', [x], { shape })
export const permute = (x: Node, axes: readonly number[]): Node =>
  axes.every((a, i) => a === i) ? x : apply('permute', [x], { axes })
export const expand = (x: Node, shape: Shape): Node => (sameShape(x.shape, shape) ? x : apply('expand', [x], { shape }))
export const pad = (x: Node, padding: readonly Padding[]): Node =>
  padding.every(p => p[0] === 0 && p[1] === 0) ? x : apply('pad', [x], { padding })
export function slice(
  x: Node,
  start: readonly number[],
  stop: readonly number[],
  step: readonly number[] = x.shape.map(() => 1),
): Node {
  const whole = x.shape.every((n, i) => start[i] === 0 && stop[i] === n && step[i] === 1)
  return whole ? x : apply('slice', [x], { start, stop, step })
}
export const flip = (x: Node, axes: readonly number[]): Node => (axes.length === 0 ? x : apply('flip', [x], { axes }))
export const concat = (inputs: readonly Node[], axis: number): Node =>
  inputs.length === 1 ? inputs[0]! : apply('concat', inputs, { axis })

export const sum = (x: Node, axes: readonly number[]): Node => (axes.length === 0 ? x : apply('sum', [x], { axes }))
export const max = (x: Node, axes: readonly number[]): Node => (axes.length === 0 ? x : apply('max', [x], { axes }))
export const argmax = (x: Node, axis: number): Node => apply('argmax', [x], { axis })

export const conv = (x: Node, w: Node, attributes: Attributes['conv']): Node => apply('conv', [x, w], attributes)
export const windowSum = (x: Node, attributes: Attributes['windowSum']): Node => apply('windowSum', [x], attributes)
export const windowMax = (x: Node, attributes: Window): Node => apply('windowMax', [x], attributes)
export const windowPick = (x: Node, h: Node, attributes: Window): Node => apply('windowPick', [x, h], attributes)
export const windowScatter = (x: Node, g: Node, attributes: Window): Node => apply('windowScatter', [x, g], attributes)

export const gather = (x: Node, indices: Node, axis: number): Node => apply('gather', [x, indices], { axis })
export const scatterAdd = (updates: Node, indices: Node, axis: number, size: number): Node =>
  apply('scatterAdd', [updates, indices], { axis, size })
export const argsort = (x: Node, axis: number, descending = false): Node => apply('argsort', [x], { axis, descending })

export const custom = (
  output: Node,
  inputs: readonly Node[],
  name: string,
  backward: Attributes['custom']['backward'],
): Node => apply('custom', [output, ...inputs], { name, backward })
export const host = (inputs: readonly Node[], attributes: Attributes['host']): Node => apply('host', inputs, attributes)

// compositions that derivatives and tensors share

/** A scalar repeated to a shape. */
export const full = (shape: Shape, value: number, dtype: DType = 'float32'): Node =>
  broadcastTo(constant(value, dtype), shape)
export const fullLike = (x: Node, value: number): Node => full(x.shape, value, x.dtype)
/** NumPy's rule: axes of size 1 put in front, then repeated. */
export const broadcastTo = (x: Node, shape: Shape): Node =>
  expand(reshape(x, [...range(shape.length - x.shape.length).map(() => 1), ...x.shape]), shape)
/** Shape after a reduction that keeps the axes as 1. */
export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((d, i) => (axes.includes(i) ? 1 : d))
export const transpose = (x: Node): Node => {
  const rank = x.shape.length
  return permute(x, [...range(rank - 2), rank - 1, rank - 2])
}
/** Row-major position of each element as int32. */
export const positionsOf = (shape: Shape): Node => reshape(iota(numel(shape)), shape)
/** Index along one axis, repeated to a shape, as int32. */
export const indexAlong = (shape: Shape, axis: number): Node =>
  expand(
    reshape(
      iota(shape[axis]!),
      shape.map((d, i) => (i === axis ? d : 1)),
    ),
    shape,
  )
