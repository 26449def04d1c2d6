/**
 * The problems all participants are given: inputs from one hash, so that nothing but a row's description travels, and
 * samples of the outputs small enough to be compared. `problem.py` is its twin.
 */

/** Element i is the 24 high bits of murmur3's finaliser of (i + 0x9e3779b1·seed), on [−0.5, 0.5). */
export function values(size, seed) {
  const out = new Float32Array(size)
  const offset = Math.imul(seed, 0x9e3779b1)
  for (let i = 0; i < size; i++) {
    let h = (i + offset) | 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
    out[i] = (h >>> 8) / 2 ** 24 - 0.5
  }
  return out
}

export const sizeOf = shape => shape.reduce((product, size) => product * size, 1)

/** 32 evenly spread elements. */
export function sample(data) {
  return Array.from({ length: 32 }, (_, k) => data[Math.floor((k * (data.length - 1)) / 31)])
}

/** Shape of the convolution's output. */
export function outputShape({ x, w, stride, padding, dilation }) {
  const spatial = x.slice(2).map((size, d) => {
    const extent = dilation[d] * (w[d + 2] - 1) + 1
    return Math.floor((size + 2 * padding[d] - extent) / stride[d]) + 1
  })
  return [x[0], w[0], ...spatial]
}

/** What a convolution row needs besides its description. */
export function convolution(row) {
  const y = outputShape(row)
  return { y, values: { x: values(sizeOf(row.x), 1), w: values(sizeOf(row.w), 2), dy: values(sizeOf(y), 3) } }
}

/** The axes of a row-major tensor reordered. */
export function transpose(data, shape, axes) {
  const strides = shape.map((_, d) => sizeOf(shape.slice(d + 1)))
  const target = axes.map(axis => shape[axis])
  const out = new Float32Array(data.length)
  const index = target.map(() => 0)
  for (let i = 0; i < out.length; i++) {
    let from = 0
    for (let d = 0; d < axes.length; d++) from += index[d] * strides[axes[d]]
    out[i] = data[from]
    for (let d = axes.length - 1; d >= 0 && ++index[d] === target[d]; d--) index[d] = 0
  }
  return out
}

/** Names and shapes of LeNet-5's parameters, as PyTorch's. */
export const lenetShapes = {
  'conv1.weight': [6, 1, 5, 5],
  'conv1.bias': [6],
  'conv2.weight': [16, 6, 5, 5],
  'conv2.bias': [16],
  'fc1.weight': [120, 400],
  'fc1.bias': [120],
  'fc2.weight': [84, 120],
  'fc2.bias': [84],
  'fc3.weight': [10, 84],
  'fc3.bias': [10],
}

/** One batch, its labels and initial parameters in ±1/√fan-in. */
export function lenet({ batch }) {
  let fanIn = 1
  const parameters = Object.entries(lenetShapes).map(([name, shape], index) => {
    if (name.endsWith('weight')) fanIn = sizeOf(shape.slice(1))
    const data = values(sizeOf(shape), 10 + index).map(value => (2 * value) / Math.sqrt(fanIn))
    return { name, shape, data }
  })
  const x = values(batch * 784, 1).map(value => value + 0.5)
  const labels = Int32Array.from(values(batch, 2), value => Math.floor(10 * (value + 0.5)))
  return { x, labels, parameters }
}

/** Losses compared: those of the first steps. */
export const checkedSteps = 2
