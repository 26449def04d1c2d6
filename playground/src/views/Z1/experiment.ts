/** Z1: what the famous networks consist of, from the engine's own models. */
import { models, train } from 'chainrule'
import type { Start } from '../../lab/experiment.ts'

export type Name = 'lenet1998' | 'lenet' | 'alexnet' | 'vgg16' | 'googlenet' | 'resnet18' | 'resnet50'
export interface Layer {
  readonly name: string
  readonly description: string
  /** Without the batch. */
  readonly output: readonly number[]
  readonly parameters: number
  readonly multiplyAdds: number
  readonly receptiveField: number | undefined
  /** (N + 2P − F) / S + 1 where that is no whole number. */
  readonly misfit: number | undefined
}
export interface Family {
  readonly name: Name
  readonly input: readonly [number, number, number]
  readonly layers: readonly Layer[]
  readonly parameters: number
  readonly multiplyAdds: number
  /** Parameters of the fully connected layers. */
  readonly dense: number
}
type Model = Parameters<typeof train.summary>[0]
const families: Readonly<Record<Name, { make: () => unknown; input: readonly [number, number, number] }>> = {
  lenet1998: { make: () => models.lenet1998(), input: [1, 32, 32] },
  lenet: { make: () => models.lenet5(), input: [1, 28, 28] },
  alexnet: { make: () => models.alexnet(), input: [3, 224, 224] },
  vgg16: { make: () => models.vgg16(), input: [3, 224, 224] },
  googlenet: { make: () => models.googlenet(), input: [3, 224, 224] },
  resnet18: { make: () => models.resnet18(), input: [3, 224, 224] },
  resnet50: { make: () => models.resnet50(), input: [3, 224, 224] },
}

/** Window, stride and padding of a layer, from how it was made. */
export function windowOf(description: string): { f: number; s: number; p: number } | undefined {
  const conv = /^conv2d\(\d+, \d+, (\d+)/.exec(description)
  const pool = /^\w+Pool2d\((\d+)/.exec(description)
  const f = Number((conv ?? pool)?.[1])
  if (!f || /^global|^adaptive/.test(description)) return undefined
  const option = (name: string, otherwise: number): number =>
    Number(new RegExp(`${name} (\\d+)`).exec(description)?.[1] ?? otherwise)
  return { f, s: option('stride', conv ? 1 : f), p: option('padding', 0) }
}
function family(name: Name): Family {
  const { make, input } = families[name]
  const found = train.summary(make() as Model, [1, ...input])
  let before = input[1]
  const layers = found.layers.map(({ name, description, output, parameters, multiplyAdds, receptiveField }): Layer => {
    const window = windowOf(description)
    // only layers that make pictures smaller can fail to fit; before them comes the layer that is listed before them
    const exact = window && window.s > 1 ? (before + 2 * window.p - window.f) / window.s + 1 : undefined
    if (output.length === 4) before = output[2]!
    return {
      name,
      description,
      output: output.slice(1),
      parameters,
      multiplyAdds,
      receptiveField: receptiveField?.[0],
      misfit: exact !== undefined && !Number.isInteger(exact) ? exact : undefined,
    }
  })
  const dense = layers.filter(l => l.description.startsWith('linear')).reduce((n, l) => n + l.parameters, 0)
  return { name, input, layers, parameters: found.parameters, multiplyAdds: found.multiplyAdds, dense }
}
export const architectures: Start<undefined, readonly Family[]> = () =>
  Promise.resolve({
    step: () => Promise.resolve(false),
    news: () => Promise.resolve((Object.keys(families) as Name[]).map(family)),
  })
