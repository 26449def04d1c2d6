/**
 * Which pixels a score depends on, by its derivative.
 *
 * - `gradient`: ∂score/∂x. Simonyan, Vedaldi, Zisserman 2014, "Deep Inside Convolutional Networks", section 3.
 * - `smooth`: its mean over pictures with noise added. Smilkov et al. 2017, "SmoothGrad".
 * - `integrated`: (x − x₀) ∫₀¹ ∂score/∂x (x₀ + α (x − x₀)) dα with a black x₀, by the midpoint rule; its sum is score(x) − score(x₀).
 *   Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks", equation (1).
 */
import { checkOptions } from '../../nn/options.ts'
import { type DrawOptions, drawNormal } from '../../nn/tensors.ts'
import { compile } from '../../tensor/compile.ts'
import { grad } from '../../tensor/gradients.ts'
import { refuseOption } from '../../tensor/ops/refuse.ts'
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
export async function saliency(model: Trainable, x: Tensor, options: SaliencyOptions = {}): Promise<Tensor> {
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
  return inEvaluation(model, async () => {
    // the class of the untouched picture, also where others are looked at
    const classes = classesOf('saliency', forward(x) as Tensor, options.classes)
    await classes.data()
    const slope = compile((pictures: Tensor, of: IntTensor<[number]>): Tensor => {
      const score = scoresOf(forward(pictures) as Tensor, of).sum()
      return grad(score, pictures) as Tensor
    })
    if (method === 'gradient') return computed(slope(x, classes))
    let sum: Tensor | undefined
    for (let i = 0; i < samples; i++) {
      const picture =
        method === 'smooth' ? x.add(drawNormal(x.shape, 0, noise, options) as Tensor) : x.mul((i + 0.5) / samples)
      const one = await computed(slope(picture as Tensor, classes))
      sum = sum ? ((await computed(sum.add(one) as Tensor)) as Tensor) : one
    }
    const mean = sum!.div(samples) as Tensor
    return computed(method === 'integrated' ? (mean.mul(x) as Tensor) : mean)
  })
}

async function computed(x: Tensor): Promise<Tensor> {
  await x.data()
  return x
}
