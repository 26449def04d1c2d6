/** K4: features made of features. */
import type { Model } from '../../frame/define.ts'
import { integer, number } from '../../frame/schema.ts'

export interface State {
  readonly layer: number
  readonly unit: number
  readonly lr: number
  readonly seed: number
}
/** Of each convolution: its maps, the side of its kernels, parameters, and the side of what a unit sees of the picture. */
export interface Layer {
  readonly maps: number
  readonly size: number
  readonly parameters: number
  readonly sees: number
}
export interface Derived {
  readonly layers: readonly Layer[]
}
/** A pool of 2 behind each but the last. */
const convolutions = [
  [6, 5],
  [8, 3],
  [8, 3],
] as const

export const model: Model<State, Derived> = {
  schema: {
    layer: integer('layer', 3, { min: 1, max: 3 }),
    unit: integer('unit', 1, { min: 1, max: 8 }),
    lr: number('learning rate', 0.01, { min: 0.001, max: 0.05, step: 0.001 }),
    seed: integer('seed', 1, { min: 0, max: 999 }),
  },
  derive() {
    let [below, sees, jump] = [1, 1, 1]
    const layers = convolutions.map(([maps, size]): Layer => {
      sees += (size - 1) * jump
      const layer = { maps, size, parameters: maps * (below * size * size + 1), sees }
      // the pool reads two neighbours, and the next layer's neighbours are two of this one's apart
      sees += jump
      jump *= 2
      below = maps
      return layer
    })
    return Promise.resolve({ layers })
  },
  table: (_, { layers }) => ({
    caption: 'What a unit sees',
    columns: ['layer', 'maps', 'side of the kernel', 'parameters', 'pixels that a unit sees, along a side'],
    rows: layers.map((l, i) => [`convolution ${i + 1}`, l.maps, l.size, l.parameters, l.sees]),
  }),
  code: () => `import { nn, train } from 'chainrule'

const model = nn.sequential(
  nn.conv2d(1, 6, 5, { padding: 2 }), nn.relu(), nn.maxPool2d(2),
  nn.conv2d(6, 8, 3, { padding: 1 }), nn.relu(), nn.maxPool2d(2),
  nn.conv2d(8, 8, 3, { padding: 1 }), nn.relu(),
)
for (const at of [0, 3, 6])
  console.log(model.namedModules().get(String(at))!.parameters().reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
`,
  say: ({ layer, unit }, { layers }) =>
    `Unit ${unit} of convolution ${layer} sees ${layers[layer - 1]!.sees} pixels along a side.`,
}
