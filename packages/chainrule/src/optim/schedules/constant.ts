/** Always the same rate. */
import { inRange, type Schedule, schedule } from './schedule.ts'

export function constant({ learningRate }: { readonly learningRate: number }): Schedule {
  inRange('constant', 'learningRate', learningRate, 0)
  return schedule(() => learningRate)
}
