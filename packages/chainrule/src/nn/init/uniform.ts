/** Every value equally likely in [low, high). */
import { type DrawOptions, drawUniform } from '../tensors.ts'
import type { Initialiser } from './fans.ts'

export const uniform =
  (low = 0, high = 1, options?: DrawOptions): Initialiser =>
  shape =>
    drawUniform(shape, low, high, options)
