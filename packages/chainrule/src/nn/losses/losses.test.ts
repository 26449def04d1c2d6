/** What goldens do not show: derivatives (also second ones), extreme inputs, labels that are no classes, bad options. */
import { beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { DTypeError, IndexError, OptionError, ShapeError } from '../../errors.ts'
import { compile } from '../../tensor/compile.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import type { MessageOf } from '../../tensor/dimension-types.ts'
import { gradCheck } from '../../tensor/grad-check.ts'
import { grad } from '../../tensor/gradients.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { IntTensor, Tensor, TensorLike } from '../../tensor/types.ts'
import * as nn from '../index.ts'
import type { ProbabilityLossShape } from '../shape-types.ts'

beforeAll(() => {
  setDevice(jsDevice())
})
const doubles = (shape: number[], f: (i: number) => number): TensorLike =>
  tensor(
    Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => f(i)),
    { shape, dtype: 'float64' },
  )
const labels = (...values: number[]): IntTensor<[number]> => tensor(Int32Array.from(values))

describe('derivatives', () => {
  const z = doubles([3, 4], i => Math.sin(3 * i + 1))
  const t = doubles([3, 4], i => Math.cos(i) ** 2)
  const y = labels(1, 3, 0)
  const weight = doubles([4], i => i + 0.5)
  const cases: Record<string, (z: Tensor) => unknown> = {
    crossEntropy: z => nn.crossEntropy(z, y),
    'crossEntropy, smoothing, weights': z => nn.crossEntropy(z, y, { labelSmoothing: 0.2, weight }),
    'crossEntropy, ignored': z => nn.crossEntropy(z, y, { ignoreIndex: 3 }),
    'crossEntropy of probabilities': z => nn.crossEntropy(z, t as never),
    nll: z => nn.nll(z, y),
    multiMargin: z => nn.multiMargin(z, y, { p: 2 }),
    mse: z => nn.mse(z, t as never),
    huber: z => nn.huber(z, t as never, { delta: 0.3 }),
    hinge: z => nn.hinge(z, t as never),
    binaryCrossEntropyWithLogits: z => nn.binaryCrossEntropyWithLogits(z, t as never),
    klDiv: z => nn.klDiv(z, t as never),
  }
  test.each(Object.entries(cases))('%s', async (_, loss) => {
    expect(await gradCheck(loss as never, [z] as never)).toMatchObject({ ok: true })
  })
  const smooth = ['crossEntropy', 'crossEntropy, smoothing, weights', 'mse', 'binaryCrossEntropyWithLogits'] as const
  test.each(smooth)('second derivative of %s', async name => {
    const slope = (z: Tensor): unknown => {
      const [g] = grad(cases[name]!(z) as Tensor, [z])
      return g.mul(g).sum()
    }
    expect(await gradCheck(slope as never, [z] as never)).toMatchObject({ ok: true })
  })
})

describe('normalisation layers', () => {
  const x = doubles([4, 3, 2], i => Math.sin(5 * i) + 0.1 * i)
  const layers = {
    batchNorm: nn.batchNorm1d(3, { trackRunningStats: false }),
    layerNorm: nn.layerNorm([3, 2]),
    groupNorm: nn.groupNorm(3, 3),
  }
  test.each(Object.entries(layers))('first and second derivative of %s', async (_, layer) => {
    layer.weight!.set(Float32Array.from({ length: layer.weight!.size }, (_, i) => 1 + i / 4))
    const f = (x: Tensor): Tensor => (layer.forward(x as never) as Tensor).mul(layer.forward(x as never).sin()).sum()
    expect(await gradCheck(f as never, [x] as never)).toMatchObject({ ok: true })
    const slope = (x: Tensor): unknown => {
      const [g] = grad(f(x), [x])
      return g.mul(g).sum()
    }
    expect(await gradCheck(slope as never, [x] as never, { tolerance: 1e-4 })).toMatchObject({ ok: true })
  })
})

describe('labels', () => {
  test('outside the classes are an IndexError', () => {
    const run = (): unknown => nn.crossEntropy(zeros([2, 10]), labels(3, 12))
    expect(run).toThrow(IndexError)
    expect(run).toThrow('crossEntropy: label 12 is outside the 10 classes [0, 10)')
    expect(() => nn.crossEntropy(zeros([1, 10]), labels(-100))).toThrow(IndexError)
    expect(() => nn.nll(zeros([1, 10]), labels(10))).toThrow('nll: label 10')
    expect(() => nn.multiMargin(zeros([1, 10]), labels(10))).toThrow('multiMargin: label 10')
    expect(() => nn.embedding(5, 2).forward(labels(1, 5))).toThrow('embedding: index 5 is outside [0, 5)')
  })
  test('are checked in each run of a compiled function, reshaped ones too', async () => {
    const f = compile((z: Tensor<[2, 3]>, y: IntTensor<[2, 1]>) => nn.crossEntropy(z, y.reshape([2])))
    const good = tensor(Int32Array.of(0, 2), { shape: [2, 1] })
    expect(await f(zeros([2, 3]), good).item()).toBeCloseTo(Math.log(3), 6)
    const bad = tensor(Int32Array.of(0, 3), { shape: [2, 1] })
    await expect((async () => f(zeros([2, 3]), bad).item())()).rejects.toThrow('label 3 is outside the 3 classes')
    expect(await f(zeros([2, 3]), good).item()).toBeCloseTo(Math.log(3), 6)
  })
  test('must be int32 and one for each row', () => {
    expect(() => nn.nll(zeros([2, 3]), zeros([2]) as never)).toThrow(DTypeError)
    const run = (): unknown =>
      // @ts-expect-error 31 labels
      nn.crossEntropy(zeros([32, 10]), zeros([31], { dtype: 'int32' }))
    expect(run).toThrow('crossEntropy: logits [32, 10] need targets [32], got [31]')
    // the text in the type and the text of the run are one
    type Text = MessageOf<ProbabilityLossShape<[32, 10], [32], 'crossEntropy'>>
    const text: Text = "crossEntropy: class indices must be int32, got float32; use toInt() or { dtype: 'int32' }"
    // @ts-expect-error labels of float32
    expect(() => nn.crossEntropy(zeros([32, 10]), zeros([32]))).toThrow(text)
    // @ts-expect-error a label for each row
    expect(() => nn.nll(zeros([32, 10]), zeros([32, 10], { dtype: 'int32' }))).toThrow(ShapeError)
  })
})

describe('targets of another shape are refused, not broadcast', () => {
  const p = zeros([4, 1])
  const t = zeros([4])
  const message = (name: string): string => `${name}: predictions [4, 1] need targets [4, 1], got [4]`
  test('each', () => {
    const wrong = (): unknown =>
      // @ts-expect-error
      nn.crossEntropy(p, zeros([4, 2]))
    expect(wrong).toThrow('crossEntropy: logits [4, 1] need probabilities [4, 1], got [4, 2]')
    // @ts-expect-error
    expect(() => nn.mse(p, t)).toThrow(message('mse'))
    // @ts-expect-error
    expect(() => nn.halfMse(p, t)).toThrow(message('halfMse'))
    // @ts-expect-error
    expect(() => nn.l1(p, t)).toThrow(message('l1'))
    // @ts-expect-error
    expect(() => nn.huber(p, t)).toThrow(message('huber'))
    // @ts-expect-error
    expect(() => nn.smoothL1(p, t)).toThrow(message('smoothL1'))
    // @ts-expect-error
    expect(() => nn.hinge(p, t)).toThrow(message('hinge'))
    // @ts-expect-error
    expect(() => nn.klDiv(p, t)).toThrow(message('klDiv'))
    // @ts-expect-error
    expect(() => nn.binaryCrossEntropy(p, t)).toThrow(message('binaryCrossEntropy'))
    // @ts-expect-error
    expect(() => nn.binaryCrossEntropyWithLogits(p, t)).toThrow(message('binaryCrossEntropyWithLogits'))
  })
})

test('extreme predictions give finite losses and gradients', async () => {
  const z = tensor([[1e4, -1e4, 0]])
  const sure = nn.crossEntropy(z, labels(1))
  expect(await grad(sure, [z])[0].array()).toEqual([[1, -1, 0]])
  expect(await nn.crossEntropy(z, labels(1)).item()).toBe(2e4)
  const logits = tensor([200, -200])
  expect(await nn.binaryCrossEntropyWithLogits(logits, tensor([0, 1]), { reduction: 'none' }).array()).toEqual([
    200, 200,
  ])
  expect(await nn.binaryCrossEntropy(tensor([0, 1]), tensor([1, 0]), { reduction: 'none' }).array()).toEqual([100, 100])
  expect(await nn.crossEntropy(zeros([2, 3]), labels(1, 1), { ignoreIndex: 1 }).item()).toBe(0)
})

test('types follow the reduction, the target and the axis', () => {
  const z = zeros([2, 3, 5])
  const scalar: readonly [] = nn.crossEntropy(z, zeros([2, 3], { dtype: 'int32' })).shape
  const rows: readonly [2, 3] = nn.crossEntropy(z, zeros([2, 3], { dtype: 'int32' }), { reduction: 'none' }).shape
  expect([scalar, rows]).toEqual([[], [2, 3]])
  expect(nn.crossEntropy(z, zeros([2, 5], { dtype: 'int32' }), { axis: 1, reduction: 'none' }).shape).toEqual([2, 5])
  const elements: readonly [2, 3, 5] = nn.mse(z, z, { reduction: 'none' }).shape
  expect(elements).toEqual([2, 3, 5])
})

test('options are checked', () => {
  const z = zeros([2, 3])
  expect(() => nn.crossEntropy(z, labels(0, 1), { labelSmoothing: 2 })).toThrow(OptionError)
  expect(() => nn.mse(z, z, { reduction: 'average' as never })).toThrow("'mean', 'sum', 'none'")
  expect(() => nn.huber(z, z, { delta: 0 })).toThrow(OptionError)
  const misspelt = { labelSmooth: 0.1 } as object
  expect(() => nn.crossEntropy(z, labels(0, 1), misspelt)).toThrow(
    "crossEntropy: unknown option 'labelSmooth'; there is",
  )
  expect(() => nn.conv2d(1, 1, 3, { strides: 2 } as object)).toThrow(
    "conv2d: unknown option 'strides'; there is stride,",
  )
  expect(() => nn.maxPool2d(3, { countPadding: true } as object)).toThrow(OptionError)
  expect(() => nn.conv2d(1, 1, 3, { stride: 0 })).toThrow('conv2d: stride must be an integer >= 1, got 0')
  expect(() => nn.conv2d(3, 4, 3, { groups: 2 })).toThrow('3 input and 4 output channels do not split into 2 groups')
  expect(() => nn.conv2d(1, 1, [3, 3, 3])).toThrow('conv2d: kernel needs 1 or 2 numbers, got [3, 3, 3]')
  expect(() => nn.maxPool2d(2, { padding: 2 })).toThrow('maxPool2d: padding 2 is more than half of the kernel 2')
  expect(() => nn.linear(2.5, 1)).toThrow('linear: inFeatures must be an integer >= 1, got 2.5')
  expect(() => nn.crossEntropy(z, labels(0, 1), { weight: zeros([2]) })).toThrow(
    'weight must have one number for each of 3',
  )
})
