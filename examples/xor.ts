/**
 * XOR needs a hidden layer, but a hidden layer of two units does not always learn it: how often it does, over 300 beginnings. All of
 * them are one computation: every parameter has an axis for the seed, so a step is two batched matrix products.
 */
import { compile, grad, nn, optim, random, type Tensor, tensor, variable } from 'chainrule'

const seeds = 300
const steps = 3000
const x = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])
const y = tensor([[0], [1], [1], [0]])

type Activation = 'sigmoid' | 'tanh' | 'relu'

/** The share of seeds that answer all four rightly after training. */
async function successRate(units: number, activation: Activation, loss: 'squared' | 'cross entropy'): Promise<number> {
  random.seed(1)
  const w1 = variable(random.normal([seeds, 2, units]))
  const b1 = variable(random.normal([seeds, 1, units]))
  const w2 = variable(random.normal([seeds, units, 1]))
  const b2 = variable(random.normal([seeds, 1, 1]))
  const parameters = [w1, b1, w2, b2]
  const optimizer = optim.sgd({ learningRate: 1 }, parameters as never)

  const logits = () => x.matmul(w1).add(b1)[activation]().matmul(w2).add(b2) // [seeds, 4, 1]
  const targets = y.expand([seeds, 4, 1]) as Tensor<[number, 4, 1]>
  const step = compile(() => {
    const z = logits() as unknown as typeof targets
    const each =
      loss === 'squared'
        ? nn.mse(z.sigmoid(), targets, { reduction: 'none' })
        : nn.binaryCrossEntropyWithLogits(z, targets, { reduction: 'none' })
    // the mean over a seed's four samples, the sum over seeds: each seed gets the gradient it would have alone
    const total = each.mean([1, 2]).sum()
    optimizer.step(grad(total, parameters) as never)
    return total
  })
  for (let i = 0; i < steps; i++) step()

  const right = logits().gt(0).eq(targets.gt(0)).all([1, 2]) // [seeds]
  return Number(await right.toFloat().mean().item())
}

console.log(
  `XOR: seeds of ${seeds} that get all four right after ${steps} steps of the whole batch, learning rate 1, N(0, 1)`,
)
const experiments = [
  [2, 'sigmoid'],
  [2, 'tanh'],
  [2, 'relu'],
  [4, 'sigmoid'],
] as const
for (const [units, activation] of experiments) {
  const squared = await successRate(units, activation, 'squared')
  const entropy = await successRate(units, activation, 'cross entropy')
  console.log(
    `${units} ${activation} units: ${(100 * squared).toFixed(1)} % with the squared error, ${(100 * entropy).toFixed(1)} % with cross entropy`,
  )
}
console.log('A hidden layer is needed; that two units are enough does not mean that they are found.')
