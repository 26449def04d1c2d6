import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nn, zeros } from '../index.ts'

test('the lecture: 7 inputs, 3 at a time, stride 1, 2 and 3', () => {
  expect(nn.outputSize(7, { kernel: 3 })).toBe(5)
  expect(nn.outputSize(7, { kernel: 3, stride: 2 })).toBe(3)
  expect(() => nn.outputSize(7, { kernel: 3, stride: 3 })).toThrow(
    "outputSize: a kernel of 3 with stride 3 and padding 0 doesn't fit [7]: (7 + 2·0 − 3)/3 + 1 = 2.33; change one of them, or " +
      "use policy 'floor' (2) or 'ceil' (3)",
  )
  expect(nn.outputSize(7, { kernel: 3, stride: 3, policy: 'floor' })).toBe(2)
  expect(nn.outputSize(7, { kernel: 3, stride: 3, policy: 'ceil' })).toBe(3)
  expect(nn.windowFit(7, { kernel: 3, stride: 3 })).toEqual({
    exact: 4 / 3 + 1,
    fits: false,
    floor: 2,
    ceil: 3,
    unread: 1,
  })
  expect(nn.outputSize(32, { kernel: 5, padding: 2 })).toBe(32)
})

test('the same as the layers', () => {
  const size = fc.integer({ min: 1, max: 14 })
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: 1, max: 5 }),
      fc.nat(3),
      fc.integer({ min: 1, max: 3 }),
      (n, k, s, p, d) => {
        const settings = { kernel: k, stride: s, padding: p, dilation: d }
        fc.pre(n + 2 * p >= d * (k - 1) + 1)
        const x = zeros([1, 1, n] as readonly number[])
        const layer = nn.conv1d(1, 1, k, { stride: s, padding: p, dilation: d, round: 'floor', bias: false })
        expect(layer.forward(x as never).shape[2]).toBe(nn.outputSize(n, { ...settings, policy: 'floor' }))
        if (2 * p > k) return
        const pool = nn.maxPool1d(k, { stride: s, padding: p, dilation: d, round: 'ceil' })
        expect(pool.forward(x as never).shape[2]).toBe(nn.outputSize(n, { ...settings, policy: 'ceil' }))
      },
    ),
    { numRuns: 60 },
  )
})

test('sizes that are none', () => {
  expect(() => nn.outputSize(2, { kernel: 5 })).toThrow('kernel 5 is larger than the input 2 with padding 0')
  expect(() => nn.outputSize(7.5, { kernel: 3 })).toThrow('size must be an integer >= 1, got 7.5')
  expect(() => nn.outputSize(7, { kernel: 3, padding: -1 })).toThrow('padding must be an integer >= 0')
  expect(() => nn.outputSize(7, { kernel: 3, policy: 'round' as 'floor' })).toThrow(
    "policy must be 'refuse', 'floor' or 'ceil'",
  )
})
