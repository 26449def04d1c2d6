import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

test('six 5×5 kernels on 32×32×3 make 28×28×6 with 456 parameters', async () => {
  const d = await at('')
  expect(d.size).toBe(28)
  expect(d.outputs).toBe(4704)
  expect(d.parameters).toBe(456)
  expect(d.dense).toBe(14_450_688)
  expect(d.patch.flat(2)).toHaveLength(75)
})
test('ten with padding 2 keep 32×32 and have 760 parameters', async () => {
  const d = await at('kernels=10&pad=2')
  expect(d.size).toBe(32)
  expect(d.parameters).toBe(760)
})
test.each(['', 'kernel=3&row=1&column=1&pad=2', 'c=4&f=3&row=30&column=30'])(
  'the sums of the channels and the bias are what the layer gives (%s)',
  async hash => {
    const d = await at(hash)
    expect(d.partial.reduce((a, b) => a + b) + d.bias).toBeCloseTo(d.value, 5)
  },
)
