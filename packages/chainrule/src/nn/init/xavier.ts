/** Variance 2 / (fanIn + fanOut). Glorot and Bengio 2010, equation (16). */
import { type DrawOptions, drawNormal, drawUniform } from '../tensors.ts'
import { fans, type Initialiser } from './fans.ts'

export interface XavierOptions extends DrawOptions {
  readonly gain?: number
}
const std = (shape: readonly number[], gain: number): number => {
  const { fanIn, fanOut } = fans(shape)
  return gain * Math.sqrt(2 / (fanIn + fanOut))
}

export const xavierUniform =
  ({ gain = 1, ...options }: XavierOptions = {}): Initialiser =>
  shape => {
    const bound = Math.sqrt(3) * std(shape, gain)
    return drawUniform(shape, -bound, bound, options)
  }
export const xavierNormal =
  ({ gain = 1, ...options }: XavierOptions = {}): Initialiser =>
  shape =>
    drawNormal(shape, 0, std(shape, gain), options)
