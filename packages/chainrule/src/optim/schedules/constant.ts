/** Always the same rate. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import { type Schedule, schedule } from './schedule.ts'

export function constant(options: { readonly learningRate: number }): Schedule {
  checkOptions('constant', options, { learningRate: true })
  const { learningRate } = options
  inRange('constant', 'learningRate', learningRate, 0)
  return schedule(() => learningRate)
}
