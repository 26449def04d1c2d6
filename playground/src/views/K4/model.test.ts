import { setDevice, wasmDevice } from 'chainrule'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtUp, convolutions } from './experiment.ts'
import { model } from './model.ts'
import { drawShape, kinds, side } from './shapes.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

test('a shape is drawn inside the picture, and more than one pixel of it is white', () => {
  for (const kind of kinds)
    for (const u of [
      [0, 0, 0, 0, 0],
      [0.999, 0.999, 0.999, 0.999, 0.999],
      [0.5, 0.2, 0.8, 0.3, 0.6],
    ]) {
      const pixels = drawShape(kind, u)
      expect(pixels.filter(v => v > 0.5).length).toBeGreaterThan(8)
      const edge = Array.from({ length: side }, (_, i) =>
        Math.max(pixels[i]!, pixels[i * side]!, pixels[i * side + side - 1]!),
      )
      expect(Math.max(...edge)).toBe(0)
    }
})
test('it learns to name the shapes, and its units answer to more than before', async () => {
  const run = await builtUp({ lr: 0.01, seed: 1 })
  const before = await run.news()
  for (let i = 0; i < 160; i++) await run.step()
  const after = await run.answer!({ layer: 2, unit: 1 })
  expect(before.accuracies[0]![1]).toBeLessThan(0.6)
  expect(after.accuracies.at(-1)![1]).toBeGreaterThan(0.9)
  expect(after.layers.map(l => l.length)).toEqual(convolutions.map(c => c.maps))
  // the highest first, and pictures as large as what a unit sees
  const { layers } = await model.derive({ layer: 3, unit: 1, lr: 0.01, seed: 1 })
  after.layers.forEach((units, l) => {
    for (const { patches } of units) {
      expect(patches[0]!.width).toBe(layers[l]!.sees)
      expect(patches.map(p => p.value)).toEqual(patches.map(p => p.value).toSorted((a, b) => b - a))
    }
  })
  expect(after.feeds.map(f => f.strength)).toEqual(after.feeds.map(f => f.strength).toSorted((a, b) => b - a))
  expect(after.feeds).toHaveLength(8)
  expect(after.ascent.pixels).toHaveLength(side * side)
}, 60_000)
test('same seed, same numbers', async () => {
  const numbers = async () => {
    const run = await builtUp({ lr: 0.01, seed: 3 })
    for (let i = 0; i < 21; i++) await run.step()
    return run.answer!({ layer: 1, unit: 2 })
  }
  expect(await numbers()).toEqual(await numbers())
}, 60_000)
