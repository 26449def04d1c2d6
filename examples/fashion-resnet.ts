/**
 * A small residual network (He et al. 2016) on Fashion-MNIST, trained on pictures that are mirrored and moved at random. That takes
 * `--full`: all 60,000 pictures of clothes, twenty epochs; an interrupted run goes on where it was when it is started again. Without, a
 * narrower one learns the digits that come with an npm package.
 */
import { existsSync } from 'node:fs'
import { data, nn, optim, random, setDevice, train, vision } from 'chainrule'

const full = process.argv.includes('--full')
await setDevice('auto') // native code where there is a C compiler, else WebAssembly
random.seed(1)

/** 3×3 or 1×1, normalised. With a stride of 2 it halves height and width; the last row of an odd number is left out. */
const convolution = (inputs: number, outputs: number, kernel: 1 | 3, stride: 1 | 2) =>
  nn.sequential(
    nn.conv2d(inputs, outputs, kernel, { stride, padding: (kernel - 1) / 2, bias: false, round: 'floor' }),
    nn.batchNorm2d(outputs),
  )
/** relu(F(x) + x), where x goes through a 1×1 convolution because the shape changes. */
const block = (inputs: number, outputs: number) =>
  nn.sequential(
    nn.residual(
      nn.sequential(convolution(inputs, outputs, 3, 2), nn.relu(), convolution(outputs, outputs, 3, 1)),
      convolution(inputs, outputs, 1, 2),
    ),
    nn.relu(),
  )

const width = full ? 32 : 8
const model = nn.sequential(
  nn.input(1, 28, 28),
  vision.randomHorizontalFlip(full ? 0.5 : 0), // a mirrored digit is none
  vision.randomCrop(2),
  convolution(1, width, 3, 1),
  nn.relu(),
  block(width, 2 * width), // 14 × 14
  block(2 * width, 4 * width), // 7 × 7
  nn.globalAvgPool(),
  nn.linear(4 * width, 10),
)
console.log(`${model.parameters().reduce((n, p) => n + p.size, 0)} parameters`)

const pictures = full ? await data.fashionMnist() : await data.mnist()
const epochs = full ? 20 : 2
const learningRate = 0.2

const checkpoint = full ? 'runs/fashion-resnet.safetensors' : undefined
const run = train.fit(model, pictures.train, {
  loss: (logits, labels) => nn.crossEntropy(logits, labels, { labelSmoothing: 0.05 }),
  optimizer: optim.sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  schedule: steps => optim.oneCycle({ learningRate, steps, rise: 0.2 }),
  metrics: [train.accuracy],
  epochs,
  batchSize: 128,
  dropLast: true,
  validate: pictures.test,
  seed: 1,
  checkpoint,
  resume: checkpoint && existsSync(checkpoint) ? checkpoint : undefined,
})
for await (const event of run) {
  if (event.type === 'epoch')
    console.log(
      `epoch ${event.epoch}: training accuracy ${event.train.accuracy?.toFixed(4)}, ` +
        `test accuracy ${event.validation?.accuracy?.toFixed(4)} (${event.seconds.toFixed(0)} s of training)`,
    )
  if (event.type === 'done') {
    const seconds = event.result.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)
    console.log(`${epochs} epochs, ${seconds.toFixed(0)} s of training`)
  }
}
