import { expect, test } from 'vitest'
import { initialState, parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = (hash: string) => model.derive(parseState(model.schema, hash).state)

test('the slide’s example to float32', async () => {
  const d = await model.derive(initialState(model.schema))
  expect(d.s).toBe(1)
  expect(d.yhat).toBeCloseTo(0.7310586, 7)
  expect(d.factors[1]).toBeCloseTo(0.1966119, 7)
  expect(d.gradient[0]).toBeCloseTo(-0.010575419, 8)
  expect(d.gradient[1]).toBeCloseTo(-0.015863, 6)
  expect(d.gradient[2]).toBeCloseTo(-0.021151, 6)
  expect(d.difference).toBeCloseTo(-0.010575419, 8)
  expect(d.L).toBeCloseTo(0.0723295, 7)
  expect(d.next.w.map(w => w.toFixed(5))).toEqual(['1.01058', '2.01586', '3.02115'])
  expect(d.next.yhat).toBeCloseTo(0.73256, 5)
  expect(d.next.L).toBeCloseTo(0.07152, 5)
})
test('the conventions that the slide leaves open', async () => {
  expect((await at('sigma=table')).gradient[0]).toBeCloseTo(-0.0108, 8)
  expect((await at('act=softmax')).gradient[0]).toBe(0)
  expect((await at('act=softmax')).yhat).toBe(1)
  expect((await at('loss=half')).gradient[0]).toBeCloseTo(-0.005288, 6)
  expect((await at('loss=norm')).gradient[0]).toBeCloseTo(-0.019661, 6)
  expect((await at('loss=bce')).gradient[0]).toBeCloseTo(-0.026894, 6)
})
test('the 22 entries of the table', async () => {
  const { sigmaTable } = await model.derive(initialState(model.schema))
  const slide = [
    [-5, 0.01, 0.01],
    [-4, 0.02, 0.02],
    [-3, 0.05, 0.05],
    [-2, 0.12, 0.1],
    [-1, 0.27, 0.2],
    [0, 0.5, 0.25],
    [1, 0.73, 0.2],
    [2, 0.88, 0.1],
    [3, 0.95, 0.05],
    [4, 0.98, 0.02],
    [5, 0.99, 0.01],
  ]
  expect(sigmaTable.map(row => row.map(v => Math.round(v * 100) / 100))).toEqual(slide)
})
