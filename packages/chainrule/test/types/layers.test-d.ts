/** What the types say of networks: shapes follow through layers, and the first layer that does not fit is the one that is marked. */

import { nn, type Shape, type Tensor, type TensorLike, zeros } from '../../src/index.ts'
import type { Same } from '../../src/tensor/dimension-types.ts'

const is =
  <Expected extends Shape>() =>
  <S extends Shape>(_: TensorLike<S>, _same: Same<S, Expected>) => {}

// a chain is checked as it is written
export const lenet = nn.sequential(
  nn.conv2d(1, 6, 5, { padding: 2 }),
  nn.relu(),
  nn.maxPool2d(2),
  nn.conv2d(6, 16, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(400, 120),
  nn.relu(),
  nn.linear(120, 84),
  nn.relu(),
  nn.linear(84, 10),
)
is<[32, 10]>()(lenet.forward(zeros([32, 1, 28, 28])), true)
// @ts-expect-error a larger image: flatten gives 576
lenet.forward(zeros([32, 1, 32, 32]))
// @ts-expect-error three channels
lenet.forward(zeros([32, 3, 28, 28]))
// @ts-expect-error no batch
lenet.forward(zeros([1, 28, 28]))
// @ts-expect-error indices are no image
lenet.forward(zeros([32, 1, 28, 28], { dtype: 'int32' }))

export const perceptron = nn.sequential(
  nn.linear(784, 256),
  nn.relu(),
  // @ts-expect-error 256 features arrive
  nn.linear(784, 128),
  nn.relu(),
  nn.linear(128, 10),
)
export const pinned = nn.sequential(
  nn.input(1, 28, 28),
  nn.conv2d(1, 6, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  // @ts-expect-error 864 features arrive
  nn.linear(400, 120),
)
export const channels = nn.sequential(
  nn.conv2d(3, 8, 3),
  // @ts-expect-error 8 channels arrive
  nn.batchNorm2d(16),
)
// @ts-expect-error the sample has another shape
nn.sequential(nn.input(1, 28, 28)).forward(zeros([32, 1, 28, 27]))

// windows: real input that would never be read is a mistake
is<[1, 1, 3, 3]>()(nn.conv2d(1, 1, 3, { stride: 2 }).forward(zeros([1, 1, 7, 7])), true)
is<[1, 1, 2, 2]>()(nn.conv2d(1, 1, 3, { stride: 3, round: 'floor' }).forward(zeros([1, 1, 7, 7])), true)
is<[1, 64, 112, 112]>()(nn.conv2d(3, 64, 7, { stride: 2, padding: 3 }).forward(zeros([1, 3, 224, 224])), true)
is<[1, 64, 28, 28]>()(nn.conv2d(3, 64, 1, { stride: 2 }).forward(zeros([1, 3, 56, 56])), true)
is<[1, 2, 5, 5]>()(nn.conv2d(1, 2, 3, { dilation: 2 }).forward(zeros([1, 1, 9, 9])), true)
is<[1, 8, 8, 8]>()(nn.conv2d(4, 8, 3, { padding: 'same', groups: 4 }).forward(zeros([1, 4, 8, 8])), true)
is<[1, 2, 6]>()(nn.conv1d(1, 2, 5).forward(zeros([1, 1, 10])), true)
is<[1, 2, 3, 4, 5]>()(nn.conv3d(1, 2, 3).forward(zeros([1, 1, 5, 6, 7])), true)
is<[1, 3, 112, 112]>()(nn.avgPool2d(2, { round: 'floor' }).forward(zeros([1, 3, 225, 225])), true)
// @ts-expect-error the last row would never be read
nn.conv2d(1, 1, 3, { stride: 3 }).forward(zeros([1, 1, 7, 7]))
// @ts-expect-error the kernel is larger than the image
nn.conv2d(1, 1, 5).forward(zeros([1, 1, 3, 3]))
// @ts-expect-error with dilation it is larger as well
nn.conv2d(1, 1, 3, { dilation: 3 }).forward(zeros([1, 1, 6, 6]))
// @ts-expect-error 225 is odd
nn.maxPool2d(2).forward(zeros([1, 3, 225, 225]))
// @ts-expect-error a stride of 0
nn.conv2d(1, 1, 3, { stride: 0 }).forward(zeros([1, 1, 7, 7]))
// @ts-expect-error negative padding
nn.conv2d(1, 1, 3, { padding: -1 }).forward(zeros([1, 1, 7, 7]))
// @ts-expect-error a layer for sequences
nn.conv1d(1, 2, 5).forward(zeros([1, 1, 10, 10]))

// the other layers
is<[2, 9, 64]>()(nn.embedding(100, 64).forward(zeros([2, 9], { dtype: 'int32' })), true)
is<[2, 9, 10]>()(
  nn.sequential(nn.embedding(100, 64), nn.layerNorm(64), nn.linear(64, 10)).forward(zeros([2, 9], { dtype: 'int32' })),
  true,
)
// @ts-expect-error floats are no indices
nn.embedding(100, 64).forward(zeros([2, 9]))
// @ts-expect-error floats are no indices for the first layer
nn.sequential(nn.embedding(100, 64), nn.linear(64, 10)).forward(zeros([2, 9]))
// @ts-expect-error 64 features arrive
nn.sequential(nn.embedding(100, 64), nn.layerNorm(32))
// @ts-expect-error a loss needs a target for each row
nn.crossEntropy(zeros([32, 10]), zeros([31], { dtype: 'int32' }))
is<[]>()(nn.crossEntropy(zeros([32, 10]), zeros([32], { dtype: 'int32' })), true)

// residual
is<[1, 8, 5, 5]>()(nn.residual(nn.conv2d(8, 8, 3, { padding: 1 })).forward(zeros([1, 8, 5, 5])), true)
// @ts-expect-error the sum does not fit
nn.residual(nn.linear(8, 4)).forward(zeros([2, 8]))
is<[2, 4]>()(nn.residual(nn.linear(8, 4), nn.linear(8, 4)).forward(zeros([2, 8])), true)

// class modules
export class Network extends nn.Module {
  conv1 = nn.conv2d(1, 6, 5, { padding: 2 })
  conv2 = nn.conv2d(6, 16, 5)
  pool = nn.maxPool2d(2)
  classifier = nn.sequential(nn.linear(400, 120), nn.relu(), nn.linear(120, 84), nn.relu(), nn.linear(84, 10))
  forward<B extends number>(x: Tensor<[B, 1, 28, 28]>) {
    const h = this.pool.forward(this.conv1.forward(x).relu())
    is<[B, 6, 14, 14]>()(h, true)
    const g = this.pool.forward(this.conv2.forward(h).relu()).flatten()
    is<[B, 400]>()(g, true)
    // @ts-expect-error 400 features arrive
    nn.linear(401, 3).forward(g)
    return this.classifier.forward(g)
  }
}
is<[7, 10]>()(new Network().forward(zeros([7, 1, 28, 28])), true)
is<[number, 2]>()(nn.sequential(new Network(), nn.relu(), nn.linear(10, 2)).forward(zeros([7, 1, 28, 28])), true)
// @ts-expect-error 10 features arrive
nn.sequential(new Network(), nn.linear(11, 2))
// @ts-expect-error no layer
nn.sequential(nn.relu(), 3)

export class Perceptron<I extends number, H extends number, O extends number> extends nn.Module {
  readonly first
  readonly second
  constructor(inputs: I, hidden: H, outputs: O) {
    super()
    this.first = nn.linear(inputs, hidden)
    this.second = nn.linear(hidden, outputs)
  }
  forward<B extends number>(x: Tensor<[B, I]>) {
    return this.second.forward(this.first.forward(x).relu())
  }
}
is<[3, 10]>()(new Perceptron(784, 128, 10).forward(zeros([3, 784])), true)
// @ts-expect-error 784 features wanted
new Perceptron(784, 128, 10).forward(zeros([3, 783]))

// what is known at run time only
const sizes: number[] = [784, 256, 10]
const blocks = sizes.slice(1).map((o, i) => nn.linear(sizes[i]!, o))
export const unknownChain = nn.sequential(...blocks).forward(zeros([3, 784]))
let h: Tensor = zeros([3, 784])
for (const block of blocks) h = block.forward(h)
export const anyLayers: nn.Layer[] = [nn.linear(3, 4), nn.relu(), lenet]
