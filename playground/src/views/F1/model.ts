/** F1: a dense network of the reader's choice, trained on points of the reader's choice. */
import { inspect, tensor } from 'chainrule'
import { activations } from '../../frame/activations.ts'
import type { Model } from '../../frame/define.ts'
import { gridPoints } from '../../frame/grid.ts'
import { choice, flag, integer, list, number, text } from '../../frame/schema.ts'
import { forward, type Layer, type Setup, tensorsOf, trainingOf } from '../../networks/trainer.ts'
import { type DataName, dataNames, type Point, presets, readCsv } from './data.ts'

export interface State {
  readonly data: DataName
  /** Points as CSV, where `data` is `own`. */
  readonly csv: string
  readonly hid: readonly number[]
  readonly act: 'tanh' | 'sigmoid' | 'relu' | 'identity'
  /** `linear` is the mean squared error of an output without a sigmoid. */
  readonly loss: Setup['loss'] | 'linear'
  readonly lr: number
  readonly seed: number
  readonly one: boolean
  readonly step: number
}
export interface Derived {
  readonly points: readonly Point[]
  /** What is wrong with the CSV. */
  readonly problem: string | undefined
  readonly layers: readonly Layer[]
  readonly outputs: readonly number[]
  readonly losses: readonly number[]
  readonly loss: number
  /** Rows are true classes, columns what the network says. */
  readonly confusion: readonly (readonly number[])[]
  readonly span: readonly [number, number]
  readonly surface: ArrayLike<number>
  readonly divergence: string | undefined
  /** The last step whose loss was finite. */
  readonly lastFinite: number
}
export const cells = 64
/** The class an output stands for; none where it is no number. */
export const says = (output: number): 0 | 1 | undefined => (Number.isNaN(output) ? undefined : output > 0.5 ? 1 : 0)
export const mostSteps = 3000

export function pointsOf({ data, csv }: State): { readonly points: readonly Point[]; readonly problem?: string } {
  if (data !== 'own') return { points: presets[data] }
  const read = readCsv(csv)
  return read.points.length > 1 ? read : { ...read, points: presets.xor }
}
const outputOf = ({ loss }: State): Setup['out'] => (loss === 'linear' ? 'identity' : 'sigmoid')
const setupOf = (s: State, points: readonly Point[]): Setup => ({
  sizes: [2, ...s.hid, 1],
  act: s.act,
  out: outputOf(s),
  loss: s.loss === 'bce' ? 'bce' : 'mse',
  lr: s.lr,
  seed: s.seed,
  init: 'fan',
  x: points.map(([x, y]) => [x, y]),
  y: points.map(p => [p[2]]),
})

export const model: Model<State, Derived> = {
  schema: {
    data: choice('data', dataNames, 'xor'),
    csv: text('your points, a line each: x, y, class (0 or 1)', '', 6000),
    hid: list('units in each hidden layer', [3], { min: 1, max: 8, step: 1, length: [0, 4], whole: true }),
    act: choice('activation', { tanh: 'tanh', sigmoid: 'sigmoid', relu: 'ReLU', identity: 'none (linear)' }, 'tanh'),
    loss: choice(
      'output and loss',
      {
        bce: 'sigmoid, binary cross entropy',
        mse: 'sigmoid, mean squared error',
        linear: 'linear, mean squared error',
      },
      'bce',
    ),
    lr: number('learning rate', 0.5, { min: 0.001, max: 100, step: 0.05 }),
    seed: integer('seed', 1, { min: 0, max: 999 }),
    one: flag('one step at a time'),
    step: integer('steps', 0, { min: 0, max: mostSteps }),
  },
  steps: ({ one }) => ({ count: mostSteps, jumps: one ? [1] : [10, 100, 1000] }),
  async derive(state, signal) {
    const { points, problem } = pointsOf(state)
    const training = trainingOf(setupOf(state, points))
    const moment = await training.at(state.step, signal)
    const losses = training.losses.slice(0, state.step + 1)
    const reach = 1.15 * Math.max(1, ...points.flatMap(([x, y]) => [Math.abs(x), Math.abs(y)]))
    const span = [-reach, reach] as const
    const grid = tensor(gridPoints(cells, span, span), { shape: [cells * cells, 2] })
    const surface = await forward(grid, tensorsOf(moment.layers), state.act, outputOf(state)).at(-1)!.data()
    const outputs = moment.outputs.map(row => row[0]!)
    const confusion = [[0, 0], [0, 0]] // biome-ignore format: a matrix
    outputs.forEach((o, i) => {
      const said = says(o)
      if (said !== undefined) confusion[points[i]![2]]![said]!++
    })
    return {
      points,
      problem,
      layers: moment.layers,
      outputs,
      losses,
      loss: moment.loss,
      confusion,
      span,
      surface,
      divergence: inspect.divergence(losses, { learningRate: state.lr })?.sentence,
      lastFinite: losses.findLastIndex(Number.isFinite),
    }
  },
  table: (_, d) => ({
    caption: 'Every point, every weight and bias',
    columns: ['what', 'x or from', 'y or to', 'class', 'value'],
    rows: [
      ...d.points.map(([x, y, label], i) => [`point ${i + 1}`, x, y, label, d.outputs[i]!] as const),
      ...d.layers.flatMap(({ w, b }, l) => [
        ...w.flatMap((row, i) => row.map((v, j) => [`weight, layer ${l + 1}`, i + 1, j + 1, '', v] as const)),
        ...b.map((v, j) => [`bias, layer ${l + 1}`, '', j + 1, '', v] as const),
      ]),
      ['loss', '', '', '', d.loss],
    ],
  }),
  code(state) {
    const { points } = pointsOf(state)
    const sizes = [2, ...state.hid, 1]
    return `import { grad, random, tensor, variable, zeros } from 'chainrule'

const x = tensor(${JSON.stringify(points.map(p => [p[0], p[1]]))}).toFloat()
const y = tensor(${JSON.stringify(points.map(p => [p[2]]))}).toFloat()
random.seed(${state.seed})
${sizes
  .slice(1)
  .map((n, l) => {
    const m = sizes[l]!
    return `const w${l + 1} = variable(random.normal([${m}, ${n}]).mul(1 / Math.sqrt(${m})))\nconst b${l + 1} = variable(zeros([1, ${n}]))`
  })
  .join('\n')}
const parameters = [${sizes
      .slice(1)
      .map((_, l) => `w${l + 1}, b${l + 1}`)
      .join(', ')}]
const forward = () => x${sizes
      .slice(1)
      .map(
        (_, l) =>
          `.matmul(w${l + 1}).add(b${l + 1})${l < sizes.length - 2 ? activations[state.act].code : outputOf(state) === 'sigmoid' ? '.sigmoid()' : ''}`,
      )
      .join('')}
const lossOf = () => {
${
  state.loss !== 'bce'
    ? '  return forward().sub(y).square().mean()'
    : `  const q = forward().clamp(1e-7, 1 - 1e-7)
  return q.log().mul(y).add(q.neg().log1p().mul(y.neg().add(1))).mean().neg()`
}
}
for (let step = 0; step < ${state.step}; step++) {
  const loss = lossOf()
  const gradients = grad(loss, parameters)
  for (const [i, v] of parameters.entries()) v.assign(v.sub(gradients[i].mul(${state.lr})))
  await loss.item()
}
console.log(await forward().array(), await lossOf().item())
`
  },
  say: (state, d) =>
    `After ${state.step} steps ${d.confusion[0]![0]! + d.confusion[1]![1]!} of ${d.points.length} points are right.`,
}
