import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as models from '../models/index.ts'
import * as nn from '../nn/index.ts'
import { summary } from './summary.ts'

it('a summary prints as a table, and is a plain object otherwise', () => {
  const found = summary(nn.sequential(nn.linear(784, 128), nn.relu()), [1, 784])
  expect(`${found}`.split('\n')).toEqual([
    'layer                    output    parameters  multiply-adds',
    '0      linear(784, 128)  [1, 128]     100,480        100,352',
    '1      relu()            [1, 128]           0              0',
    '100,480 parameters; 100,352 multiply-adds; 401,920 bytes of state, 1,024 of layer outputs',
  ])
  expect(inspect(found)).toBe(`${found}`)
  expect(Object.keys(found)).toEqual(Object.keys(JSON.parse(JSON.stringify(found))))
})

it('says how much of the input one output sees', () => {
  const lenet = summary(models.lenet5(), [1, 1, 28, 28])
  const seen = Object.fromEntries(
    lenet.layers.map(l => [l.description.split('(')[0] + l.output.slice(1).join('×'), l.receptiveField]),
  )
  // 5; pooled 6; 6 + 4·2 = 14; pooled 14 + 2 = 16; flattened: 16 + 4·4 = 32, all of 28
  expect(seen).toMatchObject({
    'conv2d6×28×28': [5, 5],
    'maxPool2d6×14×14': [6, 6],
    'conv2d16×10×10': [14, 14],
    'maxPool2d16×5×5': [16, 16],
    flatten400: [28, 28],
    linear10: [28, 28],
  })
  expect(`${lenet}`).toMatch(/multiply-adds +sees\n/)
  // the farthest way counts: two 3×3 beside a shortcut see 5
  const block = nn.sequential(
    nn.residual(
      nn.sequential(nn.conv2d(2, 2, 3, { padding: 1 }), nn.batchNorm2d(2), nn.conv2d(2, 2, 3, { padding: 1 })),
    ),
    nn.relu(),
  )
  expect(summary(block, [1, 2, 9, 9]).layers.at(-1)!.receptiveField).toEqual([5, 5])
  // dilation, stride, global pooling
  const wide = nn.sequential(nn.conv2d(1, 1, 3, { dilation: 2 }), nn.conv2d(1, 1, 3, { stride: 2 }), nn.globalAvgPool())
  expect(summary(wide, [1, 1, 15, 15]).layers.map(l => l.receptiveField)).toEqual([
    [5, 5],
    [7, 7],
    [15, 15],
  ])
})

/** Follows a pass over one picture of 224 × 224 without computing it. */
function onPicture(model: nn.Module) {
  const found = summary(model as never, [1, 3, 224, 224])
  for (const variable of model.stateDict().values()) variable.dispose()
  return found
}

it.each([
  ['alexnet', () => models.alexnet(), 0.714],
  ['vgg16', () => models.vgg16(), 15.47],
  ['googlenet', () => models.googlenet(), 1.498],
  ['resnet18', () => models.resnet18(), 1.814],
  ['resnet50', () => models.resnet50(), 4.089],
] as const)('%s has the multiply-adds that torchvision prints', (_, create, billions) => {
  const { multiplyAdds } = onPicture(create().eval() as unknown as nn.Module)
  expect(multiplyAdds / 1e9).toBeCloseTo(billions, 2)
})

it('sees as much as is published', () => {
  const last = (model: unknown, kind: string) =>
    onPicture((model as nn.Module).eval()).layers.findLast(l => l.description.startsWith(kind))!.receptiveField
  // Araujo, Norris and Sim 2019, table 1
  expect(last(models.alexnet(), 'maxPool2d')).toEqual([195, 195])
  expect(last(models.vgg16(), 'maxPool2d')).toEqual([212, 212])
  // their 483 has the strides in the 1 × 1 convolutions; in the 3 × 3 ones it is 427
  expect(last(models.resnet50(), 'conv2d')).toEqual([427, 427])
})
