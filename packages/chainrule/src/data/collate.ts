/** Stacks samples into a batch: every field gets a leading axis. After PyTorch's `default_collate`. */
import { DataError, DTypeError, ShapeError } from '../errors.ts'
import { dtypeOf, hostArray } from '../graph/dtype.ts'
import { numel, sameShape, show } from '../graph/shape.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { isTensor } from '../tensor/handle.ts'
import { evaluate, valuesOf } from '../tensor/runtime.ts'
import type { AnyTensor } from '../tensor/types.ts'
import type { SmallInts } from './batch-types.ts'

/** The fields of samples, stacked: tensors, typed arrays, host values, numbers (float32) and booleans. */
export async function collate(samples: readonly unknown[]): Promise<Record<string, TensorValue>> {
  const [first] = samples
  if (typeof first !== 'object' || first === null)
    throw new DataError(`batch: a sample must be an object with named fields, like { x, y }; got ${typeof first}`)
  const fields = Object.keys(first)
  await evaluate(samples.flatMap(s => Object.values(s as object).filter(isTensor)))
  const batch: Record<string, TensorValue> = {}
  for (const field of fields)
    batch[field] = stack(
      field,
      await Promise.all(
        samples.map(s => {
          const value = (s as Record<string, unknown>)[field]
          return isTensor(value) ? tensorValue(value) : hostValue(field, value)
        }),
      ),
    )
  return batch
}

/** A field's value, when it is on the host already. */
export function hostValue(field: string, value: unknown): TensorValue {
  if (typeof value === 'number') return { dtype: 'float32', shape: [], data: Float32Array.of(value) }
  if (typeof value === 'boolean') return { dtype: 'bool', shape: [], data: Uint8Array.of(value ? 1 : 0) }
  if (ArrayBuffer.isView(value)) {
    const dtype = dtypeOf(value)
    const data = value as unknown as TensorValue['data']
    if (dtype && dtype !== 'bool') return { dtype, shape: [data.length], data }
    if (isSmallInts(value)) return { dtype: 'int32', shape: [value.length], data: Int32Array.from(value) }
  }
  if (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && 'dtype' in value)
    return value as TensorValue
  throw new DTypeError(
    'batch',
    [],
    `batch: field '${field}' must be a tensor, a typed array of numbers, { dtype, shape, data }, a number or a ` +
      `boolean in every sample, got ${Array.isArray(value) ? 'an array' : value === undefined ? 'nothing' : typeof value}`,
  )
}

const isSmallInts = (value: ArrayBufferView): value is SmallInts =>
  [Uint8Array, Uint8ClampedArray, Uint16Array, Int8Array, Int16Array].some(kind => value instanceof kind)

export async function tensorValue(tensor: AnyTensor): Promise<TensorValue> {
  const data = await valuesOf(tensor)
  return { dtype: tensor.dtype, shape: tensor.shape, data }
}

function stack(field: string, values: readonly TensorValue[]): TensorValue {
  const { dtype, shape } = values[0]!
  const size = numel(shape)
  const data = hostArray(dtype, size * values.length)
  values.forEach((value, i) => {
    if (!sameShape(value.shape, shape))
      throw new ShapeError(
        'batch',
        [shape, value.shape],
        `batch: field '${field}' is ${show(shape)} in one sample and ${show(value.shape)} in another; make them equal (crop, pad)`,
      )
    if (value.dtype !== dtype)
      throw new DTypeError(
        'batch',
        [dtype, value.dtype],
        `batch: field '${field}' is ${dtype} in one sample and ${value.dtype} in another`,
      )
    data.set(value.data, i * size)
  })
  return { dtype, shape: [values.length, ...shape], data }
}
