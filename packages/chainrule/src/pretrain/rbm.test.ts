/** A machine small enough to be enumerated: energies, conditional probabilities and the statistics of contrastive divergence. */
import { beforeEach, describe, expect, test } from 'vitest'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { compile } from '../tensor/compile.ts'
import { tensor } from '../tensor/create.ts'
import { grad } from '../tensor/gradients.ts'
import { seed } from '../tensor/random.ts'
import type { Tensor } from '../tensor/types.ts'
import { type RbmOptions, rbm } from './index.ts'

const W = [
  [2.9, -3.1, 1.4],
  [-2.6, 1.8, 3.3],
]
const a = [0.2, -0.5, -1.3]
const b = [-0.4, 0.1]

/** Every vector of n bits. */
const bits = (n: number): number[][] =>
  Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, k) => (i >> k) & 1))
const sigma = (x: number): number => 1 / (1 + Math.exp(-x))
const sum = (values: readonly number[]): number => values.reduce((x, y) => x + y, 0)
const dot = (x: readonly number[], y: readonly number[]): number => sum(x.map((v, i) => v * y[i]!))

/** −E(v, h) of binary units. */
const goodness = (v: readonly number[], h: readonly number[]): number =>
  dot(a, v) + dot(b, h) + sum(h.map((on, j) => on * dot(W[j]!, v)))
const onGivenVisible = (v: readonly number[]): number[] => b.map((bias, j) => sigma(bias + dot(W[j]!, v)))
const onGivenHidden = (h: readonly number[]): number[] =>
  a.map((bias, i) => sigma(bias + sum(h.map((on, j) => on * W[j]![i]!))))
/** The probability of independent bits. */
const chance = (on: readonly number[], bits: readonly number[]): number =>
  bits.reduce((p, bit, i) => p * (bit ? on[i]! : 1 - on[i]!), 1)

function machine(options?: RbmOptions) {
  const layer = nn.linear(3, 2)
  const model = rbm(layer, options)
  layer.weight.set(W.flat())
  layer.bias!.set(b)
  model.namedParameters().get('visibleBias')!.set(a)
  return { layer, model }
}
const all = bits(3)
const states: Tensor = tensor(all)

beforeEach(() => seed(1))

test('the free energy of a visible vector sums over all hidden ones', async () => {
  const { model } = machine()
  const energies = await model.freeEnergy(states).data()
  all.forEach((v, i) => {
    expect(energies[i]).toBeCloseTo(-Math.log(sum(bits(2).map(h => Math.exp(goodness(v, h))))), 5)
  })
  // by hand: v = 0 leaves −softplus(−0.4) − softplus(0.1)
  expect(energies[0]).toBeCloseTo(-(0.513015 + 0.744397), 5)
})

test('units of one layer are independent given the other', async () => {
  const { model } = machine()
  const hidden = await model.hidden(states).array()
  all.forEach((v, i) => {
    const weights = bits(2).map(h => Math.exp(goodness(v, h)))
    bits(2).forEach((h, k) => {
      expect(chance((hidden as number[][])[i]!, h)).toBeCloseTo(weights[k]! / sum(weights), 5)
    })
  })
  const visible = (await model.visible(tensor(bits(2)) as Tensor).array()) as number[][]
  bits(2).forEach((h, k) => {
    const weights = all.map(v => Math.exp(goodness(v, h)))
    all.forEach((v, i) => {
      expect(chance(visible[k]!, v)).toBeCloseTo(weights[i]! / sum(weights), 5)
    })
  })
})

/** What contrastive divergence adds up for W: σ(b + W v) vᵀ, which v has with these probabilities. */
function statistics(probabilities: readonly number[]): number[] {
  return [0, 1].flatMap(j =>
    [0, 1, 2].map(i => sum(all.map((v, s) => probabilities[s]! * onGivenVisible(v)[j]! * v[i]!))),
  )
}
/** The distribution of v after one step of the chain. */
const stepped = (probabilities: readonly number[]): number[] =>
  all.map(next =>
    sum(
      all.map((v, s) => {
        const ways = bits(2).map(h => chance(onGivenVisible(v), h) * chance(onGivenHidden(h), next))
        return probabilities[s]! * sum(ways)
      }),
    ),
  )

describe('contrastive divergence', () => {
  const data = [0.3, 0.05, 0.1, 0.2, 0.05, 0.1, 0.1, 0.1]
  const samples = 100_000
  /** The data as that many samples. */
  const drawn = (count: number): Tensor => {
    const rows = all.flatMap((v, s) => Array.from({ length: Math.round(data[s]! * count) }, () => v))
    return tensor(Float32Array.from(rows.flat()), { shape: [rows.length, 3] }) as Tensor
  }

  /** The mean gradient of the loss for W over all samples, which sampling makes inexact. */
  async function gradient(steps: number): Promise<Float32Array> {
    const { layer, model } = machine({ steps })
    const gradientOf = compile((v: Tensor) =>
      grad(model.loss(model.forward(v) as never, v as never) as Tensor<[]>, layer.weight),
    )
    return gradientOf(drawn(samples)).data()
  }
  /** Σ of two products within [0, 1], with this many samples: five standard errors at most. */
  const tolerance = 5 * 0.5 * Math.sqrt(2 / samples)

  test('of k steps is the difference of the statistics before and after them, computed exactly', async () => {
    for (const steps of [1, 2]) {
      let after = data
      for (let k = 0; k < steps; k++) after = stepped(after)
      expect(sum(after)).toBeCloseTo(1, 12)
      const [before, later] = [statistics(data), statistics(after)]
      const found = await gradient(steps)
      found.forEach((g, i) => {
        expect(Math.abs(g - (later[i]! - before[i]!)), `k = ${steps}, weight ${i}`).toBeLessThan(tolerance)
      })
      // the test can tell one step from another
      expect(Math.max(...statistics(stepped(after)).map((s, i) => Math.abs(s - later[i]!)))).toBeGreaterThan(tolerance)
    }
  })

  test('of many steps is the exact gradient of the negative log-likelihood', async () => {
    const weights = all.map(v => sum(bits(2).map(h => Math.exp(goodness(v, h)))))
    const model = statistics(weights.map(w => w / sum(weights)))
    const found = await gradient(12)
    found.forEach((g, i) => {
      expect(Math.abs(g - (model[i]! - statistics(data)[i]!)), `weight ${i}`).toBeLessThan(tolerance)
    })
  })

  test('learns the distribution of the data', async () => {
    const layer = nn.linear(3, 4)
    const model = rbm(layer)
    const likelihood = async (): Promise<number> => {
      const goodness = Array.from(await model.freeEnergy(states).data(), f => Math.exp(-f))
      return sum(data.map((p, s) => p * Math.log(goodness[s]! / sum(goodness))))
    }
    const optimizer = adam({ learningRate: 0.03 }, model)
    const v = drawn(1000)
    const step = compile((v: Tensor) => {
      optimizer.step(grad(model.loss(model.forward(v) as never, v as never) as Tensor<[]>, optimizer.parameters))
    })
    const before = await likelihood()
    for (let i = 0; i < 400; i++) step(v)
    const entropy = sum(data.map(p => p * Math.log(p))) // no model has more
    expect(before).toBeLessThan(entropy - 0.1)
    expect(await likelihood()).toBeGreaterThan(entropy - 0.05)
  })
})

test('gaussian visible units: free energy by integration, the mean of a reconstruction', async () => {
  const layer = nn.linear(1, 2)
  const model = rbm(layer, { visible: 'gaussian', deviation: 0.5 })
  layer.weight.set([0.7, -1.2])
  layer.bias!.set(b)
  model.namedParameters().get('visibleBias')!.set([0.5])
  const points = [-1.5, 0, 2]
  const energies = await model.freeEnergy(tensor(points.map(v => [v])) as Tensor).data()
  points.forEach((v, i) => {
    const sums = bits(2).map(h =>
      Math.exp(-((v - 0.5) ** 2) / 0.5 + b[0]! * h[0]! + b[1]! * h[1]! + v * (0.7 * h[0]! - 1.2 * h[1]!)),
    )
    expect(energies[i]).toBeCloseTo(-Math.log(sum(sums)), 5)
  })
  // given h the mean is a + Wᵀ h / 4
  const means = await model.visible(tensor(bits(2)) as Tensor).data()
  for (const [i, mean] of [0.5, 0.675, 0.2, 0.375].entries()) expect(means[i]).toBeCloseTo(mean, 6)
  // and the chain adds noise of variance 1/4 to it
  layer.weight.set([0, 0])
  const ends = await model.chain(tensor(new Float32Array(20_000), { shape: [20_000, 1] }) as Tensor).data()
  const mean = sum(Array.from(ends)) / ends.length
  const variance = sum(Array.from(ends, x => (x - mean) ** 2)) / ends.length
  expect(mean).toBeCloseTo(0.5, 1)
  expect(variance).toBeCloseTo(0.25, 2)
})

test('visible biases start at what the data says', async () => {
  const { model } = machine()
  model.prepare!({ dtype: 'float32', shape: [4, 3], data: Float32Array.of(0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0) })
  const biases = await model.namedParameters().get('visibleBias')!.data()
  // shares 1/4, 1 (taken as 0.99), 1/4
  expect(biases[0]).toBeCloseTo(Math.log(1 / 3), 5)
  expect(biases[1]).toBeCloseTo(Math.log(99), 4)
  expect(biases[2]).toBeCloseTo(Math.log(1 / 3), 5)
  expect(() => model.prepare!({ dtype: 'float32', shape: [1, 3], data: Float32Array.of(0, 2, 0) })).toThrow(
    "rbm: binary visible units are in [0, 1], got 2 for unit 1 of sample 0; scale the data, or use { visible: 'gaussian' }",
  )
})

test('what makes no machine', () => {
  expect(() => rbm(nn.linear(3, 2), { steps: 0 })).toThrow('rbm: steps must be a whole number >= 1, got 0')
  expect(() => rbm(nn.linear(3, 2), { visible: 'ternary' as 'binary' })).toThrow(
    "rbm: visible must be binary or gaussian, got 'ternary'",
  )
  expect(() => rbm(nn.linear(3, 2), { deviation: 0 })).toThrow('rbm: deviation must be a finite number > 0, got 0')
  expect(() => rbm(nn.linear(3, 2, { bias: false }))).toThrow('rbm: the layer needs a bias')
})
