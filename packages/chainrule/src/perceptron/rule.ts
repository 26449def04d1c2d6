/**
 * Rosenblatt's rule (1958): present the samples in turn; where the unit answers wrongly, w ← w + (t − o) x. If some weights
 * separate the samples it stops (Novikoff 1962); if none do it never stops, its weights stay bounded (Minsky and Papert 1969,
 * perceptron cycling theorem), and as they move on a grid the same weights return: a cycle, which proves that none do.
 * All of it in integers: nothing is rounded.
 */
import { OptionError } from '../errors.ts'
import { dot, type ExactSamples, exactSamples, ratio, type Samples } from './samples.ts'

export interface Weights {
  readonly weights: readonly number[]
  /** 0 when the unit has none. */
  readonly bias: number
}

export interface Update extends Weights {
  /** The sample that was answered wrongly. */
  readonly sample: number
  /** t − o: 1 adds the point to the weights, −1 subtracts it. */
  readonly sign: 1 | -1
}

export interface Cycle {
  /** Samples presented before the weights that return. */
  readonly start: number
  /** Samples presented until they return. */
  readonly length: number
  /** Updates among them. */
  readonly updates: number
}

export interface Learned extends Weights {
  /** Whether every sample is answered rightly, checked in exact arithmetic. */
  readonly converged: boolean
  readonly updates: number
  /** Times that all samples were presented, the last of them without a mistake when it converged. */
  readonly passes: number
  /** The first updates, as many as asked for. */
  readonly history: readonly Update[]
  /** When the weights returned. With a bias it proves that none separate the samples. */
  readonly cycle: Cycle | undefined
  /** The weights, the bias last, as integers of the same proportions. */
  readonly exact: readonly bigint[]
}

export interface RuleOptions {
  /** Whether the unit has a bias; true. Without one it cannot represent AND. */
  readonly bias?: boolean
  /** Gives up after so many; 100 000. */
  readonly maxUpdates?: number
  /** Updates to keep in `history`; 1000. */
  readonly history?: number
}

/**
 * Learns from zero weights with learning rate 1 (any other only scales the weights). The unit fires when w·x + b > 0.
 * @throws DataError, ShapeError for samples that are none
 */
export function learn(samples: Samples, options: RuleOptions = {}): Learned {
  const { bias = true, maxUpdates = 100_000, history = 1000 } = options
  if (!(maxUpdates >= 1)) throw new OptionError('maxUpdates', `perceptron: maxUpdates must be >= 1, got ${maxUpdates}`)
  const exact = exactSamples('perceptron', samples, bias)
  const { rows, labels, scale } = exact
  const weights = new Array<bigint>(rows[0]!.length).fill(0n)
  const read = (): Weights => {
    const floats = weights.map(w => ratio(w, scale))
    return bias ? { weights: floats.slice(0, -1), bias: floats.at(-1)! } : { weights: floats, bias: 0 }
  }
  const seen = new Map<string, { pass: number; updates: number }>([[weights.join(), { pass: 0, updates: 0 }]])
  const log: Update[] = []
  let updates = 0
  let cycle: Cycle | undefined
  let passes = 0
  for (let mistakes = true; mistakes && !cycle && updates < maxUpdates; passes++) {
    mistakes = false
    for (const [sample, row] of rows.entries()) {
      const fires = dot(weights, row) > 0n
      if (fires === labels[sample]) continue
      mistakes = true
      const sign = fires ? -1 : 1
      row.forEach((x, i) => {
        weights[i]! += fires ? -x : x
      })
      updates++
      if (log.length < history) log.push({ sample, sign, ...read() })
      if (updates === maxUpdates) break
    }
    if (!mistakes) continue
    const state = weights.join()
    const before = seen.get(state)
    if (before)
      cycle = {
        start: before.pass * rows.length,
        length: (passes + 1 - before.pass) * rows.length,
        updates: updates - before.updates,
      }
    else seen.set(state, { pass: passes + 1, updates })
  }
  return { ...read(), converged: answersAll(weights, exact), updates, passes, history: log, cycle, exact: [...weights] }
}

/** Whether w·x > 0 exactly where the label says so. */
export const answersAll = (weights: readonly bigint[], { rows, labels }: ExactSamples): boolean =>
  rows.every((row, i) => dot(weights, row) > 0n === labels[i])

/** Whether a unit that fires when w·x + b > 0 answers every sample rightly; in exact arithmetic. */
export function separates(samples: Samples, { weights, bias }: Weights): boolean {
  const { rows, labels } = exactSamples('separates', samples, false)
  const unit = exactSamples('separates', { points: [[...weights, bias]], labels: [true] }, false)
  const { scale } = exactSamples('separates', samples, true)
  const w = unit.rows[0]!
  return answersAll(w, { rows: rows.map(row => [...row, scale]), labels, scale })
}
