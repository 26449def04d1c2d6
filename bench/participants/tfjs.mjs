/**
 * TensorFlow.js, backend `cpu` or `wasm` (one thread) by argument. Its layout is NHWC, so tensors are rearranged
 * beforehand, at no charge.
 */

import { createRequire } from 'node:module'
import { checkedSteps, convolution, lenet, sample, transpose, values } from './problem.mjs'
import { serve } from './serve.mjs'

const backend = process.argv[2] ?? 'cpu'
const require = createRequire(new URL('../peers/', import.meta.url))
const tf = require('@tensorflow/tfjs')
if (backend === 'wasm') {
  const wasm = require('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(`${require.resolve('@tensorflow/tfjs-backend-wasm').replace(/[^/]*$/, '')}`)
  wasm.setThreadsCount(1)
}
await tf.setBackend(backend)
await tf.ready()

function prepared(fn, result = y => y) {
  const y = tf.tidy(() => result(fn()))
  const check = sample(y.dataSync())
  y.dispose()
  return { run: () => fn().dispose(), check }
}

function matmul({ m, k, n }) {
  const [a, b] = [tf.tensor2d(values(m * k, 1), [m, k]), tf.tensor2d(values(k * n, 2), [k, n])]
  return prepared(() => tf.matMul(a, b))
}

const permuted = (data, shape, axes) =>
  tf.tensor(
    transpose(data, shape, axes),
    axes.map(axis => shape[axis]),
  )

function conv(row) {
  if (row.x.length !== 4 || row.groups !== 1) return { cannot: 'not measured' }
  const { y, values } = convolution(row)
  const pad = row.padding[0]
  const edges = [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ]
  const x = permuted(values.x, row.x, [0, 2, 3, 1])
  const w = permuted(values.w, row.w, [2, 3, 1, 0])
  const toNCHW = result => result.transpose([0, 3, 1, 2])
  if (row.pass === 'forward') {
    return prepared(() => tf.conv2d(x, w, row.stride, edges, 'NHWC', row.dilation), toNCHW)
  }
  const dy = permuted(values.dy, y, [0, 2, 3, 1])
  if (row.stride.some(step => step !== 1)) return { cannot: 'not measured' }
  if (row.pass === 'input') {
    // Ten times quicker than conv2dTranspose: dx = dy ⋆ w with channels exchanged, taps reversed, padded by K − 1 − pad.
    const flipped = tf.reverse(w, [0, 1]).transpose([0, 1, 3, 2])
    const rest = row.w[2] - 1 - pad
    const border = edges.map((_, axis) => (axis === 1 || axis === 2 ? [rest, rest] : [0, 0]))
    return prepared(() => tf.conv2d(dy, flipped, 1, border), toNCHW)
  }
  // No kernel for d-weight in wasm; it is a convolution of x [C, H, W, N] with dy [H, W, N, O].
  const images = permuted(values.x, row.x, [1, 2, 3, 0])
  const filter = permuted(values.dy, y, [2, 3, 0, 1])
  return prepared(
    () => tf.conv2d(images, filter, 1, edges),
    result => result.transpose([3, 0, 1, 2]),
  )
}

async function training(row) {
  if (backend === 'wasm') return { cannot: 'no gradient of convolutions' }
  const problem = lenet(row)
  const x = permuted(problem.x, [row.batch, 1, 28, 28], [0, 2, 3, 1])
  const y = tf.oneHot(tf.tensor1d(problem.labels, 'int32'), 10)
  const layout = ({ name, shape, data }) => {
    if (shape.length === 4) return permuted(data, shape, [2, 3, 1, 0])
    if (name === 'fc1.weight') return permuted(data, [120, 16, 5, 5], [2, 3, 1, 0]).reshape([400, 120])
    return shape.length === 2 ? permuted(data, shape, [1, 0]) : tf.tensor(data, shape)
  }
  const p = problem.parameters.map(parameter => tf.variable(layout(parameter)))
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
  const block = (h, i, pad) => tf.maxPool(tf.relu(tf.conv2d(h, p[i], 1, pad).add(p[i + 1])), 2, 2, 'valid')
  const dense = (h, i) => tf.matMul(h, p[i]).add(p[i + 1])
  const loss = () => {
    const h = block(block(x, 0, 'same'), 2, 'valid').reshape([row.batch, 400])
    return tf.losses.softmaxCrossEntropy(y, dense(tf.relu(dense(tf.relu(dense(h, 4)), 6)), 8))
  }
  const step = async () => {
    const value = optimizer.minimize(loss, true)
    const [number] = await value.data()
    value.dispose()
    return number
  }
  const check = []
  while (check.length < checkedSteps) check.push(await step())
  return { run: step, check }
}

const kinds = { matmul, conv, lenet: training }
await serve(async row => (await kinds[row.kind]?.(row)) ?? { cannot: 'not measured' })
