/** Tokenizers, vocabularies and batches. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DataError, IndexError, OptionError } from '../errors.ts'
import { padded, streamBatches } from './batches.ts'
import { characters, words } from './tokenizers.ts'
import { Vocabulary } from './vocabulary.ts'

test('words: signs by themselves, apostrophes and hyphens inside, numbers whole', () => {
  const text = "Don't stop: the long-term debt (of 1,234.5 dollars) isn't $5."
  expect(words.tokenize(text)).toEqual("don't|stop|:|the|long-term|debt|(|of|1,234.5|dollars|)|isn't|$|5|.".split('|'))
  expect(words.join(words.tokenize(text))).toBe(text.toLowerCase())
  expect(words.tokenize('')).toEqual([])
  expect(words.tokenize('Été déjà')).toEqual(['été', 'déjà'])
})

test('characters: any text comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(characters.join(characters.tokenize(text))).toBe(text)
    }),
  )
})

test('a vocabulary: special tokens, then by frequency; rare ones are unknown', () => {
  const tokens = ['b', 'a', 'b', 'c', 'a', 'b', 'd', '<pad>']
  const v = Vocabulary.of(tokens, { minCount: 2, special: ['<pad>'] })
  expect(v.tokens).toEqual(['<pad>', '<unk>', 'b', 'a'])
  expect([...v.encode(['a', 'b', 'c'])]).toEqual([3, 2, 1])
  expect(v.decode([2, 1, 0])).toEqual(['b', '<unk>', '<pad>'])
  expect(Vocabulary.of(tokens, { maxSize: 3, unknown: null }).tokens).toEqual(['b', 'a', '<pad>'])
  expect(v.has('c')).toBe(false)
})

test('encoding and decoding are inverse', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), tokens => {
      const v = Vocabulary.of(tokens, { unknown: null })
      expect(v.decode(v.encode(tokens))).toEqual(tokens)
    }),
  )
})

test('what a vocabulary refuses', () => {
  expect(() => Vocabulary.of([])).toThrow(DataError)
  expect(() => Vocabulary.of([])).toThrow('vocabulary: there are no tokens; is the corpus empty?')
  const v = Vocabulary.of(['a', 'b'], { unknown: null })
  expect(() => v.encode(['c'])).toThrow('vocabulary: "c" is not one of its 2 tokens, and it has no unknown token')
  expect(() => v.token(2)).toThrow(IndexError)
  expect(() => new Vocabulary(['a', 'a'])).toThrow('vocabulary: 1 token(s) occur twice')
  expect(() => new Vocabulary(['a'], '?')).toThrow("the unknown token '?' is not one of the tokens")
  expect(() => Vocabulary.of(['a'], { maxSize: 1 })).toThrow(OptionError)
  expect(() => Vocabulary.of(['a'], { minCount: 0 })).toThrow('minCount must be >= 1, got 0')
})

test('streams: rows of consecutive text, each batch goes on where the last one ended', async () => {
  const tokens = Int32Array.from({ length: 24 }, (_, i) => i)
  const batches = [...streamBatches(tokens, { streams: 2, steps: 5, offset: 1 })]
  expect(batches).toHaveLength(2)
  const rows = await Promise.all(batches.map(async b => [await b.x.array(), await b.y.array()]))
  expect(rows[0]).toEqual([
    [
      [1, 2, 3, 4, 5],
      [12, 13, 14, 15, 16],
    ],
    [
      [2, 3, 4, 5, 6],
      [13, 14, 15, 16, 17],
    ],
  ])
  expect(rows[1]![0]![0]).toEqual([6, 7, 8, 9, 10])
})

test('whole streams predict every token but the first exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 60 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 9 }),
      async (length, streams, steps) => {
        const tokens = Int32Array.from({ length }, (_, i) => i)
        const seen: number[] = []
        for (const { x, y, counted } of streamBatches(tokens, { streams, steps, whole: true })) {
          const [inputs, targets] = [await x.array(), await y.array()]
          for (const [row, count] of counted.entries())
            for (let t = 0; t < count; t++) {
              expect(targets[row]![t]).toBe(inputs[row]![t]! + 1)
              seen.push(targets[row]![t]!)
            }
        }
        expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1))
      },
    ),
    { numRuns: 50 },
  )
})

test('padding', async () => {
  const { x, lengths } = padded([[1, 2, 3], [4]])
  expect(await x.array()).toEqual([
    [1, 2, 3],
    [4, 0, 0],
  ])
  expect(lengths).toEqual([3, 1])
  const cut = padded([[1, 2, 3], [4]], { length: 2, padding: 9 })
  expect(await cut.x.array()).toEqual([
    [1, 2],
    [4, 9],
  ])
  expect(cut.lengths).toEqual([2, 1])
})

test('what batches refuse', () => {
  const few = Int32Array.of(1, 2, 3)
  expect(() => [...streamBatches(few, { streams: 2, steps: 5 })]).toThrow(
    'streamBatches: 3 tokens are too few for 2 streams of 5 steps',
  )
  expect(() => [...streamBatches(few, { streams: 0, steps: 5 })]).toThrow('streams must be an integer >= 1, got 0')
  expect(() => padded([])).toThrow('padded: there are no sequences')
  expect(() => padded([[1], []])).toThrow('padded: sequence 1 is empty')
  expect(() => padded([[1]], { length: 0 })).toThrow(OptionError)
})
