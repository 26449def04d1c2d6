import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { model } from './model.ts'

const start = initialState(model.schema)

test('14 of 16; XOR and XNOR are the two holes', async () => {
  const { separable } = await model.derive(start)
  expect(separable.flatMap((s, f) => (s ? [] : f))).toEqual([6, 9])
})
test('XOR: at most 3 of 4, a contradiction of two and two rows, the rule returns every pass', async () => {
  const d = await model.derive(start)
  expect(d.best).toBe(3)
  expect(d.contradiction!.fire.map(t => [t.sample, t.times])).toEqual([[1, 1], [2, 1]]) // biome-ignore format: pairs
  expect(d.contradiction!.rest.map(t => [t.sample, t.times])).toEqual([[0, 1], [3, 1]]) // biome-ignore format: pairs
  expect(d.cycle).toBe(4)
  for (let angle = 0; angle < 360; angle += 15)
    for (const b of [-1.5, -0.5, 0, 0.5, 1.5]) {
      const w = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]
      expect((await model.derive({ ...start, w, b })).correct).toBeLessThan(4)
    }
})
test('a separable function has no contradiction and is found', async () => {
  const d = await model.derive({ ...start, f: 1, by: 'rule', step: 24 })
  expect(d.contradiction).toBeUndefined()
  expect(d.correct).toBe(4)
})
