/** Kernels over pictures: the lecture's numbers, the definition on random pictures and kernels, borders, separability, refusals. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { OptionError, ShapeError } from '../../errors.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import { gradCheck } from '../../tensor/grad-check.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { Tensor, TensorLike } from '../../tensor/types.ts'
import { boxKernel, filter, gaussianKernel, type Kernel, kernels, separate } from './index.ts'

beforeAll(() => {
  setDevice(jsDevice())
})
const rows = async (x: TensorLike): Promise<number[][]> => (await (x as Tensor<[number, number]>).array()) as number[][]

describe('the numbers of the lecture', () => {
  const nine = tensor([
    [3, 2, 1],
    [1, 2, 3],
    [1, 1, 1],
  ])
  test('Sobel on 3×3: 2 in the middle, −2 for the turned kernel, with zeros outside a whole map', async () => {
    const { weights } = kernels.sobelX
    expect(await rows(filter(nine, weights, { border: 'none' }))).toEqual([[2]])
    expect(await rows(filter(nine, weights, { border: 'none', mode: 'convolution' }))).toEqual([[-2]])
    expect(await rows(filter(nine, weights))).toEqual([
      [6, -2, -6],
      [7, 2, -7],
      [4, 2, -4],
    ])
  })
  const five = tensor([
    [1, 2, 0, 3, 1],
    [1, 0, 0, 2, 2],
    [2, 1, 2, 1, 1],
    [0, 0, 1, 0, 0],
    [1, 2, 1, 1, 1],
  ])
  const kernel = [
    [-1, 1, 2],
    [1, 1, 0],
    [-1, -2, 0],
  ]
  test('5×5 without and with padding', async () => {
    expect(await rows(filter(five, kernel, { border: 'none' }))).toEqual([
      [-2, -1, 3],
      [2, 5, 8],
      [-2, 0, -1],
    ])
    expect(await rows(filter(five, kernel))).toEqual([
      [-1, 2, 2, -1, -2],
      [2, -2, -1, 3, -1],
      [3, 2, 5, 8, 2],
      [2, -2, 0, -1, -3],
      [1, 5, 4, 1, 2],
    ])
    const flipped = { mode: 'convolution' } as const
    expect((await rows(filter(five, kernel, { ...flipped, border: 'none' })))[0]![0]).toBe(-1)
    expect((await rows(filter(five, kernel, flipped)))[0]![0]).toBe(4)
  })
  test('a binary picture and a symmetric kernel', async () => {
    const picture = tensor([
      [1, 1, 1, 0, 0],
      [0, 1, 1, 1, 0],
      [0, 0, 1, 1, 1],
      [0, 0, 1, 1, 0],
      [0, 1, 1, 0, 0],
    ])
    const cross = [
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 1],
    ]
    for (const mode of ['correlation', 'convolution'] as const)
      expect(await rows(filter(picture, cross, { border: 'none', mode }))).toEqual([
        [4, 3, 4],
        [2, 4, 3],
        [2, 3, 4],
      ])
  })
  test.each([
    [
      'smoothing',
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
      9,
    ],
    [
      'Gaussian-like',
      [
        [0, 1, 0],
        [1, 4, 1],
        [0, 1, 0],
      ],
      8,
    ],
    ['sharpen', kernels.sharpen.weights, 1],
    ['sharpen more', kernels.sharpenMore.weights, 1],
    ['vertical line', kernels.verticalLine.weights, -3],
    ['horizontal line', kernels.horizontalLine.weights, -3],
    ['corner', kernels.corner.weights, -1],
  ] as [string, Kernel, number][])('%s answers to even brightness 1 with its sum', async (_, kernel, sum) => {
    const even = tensor(new Float32Array(9).fill(1)).reshape([3, 3])
    expect(await rows(filter(even, kernel, { border: 'none' }))).toEqual([[sum]])
    expect((await rows(filter(even, kernel, { border: 'none', normalize: true })))[0]![0]).toBeCloseTo(1, 6)
  })
  test('detectors answer to their own pattern with 3, 3 and 4, to the dark line on bright ground with −6', async () => {
    const bright = (kernel: Kernel): TensorLike =>
      tensor(kernel.map(row => row.map(w => (w > 0 ? 1 : 0)))) as TensorLike
    const answer = async (kernel: Kernel): Promise<unknown> => rows(filter(bright(kernel), kernel, { border: 'none' }))
    expect(await answer(kernels.verticalLine.weights)).toEqual([[3]])
    expect(await answer(kernels.horizontalLine.weights)).toEqual([[3]])
    expect(await answer(kernels.corner.weights)).toEqual([[4]])
    const dark = tensor([
      [1, 0, 1],
      [1, 0, 1],
      [1, 0, 1],
    ])
    expect(await rows(filter(dark, kernels.verticalLine, { border: 'none' }))).toEqual([[-6]])
  })
})

/** The definition, one pixel at a time. */
function byDefinition(picture: number[][], kernel: number[][], turned: boolean, border: string): number[][] {
  const [h, w] = [picture.length, picture[0]!.length]
  const inside = (i: number, n: number): number | undefined =>
    i >= 0 && i < n
      ? i
      : border === 'zero'
        ? undefined
        : border === 'replicate'
          ? i < 0
            ? 0
            : n - 1
          : border === 'wrap'
            ? (i + n) % n
            : i < 0
              ? -i
              : 2 * n - 2 - i
  const at = (i: number, j: number): number => {
    const [y, x] = [inside(i, h), inside(j, w)]
    return y === undefined || x === undefined ? 0 : picture[y]![x]!
  }
  const [a, b] = [kernel.length >> 1, kernel[0]!.length >> 1]
  const sign = turned ? -1 : 1
  return picture.map((row, i) =>
    row.map((_, j) =>
      kernel.reduce(
        (sum, weights, u) => weights.reduce((s, k, v) => s + k * at(i + sign * (u - a), j + sign * (v - b)), sum),
        0,
      ),
    ),
  )
}
const matrix = (h: number, w: number): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: w, maxLength: w }), { minLength: h, maxLength: h })

test('random pictures, kernels, modes and borders: the definition', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([m, n]) =>
        fc.tuple(
          matrix(m, n),
          fc.tuple(fc.integer({ min: m, max: 7 }), fc.integer({ min: n, max: 7 })).chain(([h, w]) => matrix(h, w)),
        ),
      ),
      fc.boolean(),
      fc.constantFrom('zero', 'reflect', 'replicate', 'wrap' as const),
      async ([kernel, picture], turned, border) => {
        const y = filter(tensor(picture) as TensorLike<[number, number]>, kernel, {
          mode: turned ? 'convolution' : 'correlation',
          border,
        })
        expect((await rows(y)).map(r => r.map(v => v + 0))).toEqual(
          byDefinition(picture, kernel, turned, border).map(r => r.map(v => v + 0)),
        )
      },
    ),
    { numRuns: 60 },
  )
})

test('channels: each by itself, or added up', async () => {
  const picture = tensor(Float32Array.from({ length: 24 }, (_, i) => (i * 7) % 11)).reshape([2, 3, 4])
  const each = (await filter(picture, kernels.sharpen).array()) as number[][][]
  for (const c of [0, 1]) expect(await rows(filter(picture.at(c) as Tensor, kernels.sharpen))).toEqual(each[c])
  const cross = filter(picture, kernels.sharpen, { channels: 'cross' })
  expect(cross.shape).toEqual([1, 3, 4])
  expect(((await cross.array()) as number[][][])[0]).toEqual(
    each[0]!.map((row, i) => row.map((v, j) => v + each[1]![i]![j]!)),
  )
  const batch = filter(picture.reshape([1, 2, 3, 4]), kernels.sharpen)
  expect(((await batch.array()) as number[][][][])[0]).toEqual(each)
})

describe('separable kernels', () => {
  test('the named ones', () => {
    const rankOne = Object.entries(kernels).flatMap(([name, { weights }]) => (separate(weights) ? [name] : []))
    expect(rankOne).toEqual(
      ['identity', 'box', 'gaussian', 'sobelX', 'sobelY', 'prewittX', 'prewittY', 'scharrX', 'scharrY'].concat([
        'verticalLine',
        'horizontalLine',
        'verticalRidge',
        'horizontalRidge',
      ]),
    )
    expect(separate(gaussianKernel(1.7))).toBeDefined()
    expect(separate(boxKernel(5))).toBeDefined()
  })
  test('outer products are, and are not with one entry changed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 }),
        (column, row) => {
          const product = column.map(a => row.map(b => a * b))
          const parts = separate(product)!
          parts.column.forEach((a, i) => {
            parts.row.forEach((b, j) => {
              expect(a * b).toBeCloseTo(product[i]![j]!, 5)
            })
          })
          const changed = product.map((r, i) => r.map((v, j) => (i === 0 && j === 0 ? v + 1 : v)))
          expect(separate(changed)).toBeUndefined()
          expect(separate(changed, 1)).toBeDefined() // any kernel within a tolerance of everything
        },
      ),
    )
  })
  test('two passes give what one gives', async () => {
    const picture = tensor(Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i))).reshape([20, 20])
    const kernel = gaussianKernel(1.5)
    for (const border of ['zero', 'reflect', 'replicate', 'wrap', 'none'] as const) {
      const one = (await rows(filter(picture, kernel, { border, separable: false }))).flat()
      const two = (await rows(filter(picture, kernel, { border, separable: true }))).flat()
      expect(two).toHaveLength(one.length)
      two.forEach((v, i) => {
        expect(v).toBeCloseTo(one[i]!, 6)
      })
    }
  })
})

test('Gaussians sum to 1 and have their variance', () => {
  for (const sigma of [0.6, 1, 2.5]) {
    const kernel = gaussianKernel(sigma)
    expect(kernel.flat().reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    const middle = (kernel.length - 1) / 2
    const variance = kernel.reduce((sum, row, i) => sum + (i - middle) ** 2 * row.reduce((a, b) => a + b), 0)
    expect(Math.sqrt(variance)).toBeCloseTo(sigma, 1)
  }
})

test('has derivatives', async () => {
  const picture = tensor(
    Float64Array.from({ length: 20 }, (_, i) => Math.sin(i)),
    { shape: [4, 5], dtype: 'float64' },
  )
  for (const border of ['zero', 'reflect', 'replicate', 'wrap', 'none'] as const) {
    const loss = (x: Tensor): unknown => filter(x, kernels.emboss, { border }).square().sum()
    expect(await gradCheck(loss as never, [picture] as never)).toMatchObject({ ok: true })
  }
})

describe('refusals', () => {
  const picture = zeros([3, 4])
  test.each([
    [
      () => filter(picture, boxKernel(5)),
      ShapeError,
      'filter: the kernel [5, 5] is larger than the picture [3, 4]; take a smaller kernel or enlarge the picture',
    ],
    [() => filter(picture, [[1, 2], [3]]), ShapeError, 'filter: the rows of the kernel differ in length: 2 and 1'],
    [() => filter(picture, []), ShapeError, 'filter: the kernel is empty'],
    [() => filter(picture, [[Number.NaN]]), ShapeError, 'filter: the weights of the kernel must be finite numbers'],
    [
      () => filter(zeros([3]), kernels.box),
      ShapeError,
      'filter: expected a picture [height, width] or [channels, height, width], or a batch of them, got [3]',
    ],
    [
      () => filter(picture, kernels.sobelX, { normalize: true }),
      OptionError,
      'filter: the weights sum to 0, so there is nothing to divide by; leave normalize out',
    ],
    [
      () => filter(picture, kernels.sharpen, { separable: true }),
      OptionError,
      'filter: the kernel has rank above 1: it is no column times a row; leave separable out',
    ],
    [
      () => filter(picture, kernels.box, { border: 'mirror' as never }),
      OptionError,
      "filter: unknown border 'mirror'; there is zero, reflect, replicate, wrap, none",
    ],
    [
      () => filter(picture, kernels.box, { modus: 'x' } as never),
      OptionError,
      "filter: unknown option 'modus'; there is mode, normalize, border, channels, separable",
    ],
    [() => gaussianKernel(0), OptionError, 'gaussianKernel: sigma must be > 0, got 0'],
    [
      () => boxKernel(4),
      OptionError,
      'boxKernel: size must be an odd number of pixels, so that there is one in the middle; got 4',
    ],
  ] as [() => unknown, typeof ShapeError | typeof OptionError, string][])('%#', (run, kind, message) => {
    expect(run).toThrow(kind)
    expect(run).toThrow(message)
  })
})
