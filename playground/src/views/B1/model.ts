/** B1: the lecture's three equations, factor by factor, against the engine's gradients and against differences. */
import { grad, gradCheck, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer, number } from '../../frame/schema.ts'
import { forward, type NetworkState, networkCode, networkSchema, read, tensorsOf } from '../../networks/deep.ts'

export interface State extends NetworkState {
  readonly form: 'scalar' | 'matrix'
  readonly step: number
  /** log₁₀ of the step of the differences. */
  readonly eps: number
}
type Rows = readonly (readonly number[])[]
export interface Derived {
  readonly a2: Rows
  readonly a3: Rows
  readonly yhat: Rows
  readonly J: number
  /** ŷ − y, and what leads back from it as the slides say. */
  readonly delta4: Rows
  readonly delta3: Rows
  readonly delta2: Rows
  readonly slide: Readonly<Record<'w3' | 'w2' | 'w1', Rows>>
  readonly engine: Readonly<Record<'w3' | 'w2' | 'w1', Rows>>
  /** Largest deviation of the slides' gradients from the engine's. */
  readonly deviation: number
  /** Central difference of J by the first weight of each matrix with step 10^eps, in float64. */
  readonly differences: Readonly<Record<'w3' | 'w2' | 'w1', number>>
}
const steps = ['δ⁽⁴⁾ = ŷ − y', '∂J/∂W⁽³⁾', 'δ⁽³⁾', '∂J/∂W⁽²⁾', 'δ⁽²⁾', '∂J/∂W⁽¹⁾']

export const model: Model<State, Derived> = {
  schema: {
    ...networkSchema,
    form: choice('equations', { scalar: 'as on the slide', matrix: 'with ⊙ and transposes' }, 'matrix'),
    step: integer('step', steps.length, { min: 0, max: steps.length }),
    eps: number('step ε of the differences, as a power of ten', -4, { min: -10, max: 0, step: 1 }),
  },
  steps: () => steps,
  async derive(state) {
    const net = tensorsOf(state)
    const { a2, a3, yhat, J } = forward(net, state.pair)
    const slope = (a: Tensor<[number, number]>) => a.mul(a.neg().add(1))
    const delta4 = yhat.sub(net.y)
    const delta3 = net.w3.t().matmul(delta4).mul(slope(a3))
    const delta2 = net.w2.t().matmul(delta3).mul(slope(a2))
    const slide = { w3: delta4.matmul(a3.t()), w2: delta3.matmul(a2.t()), w1: delta2.matmul(net.x.t()) }
    const engine = grad(J, { w3: net.w3, w2: net.w2, w1: net.w1 })
    const deviation = (['w1', 'w2', 'w3'] as const)
      .map(name => slide[name].sub(engine[name]).abs().max())
      .reduce((a, b) => a.maximum(b) as Tensor<[]>)
    const difference = async (name: 'w3' | 'w2' | 'w1'): Promise<number> => {
      const only = tensor(
        state[name].flatMap((row, r) => row.map((_, c) => (r === 0 && c === 0 ? 1 : 0))),
        {
          shape: [state[name].length, state[name][0]!.length],
        },
      ).toFloat()
      const moved = (by: Tensor<[]>) => forward({ ...net, [name]: net[name].add(only.mul(by)) }, state.pair).J
      const { worst } = await gradCheck(by => moved(by as unknown as Tensor<[]>), [tensor(0, { dtype: 'float32' })], {
        epsilon: 10 ** state.eps,
      })
      return worst.difference
    }
    const [values, slides, engines, loss, off, d3, d2, d1] = await Promise.all([
      read({ a2, a3, yhat, delta4, delta3, delta2 }),
      read(slide),
      read(engine),
      J.item(),
      deviation.item(),
      difference('w3'),
      difference('w2'),
      difference('w1'),
    ])
    return {
      ...values,
      slide: slides,
      engine: engines,
      J: loss,
      deviation: off,
      differences: { w3: d3, w2: d2, w1: d1 },
    }
  },
  table: (_, d) => ({
    caption: 'Gradients: the slides’ equations and the engine',
    columns: ['weight', 'slide', 'engine'],
    rows: [
      ...(['w3', 'w2', 'w1'] as const).flatMap(name =>
        d.slide[name].flatMap((row, r) =>
          row.map((v, c) => [`${name} ${r + 1},${c + 1}`, v, d.engine[name][r]![c]!] as const),
        ),
      ),
      ['largest deviation', d.deviation, ''],
      ['J', d.J, ''],
    ],
  }),
  code: state => `import { grad, tensor } from 'chainrule'

${networkCode(state)}const gradients = grad(J, { w1, w2, w3 })
console.log(await J.item(), await gradients.w3.array(), await gradients.w2.array(), await gradients.w1.array())
`,
  say: (_, d) => `The slides’ gradients differ from the engine’s by at most ${d.deviation.toPrecision(2)}.`,
}
