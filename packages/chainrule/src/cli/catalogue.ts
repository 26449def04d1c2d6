/** The models and data sets that the commands know by name. */
import { fashionMnist, type LabelledImageSet, mnist, type Source, type SourceOptions } from '../data/index.ts'
import { OptionError } from '../errors.ts'
import type { Shape } from '../graph/shape.ts'
import * as zoo from '../models/index.ts'
import { flatten, input, sequential } from '../nn/index.ts'
import type { Trainable } from '../train/types.ts'

interface KnownModel {
  readonly title: string
  /** The shape of one sample. */
  readonly input: Shape
  create(): Trainable
}
/** For pictures of the data sets below: what can be trained here. */
const small = { input: [1, 28, 28] }
/** For the colour pictures of ImageNet. */
const large = (title: string, create: () => Trainable, side = 224): KnownModel => ({
  title,
  input: [3, side, side],
  create,
})
export const models: Readonly<Record<string, KnownModel>> = {
  lenet5: { title: 'LeNet-5', ...small, create: () => zoo.lenet5() },
  mlp: {
    title: 'Multilayer perceptron',
    ...small,
    create: () => sequential(input(1, 28, 28), flatten(), zoo.mlp(784, 128, 10)),
  },
  lenet1998: { title: 'LeNet-5 of 1998', input: [1, 32, 32], create: () => zoo.lenet1998() },
  alexnet: large('AlexNet', () => zoo.alexnet()),
  alexnet2012: large('AlexNet of 2012', () => zoo.alexnet({ form: '2012' }), 227),
  vgg11: large('VGG-11', () => zoo.vgg11()),
  'vgg11-bn': large('VGG-11, batch normalisation', () => zoo.vgg11({ batchNorm: true })),
  vgg13: large('VGG-13', () => zoo.vgg13()),
  'vgg13-bn': large('VGG-13, batch normalisation', () => zoo.vgg13({ batchNorm: true })),
  vgg16: large('VGG-16', () => zoo.vgg16()),
  'vgg16-bn': large('VGG-16, batch normalisation', () => zoo.vgg16({ batchNorm: true })),
  vgg19: large('VGG-19', () => zoo.vgg19()),
  'vgg19-bn': large('VGG-19, batch normalisation', () => zoo.vgg19({ batchNorm: true })),
  googlenet: large('GoogLeNet', () => zoo.googlenet()),
  googlenet2014: large('GoogLeNet of 2014', () => zoo.googlenet({ form: '2014' })),
  resnet18: large('ResNet-18', () => zoo.resnet18()),
  resnet34: large('ResNet-34', () => zoo.resnet34()),
  resnet50: large('ResNet-50', () => zoo.resnet50()),
  resnet101: large('ResNet-101', () => zoo.resnet101()),
  resnet152: large('ResNet-152', () => zoo.resnet152()),
}
/** The names of those that take the pictures of the data sets. */
export const trainable: readonly string[] = Object.keys(models).filter(name => models[name]!.input === small.input)

interface KnownData {
  readonly title: string
  /** What one picture shows. */
  readonly thing: string
  /** Digits are centred as MNIST's were. */
  readonly centred: boolean
  /** The small packaged set comes first, so that the default run is the same everywhere. */
  readonly sources: readonly Source[]
  load(options: SourceOptions): Promise<LabelledImageSet>
}
export const dataSets: Readonly<Record<string, KnownData>> = {
  mnist: { title: 'MNIST', thing: 'digit', centred: true, sources: ['package', 'cache', 'network'], load: mnist },
  fashion: {
    title: 'Fashion-MNIST',
    thing: 'picture',
    centred: false,
    sources: ['cache', 'package', 'network'],
    load: fashionMnist,
  },
}

/** An entry by name, or an error that lists the names. */
export function known<T>(kind: string, table: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name]!
  throw new OptionError(kind, `there is no ${kind} '${name}'; there is ${Object.keys(table).join(', ')}`)
}
