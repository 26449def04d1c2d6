/**
 * Shape rules of every layer, as types and as they run: each line is checked by the compiler (the expected shape or message is
 * the type that the layer computes) and by the run (the shape or error that `forward` gives). Nothing is evaluated.
 */
import { describe, expect, test } from 'vitest'
import { ShapeError } from '../errors.ts'
import { zeros } from '../tensor/create.ts'
import type { MessageOf, Mutable, Shape } from '../tensor/dimension-types.ts'
import * as nn from './index.ts'
import type { AnyLayer, ApplyLayer, Layer } from './layer-types.ts'
import type { AnyTensor } from './tensors.ts'

type Runs = { forward(x: AnyTensor): AnyTensor }

/** The layer makes `output` of `input`. */
function gives<L extends AnyLayer, const S extends Shape>(
  layer: L,
  input: S,
  output: ApplyLayer<L, Mutable<S>>,
  dtype: 'float32' | 'int32' = 'float32',
): void {
  expect((layer as unknown as Runs).forward(zeros(input, { dtype }) as AnyTensor).shape).toEqual(output)
}
/** The layer refuses `input` with exactly this message. */
function refuses<L extends AnyLayer, const S extends Shape>(
  layer: L,
  input: S,
  message: MessageOf<ApplyLayer<L, Mutable<S>>>,
): void {
  const run = (): unknown => (layer as unknown as Runs).forward(zeros(input) as AnyTensor)
  expect(run).toThrow(ShapeError)
  try {
    run()
  } catch (error) {
    expect((error as Error).message).toBe(message)
  }
}

test('linear', () => {
  gives(nn.linear(784, 10), [32, 784], [32, 10])
  gives(nn.linear(8, 4), [2, 3, 8], [2, 3, 4])
  gives(nn.linear(8, 4), [8], [4])
  refuses(nn.linear(784, 128), [32, 256], 'linear: expected 784 features, got 256 (input [32, 256])')
  refuses(nn.linear(784, 128), [], 'linear: input has rank 0')
})

describe('convolutions', () => {
  test('2d', () => {
    gives(nn.conv2d(1, 6, 5, { padding: 2 }), [32, 1, 28, 28], [32, 6, 28, 28])
    gives(nn.conv2d(3, 64, 7, { stride: 2, padding: 3 }), [1, 3, 224, 224], [1, 64, 112, 112])
    gives(nn.conv2d(64, 64, 3, { stride: 2, padding: 1 }), [1, 64, 56, 56], [1, 64, 28, 28])
    gives(nn.conv2d(3, 64, 1, { stride: 2 }), [1, 3, 56, 56], [1, 64, 28, 28])
    gives(nn.conv2d(3, 8, 16, { stride: 16 }), [1, 3, 224, 224], [1, 8, 14, 14])
    gives(nn.conv2d(1, 2, 3, { dilation: 2 }), [1, 1, 9, 9], [1, 2, 5, 5])
    gives(nn.conv2d(4, 8, 3, { groups: 2, padding: 1 }), [1, 4, 6, 5], [1, 8, 6, 5])
    gives(nn.conv2d(4, 8, 4, { padding: 'same' }), [1, 4, 6, 5], [1, 8, 6, 5])
    gives(nn.conv2d(1, 1, 3, { stride: 3, round: 'floor' }), [1, 1, 7, 7], [1, 1, 2, 2])
  })
  test('sizes that differ by axis are known at run time only', () => {
    const y = nn.conv2d(1, 2, [3, 5], { padding: [1, 2] }).forward(zeros([1, 1, 8, 9]))
    const typed: readonly [1, 2, number, number] = y.shape
    expect(typed).toEqual([1, 2, 8, 9])
  })
  test('1d and 3d', () => {
    gives(nn.conv1d(2, 4, 3), [5, 2, 9], [5, 4, 7])
    gives(nn.conv3d(1, 2, 2, { stride: 2 }), [1, 1, 4, 6, 8], [1, 2, 2, 3, 4])
  })
  test('transposed', () => {
    gives(nn.convTranspose2d(4, 2, 2, { stride: 2 }), [1, 4, 7, 7], [1, 2, 14, 14])
    gives(nn.convTranspose2d(4, 2, 3, { stride: 2, padding: 1, outputPadding: 1 }), [1, 4, 7, 7], [1, 2, 14, 14])
    gives(nn.convTranspose1d(1, 1, 3, { dilation: 2 }), [1, 1, 4], [1, 1, 8])
    gives(nn.convTranspose3d(1, 2, 2), [1, 1, 2, 3, 4], [1, 2, 3, 4, 5])
    refuses(
      nn.convTranspose2d(4, 2, 2),
      [1, 3, 7, 7],
      'convTranspose2d: expected 4 input channels, got 3 (input [1, 3, 7, 7])',
    )
  })
  test('refused', () => {
    refuses(
      nn.conv2d(1, 6, 3, { stride: 3 }),
      [1, 1, 7, 7],
      'conv2d: 3x3 kernel, stride 3, padding 0 does not fit 7: last 1 row(s)/column(s) never read',
    )
    refuses(nn.conv2d(1, 1, 5), [1, 1, 3, 3], 'conv2d: kernel 5 is larger than the input 3 with padding 0')
    refuses(nn.conv2d(1, 6, 5), [2, 3, 28, 28], 'conv2d: expected 1 input channels, got 3 (input [2, 3, 28, 28])')
    refuses(nn.conv2d(1, 6, 5), [1, 28, 28], 'conv2d: expected [batch, channels, height, width], got [1, 28, 28]')
    refuses(nn.conv1d(1, 6, 5), [28], 'conv1d: expected [batch, channels, length], got [28]')
    refuses(
      nn.conv3d(1, 6, 5),
      [1, 1, 9, 9],
      'conv3d: expected [batch, channels, depth, height, width], got [1, 1, 9, 9]',
    )
  })
})

describe('pooling', () => {
  test('windows', () => {
    gives(nn.maxPool2d(2), [1, 6, 28, 28], [1, 6, 14, 14])
    gives(nn.maxPool2d(3, { stride: 2, padding: 1 }), [1, 64, 112, 112], [1, 64, 56, 56])
    gives(nn.maxPool2d(2, { round: 'floor' }), [1, 3, 225, 225], [1, 3, 112, 112])
    gives(nn.avgPool1d(2), [1, 3, 8], [1, 3, 4])
    gives(nn.avgPool3d(2), [1, 3, 4, 4, 4], [1, 3, 2, 2, 2])
    gives(nn.lpPool2d(2, 2), [1, 3, 4, 4], [1, 3, 2, 2])
    gives(nn.rmsPool2d(2), [1, 3, 4, 4], [1, 3, 2, 2])
    gives(nn.sumPool2d(2), [1, 3, 4, 4], [1, 3, 2, 2])
    gives(nn.sumPool1d(2), [1, 3, 4], [1, 3, 2])
  })
  test('ceil', () => {
    const y = nn.maxPool2d(2, { round: 'ceil' }).forward(zeros([1, 3, 5, 5]))
    const typed: readonly [1, 3, number, number] = y.shape
    expect(typed).toEqual([1, 3, 3, 3])
    // the last window must begin inside the input: PyTorch's rule
    expect(nn.maxPool1d(1, { stride: 2, round: 'ceil' }).forward(zeros([1, 1, 4])).shape).toEqual([1, 1, 2])
  })
  test('adaptive and global', () => {
    gives(nn.adaptiveAvgPool2d(1), [1, 3, 7, 5], [1, 3, 1, 1])
    gives(nn.adaptiveAvgPool2d([3, 4]), [1, 3, 7, 5], [1, 3, 3, 4])
    gives(nn.adaptiveMaxPool1d(5), [1, 3, 7], [1, 3, 5])
    gives(nn.adaptiveMaxPool3d(2), [1, 3, 7, 5, 4], [1, 3, 2, 2, 2])
    gives(nn.globalAvgPool(), [8, 2048, 7, 7], [8, 2048])
    gives(nn.globalMaxPool(), [8, 16, 9], [8, 16])
  })
  test('refused', () => {
    refuses(
      nn.maxPool2d(2),
      [1, 6, 7, 7],
      'maxPool2d: 2x2 kernel, stride 2, padding 0 does not fit 7: last 1 row(s)/column(s) never read',
    )
    refuses(nn.avgPool2d(9), [1, 6, 7, 7], 'avgPool2d: kernel 9 is larger than the input 7 with padding 0')
    refuses(nn.maxPool1d(2), [6, 7], 'maxPool1d: expected [batch, channels, length], got [6, 7]')
    refuses(nn.rmsPool2d(2), [7, 7], 'rmsPool2d: expected [batch, channels, height, width], got [7, 7]')
    refuses(nn.lpPool2d(2, 2), [7, 7], 'lpPool2d: expected [batch, channels, height, width], got [7, 7]')
    refuses(
      nn.adaptiveAvgPool2d(1),
      [3, 7, 5],
      'adaptiveAvgPool2d: expected [batch, channels, height, width], got [3, 7, 5]',
    )
    refuses(nn.globalAvgPool(), [8, 4], 'globalAvgPool: expected [batch, channels, ...], got [8, 4]')
  })
})

test('normalisation', () => {
  gives(nn.batchNorm1d(4), [2, 4], [2, 4])
  gives(nn.batchNorm1d(4), [2, 4, 9], [2, 4, 9])
  gives(nn.batchNorm2d(4), [2, 4, 3, 3], [2, 4, 3, 3])
  gives(nn.batchNorm3d(4), [2, 4, 3, 3, 3], [2, 4, 3, 3, 3])
  gives(nn.groupNorm(2, 4), [2, 4, 3], [2, 4, 3])
  gives(nn.layerNorm(8), [2, 3, 8], [2, 3, 8])
  gives(nn.layerNorm([3, 8]), [2, 3, 8], [2, 3, 8])
  refuses(nn.batchNorm2d(4), [2, 5, 3, 3], 'batchNorm2d: expected 4 channels, got input [2, 5, 3, 3]')
  refuses(nn.batchNorm2d(4), [2, 4], 'batchNorm2d: expected rank 4, got [2, 4]')
  refuses(nn.batchNorm1d(4), [4], 'batchNorm1d: expected rank 2 or 3, got [4]')
  refuses(nn.groupNorm(2, 4), [2, 6, 3], 'groupNorm: expected 4 channels, got input [2, 6, 3]')
  refuses(nn.layerNorm(8), [2, 7], 'layerNorm: expected 8 features, got 7 (input [2, 7])')
})

test('layers that keep the shape', () => {
  const shape = [2, 3, 4, 5] as const
  const layers = [
    nn.elu(),
    nn.gelu(),
    nn.hardSigmoid(),
    nn.hardSwish(),
    nn.identity(),
    nn.leakyRelu(),
    nn.logSoftmax(),
    nn.mish(),
    nn.prelu(3),
    nn.relu(),
    nn.relu6(),
    nn.selu(),
    nn.sigmoid(),
    nn.silu(),
    nn.softmax(),
    nn.softplus(),
    nn.softsign(),
    nn.step(),
    nn.tanh(),
    nn.dropout(0.5),
    nn.dropout2d(0.5),
  ]
  for (const layer of layers) gives(layer, shape, [2, 3, 4, 5])
})

test('the rest', () => {
  gives(nn.flatten(), [8, 16, 5, 5], [8, 400])
  gives(nn.flatten(0), [8, 16], [128])
  gives(nn.embedding(100, 16), [3, 7], [3, 7, 16], 'int32')
  gives(nn.input(1, 28, 28), [9, 1, 28, 28], [9, 1, 28, 28])
  refuses(nn.flatten(), [], 'flatten: rank 0')
  refuses(nn.input(1, 28, 28), [9, 1, 28, 27], 'input: expected [B, 1, 28, 28], got [9, 1, 28, 27]')
  refuses(nn.input(1, 28, 28), [1, 28, 28], 'input: expected [B, 1, 28, 28], got [1, 28, 28]')
  gives(nn.residual(nn.linear(8, 8)), [4, 8], [4, 8])
  gives(nn.residual(nn.linear(8, 4), nn.linear(8, 4)), [2, 8], [2, 4])
  refuses(nn.residual(nn.linear(8, 4)), [2, 8], 'residual: shapes [2, 4] and [2, 8] do not broadcast')
})

describe('chains', () => {
  test('are checked as they are written', () => {
    // @ts-expect-error 784 features meet 256
    nn.sequential(nn.linear(784, 256), nn.relu(), nn.linear(784, 128))
    // @ts-expect-error 6 channels meet 5
    nn.sequential(nn.conv2d(1, 6, 5), nn.batchNorm2d(5))
    nn.sequential(
      nn.input(1, 28, 28),
      nn.conv2d(1, 6, 5),
      nn.relu(),
      nn.maxPool2d(2),
      nn.flatten(),
      // @ts-expect-error 864 features come
      nn.linear(400, 120),
    )
    // @ts-expect-error 13 does not divide by 2
    nn.sequential(nn.input(1, 13, 13), nn.maxPool2d(2))
    nn.sequential(nn.embedding(10, 4), nn.linear(4, 2))
    // @ts-expect-error 4 features come
    nn.sequential(nn.embedding(10, 4), nn.linear(5, 2))
  })
  test('follow the batch through', () => {
    const net = nn.sequential(nn.conv2d(1, 6, 5, { padding: 2 }), nn.relu(), nn.maxPool2d(2), nn.flatten())
    const logits: readonly [32, 1176] = net.forward(zeros([32, 1, 28, 28])).shape
    expect(logits).toEqual([32, 1176])
    const wrong = (): unknown =>
      // @ts-expect-error channels
      net.forward(zeros([32, 3, 28, 28]))
    expect(wrong).toThrow('conv2d: expected 1 input channels, got 3 (input [32, 3, 28, 28]) (in module 0)')
    const head = nn.sequential(nn.embedding(10, 4), nn.linear(4, 2))
    const of: readonly [3, 2] = head.forward(zeros([3], { dtype: 'int32' })).shape
    expect(of).toEqual([3, 2])
    // @ts-expect-error indices are int32
    expect(() => head.forward(zeros([3]))).toThrow('embedding: indices must be int32, got float32')
  })
  test('take class modules and lists', () => {
    class Head extends nn.Module {
      readonly fc = nn.linear(12, 3)
      forward<B extends number>(x: import('./tensors.ts').Tensor<[B, 12]>) {
        return this.fc.forward(x)
      }
    }
    const net = nn.sequential(new Head(), nn.relu(), nn.linear(3, 2))
    const y: readonly [number, 2] = net.forward(zeros([7, 12])).shape
    expect(y).toEqual([7, 2])
    // @ts-expect-error 3 features come
    nn.sequential(new Head(), nn.linear(11, 2))
    const sizes: number[] = [12, 8, 4]
    const layers: Layer[] = sizes.slice(1).map((out, i) => nn.linear(sizes[i]!, out))
    expect(nn.sequential(...layers).forward(zeros([3, 12])).shape).toEqual([3, 4])
  })
})
