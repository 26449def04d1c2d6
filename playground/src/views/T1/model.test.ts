import { setDevice, wasmDevice } from 'chainrule'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type News, textCnn } from './experiment.ts'
import { kernelCount, sizes, standsAt, tokensOf } from './model.ts'
import { reviewOf, words } from './reviews.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

test('reviews are made of known words, and denying turns their meaning', () => {
  const praise = reviewOf([0.9, 0.1, 0, 0, 0, 0, 0])
  const denied = reviewOf([0.1, 0.1, 0, 0, 0, 0, 0])
  expect(praise).toEqual({ text: 'the film was good', label: 1 })
  expect(denied).toEqual({ text: 'the film was not good', label: 0 })
  expect(tokensOf(reviewOf([0.1, 0.9, 0.99, 0.99, 0.99, 0.99, 0.5]).text).every(t => words.includes(t))).toBe(true)
  expect(tokensOf('The FILM was not zebra')).toEqual(['the', 'film', 'was', 'not', '<unk>'])
})
/** (V·K + b) at the n-gram that begins at `at`. */
const product = ({ vectors, weights, bias }: News, at: number): number =>
  weights.reduce((s, row, t) => s + row.reduce((p, w, f) => p + w * vectors[at + t]![f]!, 0), bias)

test('it learns to tell praise from blame, also denied', async () => {
  const run = await textCnn({ lr: 0.01, seed: 1 })
  for (let i = 0; i < 250; i++) await run.step()
  const not = await run.answer!({ sentence: 'the film was not very good', kernel: 5 })
  expect(not.accuracies.at(-1)![1]).toBeGreaterThan(0.95)
  expect(not.probability).toBeLessThan(0.2)
  const good = await run.answer!({ sentence: 'the film was very good', kernel: 5 })
  expect(good.probability).toBeGreaterThan(0.8)
  expect(good.kernels).toHaveLength(kernelCount)
}, 60_000)
test('what is shown of a kernel is what the network computes', async () => {
  const run = await textCnn({ lr: 0.01, seed: 2 })
  for (let i = 0; i < 60; i++) await run.step()
  for (let kernel = 0; kernel < kernelCount; kernel++) {
    const news = await run.answer!({ sentence: 'to be honest the story was not bad', kernel })
    const { z, width } = news.kernels[kernel]!
    expect(width).toBe(sizes.widths[Math.floor(kernel / sizes.kernels)])
    expect(z).toHaveLength(9 - width)
    z.forEach((value, at) => {
      expect(value).toBeCloseTo(Math.max(0, product(news, at)), 4)
    })
  }
}, 60_000)
test('a kernel stands where it is put, on whole n-grams only; a sentence shorter than it has none', async () => {
  expect([0, 1, 3, 16].map(place => standsAt(place, { width: 2, best: 1 }, 4))).toEqual([1, 0, 2, 2])
  expect(standsAt(0, { width: 2, best: undefined }, 4)).toBe(0)
  const run = await textCnn({ lr: 0.01, seed: 1 })
  for (let i = 0; i < 60; i++) await run.step()
  for (let kernel = 0; kernel < kernelCount; kernel++) {
    const news = await run.answer!({ sentence: 'very funny', kernel })
    const seen = news.kernels[kernel]!
    const at = standsAt(1, seen, news.tokens.length)
    if (seen.width > 2) expect([at, ...seen.z]).toEqual([undefined, 0])
    else expect(seen.z[at!]).toBeCloseTo(Math.max(0, product(news, at!)), 4)
  }
}, 60_000)
test('no words, and words it does not know', async () => {
  const run = await textCnn({ lr: 0.01, seed: 1 })
  expect((await run.answer!({ sentence: '', kernel: 11 })).tokens).toEqual(['<unk>'])
  expect((await run.answer!({ sentence: 'zebra', kernel: 0 })).probability).toBeGreaterThan(0)
})
test('same seed, same numbers', async () => {
  const numbers = async () => {
    const run = await textCnn({ lr: 0.01, seed: 3 })
    for (let i = 0; i < 12; i++) await run.step()
    return run.answer!({ sentence: 'the cast was great', kernel: 1 })
  }
  expect(await numbers()).toEqual(await numbers())
})
