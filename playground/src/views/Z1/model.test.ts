import { expect, test } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { windowOf } from './experiment.ts'
import { model } from './model.ts'

const all = model.derive(initialState(model.schema))

test.each([
  ['lenet1998', 60_000],
  ['lenet', 61_706],
  ['alexnet', 61_100_840],
  ['vgg16', 138_357_544],
  ['resnet18', 11_689_512],
  ['resnet50', 25_557_032],
])('%s has %d parameters', async (name, parameters) => {
  const { families } = await all
  const found = families.find(f => f.name === name)!
  expect(found.parameters).toBe(parameters)
  expect(found.stages.flatMap(s => s.layers)).toEqual(found.layers)
})
test('VGG-16: 89 % in the fully connected layers', async () => {
  const vgg = (await all).families.find(f => f.name === 'vgg16')!
  expect(vgg.dense / vgg.parameters).toBeCloseTo(0.894, 3)
})
test('layers that do not fit: 112.5 and 56.5 in ResNet', async () => {
  const resnet = (await all).families.find(f => f.name === 'resnet18')!
  const misfits = resnet.layers.flatMap(l => l.misfit ?? [])
  expect(misfits.slice(0, 2)).toEqual([112.5, 56.5])
})
test('windows are read from how layers were made', () => {
  expect(windowOf('conv2d(3, 64, 7, stride 2, padding 3)')).toEqual({ f: 7, s: 2, p: 3 })
  expect(windowOf('maxPool2d(2)')).toEqual({ f: 2, s: 2, p: 0 })
  expect(windowOf('relu()')).toBeUndefined()
})
