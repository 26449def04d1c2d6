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

/** FNV-1a of a name: what its values are seeded with, whatever the order of parameters. */
function seedOf(name) {
  let h = 0x811c9dc5
  for (const letter of name) h = Math.imul(h ^ letter.charCodeAt(0), 0x01000193)
  return h >>> 0
}

/**
 * The first value of a parameter: matrices and kernels in ±√3/√fan-in (so that variance stays), biases in the same bounds of a
 * fan-in of 256, the scale of a normalisation 1.
 */
export function initial(name, shape) {
  if (shape.length === 1 && name.endsWith('weight')) return new Float32Array(shape[0]).fill(1)
  const fanIn = shape.length === 1 ? 256 : sizeOf(shape.slice(1))
  const factor = Math.fround((2 * Math.sqrt(3)) / Math.sqrt(fanIn))
  return values(sizeOf(shape), seedOf(name)).map(value => value * factor)
}

/** Losses compared: those of the first steps. */
export const checkedSteps = 2

/** A batch and its labels. Text has an integer for each position and a label for each. */
export function batchOf({ input, classes, text }) {
  const size = sizeOf(input)
  const whole = (count, most, seed) => Int32Array.from(values(count, seed), value => Math.floor(most * (value + 0.5)))
  if (text) return { x: whole(size, classes, 1), labels: whole(size, classes, 2) }
  return { x: values(size, 1).map(value => value + 0.5), labels: whole(input[0], classes, 2) }
}
