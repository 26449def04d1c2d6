import { expect, test } from 'vitest'
import { initialState, parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

test('δxᵀ is the engine’s gradient, and what differences give', async () => {
  for (const hash of ['', 'i=2&j=3&x=0.3,-1.2,2&U=-1,0.4']) {
    const { state } = parseState(model.schema, hash)
    const d = await model.derive(state)
    d.outer.flat().forEach((v, k) => {
      expect(v).toBeCloseTo(d.gradient.flat()[k]!, 6)
    })
    expect(d.difference).toBeCloseTo(d.outer[state.i - 1]![state.j - 1]!, 6)
  }
})
test('an input of 0 leaves its column without a gradient', async () => {
  const d = await model.derive({ ...initialState(model.schema), x: [1, 0, 0.5] })
  expect(d.outer.map(row => Math.abs(row[1]!))).toEqual([0, 0])
})
