/**
 * Training as a stream: `for await (const event of train.fit(…))` sees every step, `await train.fit(…)` only waits for the end.
 * Either way one run happens, on one loop: next batch, compiled step, events, callbacks.
 */

import type { Dataset } from '../data/dataset.ts'
import { type Loader, type LoaderState, loader } from '../data/loader.ts'
import { CheckpointError, OptionError } from '../errors.ts'
import { Optimizer } from '../optim/optimizer.ts'
import type { Schedule, ScheduleState } from '../optim/schedules/index.ts'
import { defaultGenerator } from '../tensor/random.ts'
import { device } from '../tensor/runtime.ts'
import { WeightAverage } from './average.ts'
import type { Callback, Run } from './callbacks.ts'
import {
  type CheckpointInfo,
  checkCheckpointPath,
  checkpointBytes,
  parseCheckpoint,
  readCheckpoint,
  restore,
  saveCheckpoint,
  type Training,
} from './checkpoint.ts'
import { nonFinite, nonFiniteParameter } from './diagnose.ts'
import { evaluateAs } from './evaluate.ts'
import {
  type EndReason,
  type EpochEvent,
  type FitEvent,
  type FitResult,
  RunningScores,
  type Scores,
  type StepEvent,
} from './events.ts'
import type { Metric } from './metrics.ts'
import type { Augment } from './mixup.ts'
import { breathe } from './modes.ts'
import { Pace } from './pace.ts'
import { snapshot } from './snapshot.ts'
import { type StepOptions, TrainingStep } from './step.ts'
import { type Fit, stream } from './stream.ts'
import {
  type AnyOptimizer,
  checkDataset,
  checkLoss,
  checkModel,
  type DataFor,
  fieldsOf,
  type LabelledSample,
  type Loss,
  type Trainable,
} from './types.ts'

export interface CheckpointOptions {
  readonly path: string
  /** After every so many steps; after each epoch unless given. The end of a run is always kept. */
  readonly every?: number | 'epoch'
  /** Kept in the file beside the state of the run; must survive JSON. */
  readonly info?: CheckpointInfo
}

export interface FitOptions<S extends LabelledSample = LabelledSample> {
  readonly loss: Loss
  /** Attached to the model unless it is attached already. */
  readonly optimizer: AnyOptimizer
  /** 1 unless given. */
  readonly epochs?: number | undefined
  /** 32 unless given. */
  readonly batchSize?: number | undefined
  /** A new order in each epoch; true unless given. */
  readonly shuffle?: boolean | undefined
  readonly dropLast?: boolean | undefined
  /** Scored after each epoch. */
  readonly validate?: Dataset<S> | undefined
  readonly metrics?: readonly Metric[] | undefined
  /** The learning rate of each step, or a function of the number of steps in the run to such a schedule. */
  readonly schedule?: Schedule | ((steps: number) => Schedule) | undefined
  /** What the schedule counts; 'step' unless given. */
  readonly schedulePer?: 'step' | 'epoch' | undefined
  readonly callbacks?: readonly (Callback | Callback['on'])[] | undefined
  /** Ends the run after the step it is in, with a checkpoint if one was asked for. */
  readonly signal?: AbortSignal | undefined
  readonly checkpoint?: string | CheckpointOptions | undefined
  /** A checkpoint to go on from, bit for bit: its path, or its bytes. */
  readonly resume?: string | Uint8Array | undefined
  /** Of the order of the data, and of the random draws unless they go on from before. */
  readonly seed?: number | undefined
  readonly clip?: StepOptions['clip']
  /** Batches whose gradients are averaged for one update; 1 unless given. */
  readonly accumulate?: number | undefined
  /** Changes each training batch within the step, like `train.mixup({ classes: 10 })`. */
  readonly augment?: Augment | undefined
  /**
   * The decay of an exponential moving average of the weights, like 0.999. Validation is done with the averages, and the model has them
   * when the run has ended; checkpoints keep both.
   */
  readonly averageWeights?: number | undefined
}

/**
 * Trains a model on samples { x, y }.
 * @throws DataError for an empty data set, NonFiniteError when the loss, a gradient or the data is NaN or infinite,
 *   CheckpointError when resuming from a file of another run
 */
export function fit<M extends Trainable, S extends LabelledSample>(
  model: M,
  dataset: DataFor<M, S>,
  options: FitOptions<NoInfer<S>>,
): Fit {
  let session: Session | undefined
  return stream(
    () => {
      session = new Session(model, dataset as Dataset<S>, options)
      return session.run()
    },
    async () => session!.checkpoint(),
  )
}

/** What a checkpoint says of a run besides its tensors. */
interface Progress {
  readonly step: number
  readonly loader: LoaderState
  readonly running: ReturnType<RunningScores['state']>
  readonly schedule: ScheduleState | null
  readonly callbacks: readonly unknown[]
  readonly history: readonly EpochEvent[]
}

/** Milliseconds of steps between two turns of others. */
const longestTurn = 30

class Session {
  readonly #model: Trainable
  readonly #options: FitOptions
  readonly #optimizer: AnyOptimizer
  readonly #loader: Loader<LabelledSample>
  readonly #step: TrainingStep
  readonly #schedule: Schedule | undefined
  readonly #callbacks: readonly Callback[]
  readonly #epochs: number
  readonly #running = new RunningScores()
  readonly #training: Training
  readonly #average: WeightAverage | undefined
  /** Puts the weights back while the model has their averages. */
  #withoutAverage: (() => void) | undefined
  #history: EpochEvent[] = []
  #steps = 0
  /** Steps of the run that this one goes on from. */
  #before = 0
  #end: EndReason | undefined
  /** When others last had their turn; many epochs may pass within one. */
  #breath = performance.now()

  constructor(model: Trainable, dataset: Dataset<LabelledSample>, options: FitOptions) {
    checkModel('fit', model)
    checkDataset('fit', dataset)
    checkLoss('fit', options?.loss)
    const { epochs = 1, batchSize, shuffle = true, dropLast, seed, metrics = [], clip, accumulate = 1, loss } = options
    if (!Number.isInteger(epochs) || epochs < 0)
      throw new OptionError('epochs', `fit: epochs must be a whole number >= 0, got ${epochs}`)
    if (!(options.optimizer instanceof Optimizer))
      throw new OptionError('optimizer', 'fit: needs an optimizer, like optim.adam({ learningRate: 1e-3 })')
    this.#model = model
    this.#options = options
    this.#epochs = epochs
    this.#loader = loader(dataset, { batchSize, shuffle, dropLast, seed })
    this.#optimizer = options.optimizer
    if (this.#optimizer.stateDict().size === 0) this.#optimizer.attach(model)
    checkParameters(model, this.#optimizer)
    if (seed !== undefined && options.resume === undefined) defaultGenerator.seed(seed)
    const { augment, averageWeights } = options
    this.#average = averageWeights === undefined ? undefined : new WeightAverage(model, averageWeights)
    this.#step = new TrainingStep(model, this.#optimizer, {
      loss,
      metrics,
      clip,
      accumulate,
      augment,
      average: this.#average,
    })
    const { schedule } = options
    this.#schedule = typeof schedule === 'function' ? schedule(Math.max(1, this.#total)) : schedule
    this.#callbacks = (options.callbacks ?? []).map(c => (typeof c === 'function' ? { on: c } : c))
    const extra = new Map([...(this.#step.accumulator?.stateDict() ?? []), ...(this.#average?.stateDict() ?? [])])
    this.#training = { model, optimizer: this.#optimizer, random: defaultGenerator, extra }
  }

  /** Steps of the whole run. */
  get #total(): number {
    return this.#epochs * this.#loader.length
  }

  async *run(): AsyncGenerator<FitEvent, FitResult, undefined> {
    const { resume, signal } = this.#options
    if (this.#path !== undefined) await checkCheckpointPath(this.#path)
    if (resume !== undefined) await this.#resume(resume)
    const started = performance.now()
    if (!this.#model.training) this.#model.train()
    let saved = -1
    for await (const event of this.#train()) {
      yield* this.#tell(event)
      const due = event.type === 'epoch' ? this.#every === 'epoch' : this.#dueAt(event.step)
      if (due && this.#end === undefined) {
        saved = this.#steps
        yield* this.#save()
      }
      if (signal?.aborted) this.#end ??= 'aborted'
      if (this.#end !== undefined && event.type === 'epoch') break
    }
    if (this.#path !== undefined && saved !== this.#steps) yield* this.#save()
    this.#withoutAverage = await this.#average?.swap()
    const seconds = (performance.now() - started) / 1000
    const result = { reason: this.#end ?? 'finished', epochs: this.#history, steps: this.#steps, seconds }
    yield* this.#tell({ type: 'done', result })
    return result
  }

  /** Steps and epochs until the end or until somebody stops. */
  async *#train(): AsyncGenerator<StepEvent | EpochEvent, void, undefined> {
    const pace = new Pace()
    while (this.#end === undefined) {
      const { epoch, batch } = this.#loader.state()
      // the cursor stands at the beginning of an epoch while the last one has not been summed up
      if (batch === 0 && this.#running.samples > 0) yield await this.#endOfEpoch(epoch, pace)
      else if (epoch >= this.#epochs) return
      else if (this.#options.signal?.aborted) this.#end = 'aborted'
      else yield* this.#trainEpoch(epoch, pace)
    }
  }

  async *#trainEpoch(epoch: number, pace: Pace): AsyncGenerator<StepEvent, void, undefined> {
    const { accumulate = 1, loss } = this.#options
    const batches = this.#loader.length
    let { batch } = this.#loader.state()
    pace.resume()
    for await (const fields of this.#loader) {
      batch++
      const { x, y } = fieldsOf('fit', fields, ['x', 'y'])
      if (this.#schedule)
        this.#optimizer.learningRate = this.#schedule.at(this.#options.schedulePer === 'epoch' ? epoch : this.#steps)
      const random = await defaultGenerator.state()
      const { scores, finite } = await this.#step.run(x, y, batch % accumulate === 0 || batch === batches)
      if (!finite) {
        const lossValue = scores.loss
        await defaultGenerator.setState(random)
        throw await nonFinite({
          model: this.#model,
          optimizer: this.#optimizer,
          loss,
          x,
          y,
          step: this.#steps + 1,
          ownSteps: this.#steps - this.#before,
          lossValue,
        })
      }
      this.#steps++
      const samples = x.shape[0]!
      this.#running.add(scores, samples)
      pace.step(samples)
      yield {
        type: 'step',
        epoch: epoch + 1,
        epochs: this.#epochs,
        step: this.#steps,
        batch,
        batches,
        samples,
        scores,
        mean: this.#running.mean(),
        learningRate: this.#optimizer.learningRate,
        samplesPerSecond: pace.samplesPerSecond,
        secondsLeft: pace.secondsPerStep * (this.#total - this.#steps),
        peakBytes: this.#step.peakBytes + device().residentBytes,
      }
      if (this.#end !== undefined) return
      if (performance.now() - this.#breath > longestTurn) {
        await breathe()
        this.#breath = performance.now()
      }
      pace.resume()
    }
  }

  async #endOfEpoch(next: number, pace: Pace): Promise<EpochEvent> {
    const failure = await nonFiniteParameter(this.#model, this.#steps + 1, this.#steps - this.#before)
    if (failure) throw failure
    return this.#finishEpoch(next, await this.#validate(next), pace)
  }

  async #validate(epoch: number): Promise<Scores | undefined> {
    const { validate, loss, metrics } = this.#options
    if (!validate) return undefined
    const back = await this.#average?.swap()
    try {
      return await evaluateAs(`validation after epoch ${epoch}`, this.#model, validate, { loss, metrics })
    } finally {
      back?.()
    }
  }

  /** `next` is the epoch that follows, which is the number of this one counted from 1. */
  #finishEpoch(next: number, validation: Scores | undefined, pace: Pace): EpochEvent {
    const train = this.#running.mean()
    this.#running.reset()
    this.#schedule?.next((validation ?? train).loss)
    const event: EpochEvent = {
      type: 'epoch',
      epoch: next,
      epochs: this.#epochs,
      step: this.#steps,
      train,
      validation,
      learningRate: this.#optimizer.learningRate,
      seconds: pace.takeSeconds(),
    }
    this.#history.push(event)
    return event
  }

  async *#tell(event: FitEvent): AsyncGenerator<FitEvent, void, undefined> {
    const run: Run = {
      model: this.#model,
      stop: () => {
        this.#end ??= 'stopped'
      },
      snapshot: async () => {
        const back = await this.#average?.swap()
        const restore = await snapshot(this.#model.stateDict().values())
        back?.()
        return restore
      },
      save: path => saveCheckpoint(path, this.#training, this.#info()),
    }
    for (const callback of this.#callbacks) await callback.on(event, run)
    yield event
  }

  get #path(): string | undefined {
    const { checkpoint } = this.#options
    return typeof checkpoint === 'string' ? checkpoint : checkpoint?.path
  }
  get #every(): number | 'epoch' | undefined {
    const { checkpoint } = this.#options
    return checkpoint === undefined
      ? undefined
      : typeof checkpoint === 'string'
        ? 'epoch'
        : (checkpoint.every ?? 'epoch')
  }
  #dueAt(step: number): boolean {
    const every = this.#every
    return typeof every === 'number' && step % every === 0
  }

  async *#save(): AsyncGenerator<FitEvent, void, undefined> {
    const path = this.#path!
    await saveCheckpoint(path, this.#training, this.#info())
    yield* this.#tell({ type: 'checkpoint', path, step: this.#steps })
  }

  #info(): CheckpointInfo {
    const { checkpoint } = this.#options
    const progress: Progress = {
      step: this.#steps,
      loader: this.#loader.state(),
      running: this.#running.state(),
      schedule: this.#schedule?.state() ?? null,
      callbacks: this.#callbacks.map(c => c.state?.() ?? null),
      history: this.#history,
    }
    return { ...(typeof checkpoint === 'object' ? checkpoint.info : {}), progress }
  }

  /** The run as it is now, as the bytes of a checkpoint. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    this.#withoutAverage?.()
    const bytes = await checkpointBytes(this.#training, this.#info())
    if (this.#withoutAverage) await this.#average?.swap()
    return bytes
  }

  async #resume(from: string | Uint8Array): Promise<void> {
    const checkpoint = typeof from === 'string' ? await readCheckpoint(from) : parseCheckpoint(from)
    const { path } = checkpoint
    const progress = checkpoint.info.progress as Progress | undefined
    if (checkpoint.resumable && progress === undefined)
      throw new CheckpointError(
        `the checkpoint${path === undefined ? '' : ` ${path}`} holds no training run; load it into the model instead`,
        path,
      )
    await restore(checkpoint, this.#training)
    this.#steps = this.#before = progress!.step
    this.#loader.load(progress!.loader)
    this.#running.load(progress!.running)
    if (progress!.schedule) this.#schedule?.load(progress!.schedule)
    this.#callbacks.forEach((c, i) => {
      const state = progress!.callbacks[i]
      if (state !== null && state !== undefined) c.load?.(state)
    })
    this.#history = [...progress!.history]
  }
}

/** @throws OptionError unless the optimizer trains parameters of this model, and nothing else */
function checkParameters(model: Trainable, optimizer: AnyOptimizer): void {
  if (model.parameters().length === 0)
    throw new OptionError(
      'model',
      'fit: the model has no trainable parameters (frozen ones are left out: model.unfreeze())',
    )
  const own = new Set(model.namedParameters().values())
  const foreign = optimizer.parameters.filter(p => !own.has(p))
  if (foreign.length > 0 || optimizer.parameters.length === 0)
    throw new OptionError(
      'optimizer',
      `fit: the optimizer is attached to ${foreign.length === 0 ? 'no trainable parameter' : `${foreign.length} parameter(s) that are not this model's`}; ` +
        'make a new optimizer for each model, or attach this one anew: optimizer.attach(model)',
    )
}
