/** The radix sort of long lines against comparing. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortPermutation } from './sort.ts'

const special = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  -Number.NaN,
  Infinity,
  -Infinity,
  1e-42,
  -1e-42,
  3e38,
  2 ** 31 - 1,
  -(2 ** 31),
]

test('equals sorting by comparison: stable, NaN last, both zeros equal', () => {
  const value = fc.oneof(fc.constantFrom(...special), fc.integer({ min: -3, max: 3 }), fc.float())
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      fc.boolean(),
      (values, columns, descending, whole) => {
        const rows = Math.ceil(values.length / columns)
        const numbers = Array.from({ length: rows * columns }, (_, i) => values[i % values.length]!)
        const data = whole ? Int32Array.from(numbers) : Float32Array.from(numbers)
        for (const axis of [0, 1]) {
          const compared = sortPermutation(Float64Array.from(data), [rows, columns], axis, descending)
          expect(sortPermutation(data, [rows, columns], axis, descending)).toEqual(compared)
        }
      },
    ),
    { numRuns: 200 },
  )
})
