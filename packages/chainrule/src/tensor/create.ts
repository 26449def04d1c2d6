/** Tensors made from numbers: given, counted, or all alike. */
import * as build from '../graph/build.ts'
import { type DType, dtypeOf, type TypedArray } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { kindOf, needList, nodeOf, refuse, refuseDType, refuseOption } from '../graph/refuse.ts'
import { numel, show } from '../graph/shape.ts'
import type { Mutable, Shape } from './dimension-types.ts'
import { hostValues, TensorHandle, VariableHandle, wrap } from './handle.ts'
import { add, mul } from './ops/elementwise.ts'
import { checkDType } from './ops/operands.ts'
import { HostStorage, VariableCell } from './runtime.ts'
import type {
  AnyTensor,
  BoolTensor,
  Float64Tensor,
  IntTensor,
  Nested,
  Tensor,
  TensorLike,
  TensorOf,
  VariableOf,
} from './types.ts'

// from values

type Uints = Uint8Array | Uint8ClampedArray | Uint16Array | Int8Array | Int16Array
export type Values = Nested | TypedArray | Uints
/** The element type that values have by themselves. */
type DTypeOf<V, Depth extends Shape = []> = V extends Float64Array
  ? 'float64'
  : V extends Int32Array | Uints
    ? 'int32'
    : V extends boolean
      ? 'bool'
      : V extends readonly (infer E)[]
        ? Depth['length'] extends 8
          ? 'float32'
          : DTypeOf<E, [...Depth, 0]>
        : 'float32'
/** The shape of nested arrays. */
type ShapeOf<V, Done extends Shape = []> = Done['length'] extends 8
  ? Shape
  : V extends readonly [infer First, ...unknown[]]
    ? ShapeOf<First, [...Done, V['length'] & number]>
    : V extends readonly []
      ? [...Done, 0]
      : V extends readonly (infer E)[]
        ? ShapeOf<E, [...Done, number]>
        : V extends ArrayBufferView
          ? [number]
          : Done
export interface TensorOptions<S extends Shape = Shape, D extends DType = DType> {
  readonly shape?: S
  /** float32 for numbers, bool for truth values, int32 for arrays of whole numbers, unless given. */
  readonly dtype?: D
}

/**
 * A tensor with these values: a number, nested arrays, or a typed array (which is copied) with a shape.
 * @throws ShapeError if nested arrays are ragged, or their number of values does not fit the shape
 */
export function tensor<const V extends Values, const S extends Shape = ShapeOf<V>, D extends DType = DTypeOf<V>>(
  values: V,
  options: TensorOptions<S, D> = {},
): TensorOf<D, Mutable<S>> {
  const { flat, shape, natural } = flattened(values)
  const dtype = checkDType(options.dtype ?? natural)
  const target = options.shape ?? shape
  if (numel(target) !== flat.length)
    refuse('tensor', [shape, target], `${flat.length} value(s) do not fill ${show(target)}`)
  return wrap(hostNode(hostValues(flat, dtype), [...target], dtype)) as TensorOf<D, Mutable<S>>
}

/** A source node of these values, which are kept, not copied. */
export const hostNode = (values: TypedArray, shape: Shape, dtype: DType): Node =>
  build.source(new HostStorage(shape, dtype, values))

function flattened(values: Values): { flat: ArrayLike<number>; shape: number[]; natural: DType } {
  if (ArrayBuffer.isView(values)) {
    if (values instanceof BigInt64Array || values instanceof BigUint64Array || values instanceof DataView)
      refuseDType('tensor', [], 'needs an array of numbers')
    const known = dtypeOf(values)
    return {
      flat: values as Float32Array,
      shape: [(values as Float32Array).length],
      natural: known === undefined || known === 'bool' ? 'int32' : known,
    }
  }
  const shape: number[] = []
  for (let v: Nested | undefined = values as Nested; Array.isArray(v); v = v[0]) shape.push(v.length)
  const flat: number[] = []
  let natural: DType | undefined
  const visit = (v: Nested, axis: number): void => {
    if (Array.isArray(v)) {
      if (v.length !== shape[axis])
        refuse(
          'tensor',
          [shape],
          `rows of different length: ${v.length} beside ${shape[axis] ?? 'a number'} at axis ${axis}`,
        )
      for (const e of v) visit(e, axis + 1)
      return
    }
    if (axis !== shape.length) refuse('tensor', [shape], `a number beside rows at axis ${axis}`)
    if (typeof v !== 'number' && typeof v !== 'boolean')
      refuseDType('tensor', [], `needs numbers or truth values, got ${kindOf(v)}`)
    if (natural !== 'float32') natural = typeof v === 'boolean' ? 'bool' : 'float32'
    flat.push(Number(v))
  }
  visit(values as Nested, 0)
  return { flat, shape, natural: natural ?? 'float32' }
}

// all alike

export interface DTypeOption<D extends DType> {
  readonly dtype?: D
}

/** Every element `value`. */
export function full<const S extends Shape>(shape: S, value: number): Tensor<Mutable<S>>
export function full<const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  value: number,
  options?: DTypeOption<D>,
): TensorOf<D, Mutable<S>>
export function full(shape: Shape, value: number, { dtype = 'float32' }: DTypeOption<DType> = {}): AnyTensor {
  checkShape('full', shape)
  return wrap(build.full([...shape], value, checkDType(dtype)))
}
/** Every element 0. */
export function zeros<const S extends Shape>(shape: S): Tensor<Mutable<S>>
export function zeros<const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: DTypeOption<D>,
): TensorOf<D, Mutable<S>>
export function zeros(shape: Shape, options?: DTypeOption<DType>): AnyTensor {
  return full(shape, 0, options)
}
/** Every element 1. */
export function ones<const S extends Shape>(shape: S): Tensor<Mutable<S>>
export function ones<const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: DTypeOption<D>,
): TensorOf<D, Mutable<S>>
export function ones(shape: Shape, options?: DTypeOption<DType>): AnyTensor {
  return full(shape, 1, options)
}

/** Every element `value`, in the shape and element type of `x`. */
export const fullLike = <S extends Shape, D extends DType>(x: TensorLike<S, D>, value: number): TensorOf<D, S> =>
  wrap(build.fullLike(nodeOf('fullLike', x), value)) as TensorOf<D, S>
/** Zeros in the shape and element type of `x`. */
export const zerosLike = <S extends Shape, D extends DType>(x: TensorLike<S, D>): TensorOf<D, S> => fullLike(x, 0)
/** Ones in the shape and element type of `x`. */
export const onesLike = <S extends Shape, D extends DType>(x: TensorLike<S, D>): TensorOf<D, S> => fullLike(x, 1)

export function checkShape(operation: string, shape: Shape): void {
  if (!shape?.every?.(d => Number.isInteger(d) && d >= 0))
    refuse(
      operation,
      [shape],
      `${Array.isArray(shape) ? show(shape) : kindOf(shape)} is not a shape: an array of integers >= 0`,
    )
}

// counted

/** 0, 1, …, stop − 1 as int32. */
export function arange<const N extends number>(stop: N): IntTensor<[N]>
/** start, start + step, … before stop: int32 when all are whole, float32 otherwise. */
export function arange(start: number, stop: number, step?: number): AnyTensor<[number]>
export function arange(first: number, second?: number, step = 1): AnyTensor<[number]> {
  const start = second === undefined ? 0 : first
  const stop = second ?? first
  if (step === 0 || ![start, stop, step].every(Number.isFinite))
    refuseOption('arange', 'step', `from ${start} to ${stop} in steps of ${step} does not end`)
  const count = Math.max(0, Math.ceil((stop - start) / step))
  const whole = [start, stop, step].every(Number.isInteger)
  const steps = whole ? build.iota(count) : build.cast(build.iota(count), 'float32')
  return wrap(add(mul(steps, step), start)) as AnyTensor<[number]>
}

/** `count` numbers from start to stop, both included. */
export function linspace<const N extends number>(start: number, stop: number, count: N): Tensor<[N]> {
  checkShape('linspace', [count])
  const step = count > 1 ? (stop - start) / (count - 1) : 0
  const values = Float32Array.from({ length: count }, (_, i) => (i === count - 1 && i > 0 ? stop : start + i * step))
  return wrap(hostNode(values, [count], 'float32')) as Tensor<[N]>
}

/** Ones on the diagonal. */
export function eye<const N extends number, const M extends number = N>(rows: N, columns?: M): Tensor<[N, M]> {
  const shape = [rows, columns ?? rows]
  checkShape('eye', shape)
  return wrap(build.cast(build.equal(build.indexAlong(shape, 0), build.indexAlong(shape, 1)), 'float32')) as Tensor<
    [N, M]
  >
}

/** A variable that starts as the value of a tensor (or as these values). */
export function variable<S extends Shape, D extends DType>(initial: TensorLike<S, D>): VariableOf<D, S>
export function variable<const V extends Values>(initial: V): VariableOf<DTypeOf<V>, ShapeOf<V>>
export function variable(initial: TensorLike | Values): unknown {
  const start = initial instanceof TensorHandle ? initial : (tensor(initial as Values) as TensorLike)
  return new VariableHandle(new VariableCell(start.node))
}

/**
 * The same tensor with its shape known to the types.
 * @throws ShapeError if the shape is another one; −1 accepts any size
 */
export function assertShape<const S extends Shape, D extends DType>(
  x: TensorLike<Shape, D>,
  shape: S,
): TensorOf<D, Mutable<S>> {
  const actual = nodeOf('assertShape', x).shape
  needList('assertShape', shape, 'x, [2, -1]')
  if (actual.length !== shape.length || actual.some((d, i) => shape[i] !== d && shape[i] !== -1))
    refuse('assertShape', [actual, shape], `expected ${show(shape)}, got ${show(actual)}`)
  return x as unknown as TensorOf<D, Mutable<S>>
}
export type { BoolTensor, Float64Tensor }
