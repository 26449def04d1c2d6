/** Normally distributed. */
import { type DrawOptions, drawNormal } from '../tensors.ts'
import type { Initialiser } from './fans.ts'

export const normal =
  (mean = 0, std = 1, options?: DrawOptions): Initialiser =>
  shape =>
    drawNormal(shape, mean, std, options)
