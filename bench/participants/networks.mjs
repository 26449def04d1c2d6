/**
 * Networks as data, so that every participant builds the same one: a list of layers, each a name and its arguments, whose parameters are
 * called like those of PyTorch's nn.Sequential ('0.weight'). 'lstm' and the networks of torchvision ('resnet18') are names that participants know.
 */
import { sizeOf, values } from './problem.mjs'

export const lenet = [
  ['conv', 1, 6, 5, { padding: 2 }],
  ['relu'],
  ['maxPool', 2],
  ['conv', 6, 16, 5, {}],
  ['relu'],
  ['maxPool', 2],
  ['flatten'],
  ['linear', 400, 120],
  ['relu'],
  ['linear', 120, 84],
  ['relu'],
  ['linear', 84, 10],
]

/** Linear layers of these widths with relu between. */
export const mlp = (...widths) => [
  ['flatten'],
  ...widths.slice(1).flatMap((width, i) => [...(i > 0 ? [['relu']] : []), ['linear', widths[i], width]]),
]

/** LSTM language model: 100 tokens, embedding 128, one layer of 256, a score for each token. */
export const lstm = { tokens: 100, embedding: 128, hidden: 256 }

/** Shapes that follow a layer, and the multiply-adds of one sample in it. */
function follow(layer, shape) {
  const [name, ...args] = layer
  if (name === 'conv') {
    const [inputs, outputs, kernel, { padding = 0, stride = 1, groups = 1 }] = args
    const side = size => Math.floor((size + 2 * padding - kernel) / stride) + 1
    const out = [outputs, ...shape.slice(1).map(side)]
    return { shape: out, multiplyAdds: (sizeOf(out) * inputs * kernel * kernel) / groups }
  }
  if (name === 'maxPool') return { shape: [shape[0], ...shape.slice(1).map(size => Math.floor(size / args[0]))] }
  if (name === 'flatten') return { shape: [sizeOf(shape)] }
  if (name === 'linear') return { shape: [args[1]], multiplyAdds: args[0] * args[1] }
  return { shape }
}

/** Floating-point operations of all contractions in one training step: forward, and both gradients but that of the input. */
export function stepOperations(layers, [batch, ...input]) {
  let shape = input
  let total = 0
  let first = true
  for (const layer of layers) {
    const { shape: next, multiplyAdds = 0 } = follow(layer, shape)
    total += 2 * multiplyAdds * (multiplyAdds > 0 && first ? 2 : 3)
    if (multiplyAdds > 0) first = false
    shape = next
  }
  return total * batch
}

/** A convolutional network drawn from a seed: depth, widths, kernels, strides, groups and odd sizes. */
export function randomNetwork(seed) {
  const draws = values(64, 1000 + seed)
  let drawn = 0
  const below = most => Math.floor((draws[drawn++] + 0.5) * most)
  const pick = list => list[below(list.length)]
  const batch = pick([8, 16, 32, 33, 64])
  const input = [pick([1, 3, 4]), 17 + below(40), 17 + below(40)]
  const layers = []
  let shape = input
  const push = layer => {
    layers.push(layer)
    shape = follow(layer, shape).shape
  }
  const depth = 2 + below(4)
  for (let i = 0; i < depth && Math.min(...shape.slice(1)) >= 6; i++) {
    const groups = shape[0] % 4 === 0 && below(3) === 0 ? pick([2, 4, shape[0]]) : 1
    const outputs =
      groups > 1 ? groups * Math.max(1, Math.round(pick([16, 32, 48]) / groups)) : pick([7, 16, 24, 32, 61])
    const kernel = pick([1, 3, 3, 5])
    const stride = pick([1, 1, 1, 2])
    push(['conv', shape[0], outputs, kernel, { padding: pick([0, (kernel - 1) / 2]), stride, groups }])
    push(['relu'])
    if (Math.min(...shape.slice(1)) >= 8 && below(2) === 0) push(['maxPool', 2])
  }
  push(['flatten'])
  const hidden = pick([50, 64, 127, 256])
  push(['linear', shape[0], hidden])
  push(['relu'])
  push(['linear', hidden, 10])
  return { layers, input: [batch, ...input] }
}

/** A network in words: `3×40×21, conv 16@3×3/2, pool 2, 64, 10`. */
export const describe = (layers, input) =>
  [
    input.join('×'),
    ...layers.flatMap(([name, ...args]) => {
      if (name === 'conv') {
        const [, outputs, kernel, { stride = 1, groups = 1 }] = args
        return `conv ${outputs}@${kernel}×${kernel}${stride > 1 ? `/${stride}` : ''}${groups > 1 ? ` in ${groups} groups` : ''}`
      }
      if (name === 'maxPool') return `pool ${args[0]}`
      return name === 'linear' ? `${args[1]}` : []
    }),
  ].join(', ')
