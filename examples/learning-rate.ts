/** Which learning rate? A hundred steps with a growing one, on a network that is put back afterwards (Smith 2017). */
import { data, models, nn, optim, random, train } from 'chainrule'

random.seed(1)
const digits = await data.mnist()
const model = models.lenet5()
const optimizer = optim.adam({}, model)

const { points, suggestion, minimum } = await train.findLearningRate(model, digits.train, {
  loss: nn.crossEntropy,
  optimizer,
  from: 1e-5,
  to: 1,
  batchSize: 64,
})
for (const { learningRate, smoothed } of points.filter((_, i) => i % 4 === 0))
  console.log(`${learningRate.toExponential(1)}  ${smoothed.toFixed(3)}  ${'▪'.repeat(Math.round(8 * smoothed))}`)
console.log(`falls fastest at ${suggestion.toExponential(1)}, is least at ${minimum.toExponential(1)}`)

/** One epoch of half of the digits with a rate, from the same beginning. */
async function accuracyWith(learningRate: number): Promise<string> {
  random.seed(1)
  const { epochs } = await train.fit(models.lenet5(), digits.train.take(4000), {
    loss: nn.crossEntropy,
    optimizer: optim.adam({ learningRate }),
    batchSize: 64,
    validate: digits.test,
    metrics: [train.accuracy],
    seed: 1,
  })
  return epochs[0]!.validation!.accuracy!.toFixed(3)
}
for (const factor of [1 / 30, 1, 30])
  console.log(
    `one epoch at ${(factor * suggestion).toExponential(1)}: test accuracy ${await accuracyWith(factor * suggestion)}`,
  )
