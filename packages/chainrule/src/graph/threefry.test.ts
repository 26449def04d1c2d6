import { expect, test } from 'vitest'
import { threefry2x32, uniformAt } from './threefry.ts'

test('the known answers of Random123 (kat_vectors, threefry2x32, 20 rounds)', () => {
  expect(threefry2x32([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe])
  expect(threefry2x32([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([0x1cb996fc, 0xbb002be7])
  expect(threefry2x32([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0])
})
test('words are taken modulo 2³²: int32 keys are the same as unsigned ones', () => {
  expect(threefry2x32([-1, -1], [-1, -1])).toEqual(threefry2x32([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff]))
})
test('draws are multiples of 2⁻²⁴ in [0, 1), with the moments of the uniform distribution', () => {
  const draws = Array.from({ length: 20_000 }, (_, i) => uniformAt([1, 2], i))
  expect(draws.every(u => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24))).toBe(true)
  const mean = draws.reduce((a, u) => a + u, 0) / draws.length
  const variance = draws.reduce((a, u) => a + (u - mean) ** 2, 0) / draws.length
  expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.008)
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003)
  const correlation = draws.reduce((a, u, i) => a + (u - mean) * ((draws[i + 1] ?? mean) - mean), 0) / draws.length
  expect(Math.abs(correlation)).toBeLessThan(0.003)
  expect(new Set(draws).size).toBeGreaterThan(19_900)
})
