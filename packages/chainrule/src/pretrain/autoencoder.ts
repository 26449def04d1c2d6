/**
 * Autoencoders of one hidden layer: h = f(W x + b), reconstruction of x from W′ h + c. Bengio et al. 2007, "Greedy Layer-Wise Training
 * of Deep Networks", section 3.1; with a corrupted input and the clean one as target, Vincent et al. 2010, "Stacked Denoising
 * Autoencoders", sections 2 and 3.
 */
import { OptionError } from '../errors.ts'
import { binaryCrossEntropyWithLogits, halfMse, type Linear, linear, Module } from '../nn/index.ts'
import { variable, zeros } from '../tensor/create.ts'
import { where } from '../tensor/functions.ts'
import { bernoulli, normal } from '../tensor/random.ts'
import type { AnyTensor, Tensor, Variable } from '../tensor/types.ts'
import type { Metric } from '../train/metrics.ts'
import { checkUnits, type HiddenLayer, hidden, type LayerModel, sizesOf, type Units } from './layer.ts'

/** What happens to inputs in training: a share of them becomes 0, or noise of this standard deviation is added. */
export type Corruption = { readonly mask: number } | { readonly gaussian: number }

export interface AutoencoderOptions {
  /** 'binary' inputs are reconstructed through sigmoid and scored by cross entropy, 'gaussian' ones by half the squared error; 'binary'. */
  readonly visible?: Units
  /** The decoder is the encoder's transpose, W′ = Wᵀ; true unless given. */
  readonly tied?: boolean
  /** Makes it a denoising autoencoder. */
  readonly corruption?: Corruption
}

export interface Autoencoder extends LayerModel {
  /** x [N, inputs] → code [N, hidden]. */
  encode(x: Tensor): Tensor
  /** Code [N, hidden] → reconstruction [N, inputs]. */
  decode(code: Tensor): Tensor
}

class AutoencoderModule extends Module implements Autoencoder {
  readonly linear: Linear
  readonly activation: HiddenLayer['activation']
  /** W′ and c; only c when weights are tied. */
  readonly decoder: Linear | undefined
  readonly bias: Variable<[number]> | undefined
  readonly #visible: Units
  readonly #corruption: Corruption | undefined

  constructor(layer: HiddenLayer, { visible = 'binary', tied = true, corruption }: AutoencoderOptions) {
    super()
    checkUnits('autoencoder', visible)
    checkCorruption(corruption)
    const [inputs, outputs] = sizesOf(layer.linear)
    this.linear = layer.linear
    this.activation = layer.activation
    this.decoder = tied ? undefined : linear(outputs, inputs)
    this.bias = tied ? variable(zeros([inputs])) : undefined
    this.#visible = visible
    this.#corruption = corruption
  }

  encode(x: Tensor): Tensor {
    return this.activation.forward(this.linear.forward(x))
  }
  decode(code: Tensor): Tensor {
    const z = this.#preactivation(code)
    return this.#visible === 'binary' ? z.sigmoid() : z
  }
  /** Of the reconstruction: W′ h + c. The input is corrupted in training. */
  forward(x: Tensor): Tensor {
    return this.#preactivation(this.encode(this.training && this.#corruption ? corrupted(x, this.#corruption) : x))
  }
  #preactivation(code: Tensor): Tensor {
    if (this.decoder) return this.decoder.forward(code)
    return code.matmul(this.linear.weight).add(this.bias as Variable)
  }

  /** Σ over units, mean over samples. */
  readonly loss = (z: Tensor, x: Tensor): Tensor<[]> => {
    const loss = this.#visible === 'binary' ? binaryCrossEntropyWithLogits(z, x) : halfMse(z, x)
    return loss.mul(x.shape.at(-1)!)
  }
  readonly reconstructionError: Metric = {
    name: 'reconstructionError',
    compute: (z: AnyTensor, x: AnyTensor) => {
      const reconstruction = this.#visible === 'binary' ? z.sigmoid() : z
      return squaredError(reconstruction, x)
    },
  }
  override describe(): string {
    return 'autoencoder'
  }
}

/** Σ over units of (a − b)², the mean over samples. */
export const squaredError = (a: AnyTensor, b: AnyTensor): AnyTensor => a.sub(b).square().sum(-1).mean()

function corrupted(x: Tensor, corruption: Corruption): Tensor {
  if ('mask' in corruption) return where(bernoulli(x.shape, corruption.mask), 0, x)
  return x.add(normal(x.shape, { std: corruption.gaussian }))
}

function checkCorruption(corruption: Corruption | undefined): void {
  if (corruption === undefined) return
  const { mask, gaussian } = corruption as { mask?: number; gaussian?: number }
  if (mask !== undefined && mask >= 0 && mask < 1) return
  if (mask === undefined && gaussian !== undefined && gaussian >= 0 && Number.isFinite(gaussian)) return
  throw new OptionError(
    'corruption',
    `autoencoder: corruption must be { mask: share in [0, 1) } or { gaussian: deviation >= 0 }, got ${JSON.stringify(corruption)}`,
  )
}

/** An autoencoder whose encoder is this layer (with sigmoid, if it is not part of a network): training one trains the other. */
export const autoencoder = (layer: Linear | HiddenLayer, options: AutoencoderOptions = {}): Autoencoder =>
  new AutoencoderModule(hidden(layer), options)
