/** Looking inside: each view against what it means, on networks small enough to know the answer. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { arrays } from '../../data/arrays.ts'
import { IndexError, OptionError, ShapeError } from '../../errors.ts'
import * as nn from '../../nn/index.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import { grad } from '../../tensor/gradients.ts'
import * as random from '../../tensor/random.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { Tensor } from '../../tensor/types.ts'
import { receptiveFields } from '../../train/receptive-field.ts'
import type { Trainable } from '../../train/types.ts'
import { cutout } from '../augmentation/index.ts'
import { kernels } from '../filtering/index.ts'
import { activations, ascent, filters, layerNames, mapsOf, occlusion, saliency, topPatches } from './index.ts'
import { receptiveField } from './receptive-field.ts'

beforeAll(async () => {
  await setDevice('wasm')
  random.seed(11)
})
const numbers = (shape: number[], f: (i: number) => number): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => f(i)),
    { shape },
  ) as unknown as Tensor
const wave = (...shape: number[]): Tensor => numbers(shape, i => Math.sin(i * 1.7) ** 2)
const network = () =>
  nn.sequential(
    cutout(3),
    nn.conv2d(1, 3, 3, { padding: 1 }),
    nn.tanh(),
    nn.residual(nn.sequential(nn.conv2d(3, 3, 3, { padding: 1 }), nn.batchNorm2d(3))),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.linear(3 * 16, 4),
  )
const close = (a: ArrayLike<number>, b: ArrayLike<number>, digits = 5): void => {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i]!, digits)
}

describe('activations', () => {
  test('are what the layers give, in evaluation mode, which is put back', async () => {
    const model = network()
    const x = wave(2, 1, 8, 8)
    expect(layerNames(model)).toEqual(['0', '1', '2', '3', '3.body', '3.body.0', '3.body.1', '4', '5', '6'])
    const found = await activations(model, x)
    expect([...found].map(([path, y]) => [path, y.shape.join()])).toContainEqual(['3.body.1', '2,3,8,8'])
    expect(await found.get('0')!.data(), 'no augmentation').toEqual(await x.data())
    expect(model.training).toBe(true)
    model.eval()
    close(await found.get('6')!.data(), await (model.forward(x as never) as never as Tensor).data())
    const maps = mapsOf(found.get('1')!)
    expect(maps.shape).toEqual([6, 1, 8, 8])
  })
  test('filters', async () => {
    const model = network()
    expect(filters(model).shape).toEqual([3, 1, 3, 3])
    expect(filters(model, '3.body.0').shape).toEqual([9, 1, 3, 3])
    expect(filters(nn.sequential(nn.conv2d(3, 8, 5)) as never).shape).toEqual([8, 3, 5, 5])
    expect(() => filters(model, '6')).toThrow("filters: layer '6' is no convolution in two axes")
    expect(() => filters(nn.linear(2, 2))).toThrow('filters: the model has no convolution')
  })
})

describe('saliency', () => {
  test('is the derivative of the score of a class, or of the preferred one', async () => {
    const model = network().eval()
    const x = wave(2, 1, 8, 8)
    const scores = model.forward(x as never) as unknown as Tensor<[number, number]>
    const [expected] = grad(scores.slice([[], [2, 3]]).sum(), [x])
    close(await (await saliency(model, x, { classes: 2 })).data(), await expected!.data())
    const preferred = await scores.argmax(1).array()
    const own = await saliency(model, x)
    close(await own.data(), await (await saliency(model, x, { classes: preferred as number[] })).data())
  })
  test('integrated gradients add up to the change of the score from black', async () => {
    const model = network().eval()
    const x = wave(2, 1, 8, 8)
    const found = await saliency(model, x, { classes: 1, method: 'integrated', samples: 64 })
    const score = async (of: Tensor): Promise<number[]> =>
      Array.from(await (model.forward(of as never) as unknown as Tensor<[2, 4]>).slice([[], [1, 2]]).data())
    const [before, after] = [await score(zeros([2, 1, 8, 8]) as never), await score(x)]
    const sums = Array.from(await found.sum([1, 2, 3] as never).data())
    sums.forEach((sum, i) => {
      expect(sum).toBeCloseTo(after[i]! - before[i]!, 1)
    })
  })
  test('smooth: without noise the gradient, with noise another, repeated by a seed', async () => {
    const model = network()
    const x = wave(1, 1, 8, 8)
    const plain = await (await saliency(model, x)).data()
    close(await (await saliency(model, x, { method: 'smooth', noise: 0, samples: 3 })).data(), plain)
    const noisy = async (): Promise<number[]> => {
      random.seed(2)
      return Array.from(await (await saliency(model, x, { method: 'smooth', noise: 0.5, samples: 4 })).data())
    }
    const first = await noisy()
    expect(first).not.toEqual(Array.from(plain))
    expect(await noisy()).toEqual(first)
  })
})

describe('occlusion', () => {
  const weights = Float32Array.from({ length: 2 * 30 }, (_, i) => Math.cos(i))
  const model = nn.sequential(nn.flatten(), nn.linear(30, 2, { bias: false }))
  beforeAll(() => {
    model.parameters()[0]!.assign(tensor(weights, { shape: [2, 30] }) as never)
  })
  test('of single pixels under a linear model: weight · pixel', async () => {
    const x = wave(2, 1, 5, 6)
    const falls = await (await occlusion(model, x, { classes: [0, 1], size: 1 })).data()
    const pixels = await x.data()
    close(
      falls,
      pixels.map((v, i) => weights[i]! * v),
    )
  })
  test('with a filling, and squares that do not end at the border by themselves', async () => {
    const x = wave(1, 1, 5, 6)
    const pixels = await x.data()
    const found = await (await occlusion(model, x, { classes: 0, size: 3, stride: 2, fill: 0.25 })).data()
    const [sum, times] = [new Float64Array(30), new Float64Array(30)]
    for (const top of [0, 2])
      for (const left of [0, 2, 3]) {
        const inside = Array.from({ length: 9 }, (_, i) => (top + Math.floor(i / 3)) * 6 + left + (i % 3))
        const fall = inside.reduce((s, i) => s + weights[i]! * (pixels[i]! - 0.25), 0)
        for (const i of inside) {
          sum[i] = sum[i]! + fall
          times[i] = times[i]! + 1
        }
      }
    close(
      found,
      sum.map((s, i) => s / times[i]!),
    )
  })
})

test('receptive fields are where the derivative is not zero', async () => {
  const positive = (i: number, o: number, kernel: number, options: object): Trainable => {
    const layer = nn.conv2d(i, o, kernel, { round: 'floor', bias: false, ...options } as never)
    layer.parameters()[0]!.assign(layer.parameters()[0]!.abs().add(0.01) as never)
    return layer as never
  }
  const layer = fc.oneof(
    fc.record({
      kind: fc.constant('conv' as const),
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 2 }),
      padding: fc.integer({ min: 0, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
    }),
    fc.record({ kind: fc.constant('pool' as const), kernel: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('residual' as const), kernel: fc.constantFrom(1, 3, 5) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(layer, { minLength: 1, maxLength: 4 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (kinds, down, right) => {
        const layers = kinds.map(k =>
          k.kind === 'conv'
            ? positive(1, 1, k.kernel, { stride: k.stride, padding: k.padding, dilation: k.dilation })
            : k.kind === 'pool'
              ? nn.avgPool2d(k.kernel, { round: 'floor' })
              : nn.residual(positive(1, 1, k.kernel, { padding: (k.kernel - 1) / 2 }) as never),
        )
        const x = wave(1, 1, 16, 15)
        let y: Tensor
        try {
          y = layers.reduce((h, l) => (l as never as { forward(x: Tensor): Tensor }).forward(h), x)
        } catch (error) {
          fc.pre(!(error instanceof ShapeError)) // too many layers for this picture
          throw error
        }
        const [, , h, w] = y.shape as readonly [number, number, number, number]
        const place = [Math.floor(down * h), Math.floor(right * w)] as const
        const [rows, columns] = receptiveField(y.node, x.node, place)!
        expect([rows, columns].map(([a, b]) => b - a + 1)).toEqual(receptiveFields(x.node, [y.node]).get(y.node))
        const one = y.at(0, 0, place[0], place[1]) as unknown as Tensor<[]>
        const [slope] = grad(one, [x])
        const dots = Array.from(await slope!.data()).flatMap((v, i) =>
          v === 0 ? [] : [[Math.floor(i / 15), i % 15] as const],
        )
        const inside = ([a, b]: readonly [number, number], n: number) => [Math.max(0, a), Math.min(n - 1, b)]
        if (dots.length === 0) return // everything it sees is padding
        // strides and dilation leave holes: the outermost pixels that count are within a step of the box
        const seenRows = [Math.min(...dots.map(d => d[0])), Math.max(...dots.map(d => d[0]))]
        const seenColumns = [Math.min(...dots.map(d => d[1])), Math.max(...dots.map(d => d[1]))]
        for (const [seen, [a, b]] of [
          [seenRows, inside(rows, 16)],
          [seenColumns, inside(columns, 15)],
        ] as const) {
          expect(seen[0]).toBeGreaterThanOrEqual(a!)
          expect(seen[1]).toBeLessThanOrEqual(b!)
          const holes = kinds.some(k => k.kind === 'conv' && (k.dilation > 1 || k.stride > k.kernel))
          const reachesOut = a === 0 || b === (seen === seenRows ? 15 : 14)
          if (!holes && !reachesOut) expect(seen).toEqual([a, b])
        }
      },
    ),
    { numRuns: 40 },
  )
})

describe('top patches', () => {
  test('finds the planted pattern', async () => {
    const model = nn.sequential(nn.conv2d(1, 2, 3, { bias: false }), nn.relu())
    const detectors = [...kernels.verticalLine.weights.flat(), ...kernels.corner.weights.flat()]
    model.parameters()[0]!.assign(tensor(Float32Array.from(detectors), { shape: [2, 1, 3, 3] }) as never)
    const pictures = new Float32Array(5 * 64)
    const draw = (n: number, y: number, x: number): void => {
      pictures[n * 64 + y * 8 + x] = 1
    }
    for (const y of [2, 3, 4]) draw(3, y, 5) // a vertical line in picture 3
    for (const [y, x] of [
      [4, 2],
      [4, 3],
      [5, 2],
      [5, 3],
    ] as const)
      draw(1, y, x) // a bright corner in picture 1
    const set = arrays({ x: tensor(pictures, { shape: [5, 1, 8, 8] }), y: new Float32Array(5) })
    const found = await topPatches(model, '1', set as never, { count: 2, batchSize: 2 })
    const [line] = found.get(0)!
    expect(line).toMatchObject({
      index: 3,
      value: 3,
      place: [2, 4],
      box: [
        [2, 4],
        [4, 6],
      ],
    })
    expect(await line!.picture.at(0).array()).toEqual([
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ])
    const [corner] = found.get(1)!
    expect(corner).toMatchObject({ index: 1, value: 4, place: [3, 1] })
    expect(found.get(0)).toHaveLength(2)
    const linear = await topPatches(nn.sequential(nn.flatten(), nn.linear(64, 3)) as never, '1', set as never, {
      count: 1,
    })
    expect(linear.get(2)![0]!.picture.shape, 'a linear layer sees everything').toEqual([1, 8, 8])
  })
})

describe('ascent', () => {
  test('under a linear layer: white where the weight is positive, black where it is negative', async () => {
    const model = nn.sequential(nn.flatten(), nn.linear(16, 3))
    const options = { decay: 0, blur: 0, tremble: 0, steps: 60, channels: [2, 0] }
    const { pictures, activations } = await ascent(model, [1, 4, 4], options)
    const weights = await model.parameters()[0]!.data()
    const expected = [2, 0].flatMap(c => Array.from(weights.slice(16 * c, 16 * c + 16), v => (v > 0 ? 1 : 0)))
    close(await pictures.data(), expected, 1)
    const best = expected.reduce<number>((s, on, i) => (i < 16 ? s + on * weights[32 + i]! : s), 0)
    const bias = await model.parameters()[1]!.data()
    expect(activations[0]).toBeCloseTo(best + bias[2]!, 1)
  })
  test('in a layer inside: more of it than in noise', async () => {
    const model = network()
    // uphill alone: a blur or a tremble may take more than a step gives
    const climb = (steps: number) =>
      ascent(model, [1, 8, 8], {
        layer: '3.body.0',
        steps,
        decay: 0,
        blur: 0,
        tremble: 0,
        place: 'all',
        generator: new random.Generator(5),
      })
    const { pictures, activations } = await climb(30)
    expect(pictures.shape).toEqual([3, 1, 8, 8])
    const noise = await climb(1)
    activations.forEach((a, i) => {
      expect(a).toBeGreaterThan(noise.activations[i]!)
    })
    expect(model.training).toBe(true)
  })
})

test('refusals', async () => {
  const model = network()
  const x = wave(2, 1, 8, 8)
  const set = arrays({ x, y: new Float32Array(2) }) as never
  const cases: [Promise<unknown>, new (...a: never[]) => Error, string][] = [
    [
      activations(model, x, ['7']),
      OptionError,
      "activations: the model has no layer '7'; it has 0, 1, 2, 3, 3.body, 3.body.0, 3.body.1, 4, 5, 6",
    ],
    [
      saliency(model, wave(8, 8)),
      ShapeError,
      'saliency: expected pictures [batch, channels, height, width], got [8, 8]',
    ],
    [saliency(model, x, { classes: 4 }), IndexError, 'saliency: index 4 is outside [0, 4)'],
    [saliency(model, x, { classes: [1] }), ShapeError, 'saliency: 1 classes do not go with 2 pictures'],
    [
      saliency(model, x, { method: 'lime' as never }),
      OptionError,
      "saliency: there is no method 'lime'; there is gradient, smooth, integrated",
    ],
    [
      saliency(nn.relu() as never, x),
      ShapeError,
      'saliency: the model must give scores [batch, classes], got [2, 1, 8, 8]',
    ],
    [occlusion(model, x, { size: 9 }), OptionError, 'occlusion: size must be a whole number from 1 to 8, got 9'],
    [
      occlusion(model, x, { size: 2, stride: 3 }),
      OptionError,
      'occlusion: stride must be a whole number from 1 to the size 2, got 3',
    ],
    [topPatches(model, '1', set, { channels: [3] }), IndexError, 'topPatches: index 3 is outside [0, 3)'],
    [topPatches(model, '1', set, { count: 0 }), OptionError, 'topPatches: count must be a whole number >= 1, got 0'],
    [ascent(model, [1, 8, 8], { channels: [4] }), IndexError, 'ascent: index 4 is outside [0, 4)'],
    [
      ascent(model, [1, 8, 8], { tremble: 8 }),
      OptionError,
      'ascent: tremble must be a whole number of pixels below 8, got 8',
    ],
  ]
  for (const [run, kind, message] of cases) {
    const error = await run.then(
      () => undefined,
      e => e,
    )
    expect(error?.message).toBe(message)
    expect(error).toBeInstanceOf(kind)
  }
})
