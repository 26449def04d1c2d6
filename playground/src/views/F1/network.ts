/** The reader's network, loss and optimizer as the engine's. */
import { nn, optim, type Tensor } from 'chainrule'
import { type Loss, type Optimizer, type Setup, sizesOf } from './setup.ts'

export type Batch = Tensor<[number, number]>
/** What the outputs say: the probability of class 1, or of each class. */
export const probabilities = (z: Batch): Batch => (z.shape[1] === 1 ? z.sigmoid() : (z.softmax(1) as Batch))

/** Losses of logits z [n, outputs] and targets 0 or 1. */
const losses: Readonly<Record<Loss, (z: Batch, y: Batch) => Tensor<[]>>> = {
  bce: (z, y) =>
    (z.shape[1] === 1
      ? nn.binaryCrossEntropyWithLogits(z, y as never)
      : nn.crossEntropy(z, y as never)) as unknown as Tensor<[]>,
  mse: (z, y) => nn.mse(probabilities(z), y as never) as Tensor<[]>,
  hinge: (z, y) => nn.hinge(z, y.mul(2).sub(1) as never) as Tensor<[]>,
}
const optimizers = {
  sgd: (learningRate: number) => optim.sgd({ learningRate }),
  momentum: (learningRate: number) => optim.sgd({ learningRate, momentum: 0.9 }),
  rmsprop: (learningRate: number) => optim.rmsProp({ learningRate }),
  adam: (learningRate: number) => optim.adam({ learningRate }),
} satisfies Record<Optimizer, unknown>

export type Model = nn.Module & { forward(x: Batch): Batch }
type Layer = nn.Module & { forward(x: Batch): Batch }

/** Linear layers with their activations between, drawn from the engine's present random numbers. */
export function build(setup: Setup): { model: Model; layers: readonly Layer[] } {
  const activation = { relu: nn.relu, tanh: nn.tanh, sigmoid: nn.sigmoid, identity: undefined }[setup.act]
  const sizes = sizesOf(setup)
  const layers = sizes.slice(1).flatMap((units, l) => {
    const linear = nn.linear(sizes[l]!, units) as unknown as Layer
    return l < sizes.length - 2 && activation ? [linear, activation() as unknown as Layer] : [linear]
  })
  return { model: (nn.sequential as unknown as (...of: Layer[]) => Model)(...layers), layers }
}
export const optimizerOf = (setup: Setup) => optimizers[setup.optimizer](setup.lr)

/** The loss of a batch, and λ/2 · Σ w² apart. */
export function lossOf(setup: Setup, z: Batch, y: Batch, weights: readonly Batch[]) {
  const data = losses[setup.loss](z, y)
  if (setup.l2 === 0) return { data, penalty: undefined, total: data }
  const squares = weights.map(w => w.square().sum() as Tensor<[]>)
  const penalty = squares.reduce((a, b) => a.add(b) as Tensor<[]>).mul(setup.l2 / 2) as Tensor<[]>
  return { data, penalty, total: data.add(penalty) as Tensor<[]> }
}
