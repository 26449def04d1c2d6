/** B2: the derivative of s = Uᵀf(Wx + b) by a weight is δᵢxⱼ; by all of them the outer product δxᵀ. */
import { grad, gradCheck, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { integer, list, matrix } from '../../frame/schema.ts'
import { weightsOf } from '../../networks/deep.ts'

export interface State {
  readonly x: readonly number[]
  readonly W: readonly (readonly number[])[]
  readonly b: readonly number[]
  readonly U: readonly number[]
  /** The weight whose derivation is shown. */
  readonly i: number
  readonly j: number
  readonly step: number
}
export interface Derived {
  readonly z: readonly number[]
  readonly a: readonly number[]
  readonly slope: readonly number[]
  readonly s: number
  /** δ = U ⊙ f′(z) */
  readonly delta: readonly number[]
  /** δxᵀ by the outer product. */
  readonly outer: readonly (readonly number[])[]
  /** The same by the engine's backward pass. */
  readonly gradient: readonly (readonly number[])[]
  /** The chosen entry by a central difference in float64. */
  readonly difference: number
}
const limits = { min: -5, max: 5, step: 0.1 }

export const model: Model<State, Derived> = {
  schema: {
    x: list('x', [1, -2, 0.5], limits),
    W: matrix('W', [[0.4, -0.6, 0.2], [0.1, 0.5, -0.3]], limits), // biome-ignore format: a matrix
    b: list('b', [0.1, -0.2], limits),
    U: list('U', [0.7, -1.2], limits),
    i: integer('row i', 1, { min: 1, max: 2 }),
    j: integer('column j', 2, { min: 1, max: 3 }),
    step: integer('lines', 6, { min: 0, max: 6 }),
  },
  steps: () => ['only aᵢ depends on Wᵢⱼ', 'the chain rule', 'f′', 'what zᵢ is', 'the derivative is xⱼ', 'δᵢ xⱼ'],
  async derive(state) {
    const W = weightsOf(state.W)
    const x = tensor([...state.x], { shape: [3, 1], dtype: 'float32' })
    const b = tensor([...state.b], { shape: [2, 1], dtype: 'float32' })
    const U = tensor([...state.U], { shape: [2, 1], dtype: 'float32' })
    const z = W.matmul(x).add(b)
    const a = z.sigmoid()
    const slope = a.mul(a.neg().add(1))
    const s = U.mul(a).sum()
    const delta = U.mul(slope)
    const outer = delta.matmul(x.t())
    const [i, j] = [state.i - 1, state.j - 1]
    const others = state.W.map((row, r) => row.map((w, c) => (r === i && c === j ? 0 : w)))
    const [zv, av, slopes, sv, deltas, outers, gradients, check] = await Promise.all([
      z.data(),
      a.data(),
      slope.data(),
      s.item(),
      delta.data(),
      outer.array(),
      grad(s, W).array(),
      gradCheck(
        w => {
          const at = tensor(
            [0, 1].flatMap(r => [0, 1, 2].map(c => (r === i && c === j ? 1 : 0))),
            { shape: [2, 3] },
          )
          const moved = weightsOf(others).add(at.toFloat().mul(w as unknown as Tensor<[]>))
          return U.mul(moved.matmul(x).add(b).sigmoid()).sum()
        },
        [tensor(state.W[i]![j]!, { dtype: 'float32' })],
      ),
    ])
    return {
      z: [...zv],
      a: [...av],
      slope: [...slopes],
      s: sv,
      delta: [...deltas],
      outer: outers as number[][],
      gradient: gradients as number[][],
      difference: check.worst.difference,
    }
  },
  table: (state, d) => ({
    caption: 'δ, x and their products',
    columns: ['row', 'δ', 'times x₁', 'times x₂', 'times x₃'],
    rows: [
      ...d.outer.map((row, i) => [`i = ${i + 1}`, d.delta[i]!, ...row]),
      ...d.gradient.map((row, i) => [`engine, i = ${i + 1}`, '', ...row]),
      [`central difference at ${state.i}, ${state.j}`, d.difference, '', '', ''],
      ['s', d.s, '', '', ''],
    ],
  }),
  code: ({ x, W, b, U }) => `import { grad, tensor } from 'chainrule'

const x = tensor([${x.map(v => `[${v}]`).join(', ')}]).toFloat()
const W = tensor([${W.map(r => `[${r.join(', ')}]`).join(', ')}]).toFloat()
const b = tensor([${b.map(v => `[${v}]`).join(', ')}]).toFloat()
const U = tensor([${U.map(v => `[${v}]`).join(', ')}]).toFloat()
const s = U.mul(W.matmul(x).add(b).sigmoid()).sum()
console.log(await s.item(), await grad(s, W).array())
`,
  say: ({ i, j }, d) => `Delta ${i} times x ${j} is ${d.outer[i - 1]![j - 1]!.toPrecision(4)}.`,
}
