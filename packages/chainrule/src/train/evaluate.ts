/** Scores and predictions of a model on a data set; the model is in evaluation mode meanwhile. */

import type { Dataset } from '../data/dataset.ts'
import { loader } from '../data/loader.ts'
import { hostArray, type TypedArray } from '../graph/dtype.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { compile } from '../tensor/compile.ts'
import type { AnyTensor } from '../tensor/types.ts'
import { nonFiniteLoss } from './diagnose.ts'
import { RunningScores, type Scores } from './events.ts'
import type { Metric } from './metrics.ts'
import { breathe, inEvaluation } from './modes.ts'
import {
  checkDataset,
  checkLoss,
  checkModel,
  type DataFor,
  fieldsOf,
  forwardOf,
  type LabelledSample,
  type Loss,
  lossOf,
  type Trainable,
} from './types.ts'

export interface EvaluateOptions {
  readonly loss: Loss
  readonly metrics?: readonly Metric[] | undefined
  /** 256 unless given. */
  readonly batchSize?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The mean loss and metrics over a data set.
 * @throws DataError when the data set is empty, NonFiniteError when the data or the loss is NaN or infinite
 */
export function evaluate<M extends Trainable, S extends LabelledSample>(
  model: M,
  dataset: DataFor<M, S>,
  options: EvaluateOptions,
): Promise<Scores> {
  return evaluateAs('evaluate', model, dataset as Dataset<S>, options)
}

/** `evaluate` under the name that its errors give. */
export async function evaluateAs<S extends LabelledSample>(
  operation: string,
  model: Trainable,
  dataset: Dataset<S>,
  options: EvaluateOptions,
): Promise<Scores> {
  checkModel(operation, model)
  checkDataset(operation, dataset)
  checkLoss(operation, options?.loss)
  const { loss, metrics = [], batchSize = 256, signal } = options
  const batches = loader<LabelledSample>(dataset, { batchSize })
  const forward = forwardOf(model)
  const scoresOf = compile((x: AnyTensor, y: AnyTensor) => {
    const outputs = forward(x)
    return [lossOf(loss, outputs, y), ...metrics.map(m => m.compute(outputs, y))]
  })
  const running = new RunningScores()
  await inEvaluation(model, async () => {
    for await (const batch of batches) {
      signal?.throwIfAborted()
      const { x, y } = fieldsOf(operation, batch, ['x', 'y'])
      const [lossValue, ...values] = await Promise.all(scoresOf(x, y).map(async t => Number(await t.item())))
      if (!Number.isFinite(lossValue))
        throw await nonFiniteLoss(operation, { model, loss, x, y, lossValue: lossValue!, first: running.samples })
      running.add(namedScores(lossValue!, metrics, values), x.shape[0]!)
      await breathe()
    }
  })
  return running.mean()
}

/** Scores under their names. */
export const namedScores = (loss: number, metrics: readonly Metric[], values: readonly number[]): Scores => ({
  loss,
  ...Object.fromEntries(metrics.map((m, i) => [m.name, values[i]!])),
})

/**
 * The model's outputs for every sample, [N, …].
 * @throws DataError when the data set is empty
 */
export async function predict<M extends Trainable, S extends { readonly x: unknown }>(
  model: M,
  dataset: DataFor<M, S>,
  { batchSize = 256 }: { readonly batchSize?: number } = {},
): Promise<TensorValue> {
  checkModel('predict', model)
  checkDataset('predict', dataset)
  const forward = forwardOf(model)
  const samples = dataset as Dataset<S>
  const outputsOf = compile((x: AnyTensor) => forward(x))
  const parts: TypedArray[] = []
  let shape: readonly number[] = []
  let dtype: TensorValue['dtype'] = 'float32'
  await inEvaluation(model, async () => {
    for await (const batch of loader<{ readonly x: unknown }>(samples, { batchSize })) {
      const outputs = outputsOf(fieldsOf('predict', batch, ['x']).x)
      parts.push(await outputs.data())
      shape = outputs.shape.slice(1)
      dtype = outputs.dtype
      await breathe()
    }
  })
  const data = hostArray(
    dtype,
    parts.reduce((n, p) => n + p.length, 0),
  )
  let position = 0
  for (const part of parts) {
    data.set(part, position)
    position += part.length
  }
  return { dtype, shape: [samples.length, ...shape], data }
}

/** For each row of [N, C] the column with the largest value. */
export function largest({ shape, data }: TensorValue): Int32Array {
  const columns = shape[shape.length - 1]!
  return Int32Array.from({ length: data.length / columns }, (_, row) => {
    let best = 0
    for (let c = 1; c < columns; c++) if (data[row * columns + c]! > data[row * columns + best]!) best = c
    return best
  })
}

/** softmax of each row of [N, C]. */
export function probabilities({ shape, data }: TensorValue): Float32Array {
  const columns = shape[shape.length - 1]!
  const result = new Float32Array(data.length)
  for (let start = 0; start < data.length; start += columns) {
    let peak = Number.NEGATIVE_INFINITY
    for (let c = 0; c < columns; c++) peak = Math.max(peak, data[start + c]!)
    let sum = 0
    for (let c = 0; c < columns; c++) sum += Math.exp(data[start + c]! - peak)
    for (let c = 0; c < columns; c++) result[start + c] = Math.exp(data[start + c]! - peak) / sum
  }
  return result
}
