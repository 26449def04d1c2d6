import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { model, type State } from './model.ts'

const at = (changes: Partial<State>) => model.derive({ ...initialState(model.schema), ...changes })

test.each(['relu', 'step', 'sigmoid'] as const)('%s: more units, less error', async act => {
  const { errors } = await at({ act })
  expect(errors.at(-1)!.max).toBeLessThan(0.1)
  for (let i = 3; i < errors.length; i++) expect(errors[i]!.max).toBeLessThan(errors[i - 1]!.max)
})
test('at a jump half of it stays with continuous units, none with steps', async () => {
  expect((await at({ f: 'jump', act: 'relu', n: 63 })).maxError).toBeGreaterThan(0.5)
  expect((await at({ f: 'jump', act: 'step', n: 63 })).meanError).toBeLessThan(0.02)
})
test('a polynomial activation only makes parabolas', async () => {
  const d = await at({ act: 'square', n: 16, lr: 0.01, step: 100 })
  const third = d.output.slice(3).map((y, i) => y - 3 * d.output[i + 2]! + 3 * d.output[i + 1]! - d.output[i]!)
  expect(Math.max(...third.map(Math.abs))).toBeLessThan(1e-4)
  expect(d.maxError).toBeGreaterThan(0.2)
})
test('training brings the error down, the same bits each time', async () => {
  const [early, late] = [await at({ by: 'trained', n: 8, step: 0 }), await at({ by: 'trained', n: 8, step: 200 })]
  expect(late.meanError).toBeLessThan(early.meanError / 2)
  expect((await at({ by: 'trained', n: 8, step: 200 })).output).toEqual(late.output)
})
