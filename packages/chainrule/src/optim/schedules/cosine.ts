/** η_min + (η − η_min)(1 + cos(π t / T)) / 2, then η_min. Loshchilov and Hutter 2017, equation (5); PyTorch's `CosineAnnealingLR`. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface CosineOptions {
  readonly learningRate: number
  /** T: the step at which the lowest rate is reached. */
  readonly steps: number
  /** η_min; 0 */
  readonly minimum?: number
}

export function cosine(options: CosineOptions): Schedule {
  checkOptions('cosine', options, { learningRate: true, steps: true, minimum: true })
  const { learningRate, steps, minimum = 0 } = options
  inRange('cosine', 'learningRate', learningRate, 0)
  inRange('cosine', 'steps', steps, 1)
  inRange('cosine', 'minimum', minimum, 0, learningRate)
  return schedule(t => anneal(learningRate, minimum, Math.min(1, t / steps)))
}

/** From `high` to `low` along half a cosine, at the share `done` of the way. */
export const anneal = (high: number, low: number, done: number): number =>
  low + ((high - low) * (1 + Math.cos(Math.PI * done))) / 2
