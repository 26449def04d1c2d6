/**
 * The learning-rate range test: a few steps with a rate that grows from one to the next, and the loss of each. Smith 2017, "Cyclical
 * Learning Rates for Training Neural Networks", section 3.3.
 */
import type { Dataset } from '../data/dataset.ts'
import { loader } from '../data/loader.ts'
import { OptionError } from '../errors.ts'
import { Optimizer } from '../optim/optimizer.ts'
import { defaultGenerator } from '../tensor/random.ts'
import type { FitOptions } from './fit.ts'
import { breathe } from './modes.ts'
import { snapshot } from './snapshot.ts'
import { TrainingStep } from './step.ts'
import {
  checkDataset,
  checkLoss,
  checkModel,
  type DataFor,
  fieldsOf,
  type LabelledSample,
  type Trainable,
} from './types.ts'

export interface LearningRateOptions
  extends Pick<FitOptions, 'loss' | 'optimizer' | 'batchSize' | 'clip' | 'seed' | 'signal'> {
  /** The smallest and the largest rate; 1e-6 and 10 unless given. */
  readonly from?: number
  readonly to?: number
  /** 100 unless given. */
  readonly steps?: number
  /** Ends when the smoothed loss is this many times its minimum; 4 unless given. */
  readonly divergence?: number
}

export interface LearningRatePoint {
  readonly learningRate: number
  /** Of the batch, before the step. */
  readonly loss: number
  /** The exponential mean of the losses so far, with weight 0.9 for the past and without its bias. */
  readonly smoothed: number
}
export interface LearningRateCurve {
  readonly points: readonly LearningRatePoint[]
  /** Where the smoothed loss falls fastest against log(rate), before its minimum: a rate to begin with. */
  readonly suggestion: number
  /** Where the smoothed loss is least: with this rate or a larger one training is about to diverge. */
  readonly minimum: number
}

/**
 * Tries learning rates on a model and puts everything back: its state, that of the optimizer, the random generator.
 * @throws OptionError when there is too little to see: fewer than 5 rates before the loss diverged
 */
export async function findLearningRate<M extends Trainable, S extends LabelledSample>(
  model: M,
  dataset: DataFor<M, S>,
  options: LearningRateOptions,
): Promise<LearningRateCurve> {
  checkModel('findLearningRate', model)
  checkDataset('findLearningRate', dataset)
  checkLoss('findLearningRate', options.loss)
  const { from = 1e-6, to = 10, steps = 100, divergence = 4, seed = 0, batchSize, clip, loss, signal } = options
  const { optimizer } = options
  if (!(optimizer instanceof Optimizer))
    throw new OptionError('optimizer', 'findLearningRate: needs an optimizer, like optim.sgd({ momentum: 0.9 })')
  if (!(from > 0 && to > from && Number.isFinite(to)))
    throw new OptionError('from', `findLearningRate: needs 0 < from < to, got ${from} and ${to}`)
  if (!Number.isInteger(steps) || steps < 10)
    throw new OptionError('steps', `findLearningRate: steps must be a whole number >= 10, got ${steps}`)
  if (optimizer.stateDict().size === 0) optimizer.attach(model)

  const { learningRate } = optimizer
  const random = await defaultGenerator.state()
  const restore = await snapshot([...model.stateDict().values(), ...optimizer.stateDict().values()])
  const { training } = model
  model.train()
  defaultGenerator.seed(seed)
  const step = new TrainingStep(model, optimizer, { loss, metrics: [], clip, accumulate: 1 })
  const points: LearningRatePoint[] = []
  try {
    let mean = 0
    let least = Number.POSITIVE_INFINITY
    for await (const { x, y } of batches(dataset as Dataset<S>, { batchSize, seed }, steps)) {
      signal?.throwIfAborted()
      const rate = from * (to / from) ** (points.length / (steps - 1))
      optimizer.learningRate = rate
      const { scores, finite } = await step.run(x, y, true)
      if (!finite) break
      mean = memory * mean + (1 - memory) * scores.loss
      const smoothed = mean / (1 - memory ** (points.length + 1))
      points.push({ learningRate: rate, loss: scores.loss, smoothed })
      least = Math.min(least, smoothed)
      if (points.length > 10 && smoothed > divergence * least) break
      await breathe()
    }
  } finally {
    optimizer.learningRate = learningRate
    restore()
    await defaultGenerator.setState(random)
    model.train(training)
  }
  return { points, ...read(points) }
}

/** How much of the past the smoothed loss keeps. */
const memory = 0.9

/** So many batches, epoch after epoch. */
async function* batches(
  dataset: Dataset<LabelledSample>,
  options: { batchSize: number | undefined; seed: number },
  count: number,
) {
  const source = loader<LabelledSample>(dataset, { ...options, shuffle: true })
  for (let done = 0; done < count; )
    for await (const batch of source) {
      if (done++ === count) return
      yield fieldsOf('findLearningRate', batch, ['x', 'y'])
    }
}

function read(points: readonly LearningRatePoint[]): Pick<LearningRateCurve, 'suggestion' | 'minimum'> {
  if (points.length < 5)
    throw new OptionError(
      'from',
      `findLearningRate: the loss diverged after ${points.length} steps; begin with a smaller rate, or take more steps`,
    )
  const smoothed = points.map(p => p.smoothed)
  const lowest = smoothed.indexOf(Math.min(...smoothed))
  // rates grow by a constant factor, so that differences along the points are slopes against log(rate)
  const slope = (i: number): number => smoothed[i + 1]! - smoothed[i - 1]!
  let steepest = 1
  for (let i = 2; i < Math.max(2, lowest); i++) if (slope(i) < slope(steepest)) steepest = i
  return { suggestion: points[steepest]!.learningRate, minimum: points[lowest]!.learningRate }
}
