/**
 * chainrule as built: `chainrule.mjs <index.js> <device>`. Operands and results of a row are variables, which live where the device
 * keeps them: what is timed is the work, not copies to and from the host.
 */
import { fileURLToPath } from 'node:url'
import { peakResidentBytes, residentBytes } from './memory.mjs'
import { lstm } from './networks.mjs'
import { batchOf, checkedSteps, convolution, initial, sample, values } from './problem.mjs'
import { serve } from './serve.mjs'

const library = process.argv[2] ?? new URL('../../packages/chainrule/dist/index.js', import.meta.url).href
const { compile, concat, device, grad, models, nn, optim, setDevice, tensor, variable, zeros } = await import(library)
const beforeDevice = performance.now()
await setDevice(process.argv[3] ?? 'wasm')
const openingDevice = performance.now() - beforeDevice

const held = (data, shape) => variable(tensor(data, { shape }))

/** Forward and both gradients of a convolution, each kept. */
async function everyPass(layer, x, dy) {
  const kept = [dy, x, layer.weight].map(({ shape }) => variable(zeros(shape)))
  const step = compile(() => {
    const y = layer.forward(x)
    const results = [y, ...grad(y.mul(dy).sum(), [x, layer.weight])]
    for (const [i, result] of results.entries()) kept[i].assign(result)
  })
  const run = async () => {
    await step()
  }
  await run()
  const samples = []
  for (const result of kept) samples.push(...sample(await result.data()))
  return { run, check: samples }
}

/** Times `fn`, whose result goes into a variable. */
async function prepared(shape, fn) {
  const result = variable(zeros(shape))
  const step = compile(() => {
    result.assign(fn())
  })
  const run = async () => {
    await step()
  }
  await run()
  return { run, check: sample(await result.data()) }
}

function matmul({ m, k, n }) {
  const a = held(values(m * k, 1), [m, k])
  const b = held(values(k * n, 2), [k, n])
  return prepared([m, n], () => a.matmul(b))
}

function conv(row) {
  const { y, values } = convolution(row)
  const rank = row.x.length - 2
  const [outputs, , ...kernel] = row.w
  const { stride, padding, dilation, groups } = row
  const options = { stride, padding, dilation, groups, bias: false, round: 'floor' }
  const layer = nn[`conv${rank}d`](row.x[1], outputs, kernel, options)
  layer.weight.set(values.w)
  const x = held(values.x, row.x)
  if (row.pass === 'forward') return prepared(y, () => layer.forward(x))
  const dy = held(values.dy, y)
  if (row.pass === 'all') return everyPass(layer, x, dy)
  const [shape, wrt] = row.pass === 'input' ? [row.x, x] : [row.w, layer.weight]
  return prepared(shape, () => grad(layer.forward(x).mul(dy).sum(), [wrt])[0])
}

const layerOf = {
  conv: (inputs, outputs, kernel, options) => nn.conv2d(inputs, outputs, kernel, { ...options, round: 'floor' }),
  maxPool: size => nn.maxPool2d(size, { round: 'floor' }),
  relu: nn.relu,
  flatten: nn.flatten,
  linear: nn.linear,
}

/** Tokens [T, B] → scores [T·B, tokens]; gates i, f, g, o as in PyTorch, written in tensor operations. */
class LanguageModel extends nn.Module {
  constructor({ tokens, embedding, hidden }) {
    super()
    this.hidden = hidden
    this.embedding = nn.embedding(tokens, embedding)
    this.lstm = {
      weight_ih_l0: variable(zeros([4 * hidden, embedding])),
      weight_hh_l0: variable(zeros([4 * hidden, hidden])),
      bias_ih_l0: variable(zeros([4 * hidden])),
      bias_hh_l0: variable(zeros([4 * hidden])),
    }
    this.linear = nn.linear(hidden, tokens)
  }
  forward(x) {
    const [steps, batch] = x.shape
    const { hidden } = this
    const { weight_ih_l0: wx, weight_hh_l0: wh, bias_ih_l0: bx, bias_hh_l0: bh } = this.lstm
    const inputs = this.embedding.forward(x).matmul(wx.transpose()).add(bx.add(bh))
    const transposed = wh.transpose()
    let h = zeros([batch, hidden])
    let c = zeros([batch, hidden])
    const outputs = []
    for (let t = 0; t < steps; t++) {
      const gates = inputs.at(t).add(h.matmul(transposed))
      const [input, forget, cell, output] = gates.split(hidden, 1)
      c = forget.sigmoid().mul(c).add(input.sigmoid().mul(cell.tanh()))
      h = output.sigmoid().mul(c.tanh())
      outputs.push(h)
    }
    return this.linear.forward(concat(outputs, 0))
  }
}

/** The row's network with its first parameters. */
function networkOf({ network, layers }) {
  const made = {
    layers: () => nn.sequential(...layers.map(([name, ...args]) => layerOf[name](...args))),
    lstm: () => new LanguageModel(lstm),
  }
  const model = (made[network] ?? models[network])()
  for (const [name, parameter] of model.namedParameters()) parameter.set(initial(name, parameter.shape))
  return model
}

const optimizers = {
  adam: model => optim.adam({ learningRate: 1e-3 }, model),
  sgd: model => optim.sgd({ learningRate: 1e-3, momentum: 0.9 }, model),
}

/** `step(x, y)` trains once and gives the loss. */
function trainingStep(row) {
  const model = networkOf(row)
  const optimizer = optimizers[row.optimizer](model)
  return (x, y) => {
    const loss = nn.crossEntropy(model.forward(x), y)
    optimizer.step(grad(loss, optimizer.parameters))
    return loss
  }
}

function batch(row) {
  const { x, labels } = batchOf(row)
  const dtype = row.text ? 'int32' : 'float32'
  return { x: tensor(x, { shape: row.input, dtype }), y: tensor(labels, { shape: [labels.length], dtype: 'int32' }) }
}

async function training(row) {
  const train = trainingStep(row)
  const { x, y } = batch(row)
  const start = performance.now()
  const step = compile(train)
  const run = async () => (await step(x, y)).item()
  const first = await run()
  if (row.cold) return { best: performance.now() - start + (row.withDevice ? openingDevice : 0), check: [first] }
  const check = [first]
  while (check.length < checkedSteps) check.push(await run())
  return { run, check }
}

/** Scores of a batch, with running statistics as they are at the start. */
async function predicting(row) {
  const model = networkOf(row)
  model.eval()
  const forward = compile(x => model.forward(x))
  const { x } = batch(row)
  const run = async () => (await forward(x)).data()
  return { run, check: sample(await run()) }
}

/** What a step needs: planned bytes besides variables, and how far the process grew. */
async function memory(row) {
  const step = compile(trainingStep(row))
  const { x, y } = batch(row)
  const before = residentBytes()
  for (let i = 0; i < 5; i++) await (await step(x, y)).item()
  return { best: (peakResidentBytes() - before) / 2 ** 20, planned: step.peakBytes / 2 ** 20, check: [0] }
}

/** The device of before, which also adds up the time that its plans run. */
function timedDevice(inner) {
  const clock = { inside: 0 }
  const timed = executable =>
    new Proxy(executable, {
      get(target, name) {
        const value = target[name]
        if (typeof value !== 'function') return value
        if (name !== 'run') return value.bind(target)
        return (...inputs) => {
          const start = performance.now()
          const result = target.run(...inputs)
          clock.inside += performance.now() - start
          return result
        }
      },
    })
  const outer = new Proxy(inner, {
    get(target, name) {
      const value = target[name]
      if (name === 'prepare') return graph => timed(target.prepare(graph))
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { outer, clock }
}

/** A cached step's time outside of the device: recording, differentiating, finding the plan, binding its buffers. */
async function tracing(row) {
  const { outer, clock } = timedDevice(device())
  setDevice(outer)
  const { x, y } = batch(row)
  const eager = trainingStep(row)
  const step = row.compiled ? compile(eager) : eager
  let best = Number.POSITIVE_INFINITY
  let runs = 0
  for (const end = performance.now() + 2500; runs < 50 || performance.now() < end; runs++) {
    clock.inside = 0
    const start = performance.now()
    const loss = await step(x, y)
    await loss.item()
    best = Math.min(best, performance.now() - start - clock.inside)
  }
  return { best, runs }
}

/** What other rows do not need is not in their memory. */
const bundle = async row =>
  (await import('./bundle.mjs')).bundled('chainrule', row, { chainrule: fileURLToPath(library) })

const kinds = { bundle, matmul, conv, train: training, predict: predicting, memory, trace: tracing }
await serve(row => kinds[row.kind](row))
