import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

test('(2+1)·4 + (4+1)·1 = 17; and three layers', async () => {
  expect((await model.derive(parseState(model.schema, '').state)).parameters).toBe(17)
  expect((await model.derive(parseState(model.schema, 'sizes=3,5,4,2').state)).parameters).toBe(4 * 5 + 6 * 4 + 5 * 2)
})
test('the forward pass by hand', async () => {
  const d = await model.derive(parseState(model.schema, 'act=relu&x=0.5,2').state)
  const [first, second] = d.layers
  const hidden = first!.w[0]!.map((_, j) => Math.max(0, 0.5 * first!.w[0]![j]! + 2 * first!.w[1]![j]!))
  expect(d.activations[2]![0]).toBeCloseTo(
    hidden.reduce((s, h, i) => s + h * second!.w[i]![0]!, 0),
    5,
  )
})
