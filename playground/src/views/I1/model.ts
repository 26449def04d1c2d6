/** I1: what a picture's structure is worth to a dense and to a convolutional network. */
import type { Model } from '../../frame/define.ts'
import { choice, flag, integer } from '../../frame/schema.ts'
import { networks, type Pair } from './networks.ts'
import { amounts, type Tool } from './transforms.ts'

export interface State {
  readonly shuffle: boolean
  readonly tool: Tool
  /** Which of the tool's amounts: 0 … 8. */
  readonly much: number
  readonly digit: number
  readonly seed: number
}
export interface Derived {
  readonly amount: number
  readonly parameters: Pair<number>
}
export const model: Model<State, Derived> = {
  schema: {
    shuffle: flag('all pixels in one fixed other order'),
    tool: choice(
      'change the pictures',
      { shift: 'shift to the right', scale: 'make larger or smaller', darken: 'darken', invert: 'invert' },
      'shift',
    ),
    much: integer('how much', 3, { min: 0, max: 8 }),
    digit: integer('digit number', 3, { min: 1, max: 1000 }),
    seed: integer('seed', 1, { min: 0, max: 999 }),
  },
  derive({ tool, much }) {
    const count = (model: Pair<unknown>[0]): number =>
      (model as { parameters(): { shape: readonly number[] }[] })
        .parameters()
        .reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0)
    const [dense, convolutional] = networks()
    return Promise.resolve({ amount: amounts[tool][much]!, parameters: [count(dense), count(convolutional)] })
  },
  table: (_, { parameters, amount }) => ({
    caption: 'The two networks',
    columns: ['quantity', 'dense', 'convolutional'],
    rows: [
      ['parameters', parameters[0], parameters[1]],
      ['amount of the change', amount, amount],
    ],
  }),
  code: () => `import { nn } from 'chainrule'

const dense = nn.sequential(nn.input(1, 28, 28), nn.flatten(), nn.linear(784, 64), nn.relu(), nn.linear(64, 10))
const convolutional = nn.sequential(
  nn.input(1, 28, 28), nn.conv2d(1, 8, 5), nn.relu(), nn.maxPool2d(2), nn.conv2d(8, 16, 5), nn.relu(), nn.maxPool2d(2),
  nn.flatten(), nn.linear(256, 10),
)
// each is trained with train.fit on the same digits, and scored with train.evaluate on changed ones
for (const model of [dense, convolutional])
  console.log(model.parameters().reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
`,
  say: (_, { parameters }) =>
    `The dense network has ${parameters[0]} parameters, the convolutional one ${parameters[1]}.`,
}
