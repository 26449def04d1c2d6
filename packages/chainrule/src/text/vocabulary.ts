/** The tokens that a model knows, each with a number. */
import { DataError, IndexError, OptionError } from '../errors.ts'

export interface VocabularyOptions {
  /** Tokens that occur less often are left out; 1 unless given. */
  readonly minCount?: number
  /** At most so many tokens, the special ones included; the most frequent are kept. */
  readonly maxSize?: number
  /** What stands for a token that was left out; null: such a token is an error. '<unk>' unless given. */
  readonly unknown?: string | null
  /** Tokens with the first numbers, whether or not they occur: `['<pad>']`. */
  readonly special?: readonly string[]
}

/** Special tokens first, then the others by how often they occur. */
export class Vocabulary {
  readonly tokens: readonly string[]
  readonly unknown: string | null
  readonly #numbers: ReadonlyMap<string, number>

  /** @throws OptionError when a token occurs twice or the unknown one is missing */
  constructor(tokens: readonly string[], unknown: string | null = null) {
    this.tokens = tokens
    this.unknown = unknown
    this.#numbers = new Map(tokens.map((token, i) => [token, i]))
    if (this.#numbers.size !== tokens.length)
      throw new OptionError('tokens', `vocabulary: ${tokens.length - this.#numbers.size} token(s) occur twice`)
    if (unknown !== null && !this.#numbers.has(unknown))
      throw new OptionError('unknown', `vocabulary: the unknown token '${unknown}' is not one of the tokens`)
  }

  /**
   * The vocabulary of tokens as they come.
   * @throws DataError when there are none
   */
  static of(tokens: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
    const { minCount = 1, maxSize = Number.POSITIVE_INFINITY, unknown = '<unk>', special = [] } = options
    for (const [option, value] of Object.entries({ minCount, maxSize }))
      if (!(value >= 1)) throw new OptionError(option, `vocabulary: ${option} must be >= 1, got ${value}`)
    const counts = new Map<string, number>()
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
    if (counts.size === 0) throw new DataError('vocabulary: there are no tokens; is the corpus empty?')
    const first = [...new Set([...special, ...(unknown === null ? [] : [unknown])])]
    if (first.length >= maxSize)
      throw new OptionError('maxSize', `vocabulary: maxSize ${maxSize} leaves no room beside ${first.join(', ')}`)
    const frequent = [...counts]
      .filter(([token, count]) => count >= minCount && !first.includes(token))
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, maxSize - first.length)
    return new Vocabulary([...first, ...frequent.map(([token]) => token)], unknown)
  }

  get size(): number {
    return this.tokens.length
  }
  has(token: string): boolean {
    return this.#numbers.has(token)
  }

  /**
   * The number of a token, or of the unknown one.
   * @throws DataError when the token is not in the vocabulary and it has no unknown token
   */
  number(token: string): number {
    const found = this.#numbers.get(token) ?? (this.unknown === null ? undefined : this.#numbers.get(this.unknown))
    if (found === undefined)
      throw new DataError(
        `vocabulary: ${JSON.stringify(token)} is not one of its ${this.size} tokens, and it has no unknown token`,
      )
    return found
  }
  encode(tokens: readonly string[]): Int32Array {
    return Int32Array.from(tokens, token => this.number(token))
  }

  /** @throws IndexError when a number is outside the vocabulary */
  token(number: number): string {
    const token = this.tokens[number]
    if (token === undefined)
      throw new IndexError('vocabulary', number, this.size, `vocabulary: token ${number} is outside [0, ${this.size})`)
    return token
  }
  decode(numbers: ArrayLike<number>): string[] {
    return Array.from(numbers, number => this.token(number))
  }
}
