import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { foot, positiveSide } from './board.tsx'
import { type Gate, known, model, samplesOf } from './model.ts'

const start = initialState(model.schema)

test.each(Object.keys(known) as Gate[])('%s with the lecture’s weights', async gate => {
  const d = await model.derive({ ...start, gate, ...known[gate] })
  expect(d.correct).toBe(samplesOf(gate).labels.length)
})
test('the rule from zero learns AND in 10 updates, OR in 4', async () => {
  expect((await model.derive({ ...start, gate: 'and' })).updates).toBe(10)
  expect((await model.derive({ ...start, gate: 'or' })).updates).toBe(4)
  const d = await model.derive({ ...start, gate: 'and', by: 'rule', step: 10 })
  expect(d.correct).toBe(4)
  expect((await model.derive({ ...start, gate: 'and', by: 'rule', step: 0 })).w).toEqual([0, 0])
})
test('the tinted side is where the unit fires', () => {
  const area = (p: readonly (readonly [number, number])[]): number =>
    Math.abs(p.reduce((s, [x, y], i) => s + x * p[(i + 1) % p.length]![1] - p[(i + 1) % p.length]![0] * y, 0)) / 2
  expect(area(positiveSide([1, 0], -0.5))).toBeCloseTo(2.2 * 1.1)
  expect(positiveSide([0, 0], -1)).toEqual([])
  const [x, y] = foot([1, 1], -1.5)!
  expect(x + y).toBeCloseTo(1.5)
})
