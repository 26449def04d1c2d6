/** N3: activation functions, their derivatives, and where the threshold lies in the two conventions for the bias. */
import { grad, type Tensor, tensor } from 'chainrule'
import { activations } from '../../frame/activations.ts'
import type { Model } from '../../frame/define.ts'
import { choice, number } from '../../frame/schema.ts'

export interface State {
  readonly act: 'step' | 'sigmoid' | 'tanh' | 'relu'
  /** Σ Wⱼaⱼ without the bias. */
  readonly z: number
  /** The threshold: where g's argument is 0. */
  readonly t: number
  readonly k: number
  readonly sign: 'a0' | 'b'
}
export interface Derived {
  /** g's argument at z, its value and its slope there. */
  readonly argument: number
  readonly value: number
  readonly slope: number
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  readonly slopes: readonly number[]
}
const range = 6
const samples = 241

export const model: Model<State, Derived> = {
  schema: {
    act: choice('activation function', { step: 'step', sigmoid: 'sigmoid', tanh: 'tanh', relu: 'ReLU' }, 'sigmoid'),
    z: number('weighted sum Σ', 2, { min: -range, max: range, step: 0.1 }),
    t: number('threshold', 1, { min: -5, max: 5, step: 0.1 }),
    k: number('steepness', 1, { min: 0.25, max: 20, step: 0.25 }),
    sign: choice('the bias is', { a0: 'a weight W₀ on a fixed input a₀ = −1', b: 'a number b that is added' }, 'a0'),
  },
  async derive({ act, z, t, k }) {
    const xs = Array.from({ length: samples }, (_, i) => -range + (2 * range * i) / (samples - 1))
    const at = tensor([...xs, z]) as Tensor<[number]>
    const argument = at.sub(t).mul(k)
    const y = activations[act].apply(argument)
    const [arguments_, values, slopes] = await Promise.all([argument.data(), y.data(), grad(y.sum(), at).data()])
    return {
      argument: arguments_[samples]!,
      value: values[samples]!,
      slope: slopes[samples]!,
      xs,
      ys: [...values.slice(0, samples)],
      slopes: [...slopes.slice(0, samples)],
    }
  },
  table: ({ t }, d) => ({
    caption: 'The activation function at a few sums',
    columns: ['sum', 'g', 'g′'],
    rows: [
      ...d.xs.flatMap((x, i) => (i % 20 === 0 ? [[x, d.ys[i]!, d.slopes[i]!] as const] : [])),
      ['threshold', t, ''],
    ],
  }),
  code: ({ act, z, t, k }) => `import { grad, tensor } from 'chainrule'

const sum = tensor(${z})
const g = sum.sub(${t}).mul(${k})${activations[act].code}
console.log(await g.item(), await grad(g, sum).item())
`,
  say: (_, { value, slope }) => `g is ${value.toPrecision(4)}, its slope ${slope.toPrecision(4)}.`,
}
