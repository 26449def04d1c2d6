import { nn } from 'chainrule'
import { expect, test } from 'vitest'
import { grouped } from '../../frame/format.ts'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

test('the slide’s 120 000 and 14 400 000 000; 57.6 GB', async () => {
  const d = await at('')
  expect(d.inputs).toBe(120_000)
  expect(d.dense).toEqual({ weights: 14_400_000_000, biases: 120_000, bytes: 57_600_000_000 })
  expect(d.conv).toMatchObject({ weights: 750, biases: 10 })
  expect(grouped(d.dense.weights).replace(/\s/g, ' ')).toBe('14 400 000 000')
})
test('5 × 5 on RGB: 75 weights, six of them 456 parameters, fully connected 14 450 688', async () => {
  expect((await at('kernels=1')).conv.weights).toBe(75)
  const six = await at('side=32&kernels=6&hidden=4000')
  expect(six.conv.weights + six.conv.biases).toBe(456)
  expect(six.inputs * 28 * 28 * 6).toBe(14_450_688)
})
test('the count is that of a real layer', async () => {
  const layer = nn.linear(4 * 4 * 3, 7)
  const { dense } = await at('side=4&hidden=7')
  expect(dense.weights).toBe(layer.weight.shape[0]! * layer.weight.shape[1]!)
})
test('three weights make six outputs', async () => {
  expect((await at('')).small.y).toEqual([5, 0, 7, -2, 5, 3])
})
