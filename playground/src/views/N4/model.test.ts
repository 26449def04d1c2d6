import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { model, type State } from './model.ts'

const sigma = (z: number): number => 1 / (1 + Math.exp(-z))
const a5 = ([a1, a2]: readonly number[], [w13, w23, w14, w24, w35, w45]: readonly number[]): number =>
  sigma(w35! * sigma(w13! * a1! + w23! * a2!) + w45! * sigma(w14! * a1! + w24! * a2!))

test('the lecture’s nested formula', async () => {
  const state: State = { ...initialState(model.schema), a: [0.7, -1.2], w: [1.5, -0.5, 2, 0.3, -1.1, 0.8] }
  const d = await model.derive(state)
  expect(d.a5).toBeCloseTo(a5(state.a, state.w), 6)
  expect(d.surface).toHaveLength(1600)
  const e = 1e-5
  state.w.forEach((w, i) => {
    const difference = (a5(state.a, state.w.with(i, w + e)) - a5(state.a, state.w.with(i, w - e))) / (2 * e)
    expect(d.slopes[i]).toBeCloseTo(difference, 5)
  })
})
test('without g it is linear', async () => {
  const d = await model.derive({ ...initialState(model.schema), act: 'identity' })
  const s = d.surface
  expect(s[0]! + s[1599]!).toBeCloseTo(0, 5)
  expect(s[1]! - s[0]!).toBeCloseTo(s[801]! - s[800]!, 5)
})
