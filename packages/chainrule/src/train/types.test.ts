import { describe, expect, expectTypeOf, it } from 'vitest'
import { arrays } from '../data/arrays.ts'
import type { Dataset } from '../data/dataset.ts'
import type { ImageSample } from '../data/image-set.ts'
import { loader } from '../data/loader.ts'
import { lenet5 } from '../models/lenet.ts'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { compile } from '../tensor/compile.ts'
import { ones, tensor, zeros } from '../tensor/create.ts'
import { grad } from '../tensor/gradients.ts'
import type { BoolTensor, IntTensor, Tensor } from '../tensor/types.ts'
import { evaluate } from './evaluate.ts'
import { fit } from './fit.ts'

declare const digits: Dataset<ImageSample>
declare const large: Dataset<{ readonly x: Tensor<[3, 32, 32]>; readonly y: IntTensor<[]> }>
declare const unknownShape: Dataset<{ readonly x: Tensor; readonly y: IntTensor }>

/** Never called: what is in it must, or must not, compile. */
export function typed(): void {
  const options = { loss: nn.crossEntropy, optimizer: adam({ learningRate: 1e-3 }) }
  const net = lenet5()
  fit(net, digits, options)
  fit(net, digits, { ...options, validate: digits })
  fit(net, unknownShape, options)
  // @ts-expect-error input: expected [B, 1, 28, 28], got [?, 3, 32, 32]
  fit(net, large, options)
  // @ts-expect-error the validation has other samples
  fit(net, digits, { ...options, validate: large })
  // @ts-expect-error linear: expected 784 features, got 28
  fit(nn.sequential(nn.linear(784, 10)), digits, options)
  fit(nn.sequential(nn.flatten(), nn.linear(784, 10)), digits, options)
  // @ts-expect-error input: expected [B, 1, 28, 28], got [?, 3, 32, 32]
  evaluate(net, large, options)

  // samples of whole arrays
  const whole = arrays({ x: zeros([10, 3]), y: tensor(new Int32Array(10)) })
  type Row = Awaited<ReturnType<typeof whole.get>>
  expectTypeOf<Row['x']>().toEqualTypeOf<Tensor<[3]>>()
  expectTypeOf<Row['y']>().toEqualTypeOf<IntTensor<[]>>()
  fit(nn.linear(3, 2), whole, options)
  fit(nn.linear(3, 2), arrays({ x: ones([10, 3]), y: new Uint8Array(10) }), options)
  // @ts-expect-error linear: expected 4 features, got 3
  fit(nn.linear(4, 2), whole, options)
  // @ts-expect-error linear: expected 4 features, got 3
  fit(nn.linear(4, 2), arrays({ x: ones([10, 3]), y: new Uint8Array(10) }), options)
  const values = arrays({
    x: { dtype: 'float32', shape: [8, 1, 28, 28], data: new Float32Array(8 * 784) },
    y: new Int32Array(8),
    mask: { dtype: 'bool', shape: [8, 2], data: new Uint8Array(16) },
  })
  expectTypeOf(values.get(0)).resolves.toEqualTypeOf<{
    readonly x: Tensor<[1, 28, 28]>
    readonly y: IntTensor<[]>
    readonly mask: BoolTensor<[2]>
  }>()
  fit(net, values, options)
  // @ts-expect-error input: expected [B, 1, 28, 28], got [?, 3]
  fit(net, whole, options)
  expectTypeOf(
    arrays<ImageSample>({ x: new Float32Array(8), y: new Int32Array(8) }).get(0),
  ).resolves.toEqualTypeOf<ImageSample>()

  // the loop underneath, by hand
  const optimizer = adam({ learningRate: 1e-3 }, net)
  const step = compile((x: Tensor<[number, 1, 28, 28]>, y: IntTensor<[number]>) => {
    const loss = nn.crossEntropy(net.forward(x), y)
    optimizer.step(grad(loss, net.parameters()))
    return loss
  })
  const loop = async (): Promise<void> => {
    for await (const { x, y } of loader(digits, { batchSize: 128, shuffle: true })) {
      expectTypeOf(x).toEqualTypeOf<Tensor<[number, 1, 28, 28]>>()
      expectTypeOf(y).toEqualTypeOf<IntTensor<[number]>>()
      expectTypeOf(await step(x, y).item()).toEqualTypeOf<number>()
    }
  }
  void loop

  class Net extends nn.Module {
    readonly hidden = nn.linear(784, 10)
    forward<B extends number>(x: Tensor<[B, 1, 28, 28]>) {
      return this.hidden.forward(x.flatten())
    }
  }
  fit(new Net(), digits, options)
}

describe('types of fit', () => {
  it('are checked by the compiler', () => expect(typed).toBeTypeOf('function'))
})
