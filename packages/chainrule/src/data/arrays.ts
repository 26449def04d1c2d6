/** A data set of arrays whose first axis counts the samples, as PyTorch's `TensorDataset`; batches are copied row by row. */
import { DataError } from '../errors.ts'
import { source } from '../graph/build.ts'
import { hostArray } from '../graph/dtype.ts'
import { numel, show } from '../graph/shape.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { isTensor, wrap } from '../tensor/handle.ts'
import { HostStorage, valuesIfKnown } from '../tensor/runtime.ts'
import type { AnyTensor } from '../tensor/types.ts'
import type { ArrayField, ArrayFields, SampleOf } from './batch-types.ts'
import { hostValue, tensorValue } from './collate.ts'
import { checkIndex, Dataset, type HostBatch } from './dataset.ts'

/** A tensor on the host as one of the graph. */
export const fromHost = ({ shape, dtype, data }: TensorValue): AnyTensor =>
  wrap(source(new HostStorage(shape, dtype, data)))

/**
 * Samples from whole arrays: tensors, typed arrays, or { dtype, shape, data }. All have the same first size. Bytes become int32,
 * as in `tensor()`; truth values are { dtype: 'bool', shape, data }. The type of a sample follows from the arrays, `T` overrides it.
 * @throws DataError when there is no array, an array is a scalar, or the first sizes differ
 */
export function arrays<
  T = never,
  const F extends Readonly<Record<string, object>> = Readonly<Record<string, ArrayField>>,
>(fields: F & ArrayFields<F>): ArrayDataset<[T] extends [never] ? SampleOf<F> : T> {
  return new ArrayDataset(fields)
}

export class ArrayDataset<T> extends Dataset<T> {
  readonly length: number
  /** Known values, and tensors that are still to be computed. */
  readonly #columns: Record<string, TensorValue | AnyTensor> = {}
  #computing: Promise<void> | undefined

  constructor(fields: Readonly<Record<string, ArrayField>>) {
    super()
    const sizes: string[] = []
    let length: number | undefined
    for (const [field, value] of Object.entries(fields)) {
      const column = known(field, value)
      const count = column.shape[0]
      if (count === undefined)
        throw new DataError(`arrays: '${field}' is a scalar; its first axis must count the samples`)
      sizes.push(`${field} ${show(column.shape)}`)
      if (length !== undefined && count !== length)
        throw new DataError(`arrays: the first sizes differ: ${sizes.join(', ')}`)
      length = count
      this.#columns[field] = column
    }
    if (length === undefined) throw new DataError('arrays: needs at least one array, like { x, y }')
    this.length = length
    const waiting = Object.entries(this.#columns).filter(([, column]) => isTensor(column))
    if (waiting.length > 0)
      this.#computing = Promise.all(
        waiting.map(async ([field, column]) => {
          this.#columns[field] = await tensorValue(column as AnyTensor)
        }),
      ).then(() => {
        this.#computing = undefined
      })
    this.#computing?.catch(() => {}) // reported to whoever asks for samples
  }

  /** The whole arrays. */
  async values(): Promise<Readonly<Record<string, TensorValue>>> {
    await this.#computing
    return this.#columns as Record<string, TensorValue>
  }

  async get(index: number): Promise<T> {
    const fields = await this.batch(Int32Array.of(checkIndex(index, this.length)))
    return Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [field, fromHost({ ...value, shape: value.shape.slice(1) })]),
    ) as T
  }

  override batch(indices: Int32Array): HostBatch | Promise<HostBatch> {
    if (this.#computing) return this.#computing.then(() => this.batch(indices))
    const batch: Record<string, TensorValue> = {}
    for (const [field, column] of Object.entries(this.#columns as Record<string, TensorValue>))
      batch[field] = rows(column, indices)
    return batch
  }
}

function known(field: string, value: ArrayField): TensorValue | AnyTensor {
  if (isTensor(value)) {
    const data = valuesIfKnown(value.node)
    return data ? { dtype: value.dtype, shape: value.shape, data } : value
  }
  if (ArrayBuffer.isView(value) || (typeof value === 'object' && value !== null && 'data' in value)) {
    const column = hostValue(field, value)
    if (numel(column.shape) !== column.data.length)
      throw new DataError(
        `arrays: '${field}' has ${column.data.length} values, ${show(column.shape)} needs ${numel(column.shape)}`,
      )
    return column
  }
  throw new DataError(`arrays: '${field}' must be a tensor, a typed array or { dtype, shape, data }`)
}

function rows({ dtype, shape, data }: TensorValue, indices: Int32Array): TensorValue {
  const size = numel(shape.slice(1))
  const copy = hostArray(dtype, indices.length * size)
  for (let row = 0; row < indices.length; row++) {
    const start = checkIndex(indices[row]!, shape[0]!) * size
    copy.set(data.subarray(start, start + size), row * size)
  }
  return { dtype, shape: [indices.length, ...shape.slice(1)], data: copy }
}
