/** From scores to the next token. */
import { OptionError } from '../errors.ts'

export interface SamplingOptions {
  /** Scores are divided by it: below 1 the likely becomes likelier; 0 takes the likeliest always. 1 unless given. */
  readonly temperature?: number | undefined
  /** Only the k likeliest tokens are possible. Fan et al. 2018. */
  readonly topK?: number | undefined
  /**
   * Nucleus: only the likeliest tokens that together reach this probability are possible. Holtzman et al. 2020.
   */
  readonly topP?: number | undefined
}

/** @throws OptionError for a value that makes no sense */
export function checkSampling({ temperature = 1, topK, topP }: SamplingOptions): void {
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
    throw new OptionError('temperature', `sampling: temperature must be >= 0, got ${temperature}`)
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1))
    throw new OptionError('topK', `sampling: topK must be an integer >= 1, got ${topK}`)
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new OptionError('topP', `sampling: topP must be in (0, 1], got ${topP}`)
}

/** softmax(scores / temperature), with everything that topK and then topP leave out at 0 and the rest scaled up to sum 1. */
export function samplingProbabilities(scores: ArrayLike<number>, options: SamplingOptions = {}): Float64Array {
  checkSampling(options)
  const { temperature = 1, topK = scores.length, topP = 1 } = options
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const kept = temperature === 0 ? 1 : Math.min(topK, order.length)
  const probabilities = new Float64Array(scores.length)
  const peak = scores[order[0]!]!
  let sum = 0
  for (const token of order.slice(0, kept)) {
    probabilities[token] = temperature === 0 ? 1 : Math.exp((scores[token]! - peak) / temperature)
    sum += probabilities[token]!
  }
  let reached = 0
  let nucleus = 0
  for (const token of order.slice(0, kept)) {
    if (reached >= topP * sum) probabilities[token] = 0
    else {
      reached += probabilities[token]!
      nucleus += probabilities[token]!
    }
  }
  return probabilities.map(p => p / nucleus)
}

/** The token at which the running sum of probabilities passes u, 0 ≤ u < 1. */
export function drawn(probabilities: Float64Array, u: number): number {
  let sum = 0
  let last = 0
  for (const [token, p] of probabilities.entries()) {
    if (p === 0) continue
    sum += p
    last = token
    if (u < sum) return token
  }
  return last // rounding left the sum below u
}
