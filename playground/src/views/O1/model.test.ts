import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

test.each([
  ['max', [6, 8, 3, 4]],
  ['average', [3.25, 5.25, 2, 2]],
  ['l2', [7.9373, 11.5326, 4.2426, 5.099]],
  ['rms', [3.9686, 5.7663, 2.1213, 2.5495]],
  ['sum', [13, 21, 8, 8]],
])('the slide’s picture under %s pooling', async (kind, expected) => {
  const { out } = await at(`kind=${kind}`)
  out.flat().forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i]!, 4)
  })
})
test('the gradient goes to the winner, or is shared', async () => {
  expect((await at('step=1')).gradient.flat().filter(v => v !== 0)).toEqual([1])
  expect((await at('step=1')).gradient[1]![1]).toBe(1)
  expect((await at('kind=average&step=4')).gradient).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0.25, 0.25],
    [0, 0, 0.25, 0.25],
  ])
})
test('invariance is measured: no shift keeps all, one pixel keeps few', async () => {
  expect((await at('shift=0')).same).toBe(4)
  expect((await at('shift=1')).same).toBeLessThan(4)
})
