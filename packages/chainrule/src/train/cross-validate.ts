/** Cross-validation: a new model for each fold, trained on the others and scored on it. Stone 1974; Kohavi 1995. */
import type { Dataset } from '../data/dataset.ts'
import { type FoldOptions, kFold } from '../data/folds.ts'
import { OptionError } from '../errors.ts'
import { evaluateAs } from './evaluate.ts'
import type { FitResult, Scores } from './events.ts'
import { type FitOptions, fit } from './fit.ts'
import type { AnyOptimizer, DataFor, LabelledSample, Trainable } from './types.ts'

export interface CrossValidateOptions
  extends Omit<FitOptions, 'optimizer' | 'validate' | 'checkpoint' | 'resume'>,
    FoldOptions {
  /** k; 5 unless given. */
  readonly folds?: number
  /** Makes a new optimizer for each fold. */
  readonly optimizer: () => AnyOptimizer
}
export interface FoldResult {
  /** Of the samples that were held out, after training. */
  readonly scores: Scores
  readonly run: FitResult
}
export interface CrossValidation {
  readonly folds: readonly FoldResult[]
  /** Over the folds, each counting alike. */
  readonly mean: Scores
  /** The standard deviation of the folds' scores (n − 1). They share training data, so that it says too little about new data. */
  readonly deviation: Scores
}

/**
 * Trains and scores k models.
 * @param create makes a new model for the fold, counted from 0
 * @throws OptionError unless 2 ≤ k ≤ the number of samples, and what `fit` throws
 */
export async function crossValidate<M extends Trainable, S extends LabelledSample>(
  create: (fold: number) => M,
  dataset: DataFor<M, S>,
  { folds = 5, stratify, optimizer, callbacks, ...options }: CrossValidateOptions,
): Promise<CrossValidation> {
  if (typeof create !== 'function')
    throw new OptionError('create', 'crossValidate: needs a function that makes a model, like () => nn.linear(784, 10)')
  const { loss, metrics, seed, signal } = options
  const results: FoldResult[] = []
  for (const { train, validate } of await kFold(dataset as Dataset<S>, folds, { seed, stratify })) {
    const model = create(results.length)
    const run = await fit(model as Trainable, train as never, { ...options, callbacks, optimizer: optimizer() })
    signal?.throwIfAborted()
    results.push({ run, scores: await evaluateAs('crossValidate', model, validate, { loss, metrics, signal }) })
  }
  const over = (of: (values: number[]) => number): Scores =>
    Object.fromEntries(
      Object.keys(results[0]!.scores).map(name => [name, of(results.map(r => r.scores[name]!))]),
    ) as Scores
  const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length
  const deviation = (values: number[]): number => {
    const middle = mean(values)
    return Math.sqrt(values.reduce((s, v) => s + (v - middle) ** 2, 0) / (values.length - 1))
  }
  return { folds: results, mean: over(mean), deviation: over(deviation) }
}
