import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = (hash: string) => model.derive(parseState(model.schema, hash).state)

test('σ and its slope at 1', async () => {
  const d = await at('z=1&t=0')
  expect(d.value).toBeCloseTo(0.7310586, 7)
  expect(d.slope).toBeCloseTo(0.1966119, 7)
})
test('the threshold is where the argument is 0, in both conventions', async () => {
  expect((await at('z=2&t=2')).value).toBe(0.5)
  expect((await at('z=2&t=2&sign=b')).value).toBe(0.5)
  expect((await at('act=step&z=2&t=1.9')).value).toBe(1)
  expect((await at('act=step&z=2&t=2')).value).toBe(0)
})
test('slopes agree with differences of the curve', async () => {
  for (const act of ['sigmoid', 'tanh']) {
    const { xs, ys, slopes } = await at(`act=${act}&k=2&t=0.5`)
    for (let i = 1; i < xs.length - 1; i += 7)
      expect(slopes[i]).toBeCloseTo((ys[i + 1]! - ys[i - 1]!) / (xs[i + 1]! - xs[i - 1]!), 2)
  }
})
