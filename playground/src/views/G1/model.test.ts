import { expect, test } from 'vitest'
import { initialState, parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = (hash: string) => model.derive(parseState(model.schema, hash).state)

test('a step by hand', async () => {
  const state = initialState(model.schema)
  const d = await model.derive({ ...state, step: 5 })
  const errors = state.xs.map((x, i) => state.w * x + state.b - state.ys[i]!)
  const dw = (2 * errors.reduce((s, e, i) => s + e * state.xs[i]!, 0)) / 4
  const db = (2 * errors.reduce((s, e) => s + e, 0)) / 4
  expect(d.trail).toHaveLength(2)
  expect(d.trail[0]!.loss).toBeCloseTo(errors.reduce((s, e) => s + e * e, 0) / 4, 5)
  expect(d.trail[1]!.w).toBeCloseTo(state.w - state.lr * dw, 5)
  expect(d.trail[1]!.b).toBeCloseTo(state.b - state.lr * db, 5)
})
test('a small learning rate finds the least squares line', async () => {
  const { trail } = await at('step=300&lr=0.2')
  expect(trail.at(-1)!.w).toBeCloseTo(2.14, 2)
  expect(trail.at(-1)!.b).toBeCloseTo(0.88, 2)
})
test('divergence is named exactly above 2/curvature', async () => {
  const { bound } = await at('')
  expect((await at(`step=100&lr=${(bound * 0.97).toFixed(4)}`)).divergence).toBeUndefined()
  expect((await at(`step=100&lr=${(bound * 1.1).toFixed(4)}`)).divergence).toMatch(/2\/curvature/)
})
test('back and forth gives the same bits', async () => {
  const late = await at('step=40')
  expect((await at('step=25')).trail).toEqual(late.trail.slice(0, 6))
})
