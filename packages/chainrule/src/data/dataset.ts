/**
 * A data set is a length and a sample for every index; everything else (parts, splits, maps) is a view on another one. After
 * PyTorch's map-style `Dataset`.
 */
import { DataError, IndexError, OptionError } from '../errors.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { collate } from './collate.ts'
import { permutation } from './permutation.ts'

type MaybePromise<T> = T | Promise<T>

/** Stacked samples: each field with a leading axis for the batch. */
export type HostBatch = Readonly<Record<string, TensorValue>>

export interface SplitOptions {
  /** Decides which samples go where; 0 unless given. */
  readonly seed?: number
  /** false cuts the data set in its own order. */
  readonly shuffle?: boolean
}

/** `T` is what one sample is: an object of tensors and numbers. */
export abstract class Dataset<T = unknown> {
  abstract readonly length: number
  /** The sample at `index`, 0 ≤ index < length. */
  abstract get(index: number): MaybePromise<T>

  /** The samples at these indices, stacked; data sets that hold arrays copy rows instead of making samples. */
  batch(indices: Int32Array): MaybePromise<HostBatch> {
    return Promise.all(Array.from(indices, async i => this.get(i))).then(collate)
  }

  /** Applies `change` to every sample when it is read; the index lets it draw reproducibly. */
  map<U>(change: (sample: T, index: number) => MaybePromise<U>): Dataset<U> {
    return new MappedDataset(this, change)
  }

  /** The samples at these indices, in this order. */
  subset(indices: ArrayLike<number>): Dataset<T> {
    return new SubsetDataset(this, Int32Array.from(indices))
  }

  /** The first `count` samples; all when there are fewer. */
  take(count: number): Dataset<T> {
    if (!Number.isInteger(count) || count < 0)
      throw new OptionError('count', `take: needs a number of samples, got ${count}`)
    return this.subset(Array.from({ length: Math.min(count, this.length) }, (_, i) => i))
  }

  /**
   * Disjoint parts: fractions of the whole (each ≤ 1, together ≤ 1), or numbers of samples. The same seed always gives the
   * same parts.
   */
  split(parts: readonly number[], { seed = 0, shuffle = true }: SplitOptions = {}): Dataset<T>[] {
    const total = parts.reduce((a, b) => a + b, 0)
    const fractions = parts.every(p => p <= 1) && total <= 1 + 1e-9
    if (parts.length === 0 || parts.some(p => !(p >= 0)) || (!fractions && !parts.every(Number.isInteger)))
      throw new OptionError('parts', `split: needs fractions that sum to at most 1 or whole numbers, got [${parts}]`)
    if (!fractions && total > this.length)
      throw new DataError(`split: [${parts}] needs ${total} samples, the data set has ${this.length}`)
    const order = shuffle ? permutation(this.length, seed) : Int32Array.from({ length: this.length }, (_, i) => i)
    let reached = 0
    let begin = 0
    return parts.map(part => {
      reached += part
      const end = fractions ? Math.min(this.length, Math.round(reached * this.length)) : reached
      const indices = order.subarray(begin, end)
      begin = end
      return this.subset(indices)
    })
  }
}

/** An index inside the data set, or an IndexError. */
export function checkIndex(index: number, length: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= length) throw new IndexError('dataset', index, length)
  return index
}

class MappedDataset<T, U> extends Dataset<U> {
  readonly #source: Dataset<T>
  readonly #change: (sample: T, index: number) => MaybePromise<U>
  constructor(source: Dataset<T>, change: (sample: T, index: number) => MaybePromise<U>) {
    super()
    this.#source = source
    this.#change = change
  }
  get length(): number {
    return this.#source.length
  }
  async get(index: number): Promise<U> {
    return this.#change(await this.#source.get(index), index)
  }
}

class SubsetDataset<T> extends Dataset<T> {
  readonly #source: Dataset<T>
  readonly #indices: Int32Array
  constructor(source: Dataset<T>, indices: Int32Array) {
    super()
    for (const index of indices) checkIndex(index, source.length)
    this.#source = source
    this.#indices = indices
  }
  get length(): number {
    return this.#indices.length
  }
  get(index: number): MaybePromise<T> {
    return this.#source.get(this.#indices[checkIndex(index, this.length)]!)
  }
  override batch(indices: Int32Array): MaybePromise<HostBatch> {
    return this.#source.batch(indices.map(i => this.#indices[checkIndex(i, this.length)]!))
  }
  override subset(indices: ArrayLike<number>): Dataset<T> {
    return new SubsetDataset(
      this.#source,
      Int32Array.from(indices, i => this.#indices[checkIndex(i, this.length)]!),
    )
  }
}
