/**
 * Restricted Boltzmann machines. Hinton 2002, "Training Products of Experts by Minimizing Contrastive Divergence", and Hinton 2010, "A
 * Practical Guide to Training Restricted Boltzmann Machines"; stacked, Hinton, Osindero & Teh 2006.
 *
 *     E(v, h) = −a·v − b·h − h·W v                     binary visible units
 *     E(v, h) = ‖v − a‖² / 2σ² − b·h − h·W v           gaussian visible units
 *     F(v) = −log Σ_h e^(−E(v, h)) = −a·v − Σ_j softplus(b + W v)_j         (‖v − a‖² / 2σ² in place of −a·v)
 *
 * Contrastive divergence follows the gradient of F(v) − F(v′), where v′ ends a chain of k steps v → h → v that begins at the data, and
 * is a constant: its derivative for W is −⟨σ(b + W v) vᵀ⟩ + ⟨σ(b + W v′) v′ᵀ⟩.
 */
import { DataError, OptionError } from '../errors.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { type Linear, Module, softplus } from '../nn/index.ts'
import { variable, zeros } from '../tensor/create.ts'
import { normal, uniform } from '../tensor/random.ts'
import type { AnyTensor, Tensor, Variable } from '../tensor/types.ts'
import type { Metric } from '../train/metrics.ts'
import { squaredError } from './autoencoder.ts'
import { checkUnits, type HiddenLayer, hidden, type LayerModel, sizesOf, type Units } from './layer.ts'

export interface RbmOptions {
  /** 'binary' unless given. */
  readonly visible?: Units
  /**
   * σ of gaussian units: how far they stray from what the hidden units say; 1 unless given. It must be well below the deviation of the
   * data, or one wide bell explains them and the hidden units stay idle.
   */
  readonly deviation?: number
  /** k: steps of the chain; 1 unless given. */
  readonly steps?: number
}

export interface Rbm extends LayerModel {
  /** P(h = 1 | v) = σ(b + W v): [N, visible] → [N, hidden]. */
  hidden(v: Tensor): Tensor
  /** The mean of v given h: σ(a + Wᵀ h) for binary units, a + σ² Wᵀ h for gaussian ones; [N, hidden] → [N, visible]. */
  visible(h: Tensor): Tensor
  /** F(v): [N, visible] → [N]. Compare that of training and held-out data to see overfitting (Hinton 2010, section 6). */
  freeEnergy(v: Tensor): Tensor
  /** v′ after k steps of Gibbs sampling from v. */
  chain(v: Tensor): Tensor
}

class RbmModule extends Module implements Rbm {
  /** W [hidden, visible] and b. */
  readonly linear: Linear
  /** a */
  readonly visibleBias: Variable<[number]>
  readonly #visible: Units
  readonly #deviation: number
  readonly #steps: number
  readonly #softplus = softplus()

  constructor({ linear, activation }: HiddenLayer, { visible = 'binary', deviation = 1, steps = 1 }: RbmOptions) {
    super()
    checkUnits('rbm', visible)
    if (!Number.isInteger(steps) || steps < 1)
      throw new OptionError('steps', `rbm: steps must be a whole number >= 1, got ${steps}`)
    if (!(deviation > 0 && Number.isFinite(deviation)))
      throw new OptionError('deviation', `rbm: deviation must be a finite number > 0, got ${deviation}`)
    if (linear.bias === undefined)
      throw new OptionError('layer', 'rbm: the layer needs a bias, which is that of the hidden units')
    if (!`${activation}`.includes('sigmoid()'))
      throw new OptionError(
        'layer',
        `rbm: hidden units are binary, so that the layer must be followed by sigmoid, not by ${activation}`,
      )
    this.linear = linear
    this.visibleBias = variable(zeros([sizesOf(linear)[0]]))
    this.#visible = visible
    this.#deviation = deviation
    this.#steps = steps
  }

  hidden(v: Tensor): Tensor {
    return this.linear.forward(v).sigmoid()
  }
  visible(h: Tensor): Tensor {
    const fromAbove: Tensor = h.matmul(this.linear.weight)
    if (this.#visible === 'binary') return fromAbove.add(this.visibleBias).sigmoid()
    return fromAbove.mul(this.#deviation ** 2).add(this.visibleBias)
  }
  freeEnergy(v: Tensor): Tensor {
    const above = this.#softplus.forward(this.linear.forward(v)).sum(-1)
    const own =
      this.#visible === 'binary'
        ? v.mul(this.visibleBias).sum(-1).neg()
        : v
            .sub(this.visibleBias)
            .square()
            .sum(-1)
            .div(2 * this.#deviation ** 2)
    return own.sub(above)
  }

  /** Hidden units are sampled in each step, so that they pass on no more than a bit (Hinton 2010, section 3.1). */
  chain(v: Tensor): Tensor {
    let sample = v
    for (let i = 0; i < this.#steps; i++) sample = this.#sampleVisible(this.visible(draw(this.hidden(sample))))
    return sample
  }
  #sampleVisible(mean: Tensor): Tensor {
    return this.#visible === 'binary' ? draw(mean) : mean.add(normal(mean.shape, { std: this.#deviation }))
  }

  /** In training the end of the chain, in evaluation the mean reconstruction from the hidden probabilities. */
  forward(v: Tensor): Tensor {
    return this.training ? this.chain(v).stopGradient() : this.visible(this.hidden(v))
  }
  /** F(v) − F(v′), whose gradient is that of contrastive divergence; its value is not a measure of progress. */
  readonly loss = (end: Tensor, v: Tensor): Tensor<[]> =>
    this.freeEnergy(v).sub(this.freeEnergy(end.stopGradient())).mean() as Tensor<[]>

  readonly reconstructionError: Metric = {
    name: 'reconstructionError',
    compute: (_: AnyTensor, v: AnyTensor) => squaredError(this.visible(this.hidden(v as Tensor)), v),
  }

  /** a_i = log p_i / (1 − p_i) with p_i the share of ones (Hinton 2010, section 8.1), or the mean of gaussian units. */
  prepare({ shape, data }: TensorValue): void {
    const [samples, units] = shape as [number, number]
    const means = new Float64Array(units)
    for (let i = 0; i < data.length; i++) means[i % units]! += data[i]! / samples
    const binary = this.#visible === 'binary'
    const outside = binary ? data.findIndex(x => !(x >= 0 && x <= 1)) : -1
    if (outside >= 0)
      throw new DataError(
        `rbm: binary visible units are in [0, 1], got ${data[outside]} for unit ${outside % units} of sample ` +
          `${Math.floor(outside / units)}; scale the data, or use { visible: 'gaussian' }`,
      )
    const share = (p: number): number => Math.min(Math.max(p, 0.01), 0.99)
    this.visibleBias.set(Float32Array.from(means, p => (binary ? Math.log(share(p) / (1 - share(p))) : p)))
  }
  override describe(): string {
    return 'rbm'
  }
}

/** 1 with these probabilities. */
const draw = (probabilities: Tensor): Tensor => uniform(probabilities.shape).lt(probabilities).toFloat()

/**
 * A machine whose hidden units are those of this layer: training one trains the other.
 * @throws OptionError when the layer has no bias, or is not followed by sigmoid
 */
export const rbm = (layer: Linear | HiddenLayer, options: RbmOptions = {}): Rbm => new RbmModule(hidden(layer), options)
