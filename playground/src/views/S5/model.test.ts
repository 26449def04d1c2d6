import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

test.each([
  ['s=1', 5, 5],
  ['s=2', 3, 3],
  ['s=1&p=1', 7, 7],
  ['n=32&f=5&p=2&s=1', 32, 32],
  ['n=32&f=5&s=1', 28, 28],
])('the lecture’s sizes %s', async (hash, exact, size) => {
  expect(await at(hash)).toMatchObject({ exact, size, refusal: undefined, unread: [] })
})
test('stride 3 does not fit: 2.33', async () => {
  const d = await at('')
  expect(d.exact).toBeCloseTo(2.3333333, 6)
  expect(d.size).toBeUndefined()
  expect(d.refusal).toContain('fit')
  expect(await at('policy=floor')).toMatchObject({ size: 2, unread: [6] })
  expect(await at('policy=ceil')).toMatchObject({ size: 3, extra: 2, unread: [] })
})
test('the references of the lecture do not fit either', async () => {
  expect((await at('n=224&f=11&s=4')).exact).toBe(54.25)
  expect(await at('n=227&f=11&s=4')).toMatchObject({ size: 55 })
  expect(await at('n=224&f=7&s=2&p=3&policy=floor')).toMatchObject({ exact: 112.5, size: 112 })
  expect(await at('n=112&f=3&s=2&policy=ceil')).toMatchObject({ exact: 55.5, size: 56 })
})
test('a kernel larger than the input', async () => {
  expect(await at('n=2&f=5&s=1')).toMatchObject({ size: undefined, starts: [] })
  expect((await at('n=2&f=5&s=1&policy=floor')).refusal).toBeDefined()
})
