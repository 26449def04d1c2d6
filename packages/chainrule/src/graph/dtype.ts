/** Element types and how they mix. */

export type DType = 'bool' | 'int32' | 'float32' | 'float64'
export type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array

/** From narrow to wide: an operation on two types works in the wider one. */
const width = { bool: 0, int32: 1, float32: 2, float64: 3 } as const satisfies Record<DType, number>

export const isFloat = (dtype: DType): boolean => width[dtype] >= 2
export const promote = (a: DType, b: DType): DType => (width[a] >= width[b] ? a : b)
/** The type a float-valued operation (exp, division, mean) computes in. */
export const toFloat = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'float32')

/** Bytes of one element in a host array (bool is one byte on the host). */
export const hostBytes = { bool: 1, int32: 4, float32: 4, float64: 8 } as const satisfies Record<DType, number>

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const
/** So many zeros, or these values. */
export const hostArray = (dtype: DType, values: number | ArrayLike<number>): TypedArray =>
  new arrays[dtype](values as ArrayLike<number>)

/** The dtype whose host array this is, or undefined for a foreign one. */
export const dtypeOf = (array: ArrayBufferView): DType | undefined =>
  (Object.keys(arrays) as DType[]).find(dtype => array instanceof arrays[dtype])
