import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { model, stageName, stages } from './model.ts'

test('every layer by hand', async () => {
  const state = initialState(model.schema)
  const d = await model.derive(state)
  const times = (w: readonly (readonly number[])[], x: readonly number[]): number[] =>
    w.map(row => row.reduce((sum, v, j) => sum + v * x[j]!, 0))
  const sigma = (z: number): number => 1 / (1 + Math.exp(-z))
  const a2 = times(state.w1, state.x).map(sigma)
  const a3 = times(state.w2, a2).map(sigma)
  const z4 = times(state.w3, a3)
  d.a2.forEach(([v], i) => {
    expect(v).toBeCloseTo(a2[i]!, 6)
  })
  d.z4.forEach(([v], i) => {
    expect(v).toBeCloseTo(z4[i]!, 6)
  })
  const total = z4.reduce((sum, z) => sum + Math.exp(z), 0)
  expect(d.yhat[1]![0]).toBeCloseTo(Math.exp(z4[1]!) / total, 6)
  expect(d.J).toBeCloseTo(-Math.log(Math.exp(z4[1]!) / total), 5)
})
test('fourteen stages: eleven rows and three nonlinearities', () => {
  expect(stages).toHaveLength(14)
  expect([0, 4, 13].map(i => stageName(stages[i]!))).toEqual(['z⁽²⁾, row 1', 'a⁽²⁾ = σ(z⁽²⁾)', 'the output ŷ'])
})
