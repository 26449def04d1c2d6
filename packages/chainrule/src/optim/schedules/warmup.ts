/** From a fraction of the rate to all of it in a straight line, then constant. Goyal et al. 2017, section 2.2; PyTorch's `LinearLR`. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface WarmupOptions {
  readonly learningRate: number
  /** How many steps the rise takes. */
  readonly steps: number
  /** The fraction of the rate in step 0; 0 */
  readonly from?: number
}

export function warmup(options: WarmupOptions): Schedule {
  checkOptions('warmup', options, { learningRate: true, steps: true, from: true })
  const { learningRate, steps, from = 0 } = options
  inRange('warmup', 'learningRate', learningRate, 0)
  inRange('warmup', 'steps', steps, 1)
  inRange('warmup', 'from', from, 0)
  return schedule(t => learningRate * (from + (1 - from) * Math.min(1, t / steps)))
}
