import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrays } from './arrays.ts'
import type { Dataset } from './dataset.ts'
import { kFold } from './folds.ts'

const labelled = (labels: readonly number[]) =>
  arrays({ x: Float32Array.from(labels, (_, i) => i), y: Int32Array.from(labels) })

/** The samples of a part: their positions and classes. */
async function samplesOf(part: Dataset<unknown>): Promise<{ x: number[]; y: number[] }> {
  const { x, y } = await part.batch(Int32Array.from({ length: part.length }, (_, i) => i))
  return { x: Array.from(x!.data), y: Array.from(y!.data) }
}
const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts)

describe('kFold', () => {
  it('holds every sample out once, in parts of equal size, with every class in its share', async () => {
    const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        labels,
        fc.integer({ min: 2, max: 6 }),
        fc.boolean(),
        fc.nat(99),
        async (y, k, stratify, seed) => {
          const folds = await kFold(labelled(y), k, { seed, stratify })
          const held = await Promise.all(folds.map(f => samplesOf(f.validate)))
          const kept = await Promise.all(folds.map(f => samplesOf(f.train)))
          expect(held.flatMap(h => h.x).sort((a, b) => a - b)).toEqual(y.map((_, i) => i))
          expect(spread(held.map(h => h.x.length))).toBeLessThanOrEqual(1)
          folds.forEach((_, i) => {
            expect([...held[i]!.x, ...kept[i]!.x].sort((a, b) => a - b)).toEqual(y.map((_, j) => j))
          })
          if (stratify)
            for (const c of new Set(y))
              expect(spread(held.map(h => h.y.filter(own => own === c).length))).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is decided by its seed', async () => {
    const data = labelled(Array.from({ length: 30 }, (_, i) => i % 3))
    const parts = async (seed: number) => Promise.all((await kFold(data, 3, { seed })).map(f => samplesOf(f.validate)))
    expect(await parts(1)).toEqual(await parts(1))
    expect(await parts(1)).not.toEqual(await parts(2))
  })

  it('refuses what cannot be dealt', async () => {
    const data = labelled([0, 1, 2])
    for (const k of [1, 4, 2.5])
      await expect(kFold(data, k)).rejects.toThrow(`kFold: k must be a whole number from 2 to the 3 samples, got ${k}`)
    const numbers = arrays({ x: new Float32Array(4), y: new Float32Array(4) })
    await expect(kFold(numbers, 2, { stratify: true })).rejects.toThrow(
      'kFold: stratify needs a class for every sample, y of int32; y is float32 []',
    )
    await expect(kFold(arrays({ x: new Float32Array(4) }), 2, { stratify: true })).rejects.toThrow('there is no y')
  })
})
