import { expect, test } from 'vitest'
import { factor, fixed, rounded, show } from './format.ts'

test('four digits, a true minus', () => {
  const shown = [
    0.7310585975646973,
    -0.010575417,
    1,
    14400000000,
    1e-7,
    -3,
    0.25,
    54.25,
    Number.NaN,
    -Infinity,
    1234567,
  ]
  expect(shown.map(x => show(x))).toEqual([
    '0.7311',
    '−0.01058',
    '1',
    '1.44e10',
    '1e−7',
    '−3',
    '0.25',
    '54.25',
    'NaN',
    '−∞',
    '1.235e6',
  ])
  expect(factor(-2)).toBe('(−2)')
  expect([rounded(0.25), rounded(1 / 3), rounded(-3)]).toEqual([false, true, false])
})
test('as many decimals as the step has', () => {
  expect([fixed(0.1, 0.05), fixed(3, 0.1), fixed(-0.125, 0.1), fixed(2, 1)]).toEqual(['0.10', '3.0', '−0.125', '2'])
})
