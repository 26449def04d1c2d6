/**
 * Interpolated modified Kneser–Ney n-gram model. Chen & Goodman 1998, "An Empirical Study of Smoothing Techniques for Language
 * Modeling", section 3:
 *
 *   p(w | h) = max(a(h w) − D(a(h w)), 0) / Σ_v a(h v) + γ(h) p(w | h′)
 *
 * where h′ is h without its first token, and a(g) is how often g occurs for n-grams of the full order and in how many different
 * contexts it occurs (behind how many tokens) for the shorter ones; γ(h) makes the sum over w one. The shortest, p(w), is
 * interpolated with 1/V, so that every token has a probability. Nothing in it is tuned: the three discounts of each order come
 * from how many n-grams occur once, twice, three and four times.
 */
import { DataError, IndexError, OptionError } from '../errors.ts'

export interface KneserNeyOptions {
  /** n: a token is predicted from the n − 1 before it; 5 unless given. */
  readonly order?: number
  /** V: tokens are 0 … V − 1. */
  readonly vocabulary: number
}

/** The n-grams of one length: each has a number. Those of length 0 are one, the empty one. */
interface Level {
  /** Number of the context (all but the last token) · V + last token → number. */
  readonly numbers: NumberTable
  /** a(g) by number. */
  readonly counts: Counts
  /** The three discounts, for a = 1, 2 and more. */
  discounts: readonly [number, number, number]
  /** Of each context: Σ_v a(h v), and how many v have a = 1, 2 and more. */
  totals: Float64Array
  ones: Int32Array
  twos: Int32Array
  more: Int32Array
}

export class KneserNey {
  readonly order: number
  readonly vocabulary: number
  readonly #levels: readonly Level[]

  /** @throws DataError when there are fewer tokens than the order, IndexError for one outside the vocabulary */
  constructor(tokens: Int32Array, { order = 5, vocabulary }: KneserNeyOptions) {
    if (!Number.isInteger(order) || order < 1)
      throw new OptionError('order', `kneserNey: order must be an integer >= 1, got ${order}`)
    if (tokens.length < order)
      throw new DataError(`kneserNey: ${tokens.length} tokens are too few for an order of ${order}`)
    this.order = order
    this.vocabulary = vocabulary
    checkTokens(tokens, vocabulary)
    this.#levels = count(tokens, order, vocabulary)
  }

  /** p(token | the tokens of `context`, of which the last order − 1 count). */
  probability(context: ArrayLike<number>, token: number): number {
    checkTokens([token], this.vocabulary)
    return this.#probability(this.#contexts(context), token)
  }

  /** p(w | context) for every token w; the sum is 1. */
  distribution(context: ArrayLike<number>): Float64Array {
    const contexts = this.#contexts(context)
    return Float64Array.from({ length: this.vocabulary }, (_, token) => this.#probability(contexts, token))
  }

  /** The mean of −log p over all tokens but the first, in nats. */
  crossEntropy(tokens: Int32Array): number {
    if (tokens.length < 2) throw new DataError(`kneserNey: ${tokens.length} token(s) leave nothing to predict`)
    checkTokens(tokens, this.vocabulary)
    let contexts = [0]
    let sum = 0
    for (const [i, token] of tokens.entries()) {
      if (i > 0) sum -= Math.log(this.#probability(contexts, token))
      contexts = this.#after(contexts, token)
    }
    return sum / (tokens.length - 1)
  }
  /** exp of the cross entropy. */
  perplexity(tokens: Int32Array): number {
    return Math.exp(this.crossEntropy(tokens))
  }

  /** contexts[k]: number of the last k tokens among the k-grams, −1 when they were never seen. */
  #contexts(context: ArrayLike<number>): number[] {
    checkTokens(context, this.vocabulary)
    let contexts = [0]
    for (let i = Math.max(0, context.length - this.order + 1); i < context.length; i++)
      contexts = this.#after(contexts, context[i]!)
    return contexts
  }
  #after(contexts: readonly number[], token: number): number[] {
    const next = [0]
    for (let k = 1; k < this.order && k <= contexts.length; k++) {
      const before = contexts[k - 1]!
      next.push(before < 0 ? -1 : this.#levels[k - 1]!.numbers.get(before * this.vocabulary + token))
    }
    return next
  }
  #probability(contexts: readonly number[], token: number): number {
    let p = 1 / this.vocabulary
    for (const [k, context] of contexts.entries()) {
      const level = this.#levels[k]!
      const total = context < 0 ? 0 : level.totals[context]!
      if (total === 0) continue
      const found = level.numbers.get(context * this.vocabulary + token)
      const a = found < 0 ? 0 : level.counts.values[found]!
      const [d1, d2, d3] = level.discounts
      const kept = a === 0 ? 0 : a - (a === 1 ? d1 : a === 2 ? d2 : d3)
      const left = d1 * level.ones[context]! + d2 * level.twos[context]! + d3 * level.more[context]!
      p = (kept + left * p) / total
    }
    return p
  }
}

/** A model of these tokens. */
export const kneserNey = (tokens: Int32Array, options: KneserNeyOptions): KneserNey => new KneserNey(tokens, options)

function count(tokens: Int32Array, order: number, vocabulary: number): Level[] {
  const levels = Array.from({ length: order }, () => ({ numbers: new NumberTable(), counts: new Counts() }))
  let contexts = [0]
  for (const token of tokens) {
    const next = [0]
    for (let k = 1; k <= order && k <= contexts.length; k++) {
      const { numbers, counts } = levels[k - 1]!
      const sizeBefore = numbers.size
      const number = numbers.add(contexts[k - 1]! * vocabulary + token)
      const isNew = number === sizeBefore
      if (isNew) counts.push()
      // a k-gram seen for the first time is one more context of its end
      if (k === order) counts.values[number]!++
      if (isNew && k > 1) levels[k - 2]!.counts.values[next[k - 1]!]!++
      if (k < order) next.push(number)
    }
    contexts = next
  }
  return levels.map(({ numbers, counts }, k) => {
    const size = k === 0 ? 1 : levels[k - 1]!.numbers.size
    const level: Level = {
      numbers,
      counts,
      discounts: [0, 0, 0],
      totals: new Float64Array(size),
      ones: new Int32Array(size),
      twos: new Int32Array(size),
      more: new Int32Array(size),
    }
    const often = [0, 0, 0, 0, 0]
    numbers.forEach((key, number) => {
      const a = counts.values[number]!
      if (a === 0) return // the corpus begins with it
      const context = Math.floor(key / vocabulary)
      level.totals[context]! += a
      if (a === 1) level.ones[context]!++
      else if (a === 2) level.twos[context]!++
      else level.more[context]!++
      if (a <= 4) often[a]!++
    })
    level.discounts = discountsFrom(often)
    return level
  })
}

/**
 * D₁ = 1 − 2Y n₂/n₁, D₂ = 2 − 3Y n₃/n₂, D₃ = 3 − 4Y n₄/n₃ with Y = n₁/(n₁ + 2n₂) (Chen & Goodman, equation 26). Where the
 * formula has no value in [0, a], as for the few single characters there are: ½, 1 and 1½, as KenLM does.
 */
function discountsFrom(often: readonly number[]): [number, number, number] {
  const [, n1, n2, n3, n4] = often as [number, number, number, number, number]
  const y = n1 / (n1 + 2 * n2)
  const found: [number, number, number] = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3]
  return found.every((d, i) => d >= 0 && d <= i + 1) ? found : [0.5, 1, 1.5]
}

function checkTokens(tokens: ArrayLike<number>, vocabulary: number): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (!(Number.isInteger(token) && token >= 0 && token < vocabulary))
      throw new IndexError(
        'kneserNey',
        token,
        vocabulary,
        `kneserNey: token ${token} is outside the vocabulary [0, ${vocabulary})`,
      )
  }
}

/** Counts that grow. */
class Counts {
  values = new Int32Array(1024)
  #size = 0
  push(): void {
    if (this.#size === this.values.length) {
      const larger = new Int32Array(2 * this.values.length)
      larger.set(this.values)
      this.values = larger
    }
    this.#size++
  }
}

/** Whole numbers, each with the place at which it was added. Open addressing: a Map of numbers this large is slow. */
class NumberTable {
  size = 0
  #keys = new Float64Array(1024).fill(-1)
  #places = new Int32Array(1024)

  /** The number's place, or −1. */
  get(key: number): number {
    const slot = this.#slot(key)
    return this.#keys[slot] === key ? this.#places[slot]! : -1
  }
  /** The number's place; its new one when it was not there. */
  add(key: number): number {
    let slot = this.#slot(key)
    if (this.#keys[slot] === key) return this.#places[slot]!
    if (2 * (this.size + 1) > this.#keys.length) {
      this.#grow()
      slot = this.#slot(key)
    }
    this.#keys[slot] = key
    this.#places[slot] = this.size
    return this.size++
  }
  forEach(see: (key: number, place: number) => void): void {
    for (const [slot, key] of this.#keys.entries()) if (key >= 0) see(key, this.#places[slot]!)
  }
  #slot(key: number): number {
    const mask = this.#keys.length - 1
    const high = Math.floor(key / 2 ** 32)
    const mixed = Math.imul((key | 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1)
    let slot = (mixed ^ (mixed >>> 15)) & mask
    while (this.#keys[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }
  #grow(): void {
    const [keys, places] = [this.#keys, this.#places]
    this.#keys = new Float64Array(2 * keys.length).fill(-1)
    this.#places = new Int32Array(2 * keys.length)
    for (const [i, key] of keys.entries()) {
      if (key < 0) continue
      const slot = this.#slot(key)
      this.#keys[slot] = key
      this.#places[slot] = places[i]!
    }
  }
}
