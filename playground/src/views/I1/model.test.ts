import { data, setDevice, wasmDevice } from 'chainrule'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstDigits } from '../../../build/digits.ts'
import { initialState } from '../../frame/schema.ts'
import { structure } from './experiment.ts'
import { model } from './model.ts'
import { amounts, changed, neutral, reordered, type Tool } from './transforms.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

test('every tool has its neutral amount, which changes nothing', () => {
  const picture = Float32Array.from({ length: 784 }, (_, i) => ((i * 7) % 4) / 3)
  for (const tool of Object.keys(amounts) as Tool[]) {
    expect(amounts[tool]).toContain(neutral[tool])
    expect(changed(picture, tool, neutral[tool])).toEqual(picture)
  }
  expect(changed(picture, 'shift', 2)[2]).toBeCloseTo(picture[0]!, 6)
  expect(changed(picture, 'invert', 1)[5]).toBeCloseTo(1 - picture[5]!, 6)
  expect([...reordered(picture, data.permutation(784, 1))].sort()).toEqual([...picture].sort())
})
test('784·64 + 64 + 64·10 + 10 against 8·26 + 16·201 + 10·257 parameters', async () => {
  expect((await model.derive(initialState(model.schema))).parameters).toEqual([50_890, 5_994])
})
test('both learn; the curves are of what they have learned', async () => {
  const digits = await firstDigits(1280, 200)
  const run = await structure({ shuffle: false, seed: 1, digits })
  for (let i = 0; i < 80; i++) await run.step()
  const { accuracies, curves } = await run.answer!({ tool: 'shift', amount: 6, digit: 0 })
  for (const i of [0, 1] as const) {
    expect(accuracies[i].at(-1)![1]).toBeGreaterThan(0.7)
    expect(accuracies[i].map(a => a[0])).toEqual([0, 40, 80])
  }
  const dark = await run.answer!({ tool: 'darken', amount: 0.05, digit: 0 })
  expect(dark.curves[0]).not.toEqual(curves[0])
  for (const i of [0, 1] as const) expect(dark.curves[i][0]).toBe(accuracies[i].at(-1)![1])
})
