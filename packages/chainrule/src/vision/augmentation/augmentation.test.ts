/** Augmentation: what it may do to a picture, that it draws anew, that seeds repeat it, and that evaluation leaves pictures alone. */
import { beforeAll, describe, expect, test } from 'vitest'
import { OptionError, ShapeError } from '../../errors.ts'
import * as nn from '../../nn/index.ts'
import { compile } from '../../tensor/compile.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import * as random from '../../tensor/random.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { Tensor } from '../../tensor/types.ts'
import { cutout, randomCrop, randomHorizontalFlip } from './index.ts'

const [n, c, h, w] = [64, 2, 5, 6]
const x = tensor(Float32Array.from({ length: n * c * h * w }, (_, i) => i + 1)).reshape([n, c, h, w])
beforeAll(async () => {
  await setDevice('wasm')
  random.seed(5)
})
const pictures = async (t: Tensor<[number, number, number, number]>): Promise<number[][][][]> => t.array()

test('a flip mirrors about half of the pictures and leaves the others', async () => {
  const before = await pictures(x)
  const after = await pictures(randomHorizontalFlip().forward(x))
  let mirrored = 0
  after.forEach((picture, i) => {
    const flipped = before[i]!.map(plane => plane.map(row => row.toReversed()))
    const isFlipped = JSON.stringify(picture) === JSON.stringify(flipped)
    if (!isFlipped) expect(picture).toEqual(before[i])
    mirrored += Number(isFlipped)
  })
  expect(mirrored).toBeGreaterThan(n / 4)
  expect(mirrored).toBeLessThan((3 * n) / 4)
  expect(await pictures(randomHorizontalFlip(0).forward(x))).toEqual(before)
})

test('a crop moves all channels of a picture by up to the padding, zeros come in', async () => {
  const before = await pictures(x)
  const after = await pictures(randomCrop(2).forward(x))
  const seen = new Set<string>()
  after.forEach((picture, i) => {
    const moves = [-2, -1, 0, 1, 2].flatMap(dy => [-2, -1, 0, 1, 2].map(dx => [dy, dx] as const))
    const found = moves.filter(([dy, dx]) =>
      picture.every((plane, k) =>
        plane.every((row, y) => row.every((v, z) => v === (before[i]![k]![y + dy]?.[z + dx] ?? 0))),
      ),
    )
    expect(found).toHaveLength(1)
    seen.add(String(found[0]))
  })
  expect(seen.size).toBeGreaterThan(15) // of 25 moves in 64 draws
})

test('cutout blackens one square, cut off at the border', async () => {
  const after = await pictures(cutout(3).forward(x))
  const sizes = new Set<string>()
  after.forEach(picture => {
    const places = picture[0]!.flatMap((row, y) => row.flatMap((v, z) => (v === 0 ? [[y, z] as const] : [])))
    const [top, bottom] = [Math.min(...places.map(p => p[0])), Math.max(...places.map(p => p[0]))]
    const [left, right] = [Math.min(...places.map(p => p[1])), Math.max(...places.map(p => p[1]))]
    const [height, width] = [bottom - top + 1, right - left + 1]
    expect(places).toHaveLength(height * width)
    expect(height).toBe(top === 0 || bottom === h - 1 ? height : 3)
    expect(Math.max(height, width)).toBeLessThanOrEqual(3)
    picture[1]!.forEach((row, y) => {
      row.forEach((v, z) => {
        expect(v === 0).toBe(picture[0]![y]![z] === 0)
      })
    })
    sizes.add(`${height}×${width}`)
  })
  expect(sizes).toContain('3×3')
  expect(sizes.size).toBeGreaterThan(1)
})

describe('draws', () => {
  const model = nn.sequential(nn.input(c, h, w), randomHorizontalFlip(), randomCrop(1), cutout(2))
  test('a compiled step draws anew; a seed repeats it', async () => {
    const step = compile((t: Tensor<[number, number, number, number]>) => model.forward(t as never) as never as Tensor)
    const run = async (): Promise<number[]> => Array.from(await step(x).data())
    random.seed(3)
    const [first, second] = [await run(), await run()]
    expect(first).not.toEqual(second)
    random.seed(3)
    expect([await run(), await run()]).toEqual([first, second])
  })
  test('evaluation passes pictures on untouched', async () => {
    model.eval()
    expect(await pictures(model.forward(x as never) as never)).toEqual(await pictures(x))
    model.train()
  })
  test('the shape is kept, also by the types', () => {
    const y: readonly [8, 1, 28, 28] = nn.sequential(randomCrop(2), cutout(4)).forward(zeros([8, 1, 28, 28])).shape
    expect(y).toEqual([8, 1, 28, 28])
  })
})

test('refusals', () => {
  expect(() => randomCrop(1.5)).toThrow(OptionError)
  expect(() => randomCrop(1.5)).toThrow('randomCrop: padding must be a whole number of pixels, got 1.5')
  expect(() => cutout(-1)).toThrow('cutout: size must be a whole number of pixels, got -1')
  expect(() => randomHorizontalFlip(2)).toThrow('randomHorizontalFlip: the probability must be in [0, 1], got 2')
  expect(() => randomCrop(2).forward(zeros([28, 28]))).toThrow(ShapeError)
  expect(() => randomCrop(2).forward(zeros([28, 28]))).toThrow(
    'randomCrop: expected [batch, channels, height, width], got [28, 28]',
  )
})
