/**
 * What onnxruntime-web and onnxruntime-node are asked, as models of one operator. It differentiates nothing; a
 * stride-1 convolution's gradients are convolutions themselves, with operands rearranged beforehand at no charge.
 */
import { model } from './onnx.mjs'
import { convolution, sample, sizeOf, transpose, values } from './problem.mjs'

const symmetric = padding => [...padding, ...padding]

function matmul({ m, k, n }) {
  const definition = model('MatMul', { inputs: { a: [m, k], b: [k, n] }, output: [m, n] })
  return { definition, feeds: { a: [values(m * k, 1), [m, k]], b: [values(k * n, 2), [k, n]] } }
}

function forward(row) {
  const { y, values } = convolution(row)
  const attributes = { strides: row.stride, pads: symmetric(row.padding), dilations: row.dilation, group: row.groups }
  const constants = { w: { shape: row.w, data: values.w } }
  const definition = model('Conv', { inputs: { x: row.x }, constants, attributes, output: y })
  return { definition, feeds: { x: [values.x, row.x] } }
}

/** dx = dy ⋆ w with its channels exchanged and its taps reversed, padded by K − 1 − padding. */
function inputGradient(row) {
  const { y, values } = convolution(row)
  const [outputs, channels, ...taps] = row.w
  const w = transpose(values.w, row.w, [1, 0, ...taps.map((_, d) => d + 2)])
  const size = sizeOf(taps)
  for (let start = 0; start < w.length; start += size) w.subarray(start, start + size).reverse()
  const pads = symmetric(row.padding.map((pad, d) => taps[d] - 1 - pad))
  const constants = { w: { shape: [channels, outputs, ...taps], data: w } }
  const definition = model('Conv', { inputs: { dy: y }, constants, attributes: { pads }, output: row.x })
  return { definition, feeds: { dy: [values.dy, y] } }
}

/** dw = x ⋆ dy over images and pixels: channels as images, images as channels. */
function weightGradient(row) {
  const { y, values } = convolution(row)
  const exchanged = ([first, second, ...rest]) => [second, first, ...rest]
  const axes = [1, 0, ...row.x.slice(2).map((_, d) => d + 2)]
  const [x, dy] = [exchanged(row.x), exchanged(y)]
  const attributes = { pads: symmetric(row.padding) }
  const definition = model('Conv', { inputs: { x, dy }, attributes, output: exchanged(row.w) })
  const feeds = { x: [transpose(values.x, row.x, axes), x], dy: [transpose(values.dy, y, axes), dy] }
  return { definition, feeds, result: data => transpose(data, exchanged(row.w), axes) }
}

const builders = {
  matmul: () => matmul,
  conv: row => ({ forward, input: inputGradient, weight: weightGradient })[row.pass],
}

export const prepare = (ort, executionProviders) => async row => {
  const build = builders[row.kind]?.(row)
  if (!build) return { cannot: 'no training' }
  const plain = row.stride?.every(step => step === 1) && row.groups === 1
  if (row.kind === 'conv' && row.pass !== 'forward' && !plain) return { cannot: 'no gradients' }
  const { definition, feeds, result = data => data } = build(row)
  const options = { executionProviders, intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' }
  const session = await ort.InferenceSession.create(definition, options)
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, [data, shape]]) => [name, new ort.Tensor('float32', data, shape)]),
  )
  const run = () => session.run(tensors)
  return { run, check: sample(result((await run()).y.data)) }
}
