/** Z1: LeNet, AlexNet, VGG, GoogLeNet, ResNet on one scale. */
import type { Model } from '../../frame/define.ts'
import { choice } from '../../frame/schema.ts'
import { once } from '../../lab/once.ts'
import type { Family, Layer, Name } from './experiment.ts'

export interface State {
  readonly family: Name
}
/** Layers that work on pictures of one size, one after the other. */
export interface Stage {
  /** Rows and columns; undefined for fully connected layers. */
  readonly side: number | undefined
  readonly channels: number
  readonly layers: readonly Layer[]
  readonly parameters: number
  readonly multiplyAdds: number
}
export interface Derived {
  readonly families: readonly (Family & { readonly stages: readonly Stage[] })[]
  readonly chosen: Family & { readonly stages: readonly Stage[] }
}
export const titles: Readonly<Record<Name, { readonly title: string; readonly year: number }>> = {
  lenet1998: { title: 'LeNet-5 as printed', year: 1998 },
  lenet: { title: 'LeNet-5 as rebuilt', year: 1998 },
  alexnet: { title: 'AlexNet', year: 2012 },
  vgg16: { title: 'VGG-16', year: 2014 },
  googlenet: { title: 'GoogLeNet', year: 2014 },
  resnet18: { title: 'ResNet-18', year: 2015 },
  resnet50: { title: 'ResNet-50', year: 2015 },
}
export function stages(layers: readonly Layer[]): Stage[] {
  const groups: { side: number | undefined; layers: Layer[] }[] = []
  for (const layer of layers) {
    const side = layer.output.length === 3 ? layer.output[1] : undefined
    const last = groups.at(-1)
    if (last && last.side === side) last.layers.push(layer)
    else groups.push({ side, layers: [layer] })
  }
  return groups.map(({ side, layers: members }) => ({
    side,
    channels: Math.max(...members.map(l => l.output[0]!)),
    layers: members,
    parameters: members.reduce((n, l) => n + l.parameters, 0),
    multiplyAdds: members.reduce((n, l) => n + l.multiplyAdds, 0),
  }))
}
const made: Readonly<Record<Name, string>> = {
  lenet1998: 'lenet1998()',
  lenet: 'lenet5()',
  alexnet: 'alexnet()',
  vgg16: 'vgg16()',
  googlenet: 'googlenet()',
  resnet18: 'resnet18()',
  resnet50: 'resnet50()',
}
export const model: Model<State, Derived> = {
  schema: {
    family: choice(
      'network',
      Object.fromEntries(Object.entries(titles).map(([name, { title }]) => [name, title])) as Record<Name, string>,
      'lenet',
    ),
  },
  async derive({ family }) {
    const all = await once<readonly Family[]>('architectures', undefined)
    const families = all.map(f => ({ ...f, stages: stages(f.layers) }))
    return { families, chosen: families.find(f => f.name === family)! }
  },
  table: (_, { families, chosen }) => ({
    caption: 'Networks, and the layers of the chosen one',
    columns: ['network or layer', 'output', 'parameters', 'multiply-adds'],
    rows: [
      ...families.map(f => [titles[f.name].title, '', f.parameters, f.multiplyAdds] as const),
      ...chosen.layers.map(
        l => [`${l.name} ${l.description}`, l.output.join(' × '), l.parameters, l.multiplyAdds] as const,
      ),
    ],
  }),
  code: ({ family }) => `import { models } from 'chainrule'

const model = models.${made[family]}
console.log(model.parameters().reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
`,
  say: (_, { chosen }) => `${titles[chosen.name].title} has ${chosen.parameters} parameters.`,
}
