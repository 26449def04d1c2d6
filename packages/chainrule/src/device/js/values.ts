/** How the reference device holds values, and how it walks over indices. */
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { hostArray } from '../../graph/dtype.ts'
import type { NodeOf, Primitive } from '../../graph/node.ts'
import { contiguousStrides, numel, type Shape } from '../../graph/shape.ts'

/** Values in row-major order; float32 is kept in float64 until it is read. */
export type Values = Uint8Array | Int32Array | Float64Array

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float64Array, float64: Float64Array } as const

interface Typed {
  readonly shape: Shape
  readonly dtype: DType
}

/** Zeros for a node's result. Storing into Int32Array is what makes int32 wrap. */
export const allocate = (y: Typed): Values => new arrays[y.dtype](numel(y.shape))

/** A node's values from the values of its inputs: the definition of a primitive. */
export type Reference<P extends Primitive> = (y: NodeOf<P>, ...inputs: Values[]) => Values
export type References<P extends Primitive> = { readonly [Q in P]: Reference<Q> }

/** Computes each element by itself. */
export function fill(y: Typed, element: (i: number) => number): Values {
  const values = allocate(y)
  for (let i = 0; i < values.length; i++) values[i] = element(i)
  return values
}

/** Computes each element from its index, which is reused between calls. */
export function fillByIndex(y: Typed, element: (index: readonly number[]) => number): Values {
  const values = allocate(y)
  eachIndex(y.shape, (index, i) => {
    values[i] = element(index)
  })
  return values
}

/** Visits all indices of a shape in row-major order. */
export function eachIndex(shape: Shape, visit: (index: readonly number[], i: number) => void): void {
  const index = shape.map(() => 0)
  const total = numel(shape)
  for (let i = 0; i < total; i++) {
    visit(index, i)
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d]!++
      if (index[d]! < shape[d]!) break
      index[d] = 0
    }
  }
}

/** Row-major position of an index in a shape. */
export function positionIn(shape: Shape): (index: readonly number[]) => number {
  const strides = contiguousStrides(shape)
  return index => {
    let position = 0
    for (let d = 0; d < strides.length; d++) position += strides[d]! * index[d]!
    return position
  }
}

/** Copies host data in. */
export const toValues = (data: TypedArray, dtype: DType): Values => arrays[dtype].from(data)
/** A fresh host array; here float32 is rounded. */
export function toHost(values: Values, dtype: DType): TypedArray {
  const data = hostArray(dtype, values.length)
  data.set(values)
  return data
}
