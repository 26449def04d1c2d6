/** Up from η / 25 to η, then down to nearly nothing, both along half a cosine. Smith and Topin 2018; PyTorch's `OneCycleLR`. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import { anneal } from './cosine.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface OneCycleOptions {
  /** η: the highest rate. */
  readonly learningRate: number
  /** Length of the cycle. */
  readonly steps: number
  /** The share of the cycle that rises; 0.3 */
  readonly rise?: number
  /** η / the first rate; 25 */
  readonly divisor?: number
  /** The first rate / the last; 10 000 */
  readonly finalDivisor?: number
}

export function oneCycle(options: OneCycleOptions): Schedule {
  checkOptions('oneCycle', options, { learningRate: true, steps: true, rise: true, divisor: true, finalDivisor: true })
  const { learningRate, steps, rise = 0.3, divisor = 25, finalDivisor = 1e4 } = options
  inRange('oneCycle', 'learningRate', learningRate, 0)
  inRange('oneCycle', 'steps', steps, 2)
  inRange('oneCycle', 'rise', rise, 0, 1)
  const first = learningRate / divisor
  const last = first / finalDivisor
  const top = rise * steps - 1
  return schedule(t => {
    const at = Math.min(t, steps - 1)
    return at <= top
      ? anneal(first, learningRate, top > 0 ? at / top : 1)
      : anneal(learningRate, last, (at - top) / (steps - 1 - top))
  })
}
