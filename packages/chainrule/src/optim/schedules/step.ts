/** η γ^⌊t / every⌋: falls by a factor after every so many steps, or at given ones. PyTorch's `StepLR` and `MultiStepLR`. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import { type Schedule, schedule } from './schedule.ts'

export interface StepDecayOptions {
  readonly learningRate: number
  /** The number of steps between falls, or the steps at which it falls. */
  readonly every: number | readonly number[]
  /** γ; 0.1 */
  readonly factor?: number
}

export function stepDecay(options: StepDecayOptions): Schedule {
  checkOptions('stepDecay', options, { learningRate: true, every: true, factor: true })
  const { learningRate, every, factor = 0.1 } = options
  inRange('stepDecay', 'learningRate', learningRate, 0)
  inRange('stepDecay', 'factor', factor, 0)
  if (typeof every === 'number') inRange('stepDecay', 'every', every, 1)
  const falls = (t: number): number =>
    typeof every === 'number' ? Math.floor(t / every) : every.filter(at => t >= at).length
  return schedule(t => learningRate * factor ** falls(t))
}
