/** Layer after layer in place, then all of them together. */
import { expect, test } from 'vitest'
import { arrays } from '../data/arrays.ts'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { seed, uniform } from '../tensor/random.ts'
import type { Tensor } from '../tensor/types.ts'
import { fit } from '../train/fit.ts'
import { stateOf } from '../train/problems.testing.ts'
import { autoencoder, greedy, type LayerEpoch, type LayerModel, rbm } from './index.ts'

const network = () =>
  nn.sequential(nn.linear(8, 6), nn.sigmoid(), nn.dropout(0.2), nn.linear(6, 3), nn.sigmoid(), nn.linear(3, 2))

/** Bits 4 … 7 repeat bits 0 … 3: there is something to learn. */
async function repeated(count: number) {
  seed(5)
  const half: Tensor = uniform([count, 4]).lt(0.3).toFloat()
  const x = new Float32Array(await half.tile([1, 2]).data())
  const y = Int32Array.from({ length: count }, (_, i) => x[8 * i]!)
  return arrays({ x: { dtype: 'float32', shape: [count, 8], data: x }, y })
}

test.each([
  ['autoencoders', layer => autoencoder(layer, { corruption: { mask: 0.1 } })],
  ['Boltzmann machines', layer => rbm(layer)],
] as [string, (layer: never) => LayerModel][])(
  '%s train hidden layers in place and nothing else',
  async (_, method) => {
    seed(1)
    const model = network()
    const before = await stateOf(model)
    const data = await repeated(256)
    const events: LayerEpoch[] = []
    const results = await greedy(model, data, {
      method: method as never,
      optimizer: () => adam({ learningRate: 0.02 }),
      epochs: 12,
      batchSize: 32,
      seed: 3,
      onEpoch: event => events.push(event),
    })
    expect(results.map(r => [r.layer.index, r.layer.name])).toEqual([
      [0, '0'],
      [1, '3'],
    ])
    expect(events).toHaveLength(24)
    const [first, second] = results.map(({ epochs }) => {
      const errors = epochs.map(e => e.train.reconstructionError!)
      return errors.at(-1)! / errors[0]!
    })
    expect(first).toBeLessThan(0.8)
    expect(second).toBeLessThan(1.05) // three units: little to gain
    const after = await stateOf(model)
    expect(Object.keys(after)).toEqual(Object.keys(before))
    for (const name of ['0.weight', '0.bias', '3.weight', '3.bias']) expect(after[name]).not.toEqual(before[name])
    for (const name of ['5.weight', '5.bias']) expect(after[name]).toEqual(before[name])

    // the head alone, then everything
    for (const layer of model.layers.slice(0, 5)) layer.freeze()
    const options = { loss: nn.crossEntropy, epochs: 2, batchSize: 32, seed: 1 }
    await fit(model, data as never, { ...options, optimizer: adam({ learningRate: 0.05 }) })
    const withHead = await stateOf(model)
    expect(withHead['0.weight']).toEqual(after['0.weight'])
    expect(withHead['5.weight']).not.toEqual(after['5.weight'])
    model.unfreeze()
    await fit(model, data as never, { ...options, optimizer: adam({ learningRate: 0.05 }) })
    expect((await stateOf(model))['0.weight']).not.toEqual(after['0.weight'])
  },
)

test('the same seed trains the same network; a frozen layer stays', async () => {
  const data = await repeated(64)
  const options = {
    method: (layer: never) => rbm(layer),
    optimizer: () => adam({ learningRate: 0.02 }),
    epochs: 2,
    seed: 3,
  } as const
  const trained = async (freeze: boolean) => {
    seed(1)
    const model = network()
    if (freeze) model.layers[0].freeze()
    const start = await stateOf(model)
    const results = await greedy(model, data, options as never)
    return { start, state: await stateOf(model), results }
  }
  const first = await trained(false)
  expect((await trained(false)).state).toEqual(first.state)
  const frozen = await trained(true)
  expect(frozen.results.map(r => r.layer.name)).toEqual(['3'])
  expect(frozen.state['0.weight']).toEqual(frozen.start['0.weight'])
  expect(frozen.state['3.weight']).not.toEqual(frozen.start['3.weight'])
})

test('what cannot be pre-trained', async () => {
  const data = await repeated(8)
  const options = { method: (layer: never) => rbm(layer), optimizer: () => adam({ learningRate: 0.02 }) } as never
  await expect(greedy(nn.linear(8, 2), data, options)).rejects.toThrow(
    'greedy: needs an nn.sequential, whose layers it can take apart; got linear(8, 2)',
  )
  await expect(greedy(nn.sequential(nn.linear(8, 2)), data, options)).rejects.toThrow(
    'greedy: needs a hidden linear layer and an output layer above it; there is none',
  )
  const rectified = nn.sequential(nn.linear(8, 4), nn.relu(), nn.linear(4, 2))
  await expect(greedy(rectified, data, options)).rejects.toThrow(
    /rbm: hidden units are binary, so that the layer must be followed by sigmoid, not by sequential .*relu/s,
  )
  await expect(greedy(network(), [] as never, options)).rejects.toThrow('greedy: needs a data set')
})
