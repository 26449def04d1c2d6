/** N1: a neuron is a weighted sum, a bias and an activation function. */
import { tensor } from 'chainrule'
import { type ActivationName, activations } from '../../frame/activations.ts'
import type { Model } from '../../frame/define.ts'
import { choice, list, number } from '../../frame/schema.ts'

export interface State {
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly b: number
  readonly act: ActivationName
}
export interface Derived {
  /** wᵢxᵢ */
  readonly terms: readonly number[]
  /** Σ wᵢxᵢ + b */
  readonly sum: number
  readonly output: number
  /** The activation function at `curve.z`. */
  readonly curve: { readonly z: readonly number[]; readonly y: readonly number[] }
}

/** From −range to range in equal parts. */
const sampled = (range: number, parts: number): number[] =>
  Array.from({ length: parts + 1 }, (_, i) => -range + (2 * range * i) / parts)

export const model: Model<State, Derived> = {
  schema: {
    x: list('inputs', [0.1, 0.15, 0.2], { min: -5, max: 5, step: 0.05, length: [1, 6] }),
    w: list('weights', [1, 2, 3], { min: -5, max: 5, step: 0.1, length: [1, 6] }),
    b: number('bias', 0, { min: -10, max: 10, step: 0.1 }),
    act: choice(
      'activation function',
      { sigmoid: 'sigmoid σ', tanh: 'tanh', relu: 'ReLU', step: 'step', identity: 'none', square: 'square' },
      'sigmoid',
    ),
  },
  async derive(state) {
    const { x, w } = inputsAndWeights(state)
    const terms = tensor([...w]).mul(tensor([...x]))
    const sum = terms.sum().add(state.b)
    const g = activations[state.act].apply
    const z = sampled(8, 128)
    const [termValues, sumValue, output, y] = await Promise.all([
      terms.data(),
      sum.item(),
      g(sum).item(),
      g(tensor(z)).data(),
    ])
    return { terms: [...termValues], sum: sumValue, output, curve: { z, y: [...y] } }
  },
  table(state, { terms, sum, output }) {
    const { x, w } = inputsAndWeights(state)
    return {
      caption: 'The neuron’s numbers',
      columns: ['quantity', 'input', 'weight', 'product'],
      rows: [
        ...x.map((xi, i) => [`input ${i + 1}`, xi, w[i]!, terms[i]!]),
        ['bias', '', '', state.b],
        ['sum', '', '', sum],
        ['output', '', '', output],
      ],
    }
  },
  code(state) {
    const { x, w } = inputsAndWeights(state)
    return `import { tensor } from 'chainrule'

const x = tensor([${x.join(', ')}])
const w = tensor([${w.join(', ')}])
const sum = w.mul(x).sum().add(${state.b})
const output = sum${activations[state.act].code}
console.log(await sum.item(), await output.item())
`
  },
  say: (_, { sum, output }) => `The sum is ${sum.toPrecision(4)}, the output ${output.toPrecision(4)}.`,
}

/** As many inputs as there are weights: the shorter list decides. */
export function inputsAndWeights({ x, w }: State): { x: readonly number[]; w: readonly number[] } {
  const n = Math.min(x.length, w.length)
  return { x: x.slice(0, n), w: w.slice(0, n) }
}
