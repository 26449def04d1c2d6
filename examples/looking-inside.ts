/**
 * What a trained network has learned, as pictures: its kernels, its activation maps, which pixels decide, what its channels answer to in the
 * data and what they would answer to most of all. LeNet-5 on digits; the pictures go to runs/looking-inside/.
 */
import { data, models, nn, optim, random, type TensorLike, train, vision } from 'chainrule'

random.seed(1)
const digits = await data.mnist()
const model = models.lenet5()
await train.fit(model, digits.train, {
  loss: nn.crossEntropy,
  optimizer: optim.adam({ learningRate: 3e-3 }),
  epochs: 2,
  batchSize: 64,
  seed: 1,
})
const { accuracy } = await train.evaluate(model, digits.test, { loss: nn.crossEntropy, metrics: [train.accuracy] })
console.log(`test accuracy ${accuracy!.toFixed(4)}`)

const folder = 'runs/looking-inside'
const write = (name: string, pictures: TensorLike | TensorLike[], columns?: number): Promise<void> =>
  vision.writeImage(`${folder}/${name}.png`, vision.grid(pictures, { scale: 4, ...(columns && { columns }) }))
// 1. a digit, and the kernels of the first layer: positive weights are bright, negative ones dark
const { x, y } = await digits.test.get(7)
const digit = x.reshape([1, 1, 28, 28])
const truth = await y.item()
await write('digit', digit)
await write('kernels', vision.stretch(vision.filters(model), 'signed'))

// 2. what the layers make of the digit: 6 maps of 28 × 28, then 16 of 10 × 10
const maps = await vision.activations(model, digit, ['0', '3'])
for (const [layer, activation] of maps) {
  console.log(`layer ${layer}: activation maps [${activation.shape}]`)
  await write(`maps-of-layer-${layer}`, vision.stretch(vision.mapsOf(activation)))
}

// 3. which pixels decide: by derivatives, and by covering them. Integrated gradients add up to the score that black does not have
const gradient = await vision.saliency(model, digit)
const integrated = await vision.saliency(model, digit, { method: 'integrated' })
const covered = await vision.occlusion(model, digit)
await write('which-pixels', [gradient, integrated, covered].map(vision.heatmap), 3)
model.eval()
const score = (picture: typeof digit): Promise<number> => model.forward(picture).at(0, truth).item()
const difference = (await score(digit)) - (await score(digit.mul(0)))
console.log(
  `score of ${truth} above that of black: ${difference.toFixed(2)}, ` +
    `sum of its integrated gradients: ${(await integrated.sum().item()).toFixed(2)}`,
)

// 4. what the channels of the second convolution answer to most in the training data: the pixels they see, a row for each
const patches = await vision.topPatches(model, '3', digits.train, { count: 8 })
const [first] = patches.get(0)!
console.log(`a channel of layer 3 sees ${first!.picture.shape[1]} × ${first!.picture.shape[2]} pixels`)
await write(
  'patches',
  [...patches.values()].flat().map(patch => patch.picture),
  8,
)

// 5. what they answer to most of all: gradient ascent on the pixels, all channels at once
const channels = await vision.ascent(model, [1, 28, 28], { layer: '3' })
await write('ascent', channels.pictures)
const higher = channels.activations.filter((a, channel) => a > patches.get(channel)![0]!.value).length
console.log(`for ${higher} of 16 channels it finds more than the training data have`)
const classes = await vision.ascent(model, [1, 28, 28])
await write('classes', classes.pictures, 5)
const seen = await model
  .forward(classes.pictures as never)
  .argmax(1)
  .array()
console.log(`gradient ascent on each class is seen as ${seen}`)
console.log(`pictures in ${folder}`)
