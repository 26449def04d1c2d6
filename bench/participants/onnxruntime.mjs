/**
 * What onnxruntime-web and onnxruntime-node are asked, as models of one operator, or of a network that PyTorch exports. It differentiates nothing; a
 * stride-1 convolution's gradients are convolutions themselves, with operands rearranged beforehand at no charge.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { python } from '../peers.mjs'
import { model, network } from './onnx.mjs'
import { batchOf, convolution, initial, sample, sizeOf, transpose, values } from './problem.mjs'

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

/** ResNet-18 as torchvision exports it for inference; normalisations with their first running statistics. */
function resnet18({ input }) {
  const constants = {}
  const nodes = []
  const add = (operator, inputs, attributes) => {
    const output = `v${nodes.length}`
    nodes.push({ operator, inputs, output, attributes })
    return output
  }
  const constant = (name, shape, data = initial(name, shape)) => {
    constants[name] = { shape, data }
    return name
  }
  const conv = (x, name, channels, outputs, kernel, stride) => {
    const pad = (kernel - 1) / 2
    const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], kernel_shape: [kernel, kernel] }
    return add('Conv', [x, constant(`${name}.weight`, [outputs, channels, kernel, kernel])], attributes)
  }
  const norm = (x, name, channels) =>
    add('BatchNormalization', [
      x,
      constant(`${name}.weight`, [channels]),
      constant(`${name}.bias`, [channels]),
      constant(`${name}.mean`, [channels], new Float32Array(channels)),
      constant(`${name}.var`, [channels], new Float32Array(channels).fill(1)),
    ])
  const relu = x => add('Relu', [x])
  let x = relu(norm(conv('x', 'conv1', 3, 64, 7, 2), 'bn1', 64))
  x = add('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })
  let channels = 64
  for (const [stage, width] of [64, 128, 256, 512].entries()) {
    for (const block of [0, 1]) {
      const name = `layer${stage + 1}.${block}`
      const stride = stage > 0 && block === 0 ? 2 : 1
      const h = relu(norm(conv(x, `${name}.conv1`, channels, width, 3, stride), `${name}.bn1`, width))
      const body = norm(conv(h, `${name}.conv2`, width, width, 3, 1), `${name}.bn2`, width)
      const side =
        stride === 1
          ? x
          : norm(conv(x, `${name}.downsample.0`, channels, width, 1, stride), `${name}.downsample.1`, width)
      x = relu(add('Add', [body, side]))
      channels = width
    }
  }
  x = add('Flatten', [add('GlobalAveragePool', [x])], { axis: 1 })
  const weight = transpose(initial('fc.weight', [1000, 512]), [1000, 512], [1, 0])
  x = add('MatMul', [x, constant('fc.weight', [512, 1000], weight)])
  nodes.push({ operator: 'Add', inputs: [x, constant('fc.bias', [1000])], output: 'y' })
  const definition = network({ inputs: { x: input }, constants, nodes, outputs: { y: [input[0], 1000] } })
  return { definition, feeds: { x: [batchOf({ input, classes: 1000 }).x, input] } }
}

/** A network of torchvision, as PyTorch exports it for inference; without PyTorch there is none. */
function exported(row) {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-bench-'))
  try {
    const path = join(folder, 'model.onnx')
    const request = JSON.stringify({ prepare: { ...row, kind: 'export', path } })
    const script = fileURLToPath(new URL('pytorch.py', import.meta.url))
    const answer = execFileSync(python, [script], {
      input: `${request}\n`,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const { error } = JSON.parse(answer.trim().split('\n').at(-1))
    if (error) throw new Error(error)
    return { definition: readFileSync(path), feeds: { x: [batchOf(row).x, row.input] } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const builders = {
  predict: row => (row.network === 'resnet18' ? resnet18 : exported),
  matmul: () => matmul,
  conv: row => ({ forward, input: inputGradient, weight: weightGradient })[row.pass],
}

const threads = Number(process.env.OMP_NUM_THREADS ?? 1)

export const prepare = (ort, executionProviders) => async row => {
  const build = builders[row.kind]?.(row)
  if (!build) return { cannot: row.kind === 'conv' ? 'no gradients' : 'no training' }
  const plain = row.stride?.every(step => step === 1) && row.groups === 1
  if (row.kind === 'conv' && row.pass !== 'forward' && !plain) return { cannot: 'no gradients' }
  const { definition, feeds, result = data => data } = build(row)
  const options = {
    executionProviders,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  }
  const session = await ort.InferenceSession.create(definition, options)
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, [data, shape]]) => [name, new ort.Tensor('float32', data, shape)]),
  )
  const run = () => session.run(tensors)
  return { run, check: sample(result((await run()).y.data)) }
}
