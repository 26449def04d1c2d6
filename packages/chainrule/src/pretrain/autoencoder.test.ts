/** Autoencoders by hand, and their gradients. */
import { expect, test } from 'vitest'
import * as nn from '../nn/index.ts'
import { tensor } from '../tensor/create.ts'
import { grad } from '../tensor/gradients.ts'
import { seed } from '../tensor/random.ts'
import type { Tensor } from '../tensor/types.ts'
import { type AutoencoderOptions, autoencoder } from './index.ts'

/** Two inputs, one hidden unit: W = (0.5, −1), b = 0.25, c = (0.1, 0.2). */
function small(options: AutoencoderOptions = {}) {
  const layer = nn.linear(2, 1)
  const model = autoencoder(layer, options)
  layer.weight.set([0.5, -1])
  layer.bias!.set([0.25])
  model.namedParameters().get('bias')?.set([0.1, 0.2])
  return { layer, model }
}
const x: Tensor = tensor([[1, 0.5]])
const h = 1 / (1 + Math.exp(-0.25)) // σ(0.5 − 0.5 + 0.25)

test('tied weights: the decoder is the transpose', async () => {
  const { model } = small({ visible: 'gaussian' })
  expect([...model.namedParameters().keys()]).toEqual(['bias', 'linear.weight', 'linear.bias'])
  expect((await model.encode(x).data())[0]).toBeCloseTo(h, 6)
  const out = await model.forward(x).data()
  expect(out[0]).toBeCloseTo(0.5 * h + 0.1, 6)
  expect(out[1]).toBeCloseTo(-h + 0.2, 6)
  const differences = [0.5 * h + 0.1 - 1, -h + 0.2 - 0.5]
  const squares = differences[0]! ** 2 + differences[1]! ** 2
  const z = model.forward(x) as never
  expect(await (model.loss(z, x as never) as Tensor<[]>).item()).toBeCloseTo(squares / 2, 6)
  expect(await model.reconstructionError.compute(z, x).item()).toBeCloseTo(squares, 6)
})

test('the gradient of tied weights has a part from the encoder and one from the decoder', async () => {
  const { layer, model } = small({ visible: 'gaussian' })
  const [d0, d1] = [0.5 * h + 0.1 - 1, -h + 0.2 - 0.5]
  const delta = (0.5 * d0 - d1) * h * (1 - h) // what reaches the hidden unit's sum
  const g = await grad(model.loss(model.forward(x) as never, x as never) as Tensor<[]>, layer.weight).data()
  expect(g[0]).toBeCloseTo(d0 * h + delta * 1, 6)
  expect(g[1]).toBeCloseTo(d1 * h + delta * 0.5, 6)
})

test.each([
  { visible: 'binary', tied: true },
  { visible: 'binary', tied: false },
  { visible: 'gaussian', tied: false },
] as const)('gradients of %o agree with differences', async options => {
  seed(2)
  const { model } = small(options)
  const loss = (): Tensor<[]> => model.loss(model.forward(x) as never, x as never) as Tensor<[]>
  for (const parameter of model.parameters()) {
    const gradient = (await grad(loss(), parameter).data()) as Float32Array
    const values = (await parameter.data()) as Float32Array
    for (const [i, value] of values.entries()) {
      const at = async (v: number): Promise<number> => {
        parameter.set(values.with(i, v))
        return loss().item()
      }
      const difference = ((await at(value + 0.01)) - (await at(value - 0.01))) / 0.02
      expect(gradient[i]).toBeCloseTo(difference, 3)
    }
    parameter.set(values)
  }
})

test('a denoising autoencoder sees corrupted inputs in training only', async () => {
  seed(4)
  const ones: Tensor = tensor(new Float32Array(40_000).fill(1), { shape: [20_000, 2] })
  const layer = nn.linear(2, 2)
  layer.weight.set([1, 0, 0, 1])
  layer.bias!.set([0, 0])
  const identity = { index: 0, name: '0', linear: layer, activation: nn.identity() as never }
  const masked = autoencoder(identity, { corruption: { mask: 0.3 } })
  const seen = await masked.forward(ones).data()
  expect(new Set(seen)).toEqual(new Set([0, 1]))
  expect(seen.reduce((n, v) => n + v, 0) / seen.length).toBeCloseTo(0.7, 2)
  expect(new Set(await masked.eval().forward(ones).data())).toEqual(new Set([1]))
  const noisy = await autoencoder(identity, { corruption: { gaussian: 0.5 } })
    .forward(ones)
    .data()
  expect(noisy.reduce((n, v) => n + (v - 1) ** 2, 0) / noisy.length).toBeCloseTo(0.25, 2)
})

test('corruptions that make no sense', () => {
  for (const corruption of [{ mask: 1 }, { gaussian: -1 }, {}])
    expect(() => autoencoder(nn.linear(2, 1), { corruption: corruption as { mask: number } })).toThrow(
      `autoencoder: corruption must be { mask: share in [0, 1) } or { gaussian: deviation >= 0 }, got ${JSON.stringify(corruption)}`,
    )
})
