import { expect, it } from 'vitest'
import * as nn from '../nn/index.ts'
import { tensor } from '../tensor/create.ts'
import { gradientNorms } from './gradient-norms.ts'

it('gradientNorms: one number for each layer, by hand', async () => {
  const model = nn.sequential(nn.linear(2, 1), nn.sigmoid(), nn.linear(1, 1))
  model.layers[0].weight.set([0.5, -1])
  model.layers[0].bias!.set([0.25])
  model.layers[2].weight.set([2])
  model.layers[2].bias!.set([0])
  const batch = { x: tensor([[1, 0.5]]), y: tensor([[1]]) }
  const h = 1 / (1 + Math.exp(-0.25))
  const error = 2 * h - 1
  const below = error * 2 * h * (1 - h)
  const norms = await gradientNorms(model, batch, nn.halfMse)
  expect(Object.keys(norms)).toEqual(['0', '2'])
  expect(norms['0']).toBeCloseTo(Math.abs(below) * Math.hypot(1, 0.5, 1), 6)
  expect(norms['2']).toBeCloseTo(Math.abs(error) * Math.hypot(h, 1), 6)
  model.layers[0].freeze()
  expect(Object.keys(await gradientNorms(model, batch, nn.halfMse))).toEqual(['2'])
  expect(Object.keys(await gradientNorms(nn.linear(2, 1), batch, nn.halfMse))).toEqual([''])
})
