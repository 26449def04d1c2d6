/** D1: deep networks and their beginnings. */
import type { Model } from '../../frame/define.ts'
import { integer, number } from '../../frame/schema.ts'

export interface State {
  readonly lr: number
  readonly noise: number
  readonly epochs: number
  readonly seed: number
}
export interface Derived {
  readonly parameters: number
  /** How much smaller than the last layer's the first one's gradient is at most, by σ′ ≤ ¼ alone. */
  readonly shrinks: number
}
export const lanes = ['random', 'pretrained', 'tanh', 'relu'] as const
export type Name = (typeof lanes)[number]
export const titles: Readonly<Record<Name, string>> = {
  random: 'sigmoid, random weights, all layers at once',
  pretrained: 'sigmoid, layer by layer first, then all at once',
  tanh: 'tanh, Xavier’s weights, all at once',
  relu: 'ReLU, He’s weights, all at once',
}
/** Inputs, hidden units, output. */
export const widths = [2, 16, 16, 16, 16, 16, 1] as const
export const hidden = widths.length - 2

export const model: Model<State, Derived> = {
  schema: {
    lr: number('learning rate', 0.1, { min: 0.001, max: 0.5, step: 0.001 }),
    noise: number('noise of the points', 0.05, { min: 0, max: 0.5, step: 0.01 }),
    epochs: integer('epochs for each layer by itself', 25, { min: 1, max: 100 }),
    seed: integer('seed', 2, { min: 0, max: 999 }),
  },
  derive() {
    const parameters = widths.slice(1).reduce((n, width, i) => n + width * (widths[i]! + 1), 0)
    return Promise.resolve({ parameters, shrinks: 0.25 ** hidden })
  },
  table: (_, { parameters, shrinks }) => ({
    caption: 'The network',
    columns: ['quantity', 'value'],
    rows: [
      ['layers with weights', widths.length - 1],
      ['parameters', parameters],
      ['σ′ ≤ ¼, through five layers', shrinks],
    ],
  }),
  code: ({ seed }) => `import { nn, random } from 'chainrule'

random.seed(${seed})
const model = nn.sequential(
  nn.linear(2, 16), nn.sigmoid(), nn.linear(16, 16), nn.sigmoid(), nn.linear(16, 16), nn.sigmoid(),
  nn.linear(16, 16), nn.sigmoid(), nn.linear(16, 16), nn.sigmoid(), nn.linear(16, 1),
)
console.log(model.parameters().reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
console.log(0.25 ** 5)
`,
  say: ({ seed }, { parameters }) => `Four networks of ${parameters} parameters, seed ${seed}.`,
}
