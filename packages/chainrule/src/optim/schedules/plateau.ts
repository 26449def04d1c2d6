/** Falls by a factor when a metric has not become better for a while. PyTorch's `ReduceLROnPlateau`. */

import { checkOptions } from '../../nn/options.ts'
import { inRange } from '../range.ts'
import type { Schedule } from './schedule.ts'

export interface PlateauOptions {
  readonly learningRate: number
  /** What better means; 'min' */
  readonly mode?: 'min' | 'max'
  /** 0.1 */
  readonly factor?: number
  /** How many bad values in a row are borne; 10 */
  readonly patience?: number
  /** The relative change that counts as better; 1e-4 */
  readonly threshold?: number
  /** How many values after a fall do not count; 0 */
  readonly cooldown?: number
  /** The rate never falls below; 0 */
  readonly minimum?: number
}

/** `next(metric)` gives the rate after having seen the metric; `at` is the present rate whatever the step. */
export function plateau(options: PlateauOptions): Schedule {
  checkOptions('plateau', options, {
    learningRate: true,
    mode: true,
    factor: true,
    patience: true,
    threshold: true,
    cooldown: true,
    minimum: true,
  })
  const {
    learningRate,
    mode = 'min',
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    cooldown = 0,
    minimum = 0,
  } = options
  inRange('plateau', 'learningRate', learningRate, 0)
  inRange('plateau', 'factor', factor, 0, 1)
  inRange('plateau', 'patience', patience, 0)
  const worst = mode === 'min' ? Infinity : -Infinity
  let rate = learningRate
  let best = worst
  let bad = 0
  let resting = 0
  const better = (metric: number): boolean =>
    mode === 'min'
      ? metric < best - Math.abs(best) * threshold || best === worst
      : metric > best + Math.abs(best) * threshold || best === worst
  return {
    at: () => rate,
    next(metric) {
      if (metric === undefined) return rate
      if (Number.isFinite(metric) && better(metric)) {
        best = metric
        bad = 0
      } else bad++
      if (resting > 0) {
        resting--
        bad = 0
      }
      if (bad > patience) {
        rate = Math.max(rate * factor, minimum)
        resting = cooldown
        bad = 0
      }
      return rate
    },
    state: () => ({ rate, bad, resting, ...(best !== worst && { best }) }),
    load(state) {
      rate = state.rate ?? learningRate
      best = state.best ?? worst
      bad = state.bad ?? 0
      resting = state.resting ?? 0
    },
  }
}
