/**
 * Kernels of image processing on a photo: what the numbers of a kernel do, where convolution and correlation differ, and what happens at
 * the border. The pictures go to runs/kernels/.
 */
import { nn, type Tensor, tensor, vision } from 'chainrule'

const { filter, kernels } = vision
const folder = 'runs/kernels'

// 1. by hand: the kernel is laid over the middle pixel, each weight times the pixel beneath, all added up
const nine = tensor([
  [3, 2, 1],
  [1, 2, 3],
  [1, 1, 1],
])
const laid = await filter(nine, kernels.sobelX, { border: 'none' }).item()
const turned = await filter(nine, kernels.sobelX, { border: 'none', mode: 'convolution' }).item()
console.log(`correlation ${laid}; true convolution turns the kernel first: ${turned}`)

// 2. the sum of the weights is what happens to brightness; two passes are enough for a column times a row
for (const [name, { weights, about }] of Object.entries(kernels)) {
  const sum = weights.flat().reduce((a, b) => a + b, 0)
  const passes = vision.separate(weights) ? 'column × row' : ''
  console.log(`${name.padEnd(16)} sum ${sum.toFixed(0).padStart(2)}  ${passes.padEnd(12)}  ${about}`)
}

// 3. on a photo
const photo = await vision.readImage('examples/pictures/cat.jpg')
const grey = photo.mean(0, { keepdims: true })
const shown = {
  box: filter(photo, vision.boxKernel(9), { border: 'replicate' }),
  gaussian: filter(photo, vision.gaussianKernel(3), { border: 'replicate' }),
  sharpen: filter(photo, kernels.sharpen, { border: 'replicate' }),
  sharpenMore: filter(photo, kernels.sharpenMore, { border: 'replicate' }),
  emboss: filter(photo, kernels.emboss, { border: 'replicate' }),
  // what has two signs is shown around a middle grey
  sobelX: vision.stretch(filter(grey, kernels.sobelX, { border: 'replicate' }), 'signed'),
  sobelY: vision.stretch(filter(grey, kernels.sobelY, { border: 'replicate' }), 'signed'),
  edges: vision.stretch(filter(grey, kernels.edges, { border: 'replicate' }), 'magnitude'),
}
for (const [name, picture] of Object.entries({ photo, ...shown }))
  await vision.writeImage(`${folder}/${name}.png`, picture)

// all of them, a third of the size, in one picture; those without colours get three equal channels
const shrink = nn.avgPool2d(3, { round: 'floor' })
const small = (picture: Tensor): Tensor =>
  shrink.forward(picture.expand([3, 300, 451]).reshape([1, 3, 300, 451])).at(0) as never
await vision.writeImage(
  `${folder}/all.jpg`,
  vision.grid(
    [photo, ...Object.values(shown)].map(picture => small(picture as Tensor)),
    { columns: 3, gap: 4, background: 1 },
  ),
)

// 4. a smoothing kernel whose weights sum to 8 makes the picture 8 times as bright, unless it is divided by them
const brightness = await photo.mean().item()
const weights = kernels.gaussianLike.weights.map(row => row.map(w => 8 * w))
const raw = await filter(photo, weights, { border: 'replicate' }).mean().item()
const divided = await filter(photo, weights, { border: 'replicate', normalize: true }).mean().item()
console.log(
  `brightness ${brightness.toFixed(3)}; weights that sum to 8: ${raw.toFixed(3)}, normalised ${divided.toFixed(3)}`,
)

// 5. the border: zeros darken the edge, everything else makes up pixels that are more like the others
const edge = (border: 'zero' | 'reflect' | 'replicate' | 'wrap') =>
  filter(photo, vision.gaussianKernel(8), { border })
    .slice([[], [0, 1]])
    .mean()
    .item()
for (const border of ['zero', 'reflect', 'replicate', 'wrap'] as const)
  console.log(`first row after a wide Gaussian, border ${border}: ${(await edge(border)).toFixed(3)}`)
console.log(`pictures in ${folder}`)
