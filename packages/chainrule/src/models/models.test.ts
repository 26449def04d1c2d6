/** Sizes, names and shapes of the ready networks. */
import { expect, test } from 'vitest'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { compile } from '../tensor/compile.ts'
import { tensor, zeros } from '../tensor/create.ts'
import { grad } from '../tensor/gradients.ts'
import { seed } from '../tensor/random.ts'
import type { IntTensor, Tensor } from '../tensor/types.ts'
import {
  alexnet,
  googlenet,
  lenet5,
  lenet1998,
  mlp,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  vgg11,
  vgg13,
  vgg16,
  vgg19,
} from './index.ts'

const count = (parameters: readonly { readonly size: number }[]): number => parameters.reduce((n, p) => n + p.size, 0)

/** The number of parameters of a network that is not needed any more: its first values are never drawn. */
function countOf(model: nn.Module): number {
  const found = count(model.parameters())
  for (const variable of model.stateDict().values()) variable.dispose()
  return found
}

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

test.each([
  ['LeNet-5 of 1998', () => lenet1998(), 60_000],
  ['LeNet-5 of 1998 with ten linear units', () => lenet1998({ output: 'linear' }), 60_850],
  ['AlexNet', () => alexnet(), 61_100_840],
  ['AlexNet of 2012', () => alexnet({ form: '2012' }), 60_965_224],
  ['AlexNet of 2012 in one tower', () => alexnet({ form: 'oneTower' }), 62_378_344],
  ['VGG-11', () => vgg11(), 132_863_336],
  ['VGG-11, batch normalisation', () => vgg11({ batchNorm: true }), 132_868_840],
  ['VGG-13', () => vgg13(), 133_047_848],
  ['VGG-13, batch normalisation', () => vgg13({ batchNorm: true }), 133_053_736],
  ['VGG-16', () => vgg16(), 138_357_544],
  ['VGG-16, batch normalisation', () => vgg16({ batchNorm: true }), 138_365_992],
  ['VGG-19', () => vgg19(), 143_667_240],
  ['VGG-19, batch normalisation', () => vgg19({ batchNorm: true }), 143_678_248],
  ['GoogLeNet', () => googlenet(), 6_624_904],
  ['GoogLeNet, auxiliary', () => googlenet({ auxiliary: true }), 13_004_888],
  ['GoogLeNet of 2014', () => googlenet({ form: '2014' }), 6_998_552],
  ['ResNet-18', () => resnet18(), 11_689_512],
  ['ResNet-34', () => resnet34(), 21_797_672],
  ['ResNet-50', () => resnet50(), 25_557_032],
  ['ResNet-101', () => resnet101(), 44_549_160],
  ['ResNet-152', () => resnet152(), 60_192_808],
] as const)('%s has the published number of parameters', (_, create, published) => {
  expect(countOf(create())).toBe(published)
})

test('89 % of the parameters of VGG-16 are in its dense layers', () => {
  const model = vgg16()
  const dense = [...model.namedParameters()].filter(([name]) => name.startsWith('classifier'))
  expect(count(dense.map(([, p]) => p)) / countOf(model)).toBeCloseTo(0.89, 2)
})

test('sizes of pictures: rounded down, rounded up, or refused', () => {
  const net = alexnet({ classes: 10 })
  const scores: readonly [2, 10] = net.forward(zeros([2, 3, 224, 224])).shape
  expect(scores).toEqual([2, 10])
  // @ts-expect-error a grey picture
  expect(() => net.forward(zeros([2, 1, 224, 224]))).toThrow('expected 3 input channels, got 1')
  const paper = alexnet({ form: '2012' })
  expect(paper.forward(zeros([1, 3, 227, 227])).shape).toEqual([1, 1000])
  expect(() => paper.forward(zeros([1, 3, 224, 224]))).toThrow(/conv2d: .*224.* \(in module features.0\)/)
  const inception = googlenet({ classes: 5, auxiliary: true })
  const all = inception.forwardAll(zeros([2, 3, 224, 224]))
  const aux: readonly (readonly [2, 5])[] = all.auxiliary.map(s => s.shape)
  expect([all.scores.shape, ...aux]).toEqual([
    [2, 5],
    [2, 5],
    [2, 5],
  ])
  expect(inception.eval().forwardAll(zeros([2, 3, 224, 224])).auxiliary).toEqual([])
  const published = googlenet({ form: '2014' })
  expect(published.forward(zeros([1, 3, 224, 224])).shape).toEqual([1, 1000])
  const vgg = vgg11({ classes: 10 })
  const deep: readonly [4, 10] = vgg.forward(zeros([4, 3, 32, 32])).shape
  expect(deep).toEqual([4, 10])
  for (const model of [net, paper, inception, published, vgg]) countOf(model)
})

test('forms that there are not', () => {
  const wrong = 'caffe' as '2012'
  expect(() => alexnet({ form: wrong as '2012' })).toThrow(
    "alexnet: form must be 2012, torchvision, oneTower, got 'caffe'",
  )
  expect(() => googlenet({ form: wrong as '2014' })).toThrow("googlenet: form must be torchvision or 2014, got 'caffe'")
  expect(() => lenet1998({ output: wrong as 'linear' })).toThrow(
    "lenet1998: output must be radial or linear, got 'caffe'",
  )
  // @ts-expect-error digits of 28×28
  expect(() => lenet1998().forward(zeros([1, 1, 28, 28]))).toThrow('input: expected [B, 1, 32, 32], got [1, 1, 28, 28]')
})

test('LeNet-5 of 1998 learns by distances to pictures, which stay', async () => {
  seed(3)
  const model = lenet1998()
  expect([...model.namedBuffers().keys()]).toEqual(['13.codes'])
  const codes = model.stateDict().get('13.codes')!
  const before = await codes.data()
  expect(before.length).toBe(840)
  expect(new Set(before)).toEqual(new Set([-1, 1]))
  // class i is a bright bar across the picture, further down for a larger i
  const pixels = Float32Array.from({ length: 10 * 1024 }, (_, p) =>
    Math.floor((p % 1024) / 64) === Math.floor((3 * Math.floor(p / 1024)) / 2) ? 1.175 : -0.1,
  )
  const x: Tensor<[10, 1, 32, 32]> = tensor(pixels, { shape: [10, 1, 32, 32] })
  const y = tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { dtype: 'int32' })
  const optimizer = adam({ learningRate: 3e-3 }, model)
  const step = compile((x: Tensor<[10, 1, 32, 32]>, y: IntTensor<[10]>) => {
    const loss = nn.crossEntropy(model.forward(x), y)
    optimizer.step(grad(loss, optimizer.parameters))
    return loss
  })
  const first = await step(x, y).item()
  for (let i = 0; i < 80; i++) await step(x, y).item()
  expect(await step(x, y).item()).toBeLessThan(first / 20)
  expect(await model.forward(x).argmax(1).array()).toEqual(await y.array())
  expect(await codes.data()).toEqual(before)
})

test('residual networks have the names of torchvision', () => {
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
