/**
 * Batches of a data set, shuffled anew in each epoch, as an async iterable. The order of an epoch depends on (seed, epoch)
 * alone, and the place in it is a cursor of three numbers: a checkpoint that keeps them resumes with the very next batch.
 */
import { CheckpointError, DataError, OptionError } from '../errors.ts'
import { fromHost } from './arrays.ts'
import type { Batch } from './batch-types.ts'
import type { Dataset, HostBatch } from './dataset.ts'
import { permutation } from './permutation.ts'

export interface LoaderOptions {
  /** Samples in a batch; 32 unless given. */
  readonly batchSize?: number | undefined
  /** A new order in each epoch; false unless given. */
  readonly shuffle?: boolean | undefined
  /** Of the order; 0 unless given. */
  readonly seed?: number | undefined
  /** Leaves out a last batch with fewer samples. */
  readonly dropLast?: boolean | undefined
  /** How many batches are prepared ahead, for data sets that read asynchronously; 2 unless given. */
  readonly prefetch?: number | undefined
}

/** Where a loader is: the next batch is number `batch` of `epoch`. */
export interface LoaderState {
  readonly epoch: number
  readonly batch: number
  readonly seed: number
}

export class Loader<T> implements AsyncIterable<Batch<T>> {
  readonly dataset: Dataset<T>
  readonly batchSize: number
  readonly #shuffle: boolean
  readonly #dropLast: boolean
  readonly #prefetch: number
  #seed: number
  #epoch = 0
  #batch = 0

  constructor(dataset: Dataset<T>, options: LoaderOptions = {}) {
    const { batchSize = 32, shuffle = false, seed = 0, dropLast = false, prefetch = 2 } = options
    const whole = (option: string, value: number, least: number): number => {
      if (Number.isInteger(value) && value >= least) return value
      throw new OptionError(option, `loader: ${option} must be a whole number >= ${least}, got ${value}`)
    }
    this.dataset = dataset
    this.batchSize = whole('batchSize', batchSize, 1)
    this.#prefetch = whole('prefetch', prefetch, 0)
    this.#seed = whole('seed', seed, 0)
    this.#shuffle = shuffle
    this.#dropLast = dropLast
    if (dataset.length === 0) throw new DataError('loader: the data set is empty')
    if (this.length === 0)
      throw new DataError(`loader: ${dataset.length} samples make no batch of ${batchSize}; use dropLast: false`)
  }

  /** Batches in an epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize
    return this.#dropLast ? Math.floor(batches) : Math.ceil(batches)
  }
  /** The epoch whose batches come next. */
  get epoch(): number {
    return this.#epoch
  }

  /** The cursor, behind the batch that was handed out last. */
  state(): LoaderState {
    return { epoch: this.#epoch, batch: this.#batch, seed: this.#seed }
  }

  /** Goes on from a cursor. @throws CheckpointError when it cannot be one of this loader */
  load({ epoch, batch, seed }: LoaderState): void {
    if (![epoch, batch, seed].every(n => Number.isInteger(n) && n >= 0) || batch > this.length)
      throw new CheckpointError(
        `loader: batch ${batch} of epoch ${epoch} does not exist; this loader has ${this.length} batches in an epoch ` +
          '(has the data set or the batch size changed?)',
      )
    this.#epoch = epoch
    this.#batch = batch
    this.#seed = seed
    this.#turn()
  }

  /** The rest of the epoch; of a new one when the last is finished. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch<T>, void, undefined> {
    for await (const batch of this.host())
      yield Object.fromEntries(Object.entries(batch).map(([field, value]) => [field, fromHost(value)])) as Batch<T>
  }

  /** The same batches as host arrays. */
  async *host(): AsyncGenerator<HostBatch, void, undefined> {
    const epoch = this.#epoch
    const order = this.#order(epoch)
    const ahead: (HostBatch | Promise<HostBatch>)[] = []
    let next = this.#batch
    while (this.#epoch === epoch) {
      while (next < this.length && ahead.length <= this.#prefetch) {
        const batch = this.dataset.batch(order.subarray(next * this.batchSize, (next + 1) * this.batchSize))
        next++
        ahead.push(batch)
        if (!(batch instanceof Promise)) break // nothing is gained by copying rows early
        batch.catch(() => {}) // reported when its turn comes
      }
      const batch = await ahead.shift()!
      this.#batch++
      this.#turn()
      yield batch
    }
  }

  #turn(): void {
    if (this.#batch < this.length) return
    this.#epoch++
    this.#batch = 0
  }

  #order(epoch: number): Int32Array {
    const { length } = this.dataset
    return this.#shuffle ? permutation(length, this.#seed, epoch) : Int32Array.from({ length }, (_, i) => i)
  }
}

/** Batches of a data set as tensors: `for await (const { x, y } of loader(digits.train, { batchSize: 128 }))`. */
export const loader = <T>(dataset: Dataset<T>, options?: LoaderOptions): Loader<T> => new Loader(dataset, options)
