/** Tokens in the form that networks take: contiguous streams for language models, padded sequences for the rest. */
import { DataError, OptionError } from '../errors.ts'
import { tensor } from '../tensor/tensor.ts'
import type { IntTensor } from '../tensor/types.ts'

/** A piece of every stream: row b of y is row b of x one token later. */
export interface StreamBatch {
  /** int32 [streams, steps] */
  readonly x: IntTensor<[number, number]>
  readonly y: IntTensor<[number, number]>
  /** How many tokens of y count, row by row; all, except behind the end of a text that was not cut (`whole`). */
  readonly counted: readonly number[]
}
export interface StreamOptions {
  /** Into how many rows the tokens are cut. */
  readonly streams: number
  /** Tokens of each row in a batch. */
  readonly steps: number
  /** How many tokens are left out in front, so that another pass is cut elsewhere; 0 unless given. */
  readonly offset?: number
  /**
   * Every token but the first is predicted once, the last batch is as short as it has to be and rows are filled up. Otherwise
   * what does not fill a batch is left out.
   */
  readonly whole?: boolean
}

/**
 * A corpus as `streams` rows of consecutive text, read side by side `steps` tokens at a time: the state behind one batch is the
 * state in front of the next. As in PyTorch's word_language_model and Zaremba et al. 2014.
 *
 * @throws DataError when there are too few tokens for one batch
 */
export function* streamBatches(
  tokens: Int32Array,
  { streams, steps, offset = 0, whole = false }: StreamOptions,
): Generator<StreamBatch> {
  for (const [option, value, least] of [
    ['streams', streams, 1],
    ['steps', steps, 1],
    ['offset', offset, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new OptionError(option, `streamBatches: ${option} must be an integer >= ${least}, got ${value}`)
  const predicted = tokens.length - 1 - offset
  const length = whole ? Math.ceil(predicted / streams) : Math.floor(predicted / streams)
  if (predicted < 1 || (!whole && length < steps))
    throw new DataError(
      `streamBatches: ${tokens.length} tokens${offset > 0 ? ` from the ${offset}th on` : ''} are too few for ${streams} streams of ${steps} steps`,
    )
  const batches = whole ? Math.ceil(length / steps) : Math.floor(length / steps)
  for (let b = 0; b < batches; b++) {
    const start = b * steps
    const width = Math.min(steps, length - start)
    const piece = (shift: number): IntTensor<[number, number]> => {
      const data = new Int32Array(streams * width)
      for (let row = 0; row < streams; row++)
        for (let t = 0; t < width; t++)
          data[row * width + t] = tokens[Math.min(tokens.length - 1, offset + row * length + start + t + shift)]!
      return tensor(data, { shape: [streams, width] })
    }
    const counted = Array.from({ length: streams }, (_, row) =>
      Math.max(0, Math.min(width, predicted - row * length - start)),
    )
    yield { x: piece(0), y: piece(1), counted }
  }
}

/** How many batches `streamBatches` makes. */
export function streamBatchCount(tokens: number, { streams, steps, offset = 0, whole = false }: StreamOptions): number {
  const predicted = tokens - 1 - offset
  return whole ? Math.ceil(Math.ceil(predicted / streams) / steps) : Math.floor(Math.floor(predicted / streams) / steps)
}

export interface Padded {
  /** int32 [sequences, length] */
  readonly x: IntTensor<[number, number]>
  /** How many tokens each row has. */
  readonly lengths: readonly number[]
}

/**
 * Sequences of different lengths as rows of one tensor, filled up with the token `padding`. With `length`, longer ones are cut
 * and all rows have that length; otherwise the longest decides.
 *
 * @throws DataError when there is no sequence, or one is empty
 */
export function padded(
  sequences: readonly ArrayLike<number>[],
  { padding = 0, length }: { readonly padding?: number; readonly length?: number } = {},
): Padded {
  if (sequences.length === 0) throw new DataError('padded: there are no sequences')
  const empty = sequences.findIndex(s => s.length === 0)
  if (empty >= 0) throw new DataError(`padded: sequence ${empty} is empty; leave it out, or give it an unknown token`)
  if (length !== undefined && !(Number.isInteger(length) && length >= 1))
    throw new OptionError('length', `padded: length must be an integer >= 1, got ${length}`)
  const width = length ?? sequences.reduce((most, s) => Math.max(most, s.length), 0)
  const lengths = sequences.map(s => Math.min(s.length, width))
  const data = new Int32Array(sequences.length * width).fill(padding)
  for (const [row, sequence] of sequences.entries())
    for (let t = 0; t < lengths[row]!; t++) data[row * width + t] = sequence[t]!
  return { x: tensor(data, { shape: [sequences.length, width] }), lengths }
}
