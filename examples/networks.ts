/** The networks that the lecture refers to: how large they are, what they compute for one picture, and where their weights are. */
import { models, nn, train } from 'chainrule'

const networks = [
  ['LeNet-5, 1998', models.lenet1998(), [1, 32, 32]],
  ['LeNet-5, as it is taught', models.lenet5(), [1, 28, 28]],
  ['AlexNet, 2012', models.alexnet({ form: '2012' }), [3, 227, 227]],
  ['AlexNet, torchvision', models.alexnet(), [3, 224, 224]],
  ['VGG-16', models.vgg16(), [3, 224, 224]],
  ['GoogLeNet, 2014', models.googlenet({ form: '2014' }), [3, 224, 224]],
  ['GoogLeNet, torchvision', models.googlenet(), [3, 224, 224]],
  ['ResNet-18', models.resnet18(), [3, 224, 224]],
  ['ResNet-50', models.resnet50(), [3, 224, 224]],
  ['ResNet-152', models.resnet152(), [3, 224, 224]],
] as const

const count = (n: number) => n.toLocaleString('en-US').padStart(14)
console.log(`${''.padEnd(26)}    parameters  multiply-adds  in linear layers`)
for (const [name, model, input] of networks) {
  // follows the shapes of one pass; no weight is drawn
  const { parameters, multiplyAdds, layers } = train.summary(model, [1, ...input])
  const dense = layers.filter(l => l.description.startsWith('linear')).reduce((n, l) => n + l.parameters, 0)
  console.log(
    `${name.padEnd(26)}${count(parameters)} ${count(multiplyAdds)} ${`${Math.round((100 * dense) / parameters)} %`.padStart(6)}`,
  )
}

console.log('\nThe rule of the lecture, (N + 2P − F)/S + 1, is broken by its own references:')
const fits = (name: string, size: number, kernel: number, stride: number, padding = 0) =>
  console.log(
    `${name}: (${size} + ${2 * padding} − ${kernel})/${stride} + 1 = ${(size + 2 * padding - kernel) / stride + 1}`,
  )
fits('AlexNet, 224 as printed', 224, 11, 4)
fits('AlexNet, 227', 227, 11, 4)
fits('ResNet, first layer', 224, 7, 2, 3)
fits('ResNet, its pooling', 112, 3, 2, 1)
fits('GoogLeNet, first pooling', 112, 3, 2)
try {
  models.alexnet({ form: '2012' }).forward(nn.init.zeros([1, 3, 224, 224]) as never)
} catch (error) {
  console.log(`here: ${(error as Error).message}`)
}
