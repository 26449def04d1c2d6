/** η γᵗ. PyTorch's `ExponentialLR`. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface ExponentialOptions {
  readonly learningRate: number
  /** γ */
  readonly factor: number
}

export function exponential(options: ExponentialOptions): Schedule {
  checkOptions('exponential', options, { learningRate: true, factor: true })
  const { learningRate, factor } = options
  inRange('exponential', 'learningRate', learningRate, 0)
  inRange('exponential', 'factor', factor, 0)
  return schedule(t => learningRate * factor ** t)
}
