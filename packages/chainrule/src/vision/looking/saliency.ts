/**
 * Which pixels a score depends on, by its derivative.
 *
 * - `gradient`: ∂score/∂x. Simonyan, Vedaldi, Zisserman 2014, "Deep Inside Convolutional Networks", section 3.
 * - `smooth`: its mean over pictures with noise added. Smilkov et al. 2017, "SmoothGrad".
 * - `integrated`: (x − x₀) ∫₀¹ ∂score/∂x (x₀ + α (x − x₀)) dα with a black x₀, by the midpoint rule; its sum is score(x) − score(x₀).
 *   Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks", equation (1).
 */

import { refuseOption } from '../../graph/refuse.ts'
import { checkOptions } from '../../nn/options.ts'
import { type DrawOptions, drawNormal } from '../../nn/tensors.ts'
import { compile } from '../../tensor/compile.ts'
import { tensor } from '../../tensor/create.ts'
import type { Shape } from '../../tensor/dimension-types.ts'
import { grad } from '../../tensor/gradients.ts'
import type { IntTensor, Tensor } from '../../tensor/types.ts'
import { inEvaluation } from '../../train/modes.ts'
import { checkModel, forwardOf, type Trainable } from '../../train/types.ts'
import { checkPictures } from './layers.ts'
import { type Classes, classesOf, scoresOf } from './score.ts'

export interface SaliencyOptions extends DrawOptions {
  /** One class for all pictures, or one for each; the class with the highest score unless given. */
  readonly classes?: Classes
  /** 'gradient' unless given. */
  readonly method?: 'gradient' | 'smooth' | 'integrated'
  /** How many pictures 'smooth' and 'integrated' take the mean of; 32 unless given. */
  readonly samples?: number
  /** Standard deviation of the noise of 'smooth'; 0.15 unless given. */
  readonly noise?: number
}

/**
 * For each pixel of each picture how it moves the picture's score: the shape of x. The model is in evaluation mode meanwhile.
 * @param x pictures [batch, channels, height, width]
 * @param model gives scores (logits) [batch, classes]
 */
export async function saliency<S extends Shape>(
  model: Trainable,
  x: Tensor<S>,
  options: SaliencyOptions = {},
): Promise<Tensor<S>> {
  checkModel('saliency', model)
  checkPictures('saliency', x)
  checkOptions('saliency', options, { classes: true, method: true, samples: true, noise: true, generator: true })
  const { method = 'gradient', samples = 32, noise = 0.15 } = options
  if (!['gradient', 'smooth', 'integrated'].includes(method))
    refuseOption('saliency', 'method', `there is no method '${method}'; there is gradient, smooth, integrated`)
  if (!(Number.isInteger(samples) && samples >= 1))
    refuseOption('saliency', 'samples', `samples must be a whole number >= 1, got ${samples}`)
  if (!(noise >= 0)) refuseOption('saliency', 'noise', `noise must be >= 0, got ${noise}`)
  const forward = forwardOf(model)
  const slope = compile((pictures: Tensor, of: IntTensor<[number]>): Tensor => {
    const score = scoresOf(forward(pictures) as Tensor, of).sum()
    return grad(score, pictures) as Tensor
  })
  /** The i-th of the pictures at which the derivative is taken. */
  const look = (i: number): Tensor => {
    if (method === 'smooth') return x.add(drawNormal(x.shape, 0, noise, options) as never) as unknown as Tensor
    return (method === 'integrated' ? x.mul((i + 0.5) / samples) : x) as unknown as Tensor
  }
  return inEvaluation(model, async () => {
    // the class of the untouched picture, also where others are looked at
    const classes = classesOf('saliency', forward(x) as Tensor, options.classes)
    await classes.data()
    const count = method === 'gradient' ? 1 : samples
    const mean = new Float32Array(x.size)
    for (let i = 0; i < count; i++) {
      const one = await slope(look(i), classes).data()
      for (let j = 0; j < mean.length; j++) mean[j] = mean[j]! + one[j]! / count
    }
    const found = tensor(mean, { shape: x.shape }) as unknown as Tensor<S>
    return (method === 'integrated' ? found.mul(x as never) : found) as Tensor<S>
  })
}
