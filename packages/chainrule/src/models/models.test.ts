/** Sizes, names and shapes of the ready networks. */
import { expect, test } from 'vitest'
import { zeros } from '../tensor/create.ts'
import { lenet5, mlp, resnet18, resnet50 } from './index.ts'

const count = (parameters: readonly { readonly size: number }[]): number => parameters.reduce((n, p) => n + p.size, 0)

test('LeNet-5 has the names and sizes of the same nn.Sequential in PyTorch', () => {
  const model = lenet5()
  expect(count(model.parameters())).toBe(61_706)
  expect([...model.namedParameters()].map(([name, p]) => [name, p.shape])).toEqual([
    ['0.weight', [6, 1, 5, 5]],
    ['0.bias', [6]],
    ['3.weight', [16, 6, 5, 5]],
    ['3.bias', [16]],
    ['7.weight', [120, 400]],
    ['7.bias', [120]],
    ['9.weight', [84, 120]],
    ['9.bias', [84]],
    ['11.weight', [10, 84]],
    ['11.bias', [10]],
  ])
  const logits: readonly [5, 10] = model.forward(zeros([5, 1, 28, 28])).shape
  expect(logits).toEqual([5, 10])
  // @ts-expect-error a colour image
  expect(() => model.forward(zeros([5, 3, 28, 28]))).toThrow('input: expected [B, 1, 28, 28], got [5, 3, 28, 28]')
})

test('a multilayer perceptron', () => {
  const model = mlp(784, 256, 128, 10)
  expect(count(model.parameters())).toBe(784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10)
  expect([...model.namedParameters().keys()]).toEqual(['0', '2', '4'].flatMap(n => [`${n}.weight`, `${n}.bias`]))
  const scores: readonly [2, 10] = model.forward(zeros([2, 784])).shape
  expect(scores).toEqual([2, 10])
  // @ts-expect-error features
  expect(() => model.forward(zeros([2, 783]))).toThrow('linear: expected 784 features, got 783 (input [2, 783])')
})

test('residual networks have the parameter counts and names of torchvision', () => {
  expect(count(resnet18().parameters())).toBe(11_689_512)
  expect(count(resnet50().parameters())).toBe(25_557_032)
  const model = resnet18({ classes: 10 })
  expect(count(model.parameters())).toBe(11_689_512 - 990 * 513)
  const names = [...model.stateDict().keys()]
  for (const name of [
    'conv1.weight',
    'bn1.running_var',
    'layer1.0.conv1.weight',
    'layer2.0.downsample.0.weight',
    'layer2.0.downsample.1.num_batches_tracked',
    'layer4.1.bn2.bias',
    'fc.weight',
  ])
    expect(names).toContain(name)
  const scores: readonly [2, 10] = model.forward(zeros([2, 3, 33, 47])).shape
  expect(scores).toEqual([2, 10])
  // @ts-expect-error a grey image
  expect(() => model.forward(zeros([2, 1, 32, 32]))).toThrow(
    'conv2d: expected 3 input channels, got 1 (input [2, 1, 32, 32]) (in module conv1)',
  )
})
