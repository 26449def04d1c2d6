/**
 * The same numbers as PyTorch: layers, losses, optimizers, schedules and the first fifty steps of LeNet-5, on every device.
 * goldens/make.py computed the files and describes them; inputs are drawn here from the generator that it uses.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../src/device/device.ts'
import { jsDevice } from '../src/device/js/device.ts'
import { wasmDevice } from '../src/device/wasm/device.ts'
import { uniformAt } from '../src/graph/threefry.ts'
import * as nn from '../src/nn/index.ts'
import * as optim from '../src/optim/index.ts'
import { compile } from '../src/tensor/compile.ts'
import { setDevice } from '../src/tensor/runtime.ts'
import { type AnyTensor, type AnyVariable, all, grad, tensor, variable } from '../src/tensor/tensor.ts'

type Drawn =
  | { readonly shape: number[]; readonly low: number; readonly high: number }
  | { readonly shape: number[]; readonly below: number }
type Key = readonly [number, number]

/** What layers and losses have in common. */
interface Case {
  readonly name: string
  readonly call: string
  readonly key: number
  readonly inputs: readonly Drawn[]
  readonly output: { readonly shape: number[]; readonly data: number[] }
  readonly gradients: Readonly<Record<string, number[]>>
}
interface LayerCase extends Case {
  readonly arguments: readonly unknown[]
  readonly training: boolean
  readonly parameters: Readonly<Record<string, Drawn>>
  readonly buffers: Readonly<Record<string, Drawn>>
  readonly after: Readonly<Record<string, number[]>>
}
interface LossCase extends Case {
  readonly options: Readonly<Record<string, unknown>>
}
interface RecurrentCase extends Omit<Case, 'output'> {
  readonly arguments: readonly unknown[]
  readonly lengths?: readonly number[]
  readonly parameters: Readonly<Record<string, Drawn>>
  readonly outputs: readonly Case['output'][]
}
interface OptimizerCase {
  readonly call: string
  readonly options: object
  readonly key: number
  readonly shape: number[]
  readonly steps: readonly number[][]
}
interface ScheduleCase {
  readonly call: string
  readonly options: object
  readonly rates: readonly number[]
  readonly metrics?: readonly number[]
}
interface LenetCase {
  readonly optimizer: 'sgd' | 'adam'
  readonly options: { readonly learningRate: number }
  readonly batch: number
  readonly batches: number
  readonly losses: readonly number[]
}

const goldens = <T>(name: string): T[] =>
  readFileSync(new URL(`./goldens/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as T)

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

const values = (key: Key, shape: readonly number[], low: number, high: number): Float32Array =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => low + (high - low) * uniformAt(key, i))

const labels = (key: Key, shape: readonly number[], below: number): Int32Array =>
  Int32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(below * uniformAt(key, i)))

function draw(spec: Drawn, key: number, place: number): AnyTensor {
  const { shape } = spec
  const stream: Key = [key, place]
  return 'below' in spec
    ? tensor(labels(stream, shape, spec.below), { shape, dtype: 'int32' })
    : tensor(values(stream, shape, spec.low, spec.high), { shape })
}

/** Differences are measured against the largest expected magnitude (or 1 if that is smaller). */
function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number, what: string): void {
  expect(actual.length, `${what}: length`).toBe(expected.length)
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  expected.forEach((value, i) => {
    const difference = Math.abs(actual[i]! - value)
    if (!(difference <= tolerance * scale)) {
      expect.fail(`${what}[${i}] is ${actual[i]}, expected ${value} (${difference / scale} > ${tolerance})`)
    }
  })
}

const called = <T>(table: object, name: string): ((...inputs: unknown[]) => T) => {
  expect(table).toHaveProperty(name)
  return (table as Record<string, (...inputs: unknown[]) => T>)[name]!
}

/** Output, gradients of Σ output · cotangent and buffers, evaluated together and compared. */
async function compare(
  golden: Case,
  inputs: readonly AnyTensor[],
  parameters: ReadonlyMap<string, AnyTensor>,
  output: AnyTensor,
  buffers: ReadonlyMap<string, AnyVariable>,
  after: Readonly<Record<string, number[]>>,
): Promise<void> {
  expect(output.shape).toEqual(golden.output.shape)
  const named = new Map(parameters)
  inputs.forEach((input, i) => {
    named.set(i === 0 ? 'input' : `input${i}`, input)
  })
  const wanted = Object.keys(golden.gradients)
  const cotangent = draw({ shape: golden.output.shape, low: -1, high: 1 }, golden.key, 99)
  const gradients = grad(
    output.mul(cotangent).sum(),
    wanted.map(name => named.get(name)!),
  ) as AnyTensor[]
  await all(output, ...gradients)
  const tolerance = 1e-5
  expectClose(await output.data(), golden.output.data, tolerance, 'output')
  for (const [i, name] of wanted.entries()) {
    expectClose(await gradients[i]!.data(), golden.gradients[name]!, tolerance, `gradient of ${name}`)
  }
  for (const [name, expected] of Object.entries(after)) {
    expectClose(await buffers.get(name)!.data(), expected, tolerance, `${name} afterwards`)
  }
}

async function runLayer(golden: LayerCase): Promise<void> {
  const layer = called<nn.Module & { forward(x: AnyTensor): AnyTensor }>(nn, golden.call)(...golden.arguments)
  layer.train(golden.training)
  const inputs = golden.inputs.map((spec, place) => draw(spec, golden.key, place))
  const parameters = layer.namedParameters()
  expect([...parameters.keys()].sort()).toEqual(Object.keys(golden.parameters).sort())
  for (const [i, [name, spec]] of Object.entries(golden.parameters).entries()) {
    expect(parameters.get(name)!.shape, name).toEqual(spec.shape)
    parameters.get(name)!.assign(draw(spec, golden.key, 10 + i))
  }
  for (const [i, [name, spec]] of Object.entries(golden.buffers).entries())
    layer
      .namedBuffers()
      .get(name)!
      .assign(draw(spec, golden.key, 30 + i))
  await compare(golden, inputs, parameters, layer.forward(inputs[0]!), layer.namedBuffers(), golden.after)
}

async function runLoss(golden: LossCase): Promise<void> {
  const inputs = golden.inputs.map((spec, place) => draw(spec, golden.key, place))
  let place = 20
  const options = Object.fromEntries(
    Object.entries(golden.options).map(([name, value]) => [
      name,
      typeof value === 'object' ? draw(value as Drawn, golden.key, place++) : value,
    ]),
  )
  const loss = called<AnyTensor>(nn, golden.call)(...inputs, options)
  await compare(golden, inputs, new Map(), loss, new Map(), {})
}

type Runs = nn.Module & {
  run(x: AnyTensor, options: object): { output: AnyTensor; state: Record<string, AnyTensor> }
}
async function runRecurrent(golden: RecurrentCase): Promise<void> {
  const { key, lengths } = golden
  const layer = called<Runs>(nn, golden.call)(...golden.arguments)
  const [x, h, c] = golden.inputs.map((spec, place) => draw(spec, key, place)) as [AnyTensor, AnyTensor?, AnyTensor?]
  const named = new Map<string, AnyTensor>(layer.namedParameters())
  expect([...named.keys()]).toEqual(Object.keys(golden.parameters))
  for (const [i, [name, spec]] of Object.entries(golden.parameters).entries())
    layer
      .namedParameters()
      .get(name)!
      .assign(draw(spec, key, 10 + i))
  for (const [i, input] of [x, h, c].entries()) if (input) named.set(i === 0 ? 'input' : `input${i}`, input)
  const { output, state } = layer.run(x, { lengths, state: h && (c ? { h, c } : { h }) })
  const outputs = [output, ...Object.values(state)]
  expect(outputs.map(y => y.shape)).toEqual(golden.outputs.map(y => y.shape))
  const loss = outputs
    .map((y, i) => y.mul(draw({ shape: [...y.shape], low: -1, high: 1 }, key, 99 - i)).sum() as AnyTensor)
    .reduce((a, b) => a.add(b) as AnyTensor)
  const wanted = Object.keys(golden.gradients)
  const gradients = grad(
    loss,
    wanted.map(name => named.get(name)!),
  ) as AnyTensor[]
  await all(...outputs, ...gradients)
  for (const [i, y] of outputs.entries()) expectClose(await y.data(), golden.outputs[i]!.data, 1e-5, `output ${i}`)
  for (const [i, name] of wanted.entries())
    expectClose(await gradients[i]!.data(), golden.gradients[name]!, 1e-5, `gradient of ${name}`)
}

async function runOptimizer({ call, options, key, shape, steps }: OptimizerCase): Promise<void> {
  const stream = (place: number, low: number, high: number) => tensor(values([key, place], shape, low, high), { shape })
  const p = variable(stream(0, -1, 1)) as AnyVariable
  const [a, b] = [stream(1, 0.5, 2), stream(2, -1, 1)]
  const optimizer = called<optim.Optimizer>(optim, call)(options, [p])
  for (const [i, expected] of steps.entries()) {
    const loss = p.mul(p).mul(a).mul(0.5).sub(b.mul(p)).sum()
    optimizer.step(grad(loss, [p]) as AnyTensor[])
    expectClose(await p.data(), expected, 2e-6, `step ${i + 1}`)
  }
}

const devices: readonly (readonly [string, () => Device])[] = [
  ['js', jsDevice],
  ['wasm', wasmDevice],
]

describe.each(devices)('on device %s', (_, create) => {
  beforeAll(() => {
    setDevice(create())
  })
  describe('layers', () => {
    for (const golden of goldens<LayerCase>('layers')) test(golden.name, () => runLayer(golden))
  })
  describe('losses', () => {
    for (const golden of goldens<LossCase>('losses')) test(golden.name, () => runLoss(golden))
  })
  describe('recurrent layers', () => {
    for (const golden of goldens<RecurrentCase>('recurrent')) test(golden.name, () => runRecurrent(golden))
  })
  describe('optimizers', () => {
    for (const golden of goldens<OptimizerCase>('optimizers'))
      test(`${golden.call} ${JSON.stringify(golden.options)}`, () => runOptimizer(golden))
  })
})

describe('schedules', () => {
  for (const { call, options, rates, metrics } of goldens<ScheduleCase>('schedules'))
    test(`${call} ${JSON.stringify(options)}`, () => {
      const schedule = called<optim.Schedule>(optim, call)(options)
      rates.forEach((expected, step) => {
        expect(schedule.next(metrics?.[step]), `step ${step}`).toBeCloseTo(expected, 9)
      })
    })
})

describe('the first fifty steps of LeNet-5', () => {
  beforeAll(() => {
    setDevice(wasmDevice())
  })
  for (const { optimizer: name, options, batch, batches, losses } of goldens<LenetCase>('lenet'))
    test(name, async () => {
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
      let bound = 0
      for (const [i, p] of model.parameters().entries()) {
        if (p.shape.length > 1) bound = 1 / Math.sqrt(sizeOf(p.shape.slice(1)))
        p.set(values([1, i], p.shape, -bound, bound))
      }
      const optimizer = called<optim.Optimizer>(optim, name)(options, model)
      const step = compile((x: AnyTensor, y: AnyTensor) => {
        const loss = nn.crossEntropy(model.forward(x as never), y as never)
        optimizer.step(grad(loss, model.parameters()) as AnyTensor[])
        return loss
      })
      const shape = [batch, 1, 28, 28]
      const data = Array.from({ length: batches }, (_, b) => ({
        x: tensor(values([2, b], shape, 0, 1), { shape }) as AnyTensor,
        y: tensor(labels([3, b], [batch], 10), { shape: [batch], dtype: 'int32' }) as AnyTensor,
      }))
      for (const [i, expected] of losses.entries()) {
        const { x, y } = data[i % batches]!
        const loss = (await (await step(x, y)).item()) as number
        expect(Math.abs(loss - expected) / expected, `step ${i + 1}: ${loss}, expected ${expected}`).toBeLessThan(1e-4)
      }
    })
})
