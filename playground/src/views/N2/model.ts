/** N2: the unit of McCulloch and Pitts (1943): binary inputs, weights −1, 0, 1, a threshold. */
import { tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, list, number } from '../../frame/schema.ts'

export interface State {
  readonly a: readonly number[]
  readonly w: readonly number[]
  readonly theta: number
  readonly unit: 'threshold' | 'squashed'
}
export interface Row {
  readonly inputs: readonly number[]
  /** Σ wⱼaⱼ */
  readonly sum: number
  readonly output: number
}
export interface Derived {
  /** Every combination of inputs, counted in binary. */
  readonly rows: readonly Row[]
  /** Which of them the present inputs are. */
  readonly active: number
}

export const model: Model<State, Derived> = {
  schema: {
    a: list('inputs', [1, 0], { min: 0, max: 1, step: 1, whole: true, length: [2, 4] }),
    w: list('weights', [1, 1], { min: -1, max: 1, step: 1, whole: true, length: [2, 4] }),
    theta: number('threshold θ', 2, { min: -4, max: 5, step: 0.5 }),
    unit: choice('unit', { threshold: '1943: all or nothing', squashed: 'the slide: a squashed sum' }, 'threshold'),
  },
  async derive(state) {
    const { a, w } = paired(state)
    const n = w.length
    const combinations = Array.from({ length: 2 ** n }, (_, row) => w.map((_, j) => (row >> (n - 1 - j)) & 1))
    const sums = tensor(combinations.flat(), { shape: [2 ** n, n] })
      .toFloat()
      .matmul(tensor([...w], { dtype: 'float32' }).reshape([n, 1]))
      .reshape([2 ** n])
    const outputs = state.unit === 'threshold' ? sums.ge(state.theta).toFloat() : sums.sub(state.theta).sigmoid()
    const [sumValues, outputValues] = await Promise.all([sums.data(), outputs.data()])
    return {
      rows: combinations.map((inputs, i) => ({ inputs, sum: sumValues[i]!, output: outputValues[i]! })),
      active: a.reduce((row, bit) => 2 * row + bit, 0),
    }
  },
  table: (state, { rows }) => ({
    caption: 'Every combination of inputs',
    columns: ['row', ...paired(state).w.map((_, j) => `a${j + 1}`), 'sum', 'output'],
    rows: rows.map((r, i) => [i + 1, ...r.inputs, r.sum, r.output]),
  }),
  code(state) {
    const { a, w } = paired(state)
    return `import { tensor } from 'chainrule'

const a = tensor([${a.join(', ')}]).toFloat()
const w = tensor([${w.join(', ')}]).toFloat()
const sum = w.mul(a).sum()
const output = ${state.unit === 'threshold' ? `sum.ge(${state.theta})` : `sum.sub(${state.theta}).sigmoid()`}
console.log(await sum.item(), await output.item())
`
  },
  say: (_, { rows, active }) => `The sum is ${rows[active]!.sum}, the output ${rows[active]!.output.toPrecision(3)}.`,
}

/** As many inputs as weights: the shorter list decides. */
export function paired({ a, w }: State): { a: readonly number[]; w: readonly number[] } {
  const n = Math.min(a.length, w.length)
  return { a: a.slice(0, n), w: w.slice(0, n) }
}
