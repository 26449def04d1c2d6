/** What stacking does to the types of a sample, and taking one sample out of whole arrays. */
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import type { AnyTensor, BoolTensor, Float64Tensor, IntTensor, Tensor, TensorLike, TensorOf } from '../tensor/types.ts'

type Shape = readonly number[]

/** A field of a batch: its sample's shape behind an axis for the batch. */
export type Stacked<V> = [V] extends [number]
  ? Tensor<[number]>
  : [V] extends [boolean]
    ? BoolTensor<[number]>
    : [V] extends [Tensor<infer S extends Shape>]
      ? Tensor<[number, ...S]>
      : [V] extends [IntTensor<infer S extends Shape>]
        ? IntTensor<[number, ...S]>
        : [V] extends [BoolTensor<infer S extends Shape>]
          ? BoolTensor<[number, ...S]>
          : [V] extends [Float32Array]
            ? Tensor<[number, number]>
            : [V] extends [Int32Array]
              ? IntTensor<[number, number]>
              : Tensor

export type Batch<T> = { readonly [K in keyof T]: Stacked<T[K]> }

/** Typed arrays of whole numbers that become int32. */
export type SmallInts = Uint8Array | Uint8ClampedArray | Uint16Array | Int8Array | Int16Array
/** An array whose first axis counts the samples. */
export type ArrayField = AnyTensor | TypedArray | SmallInts | TensorValue
/** `object` as the constraint leaves a tensor made in place its own shape; this is what checks it. */
export type ArrayFields<F> = { readonly [K in keyof F]: F[K] extends ArrayField ? F[K] : ArrayField }

type Row<S> = S extends readonly [number, ...infer Rest extends number[]] ? Rest : Shape
type RowOf<V> =
  V extends TensorLike<infer S extends Shape, infer D extends DType>
    ? TensorOf<D, Row<S>>
    : V extends Float32Array
      ? Tensor<[]>
      : V extends Float64Array
        ? Float64Tensor<[]>
        : V extends Int32Array | SmallInts
          ? IntTensor<[]>
          : V extends { readonly dtype: infer D extends DType; readonly shape: infer S }
            ? TensorOf<D, Row<S>>
            : AnyTensor

/** One sample of whole arrays: every field without its first axis. */
export type SampleOf<F> = { readonly [K in keyof F]: RowOf<F[K]> }
