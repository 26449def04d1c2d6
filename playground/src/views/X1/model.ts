/** X1: losses of one prediction, and their slopes. */
import { grad, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, number } from '../../frame/schema.ts'
import { type LossName, lossCode, losses, lossNames } from '../../networks/losses.ts'

export interface State {
  readonly loss: LossName
  readonly yhat: number
  readonly y: number
}
export interface Derived {
  readonly value: number
  readonly slope: number
  /** Each loss at ŷ and its slope, for comparison. */
  readonly all: Readonly<Record<LossName, { readonly value: number; readonly slope: number }>>
  readonly xs: readonly number[]
  readonly curves: Readonly<Record<LossName, readonly number[]>>
}
const samples = 181
const names = Object.keys(lossNames) as LossName[]

export const model: Model<State, Derived> = {
  schema: {
    loss: choice('loss', lossNames, 'squared'),
    yhat: number('prediction ŷ', 0.73, { min: 0.01, max: 0.99, step: 0.01 }),
    y: number('target y', 1, { min: 0, max: 1, step: 1 }),
  },
  async derive({ loss, yhat, y }) {
    const xs = Array.from({ length: samples }, (_, i) => 0.005 + (0.99 * i) / (samples - 1))
    const at = tensor([...xs, yhat]) as Tensor<[number]>
    const read = await Promise.all(
      names.map(async name => {
        const L = losses[name](at, y)
        return Promise.all([L.data(), grad(L.sum(), at).data()])
      }),
    )
    const all = Object.fromEntries(
      names.map((name, i) => [name, { value: read[i]![0][samples]!, slope: read[i]![1][samples]! }]),
    ) as Record<LossName, { value: number; slope: number }>
    return {
      ...all[loss],
      all,
      xs,
      curves: Object.fromEntries(names.map((name, i) => [name, [...read[i]![0].slice(0, samples)]])) as Record<
        LossName,
        number[]
      >,
    }
  },
  table: (_, d) => ({
    caption: 'The losses at this prediction',
    columns: ['loss', 'value', 'slope'],
    rows: names.map(name => [lossNames[name], d.all[name].value, d.all[name].slope]),
  }),
  code: ({ loss, yhat, y }) => `import { grad, tensor } from 'chainrule'

const yhat = tensor(${yhat})
const y = ${y}
const L = ${lossCode[loss]}
console.log(await L.item(), await grad(L, yhat).item())
`,
  say: (_, { value, slope }) => `The loss is ${value.toPrecision(4)}, its slope ${slope.toPrecision(4)}.`,
}
