/**
 * TensorFlow.js, backend `cpu` or `wasm` (one thread) by argument. Its layout is NHWC, so tensors are rearranged
 * beforehand, at no charge.
 */

import { createRequire } from 'node:module'
import { batchOf, checkedSteps, convolution, initial, sample, transpose, values } from './problem.mjs'
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

/** Layers of a row's network as functions, and its variables. Parameters are PyTorch's, rearranged beforehand. */
function networkOf({ layers, input }) {
  const variables = []
  const functions = []
  let shape = input.slice(1)
  let flattened
  layers.forEach(([name, ...args], i) => {
    const held = (kind, parameterShape, change = data => tf.tensor(data, parameterShape)) => {
      const made = tf.variable(change(initial(`${i}.${kind}`, parameterShape)))
      variables.push(made)
      return made
    }
    if (name === 'conv') {
      const [inputs, outputs, kernel, { padding = 0 }] = args
      const w = held('weight', [outputs, inputs, kernel, kernel], data =>
        permuted(data, [outputs, inputs, kernel, kernel], [2, 3, 1, 0]),
      )
      const b = held('bias', [outputs])
      functions.push(h => tf.conv2d(h, w, 1, padding === 0 ? 'valid' : 'same').add(b))
      shape = [outputs, ...shape.slice(1).map(size => size + 2 * padding - kernel + 1)]
    } else if (name === 'linear') {
      const [inputs, outputs] = args
      // channels are the last axis here, so that flattened features come in another order
      const reordered = data =>
        flattened ? permuted(data, [outputs, ...flattened], [2, 3, 1, 0]).reshape([inputs, outputs]) : undefined
      const w = held('weight', [outputs, inputs], data => reordered(data) ?? permuted(data, [outputs, inputs], [1, 0]))
      const b = held('bias', [outputs])
      functions.push(h => tf.matMul(h, w).add(b))
      flattened = undefined
    } else if (name === 'maxPool') {
      functions.push(h => tf.maxPool(h, args[0], args[0], 'valid'))
      shape = [shape[0], ...shape.slice(1).map(size => size / args[0])]
    } else if (name === 'flatten') {
      functions.push(h => h.reshape([input[0], -1]))
      flattened = shape
    } else functions.push(h => tf.relu(h))
  })
  return { variables, forward: x => functions.reduce((h, layer) => layer(h), x) }
}

async function training(row) {
  if (!row.peers) return { cannot: 'not measured' }
  if (backend === 'wasm' && row.layers.some(([name]) => name === 'conv'))
    return { cannot: 'no gradient of convolutions' }
  const { x: data, labels } = batchOf(row)
  const x = permuted(data, row.input, [0, 2, 3, 1])
  const y = tf.oneHot(tf.tensor1d(labels, 'int32'), row.classes)
  const { variables, forward } = networkOf(row)
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
  const loss = () => tf.losses.softmaxCrossEntropy(y, forward(x))
  const step = async () => {
    const value = optimizer.minimize(loss, true, variables)
    const [number] = await value.data()
    value.dispose()
    return number
  }
  const check = []
  while (check.length < checkedSteps) check.push(await step())
  return { run: step, check }
}

/** What other rows do not need is not in their memory. */
const bundle = async row => (await import('./bundle.mjs')).bundled('tfjs', row)

const kinds = { bundle, matmul, conv, train: training }
await serve(async row => (await kinds[row.kind]?.(row)) ?? { cannot: 'not measured' })
