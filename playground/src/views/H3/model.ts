/** H3: one hidden layer approximates a function on [0, 1]: units placed by hand, as in the proof, or found by training. */
import { inspect, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer, list, number } from '../../frame/schema.ts'
import { forward, type Layer, tensorsOf, trainingOf } from '../../networks/trainer.ts'

export interface State {
  readonly f: 'sine' | 'bump' | 'abs' | 'jump' | 'drawn'
  /** The drawn curve at 0, 1/32, …, 1. */
  readonly t: readonly number[]
  readonly n: number
  readonly act: 'step' | 'sigmoid' | 'relu' | 'square'
  readonly by: 'built' | 'trained'
  readonly seed: number
  readonly lr: number
  readonly step: number
}
export interface Derived {
  readonly xs: readonly number[]
  readonly target: readonly number[]
  readonly output: readonly number[]
  /** vᵢ · hᵢ(x) of the first units. */
  readonly parts: readonly (readonly number[])[]
  readonly maxError: number
  readonly meanError: number
  /** Why training runs away, while it does. */
  readonly divergence: string | undefined
  /** Largest error of the built network with so many units. */
  readonly errors: readonly { readonly n: number; readonly max: number }[]
}
export const samples = 161
export const drawnPoints = 33
export const mostSteps = 2000
const shownParts = 16
const xs = Array.from({ length: samples }, (_, i) => i / (samples - 1))

/** The curve to be approximated, at any x of [0, 1]. */
export function targetAt({ f, t }: Pick<State, 'f' | 't'>, x: number): number {
  switch (f) {
    case 'sine':
      return 0.8 * Math.sin(2 * Math.PI * x)
    case 'bump':
      return 1.4 * Math.exp(-((x - 0.45) ** 2) / 0.015) - 0.5
    case 'abs':
      return 2 * Math.abs(x - 0.5) - 0.5
    case 'jump':
      return x < 0.5 ? -0.6 : 0.6
    case 'drawn': {
      const at = x * (drawnPoints - 1)
      const k = Math.min(drawnPoints - 2, Math.floor(at))
      return t[k]! + (at - k) * (t[k + 1]! - t[k]!)
    }
  }
}
/** A network with n hidden units put in place without any training. */
export function built(state: Pick<State, 'f' | 't' | 'act'>, n: number): Layer[] {
  const f = (x: number): number => targetAt(state, x)
  const units = Array.from({ length: n }, (_, k) => k)
  if (state.act === 'relu') {
    // straight pieces between the knots k/n
    const slope = (k: number): number => (f((k + 1) / n) - f(k / n)) * n
    return [
      { w: [units.map(() => 1)], b: units.map(k => -k / n) },
      { w: units.map(k => [slope(k) - (k === 0 ? 0 : slope(k - 1))]), b: [f(0)] },
    ]
  }
  // steps from level to level at the middle between the points where the levels are read
  const level = (k: number): number => f((k + 0.5) / (n + 1))
  const steep = state.act === 'sigmoid' ? 8 * (n + 1) : 1
  return [
    { w: [units.map(() => steep)], b: units.map(k => (-steep * (k + 1)) / (n + 1)) },
    { w: units.map(k => [level(k + 1) - level(k)]), b: [level(0)] },
  ]
}

export const model: Model<State, Derived> = {
  schema: {
    f: choice(
      'function',
      { sine: 'a sine', bump: 'a bump', abs: '|x|, a corner', jump: 'a jump', drawn: 'drawn by you' },
      'sine',
    ),
    t: list(
      'drawn curve',
      Array.from({ length: drawnPoints }, (_, i) => Math.round(60 * Math.sin(i / 2.5)) / 100),
      { min: -1, max: 1, step: 0.05 },
    ),
    n: integer('hidden units n', 6, { min: 1, max: 64 }),
    act: choice(
      'activation',
      { step: 'step', sigmoid: 'steep sigmoid', relu: 'ReLU', square: 'a polynomial, z²' },
      'relu',
    ),
    by: choice('weights', { built: 'built by hand, as in the proof', trained: 'trained from a seed' }, 'built'),
    seed: integer('seed', 1, { min: 0, max: 999 }),
    lr: number('learning rate', 0.1, { min: 0.01, max: 1, step: 0.01 }),
    step: integer('steps', 0, { min: 0, max: mostSteps }),
  },
  steps: ({ by, act }) => (by === 'trained' || act === 'square' ? { count: mostSteps, jumps: [10, 100, 1000] } : []),
  async derive(state, signal) {
    const trained = state.by === 'trained' || state.act === 'square'
    // a step has no slope to learn with
    const act = trained && state.act === 'step' ? 'sigmoid' : state.act
    const target = xs.map(x => targetAt(state, x))
    const training = trained
      ? trainingOf({
          sizes: [1, state.n, 1],
          act,
          out: 'identity',
          loss: 'mse',
          lr: state.lr,
          seed: state.seed,
          init: act === 'square' ? 0.2 : 1,
          x: xs.filter((_, i) => i % 4 === 0).map(x => [4 * x - 2]),
          y: target.filter((_, i) => i % 4 === 0).map(y => [y]),
        })
      : undefined
    const layers = training ? (await training.at(state.step, signal)).layers : built(state, state.n)
    const problem = training && inspect.divergence(training.losses.slice(0, state.step + 1), { learningRate: state.lr })
    const column = tensor(trained ? xs.map(x => 4 * x - 2) : xs, { shape: [samples, 1], dtype: 'float32' })
    const run = (net: readonly Layer[]) => forward(column, tensorsOf(net), act, 'identity')
    const [, hidden, out] = run(layers)
    const y = tensor(target, { shape: [samples, 1], dtype: 'float32' })
    const worst = (o: Tensor<[number, number]>) => o.sub(y).abs().max()
    const counts = act === 'square' ? [] : [1, 2, 4, 8, 16, 32, 64]
    const [outputs, units, max, mean, ...errors] = await Promise.all([
      out!.data(),
      hidden!.array() as Promise<number[][]>,
      worst(out!).item(),
      out!.sub(y).abs().mean().item(),
      ...counts.map(n =>
        worst(
          forward(
            tensor(xs, { shape: [samples, 1], dtype: 'float32' }),
            tensorsOf(built(state, n)),
            state.act,
            'identity',
          ).at(-1)!,
        ).item(),
      ),
    ])
    return {
      xs,
      target,
      output: [...outputs],
      parts: layers[1]!.w.slice(0, shownParts).map(([v], k) => units.map(row => v! * row[k]!)),
      maxError: max,
      meanError: mean,
      divergence: problem?.sentence,
      errors: counts.map((n, i) => ({ n, max: errors[i]! })),
    }
  },
  table: (_, d) => ({
    caption: 'Target and network',
    columns: ['x', 'target', 'network'],
    rows: [
      ...d.xs.flatMap((x, i) => (i % 8 === 0 ? [[x, d.target[i]!, d.output[i]!] as const] : [])),
      ['largest error', d.maxError, ''],
      ['mean error', d.meanError, ''],
      ...d.errors.map(e => [`largest error with ${e.n} units`, e.max, ''] as const),
    ],
  }),
  code(state) {
    const [first, second] = built({ ...state, act: state.act === 'square' ? 'relu' : state.act }, state.n)
    const numbers = (list_: readonly number[]): string => list_.map(v => Number(v.toPrecision(9))).join(', ')
    const g = { relu: '.relu()', sigmoid: '.sigmoid()', step: '.gt(0).toFloat()', square: '.relu()' }[state.act]
    return `import { tensor } from 'chainrule'

// one hidden layer of ${state.n} units, built by hand
const w = tensor([[${numbers(first!.w[0]!)}]]).toFloat()
const b = tensor([${numbers(first!.b)}]).toFloat()
const v = tensor([${second!.w.map(r => `[${numbers(r)}]`).join(', ')}]).toFloat()
const f = (x: number) => tensor([[x]]).toFloat().matmul(w).add(b)${g}.matmul(v).add(${numbers(second!.b)})
for (const x of [0, 0.25, 0.5, 0.75, 1]) console.log(await f(x).item())
`
  },
  say: ({ n }, d) =>
    `With ${n} units the largest error is ${d.maxError.toPrecision(3)}, the mean error ${d.meanError.toPrecision(3)}.`,
}
