/** One network of `goldens/zoo.jsonl`: its outputs and gradients against torchvision's. goldens/zoo.py describes the file. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { AllScores } from '../src/models/index.ts'
import * as models from '../src/models/index.ts'
import type { Module } from '../src/nn/index.ts'
import { Generator, uniform } from '../src/tensor/random.ts'
import { type AnyTensor, all, concat, grad, type Tensor, variable } from '../src/tensor/tensor.ts'

export interface ZooCase {
  readonly name: string
  readonly call: string
  readonly options: object
  readonly training: boolean
  readonly key: number
  readonly input: number[]
  readonly output: { readonly shape: number[]; readonly data: number[] }
  /** Norm and projection of each gradient. */
  readonly gradients: Readonly<Record<string, readonly [norm: number, projection: number]>>
}
export const zoo: readonly ZooCase[] = readFileSync(new URL('./goldens/zoo.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as ZooCase)

/** Those that take little memory. */
export const quick: readonly string[] = ['LeNet-5 of 1998', 'GoogLeNet, auxiliary', 'AlexNet', 'ResNet-18']

type Network = Module & { forward(x: Tensor): Tensor; forwardAll?(x: Tensor): AllScores<Tensor> }

const period = 1_048_573
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** The values of a key and a place; from element `period` on they repeat. */
async function draw(key: number, place: number, shape: readonly number[], low = -1, high = 1): Promise<Tensor> {
  const generator = new Generator()
  await generator.setState([key, place])
  const size = sizeOf(shape)
  const base: Tensor = uniform([Math.min(size, period)], { generator, low, high })
  const whole: Tensor = size > period ? base.tile([Math.ceil(size / period)]).slice([[0, size]]) : base
  return whole.reshape(shape as [number])
}

function boundsOf(name: string, shape: readonly number[]): readonly [low: number, high: number] {
  if (shape.length === 1) return name.endsWith('weight') ? [0.5, 1.5] : [-0.125, 0.125]
  const bound = 2 ** Math.round(Math.log2(Math.sqrt(6 / sizeOf(shape.slice(1)))))
  return [-bound, bound]
}

/** Relative errors. */
interface Errors {
  /** The largest of an output. */
  readonly output: number
  /** The largest of a gradient's norm and projection. */
  readonly gradient: number
  readonly median: number
}

/** Expects names, shapes, outputs and gradients to be torchvision's. */
export async function expectTorchvision(golden: ZooCase): Promise<void> {
  const { output, gradient, median } = await errorsOf(golden)
  expect(output).toBeLessThan(2e-4)
  // A relu within rounding of its kink may fall on the other side, which moves all gradients below it by up to some percent. Where none
  // does they agree to 1e-5; a wrong derivative is wrong by about 1.
  expect(median).toBeLessThan(0.01)
  expect(gradient).toBeLessThan(0.1)
}

async function errorsOf(golden: ZooCase): Promise<Errors> {
  const make = (models as unknown as Record<string, (options: object) => Network>)[golden.call]!
  const model = make(golden.options).train(golden.training)
  const parameters = model.namedParameters()
  const { '': _, ...own } = golden.gradients
  expect([...parameters.keys()]).toEqual(Object.keys(own))
  for (const [i, [name, parameter]] of [...parameters].entries())
    parameter.assign(await draw(golden.key, 100 + i, parameter.shape, ...boundsOf(name, parameter.shape)))
  const x = variable(await draw(golden.key, 0, golden.input))

  const scores = (): Tensor => {
    if (!model.forwardAll) return model.forward(x)
    const found = model.forwardAll(x)
    return concat([found.scores, ...found.auxiliary] as [Tensor], 1)
  }
  const output = scores()
  expect(output.shape).toEqual(golden.output.shape)
  const cotangent = await draw(golden.key, 99, output.shape)
  const wanted: AnyTensor[] = [...parameters.values(), x]
  const objective: Tensor = output.mul(cotangent).sum()
  const gradients = grad(objective as Tensor<[]>, wanted) as Tensor[]
  const digests: Tensor[] = []
  for (const [i, g] of gradients.entries())
    digests.push(g.square().sum().sqrt(), g.mul(await draw(golden.key, 10_000 + i, g.shape)).sum())
  await all(output, objective, ...digests)

  const data = await output.data()
  const scale = Math.max(...golden.output.data.map(Math.abs))
  const errors = golden.output.data.map((value, i) => Math.abs(value - data[i]!) / scale)
  const found = await Promise.all(digests.map(d => d.item()))
  const norms = Object.values(golden.gradients).map(([norm]) => norm)
  const least = 1e-3 * Math.max(...norms) // a bias before batch normalisation has no gradient but rounding errors
  const off = Object.values(golden.gradients)
    .map(([norm, projection], i) => {
      const difference = Math.max(Math.abs(found[2 * i]! - norm), Math.abs(found[2 * i + 1]! - projection))
      return difference / Math.max(norm, least)
    })
    .sort((a, b) => a - b)
  for (const v of [...model.stateDict().values(), x]) v.dispose()
  return { output: Math.max(...errors), gradient: off.at(-1)!, median: off[off.length >> 1]! }
}
