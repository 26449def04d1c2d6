/**
 * Predict, loss, gradient, update, iterate: the five steps one at a time and backwards; gradient descent over the whole batch, over
 * mini-batches and over single samples side by side; losses side by side; and a learning rate that is too large, explained.
 */
import { data, inspect, nn, optim, random, type Tensor, tensor, train } from 'chainrule'

// 200 points of y = 2 x₁ − 3 x₂ + 1 with noise
random.seed(1)
const x = random.normal([200, 2])
const noise = random.normal([200, 1], { std: 0.1 })
const y = x
  .matmul(tensor([[2], [-3]]))
  .add(1)
  .add(noise)
await y.realize()

// 1. one phase at a time
const one = inspect.stepper({ parameters: nn.linear(2, 1), loss: nn.mse, batch: { x, y }, learningRate: 0.1 })
const weight = (state: inspect.StepperState) =>
  [...state.parameters.get('weight')!.data].map(v => v.toFixed(4)).join(', ')
console.log(`start: w = (${weight(await one.state)})`)
for (let i = 0; i < 5; i++) {
  const state = await one.next()
  const news = {
    predict: () => `ŷ₀ = ${state.prediction!.data[0]!.toFixed(4)}`,
    loss: () => `L = ${state.loss!.toFixed(4)}`,
    gradient: () => `∂L/∂w = (${[...state.gradients!.get('weight')!.data].map(v => v.toFixed(4)).join(', ')})`,
    update: () => `w = (${weight(state)})`,
    iterate: () => `step ${state.step} begins`,
  }
  console.log(`${state.phase}: ${news[state.phase as inspect.Phase]()}`)
}
console.log(`back to the start: w = (${weight(await one.rewind())})`)

// 2. batch, mini-batch, stochastic: the same samples seen, a different number of updates
console.log('loss after each pass over the data, learning rate 0.02:')
const samples = data.arrays({ x, y })
for (const [name, batchSize] of [
  ['batch', 200],
  ['mini-batch of 20', 20],
  ['stochastic', 1],
] as const) {
  random.seed(2)
  const model = nn.linear(2, 1)
  const losses: string[] = []
  let updates = 0
  const options = {
    loss: nn.mse,
    optimizer: optim.sgd({ learningRate: 0.02 }),
    epochs: 4,
    batchSize,
    validate: samples,
  }
  for await (const event of train.fit(model, samples as never, options as never)) {
    if (event.type !== 'epoch') continue
    losses.push(event.validation!.loss.toFixed(4))
    updates = event.step
  }
  console.log(`  ${name}: ${losses.join(' ')} (${updates} updates)`)
}

// 3. losses, with one sample that is far off
console.log('the slope that each loss finds, with 10 % of the targets spoiled (without noise it is 2):')
const spoiled = (y as Tensor).add(tensor(Array.from({ length: 200 }, (_, i) => [i % 10 === 0 ? 30 : 0])))
for (const [name, loss] of Object.entries({ squared: nn.mse, absolute: nn.l1, huber: nn.huber })) {
  random.seed(3)
  const run = inspect.stepper({ parameters: nn.linear(2, 1), loss, batch: { x, y: spoiled }, learningRate: 0.1 })
  const { parameters, losses } = await run.run(200)
  const [w1] = parameters.get('weight')!.data
  const bias = parameters.get('bias')!.data[0]!
  console.log(
    `  ${name}: w₁ = ${w1!.toFixed(3)}, b = ${bias.toFixed(3)}, loss ${losses[0]!.toFixed(2)} → ${losses.at(-1)!.toFixed(2)}`,
  )
}

// 4. too large a learning rate
for (const learningRate of [0.5, 1.2]) {
  random.seed(4)
  const run = inspect.stepper({ parameters: nn.linear(2, 1), loss: nn.mse, batch: { x, y }, learningRate })
  const { losses, divergence } = await run.run(12)
  const end = losses.at(-1)!
  console.log(
    `learning rate ${learningRate}: ${divergence ? divergence.sentence : `loss ${end.toFixed(4)} after 12 steps`}`,
  )
}
