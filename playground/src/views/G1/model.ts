/** G1: gradient descent in the lecture's five lines, on the two parameters of a straight line. */
import { grad, inspect, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { gridPoints } from '../../frame/grid.ts'
import { integer, list, number } from '../../frame/schema.ts'

export interface State {
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  /** Where the descent begins. */
  readonly w: number
  readonly b: number
  readonly lr: number
  /** Phases done: five to a step. */
  readonly step: number
}
export const phases = ['predict', 'loss', 'gradient', 'update', 'iterate'] as const
export type Phase = (typeof phases)[number]

/** One step of the descent, before its update. */
export interface Moment {
  readonly w: number
  readonly b: number
  readonly predictions: readonly number[]
  readonly loss: number
  readonly gradient: readonly [w: number, b: number]
}
export interface Derived {
  /** Every step so far, the present one last. */
  readonly trail: readonly Moment[]
  /** What the present step leads to. */
  readonly next: readonly [w: number, b: number]
  /** Loss after that. */
  readonly nextLoss: number
  /** What was done last; undefined before anything was. */
  readonly phase: Phase | undefined
  readonly surface: ArrayLike<number>
  /** Above this learning rate the steps grow: 2 / largest second derivative. */
  readonly bound: number
  readonly divergence: string | undefined
}
export const span = { w: [-3, 5], b: [-4, 4] } as const
export const cells = 48
const grid = gridPoints(cells, span.w, span.b)
export const mostSteps = 60

const floats = (values: readonly number[]): Tensor<[number]> =>
  tensor([...values], { shape: [values.length], dtype: 'float32' })
const meanSquare = (w: Tensor<[]>, b: Tensor<[]>, x: Tensor<[number]>, y: Tensor<[number]>) => {
  const prediction = x.mul(w).add(b)
  return { prediction, loss: prediction.sub(y).square().mean() }
}
async function moment(state: State, at: readonly [number, number]): Promise<Moment> {
  const [w, b] = [tensor(at[0], { dtype: 'float32' }), tensor(at[1], { dtype: 'float32' })]
  const { prediction, loss } = meanSquare(w, b, floats(state.xs), floats(state.ys))
  const g = grad(loss, [w, b])
  const [predictions, value, gw, gb] = await Promise.all([prediction.data(), loss.item(), g[0].item(), g[1].item()])
  return { w: at[0], b: at[1], predictions: [...predictions], loss: value, gradient: [gw, gb] }
}
/** One step downhill, in float32. */
const descend = ({ w, b, gradient }: Moment, lr: number): [number, number] => [
  Math.fround(w - lr * gradient[0]),
  Math.fround(b - lr * gradient[1]),
]

export const model: Model<State, Derived> = {
  schema: {
    xs: list('x of the points', [-1, 0, 1, 2], { min: -3, max: 3, step: 0.1, length: [2, 8] }),
    ys: list('y of the points', [-1.2, 0.9, 2.8, 5.3], { min: -9, max: 9, step: 0.1, length: [2, 8] }),
    w: number('start w', -2, { min: -3, max: 5, step: 0.1 }),
    b: number('start b', 3, { min: -4, max: 4, step: 0.1 }),
    lr: number('learning rate', 0.1, { min: 0.01, max: 1, step: 0.01 }),
    step: integer('phase', 3, { min: 0, max: 5 * mostSteps }),
  },
  steps: (_, { phase }) => ({ count: 5 * mostSteps, jumps: [1, 5, 50], ...(phase && { name: phase }) }),
  async derive(given) {
    const n = Math.min(given.xs.length, given.ys.length)
    const state = { ...given, xs: given.xs.slice(0, n), ys: given.ys.slice(0, n) }
    const trail: Moment[] = [await moment(state, [state.w, state.b])]
    // an update belongs to the step it ends; the next begins with the next prediction
    for (let done = 0; done < Math.floor(state.step / 5) && Number.isFinite(trail.at(-1)!.loss); done++)
      trail.push(await moment(state, descend(trail.at(-1)!, state.lr)))
    const now = trail.at(-1)!
    const next = descend(now, state.lr)
    const x = floats(state.xs)
    const at = tensor(grid, { shape: [cells * cells, 2] })
    const w = at.slice([':', [0, 1]])
    const b = at.slice([':', [1, 2]])
    const surface = w
      .mul(x.reshape([1, n]))
      .add(b)
      .sub(floats(state.ys).reshape([1, n]))
      .square()
      .mean(1)
    // second derivatives of the mean square: 2 mean(x²), 2 mean(x), 2
    const [values, xx, mx, after] = await Promise.all([
      surface.data(),
      x.square().mean().mul(2).item(),
      x.mean().mul(2).item(),
      moment(state, next),
    ])
    const curvature = (xx + 2) / 2 + Math.sqrt(((xx - 2) / 2) ** 2 + mx * mx)
    const problem = inspect.divergence(
      trail.map(m => m.loss),
      { learningRate: state.lr, curvature },
    )
    return {
      trail,
      next,
      nextLoss: after.loss,
      phase: state.step === 0 ? undefined : phases[(state.step - 1) % 5],
      surface: values,
      bound: 2 / curvature,
      divergence: problem?.sentence,
    }
  },
  table: (_, d) => ({
    caption: 'The descent, step by step',
    columns: ['step', 'w', 'b', 'loss', '∂J/∂w', '∂J/∂b'],
    rows: d.trail.map((m, i) => [i, m.w, m.b, m.loss, ...m.gradient]),
  }),
  code: ({ xs, ys, w, b, lr, step }) =>
    `import { grad, nn, tensor, variable } from 'chainrule'

const x = tensor([${xs.slice(0, ys.length).join(', ')}]).toFloat()
const y = tensor([${ys.slice(0, xs.length).join(', ')}]).toFloat()
const w = variable(tensor(${w}).toFloat())
const b = variable(tensor(${b}).toFloat())
for (let step = 0; step < ${Math.floor(step / 5)}; step++) {
  const prediction = x.mul(w).add(b) // predict
  const loss = prediction.sub(y).square().mean() // loss
  const [dw, db] = grad(loss, [w, b]) // gradient
  w.assign(w.sub(dw.mul(${lr}))) // update
  b.assign(b.sub(db.mul(${lr})))
  await loss.item()
} // iterate
console.log(await w.item(), await b.item(), await x.mul(w).add(b).sub(y).square().mean().item())
`.replace('grad, nn, tensor', 'grad, tensor'),
  say: (_, d) =>
    `${d.phase ?? 'At the start'}: after ${d.trail.length - 1} steps the loss is ${d.trail.at(-1)!.loss.toPrecision(4)}.`,
}
