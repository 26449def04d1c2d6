import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const outputs = async (hash: string) =>
  (await model.derive(parseState(model.schema, hash).state)).rows.map(row => row.output)

test('AND, OR, “a₁ and not a₂”, and three inputs', async () => {
  expect(await outputs('w=1,1&theta=2')).toEqual([0, 0, 0, 1])
  expect(await outputs('w=1,1&theta=1')).toEqual([0, 1, 1, 1])
  expect(await outputs('w=1,-1&theta=1')).toEqual([0, 0, 1, 0])
  expect(await outputs('a=0,0,0&w=1,1,1&theta=2')).toEqual([0, 0, 0, 1, 0, 1, 1, 1])
})
test('the present inputs are a row; the squashed unit is graded', async () => {
  const d = await model.derive(parseState(model.schema, 'a=1,0&w=1,1&theta=1&unit=squashed').state)
  expect(d.active).toBe(2)
  expect(d.rows[2]).toMatchObject({ inputs: [1, 0], sum: 1, output: 0.5 })
})
