/** C2: the slide's worked example, ∂L/∂w₁ of a neuron with three inputs, with every convention the slide leaves open. */
import { concat, grad, gradCheck, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer, list, number } from '../../frame/schema.ts'
import { type LossName, lossCode, losses, lossNames } from '../../networks/losses.ts'

export interface State {
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly y: number
  readonly act: 'sigmoid' | 'softmax'
  readonly loss: LossName
  readonly sigma: 'exact' | 'table'
  readonly step: number
}
export interface Derived {
  readonly s: number
  readonly yhat: number
  readonly L: number
  /** ∂L/∂ŷ, ∂ŷ/∂s, ∂s/∂w₁. */
  readonly factors: readonly [number, number, number]
  /** ∂L/∂wᵢ: the products of the factors. */
  readonly gradient: readonly number[]
  /** Central difference of L in w₁, in float64. */
  readonly difference: number
  /** x, σ(x), σ′(x) for −5 … 5. */
  readonly sigmaTable: readonly (readonly [number, number, number])[]
  /** After one step of gradient descent with learning rate 1. */
  readonly next: { readonly w: readonly number[]; readonly yhat: number; readonly L: number }
}

/** Forward from w to L, keeping what lies between. */
function forward({ x, y, act, loss }: State, w: Tensor<[number]>) {
  const s = w.mul(tensor([...x])).sum()
  const yhat = act === 'sigmoid' ? s.sigmoid() : s.reshape([1]).softmax(0).sum()
  return { s, yhat, L: losses[loss](yhat, y) }
}
const twoDecimals = (x: number): number => Math.round(x * 100) / 100

/** The factors of ∂L/∂w₁, with ŷ and σ′ rounded as in the slide's table if that is chosen. */
async function factorsOf(state: State, yhat: number, dyhat: number, dL: number): Promise<[number, number, number]> {
  if (state.sigma === 'exact') return [dL, dyhat, state.x[0]!]
  const p = tensor(twoDecimals(yhat))
  return [await grad(losses[state.loss](p, state.y), p).item(), twoDecimals(dyhat), state.x[0]!]
}

export const model: Model<State, Derived> = {
  schema: {
    x: list('inputs', [0.1, 0.15, 0.2], { min: -2, max: 2, step: 0.05 }),
    w: list('weights', [1, 2, 3], { min: -10, max: 10, step: 0.1 }),
    y: number('target y', 1, { min: 0, max: 1, step: 0.1 }),
    act: choice('activation', { sigmoid: 'sigmoid σ(s)', softmax: 'softmax of the one number s' }, 'sigmoid'),
    loss: choice('loss L', lossNames, 'squared'),
    sigma: choice('σ and σ′', { exact: 'computed', table: 'rounded as in the slide’s table' }, 'exact'),
    step: integer('step', 6, { min: 0, max: 6 }),
  },
  steps: () => ['the sum s', 'the prediction ŷ', 'the loss L', 'factor ∂L/∂ŷ', 'factor ∂ŷ/∂s', 'factor ∂s/∂w₁'],
  async derive(state) {
    const w = tensor([...state.w]).reshape([-1]) as Tensor<[number]>
    const { s, yhat, L } = forward(state, w)
    const dyhat = grad(yhat, s)
    const g = grad(L, { w, yhat })
    const moved = w.sub(g.w)
    const next = forward(state, moved)
    const z = tensor([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5], { dtype: 'float32' })
    const sigma = z.sigmoid()
    const [sv, yv, Lv, wv, dyv, dLv, nextW, nextY, nextL, sigmas, slopes, check] = await Promise.all([
      s.item(),
      yhat.item(),
      L.item(),
      g.w.data(),
      dyhat.item(),
      g.yhat.item(),
      moved.data(),
      next.yhat.item(),
      next.L.item(),
      sigma.data(),
      grad(sigma.sum(), z).data(),
      // w₁ varies, the others stay; in float64, of which `forward` need not know
      gradCheck(
        w1 =>
          forward(
            state,
            concat([w1.reshape([1]), tensor(state.w.slice(1)).reshape([-1])]) as unknown as Tensor<[number]>,
          ).L,
        [tensor(state.w[0]!)],
      ),
    ])
    const factors = await factorsOf(state, yv, dyv, dLv)
    return {
      s: sv,
      yhat: yv,
      L: Lv,
      factors,
      gradient: state.sigma === 'exact' ? [...wv] : state.x.map(xi => factors[0] * factors[1] * xi),
      difference: check.worst.difference,
      sigmaTable: Array.from(sigmas, (value, i) => [i - 5, value, slopes[i]!] as const),
      next: { w: [...nextW], yhat: nextY, L: nextL },
    }
  },
  table: (state, d) => ({
    caption: 'The worked example in full precision',
    columns: ['quantity', 'value'],
    rows: [
      ['s', d.s],
      ['ŷ', d.yhat],
      ['L', d.L],
      ['∂L/∂ŷ', d.factors[0]],
      ['∂ŷ/∂s', d.factors[1]],
      ['∂s/∂w₁', d.factors[2]],
      ...d.gradient.map((g, i) => [`∂L/∂w${i + 1}`, g] as const),
      ['∂L/∂w₁ by a central difference', d.difference],
      ...d.next.w.map((w, i) => [`w${i + 1} after one step, learning rate 1`, w] as const),
      ['ŷ after it', d.next.yhat],
      ['L after it', d.next.L],
      ...(state.sigma === 'table' ? [['σ and σ′', 'rounded to two decimals'] as const] : []),
    ],
  }),
  code: ({ x, w, y, act, loss }) => `import { grad, tensor } from 'chainrule'

const x = tensor([${x.join(', ')}])
const w = tensor([${w.join(', ')}])
const y = ${y}
const s = w.mul(x).sum()
const yhat = ${act === 'sigmoid' ? 's.sigmoid()' : 's.reshape([1]).softmax(0).sum()'}
const L = ${lossCode[loss]}
console.log(await s.item(), await yhat.item(), await L.item())
console.log(await grad(L, w).array())
`,
  say: (_, { yhat, gradient }) =>
    `The prediction is ${yhat.toPrecision(4)}, the gradient of the first weight ${gradient[0]!.toPrecision(4)}.`,
}
