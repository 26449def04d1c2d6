/** Variance gain² / fan, for layers followed by relu. He et al. 2015, section 2.2; PyTorch's `kaiming`. */
import { type DrawOptions, drawNormal, drawUniform } from '../tensors.ts'
import { fans, gains, type Initialiser } from './fans.ts'

export interface HeOptions extends DrawOptions {
  /** Which fan keeps its variance: 'fanIn' the activations', 'fanOut' the gradients'. */
  readonly mode?: 'fanIn' | 'fanOut'
  /** √2 for relu. */
  readonly gain?: number
}
const std = (shape: readonly number[], { mode = 'fanIn', gain = gains.relu }: HeOptions): number =>
  gain / Math.sqrt(fans(shape)[mode])

export const heUniform =
  (options: HeOptions = {}): Initialiser =>
  shape => {
    const bound = Math.sqrt(3) * std(shape, options)
    return drawUniform(shape, -bound, bound, options)
  }
export const heNormal =
  (options: HeOptions = {}): Initialiser =>
  shape =>
    drawNormal(shape, 0, std(shape, options), options)
