import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = (hash: string) => model.derive(parseState(model.schema, hash).state)

test('values and slopes by hand', async () => {
  const p = 0.25
  const { all } = await at('yhat=0.25&y=1')
  expect(all.squared.value).toBeCloseTo((p - 1) ** 2, 6)
  expect(all.squared.slope).toBeCloseTo(2 * (p - 1), 6)
  expect(all.half.slope).toBeCloseTo(p - 1, 6)
  expect(all.norm).toEqual({ value: 0.75, slope: -1 })
  expect(all.bce.value).toBeCloseTo(-Math.log(p), 6)
  expect(all.bce.slope).toBeCloseTo((p - 1) / (p * (1 - p)), 5)
})
test('the other target', async () => {
  const { all } = await at('yhat=0.25&y=0')
  expect(all.bce.value).toBeCloseTo(-Math.log(0.75), 6)
  expect(all.norm.slope).toBe(1)
})
