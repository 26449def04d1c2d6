/** The n-gram model against its definition, computed from scratch; and as a probability. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DataError, IndexError, OptionError } from '../errors.ts'
import { kneserNey } from './kneser-ney.ts'

const corpus = (length: number, vocabulary: number, seed: number): Int32Array => {
  let x = seed
  return Int32Array.from({ length }, (_, i) => {
    x = (x * 1103515245 + 12345) % 2 ** 31
    return i % 3 === 0 ? (x >> 8) % vocabulary : (x >> 9) % Math.ceil(vocabulary / 2)
  })
}

/** The definition, word for word: counts by text, everything searched for. */
function byDefinition(tokens: readonly number[], order: number, vocabulary: number) {
  const grams = (n: number): Map<string, number> => {
    const counts = new Map<string, number>()
    for (let i = 0; i + n <= tokens.length; i++) {
      const gram = tokens.slice(i, i + n).join(' ')
      counts.set(gram, (counts.get(gram) ?? 0) + 1)
    }
    return counts
  }
  /** a(g) for all g of length n. */
  const adjusted = (n: number): Map<string, number> => {
    if (n === order) return grams(n)
    const counts = new Map<string, number>()
    for (const gram of grams(n + 1).keys()) {
      const end = gram.split(' ').slice(1).join(' ')
      counts.set(end, (counts.get(end) ?? 0) + 1)
    }
    return counts
  }
  const levels = Array.from({ length: order + 1 }, (_, n) => (n === 0 ? new Map<string, number>() : adjusted(n)))
  const discounts = levels.map(counts => {
    const [n1, n2, n3, n4] = [1, 2, 3, 4].map(a => [...counts.values()].filter(v => v === a).length) as [
      number,
      number,
      number,
      number,
    ]
    const y = n1 / (n1 + 2 * n2)
    const d = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3]
    return d.every((v, i) => v >= 0 && v <= i + 1) ? d : [0.5, 1, 1.5]
  })
  const p = (context: readonly number[], token: number): number => {
    const n = context.length + 1
    const shorter = n === 1 ? 1 / vocabulary : p(context.slice(1), token)
    const followers = Array.from({ length: vocabulary }, (_, w) => levels[n]!.get([...context, w].join(' ')) ?? 0)
    const total = followers.reduce((a, b) => a + b)
    if (total === 0) return shorter
    const d = (a: number): number => (a === 0 ? 0 : discounts[n]![Math.min(a, 3) - 1]!)
    const left = followers.reduce((sum, a) => sum + d(a), 0)
    return (followers[token]! - d(followers[token]!) + left * shorter) / total
  }
  return (context: readonly number[], token: number) => p(context.slice(Math.max(0, context.length - order + 1)), token)
}

test.each([1, 2, 3, 5])('order %i is its definition', order => {
  const tokens = corpus(400, 7, 5)
  const model = kneserNey(tokens, { order, vocabulary: 8 })
  const expected = byDefinition([...tokens], order, 8)
  for (let i = 10; i < 60; i++) {
    const context = [...tokens.subarray(i - 6, i)]
    for (const token of [tokens[i]!, (i * 5) % 8])
      expect(model.probability(context, token)).toBeCloseTo(expected(context, token), 12)
  }
  // contexts that were never seen, and a token that never occurs
  expect(model.probability([7, 7, 7, 7], 3)).toBeCloseTo(expected([7, 7, 7, 7], 3), 12)
  expect(model.probability([], 7)).toBeCloseTo(expected([], 7), 12)
})

test('probabilities of all tokens sum to 1, none is 0', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 80 }),
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      (tokens, context, order) => {
        const p = kneserNey(Int32Array.from(tokens), { order, vocabulary: 6 }).distribution(context)
        expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 10)
        expect(p.every(v => v > 0)).toBe(true)
      },
    ),
    { numRuns: 100 },
  )
})

test('perplexity is that of the probabilities', () => {
  const tokens = corpus(2000, 9, 3)
  const model = kneserNey(tokens, { order: 3, vocabulary: 9 })
  const held = corpus(50, 9, 77)
  let sum = 0
  for (let i = 1; i < held.length; i++) sum -= Math.log(model.probability(held.subarray(0, i), held[i]!))
  expect(model.perplexity(held)).toBeCloseTo(Math.exp(sum / 49), 10)
  // text that follows a rule is predicted, and better with a context long enough to see it
  const rule = Int32Array.from({ length: 600 }, (_, i) => [0, 1, 0, 2][i % 4]!)
  const of = (order: number): number => kneserNey(rule, { order, vocabulary: 3 }).perplexity(rule)
  expect(of(3)).toBeLessThan(1.05)
  expect(of(2)).toBeGreaterThan(1.3)
})

test('what it refuses', () => {
  const tokens = Int32Array.of(0, 1, 2)
  expect(() => kneserNey(tokens, { vocabulary: 3 })).toThrow(DataError)
  expect(() => kneserNey(tokens, { vocabulary: 3 })).toThrow('kneserNey: 3 tokens are too few for an order of 5')
  expect(() => kneserNey(tokens, { vocabulary: 2, order: 2 })).toThrow(IndexError)
  expect(() => kneserNey(tokens, { vocabulary: 2, order: 2 })).toThrow('token 2 is outside the vocabulary [0, 2)')
  expect(() => kneserNey(tokens, { vocabulary: 3, order: 0 })).toThrow(OptionError)
  const model = kneserNey(tokens, { vocabulary: 3, order: 2 })
  expect(() => model.perplexity(Int32Array.of(1))).toThrow('1 token(s) leave nothing to predict')
  expect(() => model.probability([0], 5)).toThrow(IndexError)
})
