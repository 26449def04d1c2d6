/** N4: a network with two inputs, two hidden units and one output is one nested formula. */
import { grad, type Tensor, tensor } from 'chainrule'
import { type ActivationName, activations } from '../../frame/activations.ts'
import type { Model } from '../../frame/define.ts'
import { gridPoints } from '../../frame/grid.ts'
import { choice, flag, integer, list } from '../../frame/schema.ts'

/** The weights in the lecture's numbering, by their place in `w`. */
export const weightNames = ['13', '23', '14', '24', '35', '45'] as const
export interface State {
  readonly a: readonly number[]
  readonly w: readonly number[]
  readonly act: 'sigmoid' | 'tanh' | 'relu' | 'identity'
  /** How far the formula is unfolded: a₅, then a₃ and a₄. */
  readonly step: number
  readonly numbers: boolean
}
export interface Derived {
  readonly a3: number
  readonly a4: number
  readonly a5: number
  /** ∂a₅/∂w, in the order of `weightNames`. */
  readonly slopes: readonly number[]
  /** a₅ over the square of inputs from −range to range. */
  readonly surface: ArrayLike<number>
}
export const range = 3
export const cells = 40
const grid = gridPoints(cells, [-range, range], [-range, range])

/** a₃, a₄ and a₅ of n pairs of inputs. */
function network(inputs: Tensor<[number, 2]>, w: Tensor<[number]>, act: ActivationName) {
  const g = activations[act].apply
  const first = w.slice([[0, 4]]).reshape([2, 2]) // rows: into 3, into 4
  const hidden = g(inputs.matmul(first.t()) as Tensor<[number, 2]>)
  const out = g(hidden.matmul(w.slice([[4, 6]]).reshape([2, 1])) as Tensor<[number, 1]>)
  return { hidden, out }
}

export const model: Model<State, Derived> = {
  schema: {
    a: list('inputs', [1, -0.5], { min: -3, max: 3, step: 0.1 }),
    w: list('weights W₁₃ W₂₃ W₁₄ W₂₄ W₃₅ W₄₅', [2, 1, -1, 2, 2, -2], { min: -6, max: 6, step: 0.1 }),
    act: choice('g', { sigmoid: 'sigmoid', tanh: 'tanh', relu: 'ReLU', identity: 'none (linear)' }, 'sigmoid'),
    step: integer('unfolded', 0, { min: 0, max: 3 }),
    numbers: flag('numbers in place of letters'),
  },
  steps: () => ['a₅ unfolded', 'a₃ unfolded', 'a₄ unfolded'],
  async derive({ a, w, act }) {
    const weights = tensor([...w]) as Tensor<[number]>
    const here = network(tensor([a[0]!, a[1]!], { shape: [1, 2] }), weights, act)
    const surface = network(tensor(grid, { shape: [cells * cells, 2] }), weights, act).out
    const [hidden, out, slopes, values] = await Promise.all([
      here.hidden.data(),
      here.out.data(),
      grad(here.out.sum(), weights).data(),
      surface.data(),
    ])
    return { a3: hidden[0]!, a4: hidden[1]!, a5: out[0]!, slopes: [...slopes], surface: values }
  },
  table: ({ a, w }, d) => ({
    caption: 'The network’s numbers',
    columns: ['quantity', 'value', '∂a₅/∂'],
    rows: [
      ['a₁', a[0]!, ''],
      ['a₂', a[1]!, ''],
      ...weightNames.map((name, i) => [`W${name}`, w[i]!, d.slopes[i]!]),
      ['a₃', d.a3, ''],
      ['a₄', d.a4, ''],
      ['a₅', d.a5, ''],
    ],
  }),
  code: ({ a, w, act }) => `import { tensor } from 'chainrule'

const a = tensor([[${a.join(', ')}]])
const hidden = a.matmul(tensor([[${w[0]}, ${w[2]}], [${w[1]}, ${w[3]}]]))${activations[act].code}
const out = hidden.matmul(tensor([[${w[4]}], [${w[5]}]]))${activations[act].code}
console.log(await hidden.array(), await out.array())
`,
  say: (_, { a5 }) => `a5 is ${a5.toPrecision(4)}.`,
}
