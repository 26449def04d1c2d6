import { setDevice, wasmDevice } from 'chainrule'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rhyme } from './corpus.ts'
import { rnn } from './experiment.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

const settings = { corpus: rhyme, hidden: 24, lr: 0.01, seed: 1 }

test('it learns the rhyme: what the cat did, and to whom', async () => {
  const run = await rnn(settings)
  const before = await run.news()
  for (let i = 0; i < 250; i++) await run.step()
  const after = await run.answer!('this is the cat that')
  expect(after.losses.at(-1)![1]).toBeLessThan(after.losses[0]![1] / 4)
  expect(after.next[0]![0]).toBe('killed')
  expect((await run.answer!('that killed the rat that ate the malt that')).next[0]![0]).toBe('lay')
  expect(before.states).toHaveLength(6)
  expect(before.next.reduce((s, [, p]) => s + p, 0)).toBeLessThanOrEqual(1.00001)
}, 60_000)
test('the gradients of the copies add up to the gradient of the shared weights', async () => {
  const run = await rnn(settings)
  for (let i = 0; i < 10; i++) await run.step()
  const { copies, summed, shared, connectivity } = await run.answer!('this is the dog that worried the cat')
  expect(copies).toHaveLength(8)
  expect(summed).toBeCloseTo(shared, 5)
  expect(shared).toBeGreaterThan(0)
  expect(connectivity.every(v => v > 0)).toBe(true)
})
test('words it does not know, and no text at all', async () => {
  const run = await rnn({ ...settings, corpus: '' })
  expect((await run.answer!('zebra')).words).toEqual(['<unk>'])
  await run.step()
  expect((await run.answer!('')).words).toHaveLength(1)
})
test('same seed, same numbers', async () => {
  const losses = async () => {
    const run = await rnn(settings)
    for (let i = 0; i < 3; i++) await run.step()
    return (await run.news()).losses
  }
  expect(await losses()).toEqual(await losses())
})
