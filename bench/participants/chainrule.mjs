/**
 * chainrule as built (the index.js of packages/chainrule/dist, or the one given), on its default device. Operands and results of a row are variables, which
 * live where the device keeps them: what is timed is the work, not copies to and from the host.
 */

import { checkedSteps, convolution, lenet, sample, values } from './problem.mjs'

const library = process.argv[2] ?? new URL('../../packages/chainrule/dist/index.js', import.meta.url).href
const { compile, device, grad, nn, optim, setDevice, tensor, variable, zeros } = await import(library)

import { serve } from './serve.mjs'

const held = (data, shape) => variable(tensor(data, { shape }))

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
  const [shape, wrt] = row.pass === 'input' ? [row.x, x] : [row.w, layer.weight]
  return prepared(shape, () => grad(layer.forward(x).mul(dy).sum(), [wrt])[0])
}

/** LeNet-5 with the problem's parameters; `step(x, y)` trains once and gives the loss. */
function lenetStep(problem) {
  const model = nn.sequential(
    nn.conv2d(1, 6, 5, { padding: 2 }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(6, 16, 5),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.linear(400, 120),
    nn.relu(),
    nn.linear(120, 84),
    nn.relu(),
    nn.linear(84, 10),
  )
  model.parameters().forEach((parameter, i) => {
    parameter.set(problem.parameters[i].data)
  })
  const optimizer = optim.adam({ learningRate: 1e-3 }, model)
  return (x, y) => {
    const loss = nn.crossEntropy(model.forward(x), y)
    optimizer.step(grad(loss, model.parameters()))
    return loss
  }
}

function batchOf(problem, batch) {
  const x = tensor(problem.x, { shape: [batch, 1, 28, 28] })
  const y = tensor(problem.labels, { shape: [batch], dtype: 'int32' })
  return { x, y }
}

async function training(row) {
  const problem = lenet(row)
  const start = performance.now()
  const step = compile(lenetStep(problem))
  const { x, y } = batchOf(problem, row.batch)
  const run = async () => (await step(x, y)).item()
  const first = await run()
  if (row.kind === 'lenet-cold') return { best: performance.now() - start, check: [first] }
  const check = [first]
  while (check.length < checkedSteps) check.push(await run())
  return { run, check }
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
  const problem = lenet(row)
  const { x, y } = batchOf(problem, row.batch)
  const eager = lenetStep(problem)
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

const kinds = { matmul, conv, lenet: training, 'lenet-cold': training, trace: tracing }
await serve(row => kinds[row.kind](row))
