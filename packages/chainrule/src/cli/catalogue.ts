/** The models and data sets that the commands know by name. */
import { fashionMnist, type LabelledImageSet, mnist, type Source, type SourceOptions } from '../data/index.ts'
import { OptionError } from '../errors.ts'
import { lenet5, mlp } from '../models/index.ts'
import { flatten, input, sequential } from '../nn/index.ts'
import type { Trainable } from '../train/types.ts'

interface KnownModel {
  readonly title: string
  create(): Trainable
}
export const models: Readonly<Record<string, KnownModel>> = {
  lenet5: { title: 'LeNet-5', create: () => lenet5() },
  mlp: {
    title: 'Multilayer perceptron',
    create: () => sequential(input(1, 28, 28), flatten(), mlp(784, 128, 10)),
  },
}

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
