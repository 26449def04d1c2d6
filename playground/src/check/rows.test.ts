/** The recomputed numbers of the lecture, written down apart from the code that computes them. */
import { expect, test } from 'vitest'
import { stationOf } from '../stations.ts'
import { agrees, claims, rows } from './rows.ts'

const recomputed: Readonly<Record<string, readonly (number | readonly number[])[]>> = {
  E1: [1, 0.7310586],
  E2: [[0, 1], [0, 1]], // biome-ignore format: a row
  E3: [[1, 1, 1, 1], 0, [0, 1], 14],
  E5: [1, 0.7310586, -0.010575417, -0.0108, 0, -0.005288, -0.019661, -0.026894],
  E6: [
    [0.006693, 0.017986, 0.047426, 0.119203, 0.268941, 0.5, 0.731059, 0.880797, 0.952574, 0.982014, 0.993307],
    [0.006648, 0.017663, 0.045177, 0.104994, 0.196612, 0.25, 0.196612, 0.104994, 0.045177, 0.017663, 0.006648],
  ],
  E8: [2, -0.2689414, -0.5378828],
  E12: [120_000, 14_400_000_000, 57.6],
  E13a: [[2], [-2], [6, -2, -6, 7, 2, -7, 4, 2, -4]],
  E13b: [9, 8],
  E13c: [1, 1],
  E13d: [[-3, -3, -1], [3, 3, 4], [-6]], // biome-ignore format: a row
  E14a: [[-2, -1, 3, 2, 5, 8, -2, 0, -1], -1],
  E14b: [[-1, 2, 2, -1, -2, 2, -2, -1, 3, -1, 3, 2, 5, 8, 2, 2, -2, 0, -1, -3, 1, 5, 4, 1, 2], 4],
  E14c: [[-1, 2, -2, 3, 5, 2, 1, 4, 2]],
  E14d: [[-2, 3, -2, -1]],
  E14f: [[4, 3, 4, 2, 4, 3, 2, 3, 4], [4, 3, 4, 2, 4, 3, 2, 3, 4]], // biome-ignore format: a row
  E14g: [5, 3, 2.333333],
  E14h: [7, 7, 7],
  E14i: [[32, 32, 10], 760],
  E14j: [[28, 28, 6], 456, 14_450_688],
  E14k: [75, 76],
  E14l: [[6, 8, 3, 4], [3.25, 5.25, 2, 2], [7.9373, 11.5326, 4.2426, 5.099], [3.9686, 5.7663, 2.1213, 2.5495]], // biome-ignore format: a row
  E15: [61_706, [60_965_224, 62_378_344], 138_357_544, 0.893, [54.25, 55], 112.5, 55.5],
}

test.each(rows.map(row => [row.id, row] as const))('%s', async (id, row) => {
  const results = await row.compute()
  for (const r of results.filter(found => found.printed !== undefined))
    expect(agrees(r), `${r.name}: ${r.value} against the slide`).toBe(row.verdict !== 'wrong')
  const wanted = recomputed[id]
  const within = id === 'E15' ? 1e-3 : 5.1e-5 // as many digits as the list has
  if (!wanted) return
  expect(results).toHaveLength(wanted.length)
  results.forEach((r, i) => {
    const values = [r.value].flat(2)
    const golden = [wanted[i]!].flat()
    expect(values).toHaveLength(golden.length)
    for (const [k, v] of values.entries())
      expect(Math.abs(v - golden[k]!)).toBeLessThanOrEqual(within * Math.max(1e-2, Math.abs(golden[k]!)))
  })
})
test('the backpropagation equations hold exactly for two pairs, and are off for a third', async () => {
  const values = (await rows.find(r => r.id === 'E4')!.compute()).map(r => r.value as number)
  expect(values[0]).toBeLessThan(1e-6)
  expect(values[1]).toBeLessThan(1e-6)
  expect(values[2]).toBeGreaterThan(0.05)
  expect((await rows.find(r => r.id === 'E7')!.compute())[0]!.value).toBeLessThan(1e-6)
})
test('rows name views that exist or will, and states that are read without a note', () => {
  expect(new Set([...rows, ...claims].map(r => r.id)).size).toBe(rows.length + claims.length)
  expect([...rows, ...claims].filter(r => r.view && stationOf(r.view)).length).toBeGreaterThan(3)
})
