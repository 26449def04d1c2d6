import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { handBuilt, model, seedsAtOnce } from './model.ts'

const start = initialState(model.schema)

test.each(Object.entries(handBuilt))('%s says XOR exactly', async (_, preset) => {
  const d = await model.derive({ ...start, ...preset })
  expect(d.outputs).toEqual([0, 1, 1, 0])
  expect(d.correct).toBe(4)
})
test('the same seed gives the same bits, forwards and backwards', async () => {
  const at = (step: number) => model.derive({ ...start, by: 'training', act: 'tanh', seed: 3, step })
  const late = await at(150)
  const early = await at(40)
  expect((await at(150)).h).toEqual(late.h)
  expect(early.loss!).toBeGreaterThan(late.loss!)
})
test('many seeds: some learn it, not all do', { timeout: 60_000 }, async () => {
  const few = await model.derive({ ...start, by: 'training', act: 'sigmoid', many: true, step: 0 })
  const more = await model.derive({ ...start, by: 'training', act: 'sigmoid', lr: 5, many: true, step: 200 })
  expect(few.successes).toBeLessThan(6)
  expect(more.successes).toBeGreaterThan(6)
  expect(more.successes).toBeLessThan(seedsAtOnce)
})
