/** How good is a model, and how sure is that? Five networks, each scored on the fifth of the digits that it has not seen. */
import { data, models, nn, optim, random, train } from 'chainrule'

random.seed(1)
const digits = await data.mnist()

const { folds, mean, deviation } = await train.crossValidate(
  () => nn.sequential(nn.input(1, 28, 28), nn.flatten(), models.mlp(784, 64, 10)),
  digits.train.take(2000),
  {
    folds: 5,
    stratify: true, // every fold has its share of every digit
    loss: nn.crossEntropy,
    optimizer: () => optim.adam({ learningRate: 3e-3 }),
    metrics: [train.accuracy],
    epochs: 5,
    seed: 1,
  },
)
folds.forEach(({ scores }, i) => {
  console.log(`fold ${i + 1}: accuracy ${scores.accuracy!.toFixed(3)}`)
})
console.log(`mean ${mean.accuracy!.toFixed(3)}, standard deviation ${deviation.accuracy!.toFixed(3)}`)
