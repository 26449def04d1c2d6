/**
 * One training step, compiled: forward, loss, metrics, gradients, update. When the loss or a gradient is not finite nothing
 * changes: every variable v of the run becomes where(finite, v′, v), so that the parameters keep their last good values.
 */
import { OptionError } from '../errors.ts'
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import type { Module } from '../nn/module.ts'
import { GradientAccumulator } from '../optim/accumulate.ts'
import { clipGradNorm, clipGradValue } from '../optim/clip.ts'
import { type Compiled, compile } from '../tensor/compile.ts'
import { grad } from '../tensor/gradients.ts'
import { wrap } from '../tensor/handle.ts'
import * as elementwise from '../tensor/ops/elementwise.ts'
import * as reductions from '../tensor/ops/reductions.ts'
import { type Profile, type ProfileOptions, profile } from '../tensor/profile.ts'
import type { AnyTensor } from '../tensor/types.ts'
import type { WeightAverage } from './average.ts'
import { namedScores } from './evaluate.ts'
import type { Scores } from './events.ts'
import type { Metric } from './metrics.ts'
import type { Augment } from './mixup.ts'
import { type AnyOptimizer, forwardOf, type Loss, lossOf, type Trainable } from './types.ts'

export interface StepOptions {
  readonly loss: Loss
  readonly metrics: readonly Metric[]
  /** Gradients are scaled to this common norm, or cut to ± `value`. */
  readonly clip?: number | { readonly norm: number } | { readonly value: number } | undefined
  /** Batches whose gradients are averaged for one update. */
  readonly accumulate: number
  /** Changes the batch before the model sees it; metrics are given the targets as they were. */
  readonly augment?: Augment | undefined
  /** Follows the weights. */
  readonly average?: WeightAverage | undefined
}

export interface StepResult {
  readonly scores: Scores
  /** False when the loss or a gradient was not; then nothing has changed. */
  readonly finite: boolean
}

export class TrainingStep {
  readonly accumulator: GradientAccumulator | undefined
  readonly #metrics: readonly Metric[]
  readonly #step: Compiled<[x: AnyTensor, y: AnyTensor, update: boolean], AnyTensor[]>

  constructor(model: Trainable, optimizer: AnyOptimizer, options: StepOptions) {
    const { loss, metrics, accumulate, augment, average } = options
    if (!Number.isInteger(accumulate) || accumulate < 1)
      throw new OptionError('accumulate', `fit: accumulate must be a whole number >= 1, got ${accumulate}`)
    const forward = forwardOf(model)
    const clip = clipper(options.clip)
    this.#metrics = metrics
    this.accumulator = accumulate > 1 ? new GradientAccumulator(optimizer.parameters) : undefined
    const variables = new Set([
      ...(model as Module).stateDict().values(),
      ...optimizer.stateDict().values(),
      ...(this.accumulator?.stateDict().values() ?? []),
      ...(average?.stateDict().values() ?? []),
    ])

    this.#step = compile((x: AnyTensor, y: AnyTensor, update: boolean): AnyTensor[] => {
      const before = new Map([...variables].map(v => [v, v.node]))
      const [inputs, targets] = augment ? augment(x, y) : [x, y]
      const outputs = forward(inputs)
      const lossValue = lossOf(loss, outputs, targets)
      const scores = metrics.map(m => m.compute(outputs, y))
      const gradients = grad(lossValue, optimizer.parameters) as AnyTensor[]
      this.accumulator?.add(gradients)
      if (update) {
        optimizer.step(clip(this.accumulator ? this.accumulator.take() : gradients))
        average?.update()
      }
      const finite = allFinite([lossValue, ...gradients])
      for (const [variable, node] of before)
        if (variable.node !== node)
          variable.assign(wrap(elementwise.where(broadcast(finite, node), variable.node, node)))
      return [lossValue, wrap(finite), ...scores]
    })
  }

  /** `update` is false while gradients accumulate. */
  async run(x: AnyTensor, y: AnyTensor, update: boolean): Promise<StepResult> {
    const [loss, finite, ...values] = await Promise.all(this.#step(x, y, update).map(async t => Number(await t.item())))
    return { scores: namedScores(loss!, this.#metrics, values), finite: finite !== 0 }
  }

  /** Planned bytes of the step besides what lives on the device. */
  get peakBytes(): number {
    return this.#step.peakBytes
  }
  /** Where its time goes; trains as many steps as there are runs. */
  profile(x: AnyTensor, y: AnyTensor, options?: ProfileOptions): Promise<Profile> {
    return profile(this.#step, [x, y, true], options)
  }
  /** The step's kernels, for people. */
  explain(): Promise<string> {
    return this.#step.explain()
  }
}

const broadcast = (condition: Node, like: Node): Node => build.broadcastTo(condition, like.shape)

/** Σ of every tensor is finite: NaN and infinity survive addition. */
function allFinite(tensors: readonly AnyTensor[]): Node {
  const total = tensors.map(t => build.cast(reductions.sum(t.node), 'float32')).reduce((a, b) => build.add(a, b))
  return elementwise.finite(total)
}

function clipper(clip: StepOptions['clip']): (gradients: AnyTensor[]) => AnyTensor[] {
  if (clip === undefined) return gradients => gradients
  if (typeof clip === 'number') return gradients => clipGradNorm(gradients, clip)
  return 'norm' in clip
    ? gradients => clipGradNorm(gradients, clip.norm)
    : gradients => clipGradValue(gradients, clip.value)
}
