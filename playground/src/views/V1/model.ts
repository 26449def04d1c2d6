/** V1–V3: a convolutional network, its shapes and parameters. What it has learned is in the experiment. */
import type { Model } from '../../frame/define.ts'
import { drawing } from '../../frame/drawing.ts'
import { choice, integer, number } from '../../frame/schema.ts'
import { digitSide } from '../../lab/digit-file.ts'
import { type Architecture, lenet, type Network, network } from './network.ts'

export interface State extends Architecture {
  readonly lr: number
  readonly seed: number
  readonly look: 'digit' | 'drawn'
  readonly digit: number
  readonly draw: string
  readonly show: 'activations' | 'weights' | 'gradients'
  /** The unit whose value is explained: layer by number, map, row, column. */
  readonly layer: number
  readonly map: number
  readonly row: number
  readonly column: number
}
export interface Derived extends Network {
  readonly parameters: number
  /** Weights that a fully connected layer would need in place of the first convolution. */
  readonly dense: number
}
const pools = { max: 'max 2×2', average: 'average 2×2', none: 'none' } as const

export const architectureOf = ({ c1, f1, s1, p1, pool1, c2, f2, p2, pool2, h1, h2 }: State): Architecture => ({
  c1,
  f1,
  s1,
  p1,
  pool1,
  c2,
  f2,
  p2,
  pool2,
  h1,
  h2,
})
/** Changes whenever the network begins anew. */
export const keyOf = (state: State): string => JSON.stringify([architectureOf(state), state.lr, state.seed])

export const model: Model<State, Derived> = {
  schema: {
    c1: integer('conv 1: kernels', lenet.c1, { min: 1, max: 16 }),
    f1: integer('conv 1: size', lenet.f1, { min: 1, max: 9 }),
    s1: integer('conv 1: stride', lenet.s1, { min: 1, max: 3 }),
    p1: integer('conv 1: padding', lenet.p1, { min: 0, max: 4 }),
    pool1: choice('pool 1', pools, lenet.pool1),
    c2: integer('conv 2: kernels', lenet.c2, { min: 0, max: 24 }),
    f2: integer('conv 2: size', lenet.f2, { min: 1, max: 7 }),
    p2: integer('conv 2: padding', lenet.p2, { min: 0, max: 3 }),
    pool2: choice('pool 2', pools, lenet.pool2),
    h1: integer('FC 1: units', lenet.h1, { min: 0, max: 200 }),
    h2: integer('FC 2: units', lenet.h2, { min: 0, max: 200 }),
    lr: number('learning rate', 0.003, { min: 0.0001, max: 0.1, step: 0.0005 }),
    seed: integer('seed', 1, { min: 0, max: 9999 }),
    look: choice('picture', { digit: 'a held-out digit', drawn: 'draw one' }, 'digit'),
    digit: integer('digit number', 1, { min: 1, max: 1000 }),
    draw: drawing('your digit', digitSide),
    show: choice(
      'show',
      { activations: 'activations', weights: 'weights', gradients: 'gradients of the loss' },
      'activations',
    ),
    layer: integer('layer', 1, { min: 1, max: 12 }),
    map: integer('map or unit', 1, { min: 1, max: 200 }),
    row: integer('row', 12, { min: 1, max: 36 }),
    column: integer('column', 14, { min: 1, max: 36 }),
  },
  derive(state) {
    const made = network(architectureOf(state))
    const parameters = made.layers.reduce((n, layer) => n + layer.parameters, 0)
    const first = made.layers[1]
    const outputs = first ? first.shape.reduce((n, d) => n * d, 1) : 0
    return Promise.resolve({
      ...made,
      // modules hold random numbers that were not drawn yet; a view needs shapes
      layers: made.layers.map(layer => ({ ...layer, module: undefined })),
      parameters,
      dense: digitSide * digitSide * outputs,
    })
  },
  table: (_, { layers, parameters }) => ({
    caption: 'Layers of the network',
    columns: ['layer', 'shape', 'parameters'],
    rows: [...layers.map(l => [l.name, l.shape.join(' × '), l.parameters] as const), ['all', '', parameters]],
  }),
  code: state => {
    const pool = (p: Architecture['pool1']): string[] =>
      p === 'none' ? [] : [`nn.${p === 'max' ? 'maxPool2d' : 'avgPool2d'}(2)`]
    const { layers } = network(architectureOf(state))
    const linears = layers
      .filter(l => l.kind === 'linear')
      .map(l => `nn.linear(${l.parameters / l.shape[0]! - 1}, ${l.shape[0]})`)
    const lines = [
      `nn.conv2d(1, ${state.c1}, ${state.f1}, { stride: ${state.s1}, padding: ${state.p1} })`,
      'nn.relu()',
      ...pool(state.pool1),
      ...(state.c2 > 0
        ? [
            `nn.conv2d(${state.c1}, ${state.c2}, ${state.f2}, { padding: ${state.p2} })`,
            'nn.relu()',
            ...pool(state.pool2),
          ]
        : []),
      'nn.flatten()',
      ...linears.flatMap((l, i) => (i < linears.length - 1 ? [l, 'nn.relu()'] : [l])),
    ]
    return `import { nn, random } from 'chainrule'

random.seed(${state.seed})
const model = nn.sequential(
  nn.input(1, 28, 28),
${lines.map(l => `  ${l},`).join('\n')}
)
console.log(model.parameters().reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0))
// train.fit(model, (await data.mnist()).train, { loss: nn.crossEntropy, optimizer: optim.adam({ learningRate: ${state.lr} }) })
`
  },
  say: (_, { parameters, misfit }) =>
    misfit ? `${misfit.name} does not fit.` : `The network has ${parameters} parameters.`,
}
