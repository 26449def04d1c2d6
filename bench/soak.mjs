/**
 * Hours of training in minutes' turns on each device: memory must stay flat, and devices must agree. LeNet-5 learns the packaged digits
 * on one device after the other; after each turn all of them compute the loss and every gradient of the same batch from the same
 * parameters.
 *
 *   node bench/soak.mjs [--minutes 60] [--turn 20] [--devices wasm,native,js]
 */
import { parseArgs } from 'node:util'
import {
  compile,
  data,
  grad,
  models,
  nn,
  optim,
  random,
  setDevice,
  variable,
  zeros,
} from '../packages/chainrule/dist/index.js'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    turn: { type: 'string', default: '20' },
    devices: { type: 'string', default: 'wasm,native,js' },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  console.log(`Usage: node bench/soak.mjs [--minutes 60] [--turn 20 (seconds)] [--devices wasm,native,js]

Trains in turns on each device; exits with 1 if memory grows or devices differ by more than the tolerance.`)
  process.exit(0)
}
/** Of each gradient, relative to its largest magnitude; sums of float32 in another order. */
const tolerance = 1e-4
/** Resident memory may grow by this share between the first and the last third of the run. */
const mostGrowth = 0.1

const devices = []
for (const name of options.devices.split(',')) {
  try {
    devices.push(await setDevice(name))
  } catch (error) {
    console.log(`${name}: ${error.message}`)
  }
}
random.seed(1)
const model = models.lenet5()
const optimizer = optim.adam({ learningRate: 1e-3 }, model)
const { train } = await data.mnist()
/** Endless batches of a size. */
async function* batchesOf(batchSize, seed) {
  const loader = data.loader(train, { batchSize, shuffle: true, seed, dropLast: true })
  for (;;) yield* loader
}
/** The reference device is slow: it learns from fewer digits at once; all devices are compared on as few. */
const large = batchesOf(64, 1)
const small = batchesOf(8, 2)
const next = async batches => (await batches.next()).value
const gradients = model.parameters().map(({ shape }) => variable(zeros(shape)))

const step = compile((x, y) => {
  const loss = nn.crossEntropy(model.forward(x), y)
  optimizer.step(grad(loss, optimizer.parameters))
  return loss
})
const look = compile((x, y) => {
  const loss = nn.crossEntropy(model.forward(x), y)
  for (const [i, gradient] of grad(loss, model.parameters()).entries()) gradients[i].assign(gradient)
  return loss
})

/** The largest difference of two lists of arrays, each relative to its largest magnitude. */
const differenceOf = (some, others) =>
  Math.max(
    ...some.map((a, i) => {
      const scale = a.reduce((m, x) => Math.max(m, Math.abs(x)), 1e-12)
      return a.reduce((m, x, j) => Math.max(m, Math.abs(x - others[i][j])), 0) / scale
    }),
  )

/** With labels that are all wrong: where a network is certain and right, its gradients are nothing but rounding. */
async function gradientsOn(device, { x, y }) {
  await setDevice(device)
  const loss = await look(x, y.add(1).mod(10)).item()
  const all = []
  for (const gradient of gradients) all.push(Float32Array.from(await gradient.data()))
  return [Float32Array.of(loss), ...all]
}

const memory = []
const drift = []
let steps = 0
const end = performance.now() + Number(options.minutes) * 60_000
for (let turn = 0; performance.now() < end; turn++) {
  const device = devices[turn % devices.length]
  await setDevice(device)
  const until = Math.min(end, performance.now() + Number(options.turn) * 1000)
  let loss = 0
  while (performance.now() < until) {
    const { x, y } = await next(device.name === 'js' ? small : large)
    loss = await step(x, y).item()
    steps++
  }
  const batch = await next(small)
  const others = []
  for (const each of devices) others.push(await gradientsOn(each, batch))
  const differences = others.slice(1).map(other => differenceOf(others[0], other))
  drift.push(Math.max(0, ...differences))
  const resident = process.memoryUsage().rss / 2 ** 20
  memory.push(resident)
  const agreed = differences.length > 0 ? `, devices differ by ${drift.at(-1).toExponential(1)}` : ''
  console.log(`${device.name}: step ${steps}, loss ${loss.toFixed(5)}, resident ${resident.toFixed(0)} MiB${agreed}`)
}
const third = Math.max(1, Math.floor(memory.length / 3))
const mean = values => values.reduce((a, b) => a + b, 0) / values.length
const [early, late] = [mean(memory.slice(0, third)), mean(memory.slice(-third))]
const flat = late <= early * (1 + mostGrowth)
console.log(`${steps} steps; resident memory ${early.toFixed(0)} → ${late.toFixed(0)} MiB: ${flat ? 'flat' : 'GROWS'}`)
const worst = Math.max(...drift)
const [before, after] = [mean(drift.slice(0, third)), mean(drift.slice(-third))].map(x => x.toExponential(1))
console.log(
  `gradients differ by ${worst.toExponential(1)} at most, ${before} → ${after} on average: ${worst <= tolerance ? 'agree' : 'DIFFER'}`,
)
process.exitCode = flat && worst <= tolerance ? 0 : 1
