/**
 * Batch normalisation: each channel to mean 0 and variance 1 over batch and positions, then scaled and shifted. In evaluation the
 * running mean and variance are used. Ioffe and Szegedy 2015, algorithms 1 and 2; PyTorch's `nn.BatchNorm1d/2d/3d`.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { needCount, nodeOf, refuse, refuseOption } from '../../graph/refuse.ts'
import { range, show } from '../../graph/shape.ts'
import { add, div, mul, sub } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { alongChannels, countOf, keptSum } from '../arithmetic.ts'
import { ones, zeros } from '../init/constant.ts'
import { LayerModule, type TypedLayer, typed } from '../layer.ts'
import type { BatchNormFn } from '../layer-types.ts'
import { checkOptions } from '../options.ts'
import { buffer } from '../parameter.ts'
import { type AnyTensor, type AnyVariable, type Variable, variable, wrap } from '../tensors.ts'
import { inverseDeviation, type Moments, moments } from './standardize.ts'

export interface BatchNormOptions {
  /** ε; 1e-5 */
  readonly epsilon?: number
  /** How much of the running statistics each batch replaces; 0.1. 'average': the mean over all batches so far. */
  readonly momentum?: number | 'average'
  /** Learns a scale and a shift per channel; the default. */
  readonly affine?: boolean
  /** Keeps running statistics for evaluation; the default. */
  readonly trackRunningStats?: boolean
}

/** γ x̂ + β with the statistics of the batch; ∂β = Σ g, ∂γ = Σ g x̂, ∂x = γ/σ (g − ∂β/n − x̂ ∂γ/n): two reductions. */
export function batchNormNode(
  x: Node,
  stats: Moments,
  weight: Node | undefined,
  bias: Node | undefined,
  epsilon: number,
): Node {
  const rank = x.shape.length
  const axes = range(rank).filter(a => a !== 1)
  const n = countOf(x.shape, axes)
  const scale = weight && build.cast(weight, x.dtype)
  const shift = bias && build.cast(bias, x.dtype)
  const inverse = inverseDeviation(stats.variance, epsilon)
  const factor = scale ? mul(inverse, alongChannels(scale, rank)) : inverse
  const product = mul(stats.centered, factor)
  const y = shift ? add(product, alongChannels(shift, rank)) : product
  const parameters = [...(scale ? [scale] : []), ...(shift ? [shift] : [])]
  return build.custom(y, [x, ...parameters], 'batchNorm', g => {
    const standard = mul(stats.centered, inverse)
    const dShift = keptSum(g, axes)
    const dScale = keptSum(mul(g, standard), axes)
    const dx = mul(sub(sub(g, div(dShift, n)), mul(standard, div(dScale, n))), factor)
    const perChannel = (d: Node): Node => build.reshape(d, [x.shape[1]!])
    return [dx, ...(scale ? [perChannel(dScale)] : []), ...(shift ? [perChannel(dShift)] : [])]
  })
}

export class BatchNormModule extends LayerModule {
  readonly kind: string
  readonly weight: AnyVariable | undefined
  readonly bias: AnyVariable | undefined
  readonly runningMean: AnyVariable | undefined
  readonly runningVariance: AnyVariable | undefined
  readonly batches: AnyVariable | undefined
  readonly channels: number
  readonly epsilon: number
  readonly momentum: number | 'average'
  /** Numbers of axes that the input may have. */
  readonly #ranks: readonly number[]

  constructor(kind: string, ranks: readonly number[], channels: number, options: BatchNormOptions = {}) {
    super()
    checkOptions(kind, options, { epsilon: true, momentum: true, affine: true, trackRunningStats: true })
    const { epsilon = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options
    if (momentum !== 'average' && !(momentum >= 0 && momentum <= 1))
      refuseOption(kind, 'momentum', `momentum must be in [0, 1] or 'average', got ${momentum}`)
    this.kind = kind
    this.#ranks = ranks
    this.channels = needCount(kind, 'channels', channels)
    this.epsilon = epsilon
    this.momentum = momentum
    if (affine) {
      this.weight = variable(ones([channels]))
      this.bias = variable(zeros([channels]))
    }
    if (trackRunningStats) {
      this.runningMean = buffer(variable(zeros([channels])))
      this.runningVariance = buffer(variable(ones([channels])))
      this.batches = buffer(variable(wrap(build.constant(0, 'int32'))))
    }
  }

  override stateNames(): Readonly<Record<string, string>> {
    return { runningMean: 'running_mean', runningVariance: 'running_var', batches: 'num_batches_tracked' }
  }

  forward(input: AnyTensor): AnyTensor {
    const x = asFloat(nodeOf(this.kind, input))
    const rank = x.shape.length
    if (!this.#ranks.includes(rank))
      refuse(this.kind, [x.shape], `expected rank ${this.#ranks.join(' or ')}, got ${show(x.shape)}`)
    if (x.shape[1] !== this.channels)
      refuse(this.kind, [x.shape], `expected ${this.channels} channels, got input ${show(x.shape)}`)
    if (!this.training && this.runningMean && this.runningVariance) {
      // x̂ γ + β = x a + b with a = γ/σ, b = β − μ a
      const inverse = inverseDeviation(this.runningVariance.node, this.epsilon)
      const factor = this.weight ? mul(inverse, this.weight.node) : inverse
      const below = mul(this.runningMean.node, factor)
      const offset = this.bias ? sub(this.bias.node, below) : build.neg(below)
      return wrap(add(mul(x, alongChannels(factor, rank)), alongChannels(offset, rank)))
    }
    const axes = range(rank).filter(a => a !== 1)
    const n = countOf(x.shape, axes)
    if (this.training && n < 2)
      refuse(this.kind, [x.shape], `needs more than one value per channel in training, got input ${show(x.shape)}`)
    const stats = moments(x, axes)
    if (this.training) this.#track(stats, n)
    return wrap(batchNormNode(x, stats, this.weight?.node, this.bias?.node, this.epsilon))
  }

  /** running ← (1 − m) running + m batch, with the unbiased variance. */
  #track({ mean, variance }: Moments, n: number): void {
    if (!this.runningMean || !this.runningVariance || !this.batches) return
    const batches = add(this.batches.node, 1)
    this.batches.assign(wrap(batches))
    const momentum = this.momentum === 'average' ? div(1, batches) : this.momentum
    const blend = (running: AnyVariable, batch: Node): void => {
      const now = build.cast(build.reshape(batch, [this.channels]), running.dtype)
      running.assign(wrap(add(running.node, mul(sub(now, running.node), momentum))))
    }
    blend(this.runningMean, mean)
    blend(this.runningVariance, mul(variance, n / (n - 1)))
  }

  protected override arguments(): string {
    return `${this.channels}`
  }
}

export interface BatchNorm<Op extends string, C extends number, Rank extends number>
  extends TypedLayer<BatchNormFn<C, Rank, Op>> {
  readonly weight: Variable<[C]> | undefined
  readonly bias: Variable<[C]> | undefined
  readonly runningMean: Variable<[C]> | undefined
  readonly runningVariance: Variable<[C]> | undefined
}

/** [batch, channels] or [batch, channels, length]. */
export const batchNorm1d = <C extends number>(
  channels: C,
  options?: BatchNormOptions,
): BatchNorm<'batchNorm1d', C, 2 | 3> => typed(new BatchNormModule('batchNorm1d', [2, 3], channels, options))
/** [batch, channels, height, width]. */
export const batchNorm2d = <C extends number>(
  channels: C,
  options?: BatchNormOptions,
): BatchNorm<'batchNorm2d', C, 4> => typed(new BatchNormModule('batchNorm2d', [4], channels, options))
/** [batch, channels, depth, height, width]. */
export const batchNorm3d = <C extends number>(
  channels: C,
  options?: BatchNormOptions,
): BatchNorm<'batchNorm3d', C, 5> => typed(new BatchNormModule('batchNorm3d', [5], channels, options))
