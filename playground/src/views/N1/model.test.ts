import { expect, test } from 'vitest'
import { initialState, parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

test('with the worked example’s numbers: sum 1, output 0.7310586', async () => {
  const d = await model.derive(initialState(model.schema))
  expect(d.sum).toBe(1)
  expect(d.output).toBeCloseTo(0.7310586, 7)
  expect(d.terms.map(t => Number(t.toFixed(6)))).toEqual([0.1, 0.3, 0.6])
})
test('the shorter list decides how many inputs there are', async () => {
  const { state } = parseState(model.schema, 'x=1,1&w=2,-3,4&b=0.5&act=relu')
  const d = await model.derive(state)
  expect(d.terms).toEqual([2, -3])
  expect(d.sum).toBe(-0.5)
  expect(d.output).toBe(0)
})
