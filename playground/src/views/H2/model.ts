/** H2: two hidden units take the four points of XOR to a place where one line parts them. */
import { grad, tensor, variable, zeros } from 'chainrule'
import { type ActivationName, activations } from '../../frame/activations.ts'
import type { Model } from '../../frame/define.ts'
import { gridPoints } from '../../frame/grid.ts'
import { choice, flag, integer, list, number } from '../../frame/schema.ts'
import { firstLayers, forward, type Layer, tensorsOf, trainingOf } from '../../networks/trainer.ts'

export interface State {
  /** Two rows: into h₁ and h₂ from x₁, x₂ and the bias. */
  readonly h: readonly number[]
  /** Into the output from h₁, h₂ and the bias. */
  readonly o: readonly number[]
  readonly act: 'sigmoid' | 'tanh' | 'relu' | 'step'
  readonly by: 'hand' | 'training'
  readonly seed: number
  readonly lr: number
  readonly step: number
  /** Whether many seeds are trained beside this one. */
  readonly many: boolean
}
export interface Derived {
  /** Of `seedsAtOnce` seeds, how many have all four points right after these steps; undefined unless asked for. */
  readonly successes: number | undefined
  readonly h: readonly number[]
  readonly o: readonly number[]
  /** h₁, h₂ of 00, 01, 10, 11. */
  readonly hidden: readonly (readonly number[])[]
  /** Of the four points, above ½ means 1; a step unit says 0 or 1. */
  readonly outputs: readonly number[]
  readonly correct: number
  /** The output over the input square. */
  readonly surface: ArrayLike<number>
  /** While training: the mean squared error. */
  readonly loss: number | undefined
}
export const corners = [[0, 0], [0, 1], [1, 0], [1, 1]] as const // biome-ignore format: points
export const targets = [0, 1, 1, 0] as const
export const cells = 36
export const span = [-0.5, 1.5] as const
const grid = gridPoints(cells, span, span)
export const mostSteps = 3000

export const handBuilt = {
  'OR and AND': { act: 'step', h: [1, 1, -0.5, 1, 1, -1.5], o: [1, -1, -0.5] },
  'two ReLUs': { act: 'relu', h: [1, 1, 0, 1, 1, -1], o: [1, -2, 0] },
} as const

/** Numbers as drawn: h = [w11, w21, b1, w12, w22, b2]. */
const layersOf = (h: readonly number[], o: readonly number[]): Layer[] => [
  { w: [[h[0]!, h[3]!], [h[1]!, h[4]!]], b: [h[2]!, h[5]!] }, // biome-ignore format: a matrix
  { w: [[o[0]!], [o[1]!]], b: [o[2]!] },
]
const numbersOf = ([first, second]: readonly Layer[]): { h: number[]; o: number[] } => ({
  h: [first!.w[0]![0]!, first!.w[1]![0]!, first!.b[0]!, first!.w[0]![1]!, first!.w[1]![1]!, first!.b[1]!],
  o: [second!.w[0]![0]!, second!.w[1]![0]!, second!.b[0]!],
})
export const seedsAtOnce = 60

/** Many trainings as one: seeds first … first + seedsAtOnce − 1, each with weights of its own along the first axis. */
async function successes(
  act: ActivationName,
  lr: number,
  first: number,
  steps: number,
  signal?: AbortSignal,
): Promise<number> {
  const starts = await Promise.all(
    Array.from({ length: seedsAtOnce }, (_, i) => i).map(i =>
      firstLayers({ sizes: [2, 2, 1], seed: first + i, init: 1 }),
    ),
  )
  const pick = (layer: 0 | 1): number[] => starts.flatMap(s => s[layer]!.w.flat())
  const floats = <const S extends readonly number[]>(values: number[], shape: S) =>
    tensor(values, { shape, dtype: 'float32' })
  const n = seedsAtOnce
  const w1 = variable(floats(pick(0), [n, 2, 2]))
  const w2 = variable(floats(pick(1), [n, 2, 1]))
  const b1 = variable(zeros([n, 1, 2]))
  const b2 = variable(zeros([n, 1, 1]))
  const x = floats(corners.flat(), [1, 4, 2])
  const y = floats([...targets], [1, 4, 1])
  const output = () => activations[act].apply(x.matmul(w1).add(b1)).matmul(w2).add(b2).sigmoid()
  // the mean over a seed's points, the sum over seeds: every seed has its own slope
  const step = () => {
    const loss = output()
      .sub(y)
      .square()
      .sum()
      .mul(1 / 4)
    const slopes = grad(loss, { w1, w2, b1, b2 })
    w1.assign(w1.sub(slopes.w1.mul(lr)))
    w2.assign(w2.sub(slopes.w2.mul(lr)))
    b1.assign(b1.sub(slopes.b1.mul(lr)))
    b2.assign(b2.sub(slopes.b2.mul(lr)))
    return loss
  }
  let since = performance.now()
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted()
    await step().item()
    if (performance.now() - since > 25) {
      await new Promise(resolve => setTimeout(resolve))
      since = performance.now()
    }
  }
  const right = await output().gt(0.5).toFloat().eq(y).toFloat().sum([1, 2]).data()
  return right.filter(count => count === 4).length
}

const limits = { min: -12, max: 12, step: 0.1 }

export const model: Model<State, Derived> = {
  schema: {
    h: list('hidden weights', [1, 1, -0.5, 1, 1, -1.5], limits),
    o: list('output weights', [1, -1, -0.5], limits),
    act: choice('hidden activation', { step: 'step', relu: 'ReLU', sigmoid: 'sigmoid', tanh: 'tanh' }, 'step'),
    by: choice('weights', { hand: 'set by hand', training: 'trained from a seed' }, 'hand'),
    seed: integer('seed', 1, { min: 0, max: 999 }),
    lr: number('learning rate', 1, { min: 0.05, max: 5, step: 0.05 }),
    step: integer('steps', 0, { min: 0, max: mostSteps }),
    many: flag('train many seeds at once, and count'),
  },
  steps: ({ by }) => (by === 'training' ? { count: mostSteps, jumps: [10, 100, 1000] } : []),
  async derive(state, signal) {
    const trained = state.by === 'training'
    // a step has no slope to learn with
    const act = trained && state.act === 'step' ? 'sigmoid' : state.act
    const out = trained || state.act === 'sigmoid' || state.act === 'tanh' ? 'sigmoid' : 'identity'
    const moment = trained
      ? await trainingOf({
          sizes: [2, 2, 1],
          act,
          out: 'sigmoid',
          loss: 'mse',
          lr: state.lr,
          seed: state.seed,
          init: 1,
          x: corners,
          y: targets.map(t => [t]),
        }).at(state.step, signal)
      : undefined
    const layers = moment?.layers ?? layersOf(state.h, state.o)
    const parameters = tensorsOf(layers)
    const points = tensor(corners.flat(), { shape: [4, 2] }).toFloat()
    const [, hidden, output] = forward(points, parameters, act, out)
    const surface = forward(tensor(grid, { shape: [cells * cells, 2] }), parameters, act, out).at(-1)!
    const fires = state.act === 'step' && !trained ? 0 : 0.5
    const [hiddens, outputs, values] = await Promise.all([hidden!.array(), output!.data(), surface.data()])
    const shown = fires === 0 ? Array.from(outputs, z => (z > 0 ? 1 : 0)) : [...outputs]
    return {
      ...numbersOf(layers),
      hidden: hiddens as number[][],
      outputs: shown,
      correct: shown.filter((o, i) => (o > 0.5 ? 1 : 0) === targets[i]).length,
      surface: fires === 0 ? values.map(z => (z > 0 ? 1 : 0)) : values,
      loss: moment?.loss,
      successes: trained && state.many ? await successes(act, state.lr, state.seed, state.step, signal) : undefined,
    }
  },
  table: (_, d) => ({
    caption: 'The four points, in the input and in the hidden space',
    columns: ['x₁ x₂', 'h₁', 'h₂', 'output', 'target'],
    rows: [
      ...corners.map((c, i) => [c.join(' '), d.hidden[i]![0]!, d.hidden[i]![1]!, d.outputs[i]!, targets[i]!] as const),
      ['hidden', ...d.h.slice(0, 3), ''],
      ['hidden', ...d.h.slice(3), ''],
      ['output', ...d.o, ''],
      ['right', d.correct, d.loss ?? '', '', ''],
    ],
  }),
  code(state) {
    if (state.by === 'training')
      return `import { grad, random, tensor, variable } from 'chainrule'

random.seed(${state.seed})
const w1 = variable(random.normal([2, 2]))
const w2 = variable(random.normal([2, 1]))
const b1 = variable(tensor([0, 0]).toFloat())
const b2 = variable(tensor([0]).toFloat())
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).toFloat()
const y = tensor([[0], [1], [1], [0]]).toFloat()
const forward = () => x.matmul(w1).add(b1)${{ step: '.sigmoid()', relu: '.relu()', sigmoid: '.sigmoid()', tanh: '.tanh()' }[state.act]}.matmul(w2).add(b2).sigmoid()
for (let step = 0; step < ${state.step}; step++) {
  const loss = forward().sub(y).square().mean()
  const gradients = grad(loss, [w1, w2, b1, b2])
  for (const [i, v] of [w1, w2, b1, b2].entries()) v.assign(v.sub(gradients[i].mul(${state.lr})))
  await loss.item()
}
console.log(await forward().array())
`
    const names = { step: '.gt(0).toFloat()', relu: '.relu()', sigmoid: '.sigmoid()', tanh: '.tanh()' }
    const [h, o] = [state.h, state.o]
    return `import { tensor } from 'chainrule'

const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).toFloat()
const hidden = x.matmul(tensor([[${h[0]}, ${h[3]}], [${h[1]}, ${h[4]}]]).toFloat()).add(tensor([${h[2]}, ${h[5]}]).toFloat())${names[state.act]}
const z = hidden.matmul(tensor([[${o[0]}], [${o[1]}]]).toFloat()).add(${o[2]})
const output = z${{ step: '.gt(0).toFloat()', relu: '', sigmoid: '.sigmoid()', tanh: '.sigmoid()' }[state.act]}
console.log(await hidden.array(), await output.array())
`
  },
  say: (_, d) => `${d.correct} of 4 points are right.`,
}
