/**
 * k-fold cross-validation: the samples are dealt to k parts, and each part is held out once. Stone 1974; stratified, so that every part
 * has its share of every class, Kohavi 1995.
 */
import { DataError, OptionError } from '../errors.ts'
import type { Dataset } from './dataset.ts'
import { permutation } from './permutation.ts'

export interface FoldOptions {
  /** Decides which samples go where; 0 unless given. */
  readonly seed?: number | undefined
  /** Deals the samples of each class (y, a whole number) separately; false unless given. */
  readonly stratify?: boolean | undefined
}
export interface Fold<T> {
  readonly train: Dataset<T>
  readonly validate: Dataset<T>
}

/**
 * k pairs of training and validation sets. Parts differ by one sample at most; with `stratify` those of each class do as well.
 * @throws OptionError unless 2 ≤ k ≤ the number of samples, DataError when `stratify` finds no classes
 */
export async function kFold<T>(dataset: Dataset<T>, k: number, options: FoldOptions = {}): Promise<readonly Fold<T>[]> {
  const { seed = 0, stratify = false } = options
  const { length } = dataset
  if (!Number.isInteger(k) || k < 2 || k > length)
    throw new OptionError('k', `kFold: k must be a whole number from 2 to the ${length} samples, got ${k}`)
  const order = permutation(length, seed)
  if (stratify) {
    const classes = await classesOf(dataset)
    order.sort((a, b) => classes[a]! - classes[b]!) // stable: within a class the order stays random
  }
  // dealt like cards, so that neighbours go to different parts
  const part = (i: number): Int32Array => order.filter((_, place) => place % k === i).sort()
  const parts = Array.from({ length: k }, (_, i) => part(i))
  return parts.map(held => {
    const out = new Set(held)
    return { train: dataset.subset(order.filter(sample => !out.has(sample)).sort()), validate: dataset.subset(held) }
  })
}

async function classesOf(dataset: Dataset<unknown>): Promise<ArrayLike<number>> {
  const { y } = await dataset.batch(Int32Array.from({ length: dataset.length }, (_, i) => i))
  if (y === undefined || y.dtype !== 'int32' || y.shape.length !== 1)
    throw new DataError(
      `kFold: stratify needs a class for every sample, y of int32; ${y === undefined ? 'there is no y' : `y is ${y.dtype} [${y.shape.slice(1)}]`}`,
    )
  return y.data
}
