/** A tensor outside of any graph, as files hold it. */
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { Shape } from '../graph/shape.ts'

/** Flat values in row-major order. */
export interface TensorValue {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: TypedArray
}

/**
 * The product of the sizes, or undefined when it is not a size at all: a size that is negative, fractional or no number, or
 * a product beyond 2⁵³.
 */
export function checkedNumel(shape: readonly unknown[]): number | undefined {
  let count = 1
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || (size as number) < 0) return undefined
    count *= size as number
    if (!Number.isSafeInteger(count)) return undefined
  }
  return count
}
