/** LeNet-5 on handwritten digits: what the README shows first. */
import { data, nn, optim, train } from 'chainrule'

const model = nn.sequential(
  nn.input(1, 28, 28),
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
const digits = await data.mnist()

const run = train.fit(model, digits.train, {
  loss: nn.crossEntropy,
  optimizer: optim.adam({ learningRate: 3e-3 }),
  metrics: [train.accuracy],
  epochs: 3,
  batchSize: 64,
  validate: digits.test,
})
for await (const event of run) {
  if (event.type === 'epoch')
    console.log(`epoch ${event.epoch}: test accuracy ${event.validation?.accuracy?.toFixed(4)}`)
}
