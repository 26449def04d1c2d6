/** Every rule has a sample on which it fires and after which the value is the same. */
import { expect, test } from 'vitest'
import * as b from '../graph/build.ts'
import { type Node, type NodeOf, topological } from '../graph/node.ts'
import { numel } from '../graph/shape.ts'
import { fuse } from './fuse.ts'
import { runProgram } from './javascript.ts'
import { rewrite, rules } from './rewrite.ts'
import { schedule } from './schedule.ts'

const x = b.source({ shape: [2, 3], dtype: 'float32' }) as NodeOf<'source'>
const y = b.source({ shape: [2, 3], dtype: 'float32' }) as NodeOf<'source'>
const image = b.source({ shape: [1, 2, 3, 4], dtype: 'float32' }) as NodeOf<'source'>
const kernel = b.source({ shape: [3, 2, 2, 3], dtype: 'float32' }) as NodeOf<'source'>
const sources = [x, y, image, kernel]
const values = sources.map((s, k) =>
  Float32Array.from({ length: numel(s.shape) }, (_, i) => Math.fround(Math.cos(3 * i + k) + 0.1)),
)
const c = (value: number): Node => b.full([2, 3], value)
const condition = b.less(x, y)
const conv = (stride: number, dilation: number, inputDilation: number): Node =>
  b.conv(image, kernel, {
    stride: [1, stride],
    padding: [
      [1, 2],
      [2, 1],
    ],
    dilation: [1, dilation],
    inputDilation: [1, inputDilation],
    groups: 1,
  })

/** In the order of the rules. */
const samples: Readonly<Record<string, Node>> = {
  'x + 0 = x': b.add(x, c(0)),
  '0 + x = x': b.add(c(0), x),
  'x − 0 = x': b.sub(x, c(0)),
  '0 − x = −x': b.sub(c(0), x),
  'x · 1 = x': b.mul(x, c(1)),
  '1 · x = x': b.mul(c(1), x),
  'x / 1 = x': b.div(x, c(1)),
  'x · −1 = −x': b.mul(x, c(-1)),
  '−(−x) = x': b.neg(b.neg(x)),
  'x + (−y) = x − y': b.add(x, b.neg(y)),
  'x − (−y) = x + y': b.sub(x, b.neg(y)),
  'x¹ = x': b.pow(x, c(1)),
  'x² = x·x': b.pow(x, c(2)),
  'x³ = x·x·x': b.pow(x, c(3)),
  'x⁻¹ = 1/x': b.pow(x, c(-1)),
  'max(x, 0) = relu(x)': b.maximum(x, c(0)),
  'max(0, x) = relu(x)': b.maximum(c(0), x),
  'relu(relu(x)) = relu(x)': b.relu(b.relu(x)),
  '¬¬x = x': b.where(b.not(b.not(condition)), x, y),
  'true ? x : y = x': b.where(b.full([2, 3], 1, 'bool'), x, y),
  'false ? x : y = y': b.where(b.full([2, 3], 0, 'bool'), x, y),
  'c ? x : x = x': b.where(condition, x, x),
  'reshape(reshape(x)) = reshape(x)': b.reshape(b.reshape(x, [6]), [3, 2]),
  'reshape to the same shape = x': b.apply('reshape', [x], { shape: [2, 3] }),
  'expand(expand(x)) = expand(x)': b.expand(b.expand(b.reshape(x, [2, 3, 1, 1]), [2, 3, 4, 1]), [2, 3, 4, 2]),
  'expand to the same shape = x': b.apply('expand', [x], { shape: [2, 3] }),
  'permute(permute(x)) = permute(x)': b.permute(b.permute(image, [1, 0, 3, 2]), [3, 1, 0, 2]),
  'permute of size-1 axes only = reshape': b.permute(image, [1, 0, 2, 3]),
  'flip(flip(x)) = x on equal axes': b.flip(b.flip(x, [1]), [1]),
  'padding around nothing = 0': b.pad(b.slice(x, [0, 0], [0, 3]), [
    [2, 0],
    [0, 0],
  ]),
  'a product over nothing = 0': b.dot(b.slice(x, [0, 0], [2, 0]), b.slice(y, [0, 0], [0, 3])),
  'a convolution over nothing = 0': b.conv(
    b.slice(image, [0, 0, 0, 0], [1, 0, 3, 4]),
    b.slice(kernel, [0, 0, 0, 0], [3, 0, 2, 3]),
    {
      stride: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
      inputDilation: [1, 1],
      groups: 1,
    },
  ),
  'nothing scattered = 0': b.scatterAdd(b.slice(x, [0, 0], [0, 3]), b.iota(0), 0, 2),
  'sum over axes of size 1 = reshape': b.sum(b.reshape(x, [2, 1, 3]), [1]),
  'max over axes of size 1 = reshape': b.max(b.reshape(x, [2, 1, 3]), [1, 2]),
  'Σ Σ x = Σ x': b.sum(b.sum(image, [1]), [2]),
  'max max x = max x': b.max(b.max(image, [1]), [2]),
  'Σ of n equal values = n · value': b.sum(b.expand(b.reshape(x, [2, 3, 1]), [2, 3, 5]), [0, 2]),
  'cast(x) to its own dtype = x': b.apply('cast', [x], { dtype: 'float32' }),
  'input dilation = zeros put in between': conv(2, 2, 3),
  'outputs that see only padding = 0': b.conv(image, kernel, {
    stride: [1, 2],
    padding: [
      [4, 3],
      [7, 1],
    ],
    dilation: [1, 1],
    inputDilation: [1, 1],
    groups: 1,
  }),
  'taps of weight 0 around the others change nothing': b.conv(
    b.slice(image, [0, 0, 0, 0], [1, 1, 3, 4]),
    b.slice(kernel, [0, 0, 0, 0], [3, 1, 2, 3]),
    {
      stride: [1, 1],
      padding: [
        [1, 2],
        [2, 1],
      ],
      dilation: [1, 1],
      inputDilation: [1, 2],
      groups: 1,
    },
  ),
}

const run = (output: Node): Float32Array => {
  const outputs = [output.inputs.length === 0 ? b.stopGradient(output) : output]
  const order = topological(outputs).sort((p, q) => p.id - q.id)
  return runProgram(
    schedule({ sources, outputs, updates: [-1] }, outputs, order, fuse(order, outputs)),
    values,
  )[0] as Float32Array
}
const structure = (node: Node): string =>
  node.primitive === 'source' ? `${node.id}` : `${node.primitive}(${node.inputs.map(structure)})`

test('every rule has a sample in which its primitive occurs', () => {
  const given = Object.values(samples)
  expect(given).toHaveLength(rules.length)
  rules.forEach(({ pattern: [primitive] }, i) => {
    expect(topological([given[i]!]).map(n => n.primitive)).toContain(primitive)
  })
})

test.each(Object.keys(samples))('%s', equation => {
  const sample = samples[equation]!
  const [simplified] = rewrite([sample]) as [Node]
  expect(simplified.shape).toEqual(sample.shape)
  expect(simplified.dtype).toBe(sample.dtype)
  expect(structure(simplified)).not.toBe(structure(sample))
  // the reference: the sample as it is where it can be lowered, by definition where it cannot
  const expected = sample.primitive === 'conv' && sample.inputs[0] === image ? dilatedConvolution(sample) : run(sample)
  const actual = run(simplified)
  expect(actual.length).toBe(expected.length)
  actual.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i]!, 4)
  })
})

test('equal subexpressions are computed once', () => {
  const twice = rewrite([b.add(b.exp(x), b.exp(x))])
  expect(topological(twice).filter(n => n.primitive === 'exp')).toHaveLength(1)
})

/** Input dilation by its definition. */
function dilatedConvolution(node: NodeOf<'conv'>): Float64Array {
  const { stride, padding, dilation, inputDilation } = node.attributes
  const [, o, h, w] = node.shape as [number, number, number, number]
  const [, channels, rows, columns] = image.shape as [number, number, number, number]
  const [, , kh, kw] = kernel.shape as [number, number, number, number]
  const out = new Float64Array(o * h * w)
  const at = (position: number, factor: number, size: number): number | undefined =>
    position >= 0 && position % factor === 0 && position / factor < size ? position / factor : undefined
  for (let i = 0; i < o; i++)
    for (let r = 0; r < h; r++)
      for (let s = 0; s < w; s++)
        for (let k = 0; k < channels; k++)
          for (let p = 0; p < kh; p++)
            for (let q = 0; q < kw; q++) {
              const row = at(r * stride[0]! + p * dilation[0]! - padding[0]![0], inputDilation[0]!, rows)
              const column = at(s * stride[1]! + q * dilation[1]! - padding[1]![0], inputDilation[1]!, columns)
              if (row === undefined || column === undefined) continue
              out[(i * h + r) * w + s]! +=
                values[2]![(k * rows + row) * columns + column]! * values[3]![((i * channels + k) * kh + p) * kw + q]!
            }
  return out
}
