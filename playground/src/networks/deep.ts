/** The network of the lecture's slides: three inputs, two hidden layers of four sigmoid units, three outputs; no biases. */
import { type Tensor, tensor } from 'chainrule'
import { choice, integer, list, matrix } from '../frame/schema.ts'

export type Pair = 'softmax' | 'linear' | 'sigmoid'
export interface NetworkState {
  readonly x: readonly number[]
  /** Rows belong to the units the weights lead to. */
  readonly w1: readonly (readonly number[])[]
  readonly w2: readonly (readonly number[])[]
  readonly w3: readonly (readonly number[])[]
  readonly class: number
  readonly pair: Pair
}
const limits = { min: -5, max: 5, step: 0.1 }

export const networkSchema = {
  x: list('inputs', [1, -0.5, 0.8], limits),
  w1: matrix('W⁽¹⁾', [[0.5, -1, 0.3], [-0.7, 0.4, 1.2], [0.9, 0.6, -0.4], [-0.2, -0.8, 0.7]], limits), // biome-ignore format: a matrix
  w2: matrix('W⁽²⁾', [[1, -0.6, 0.4, 0.2], [-0.5, 0.8, 0.3, -1.1], [0.7, 0.1, -0.9, 0.6], [-0.3, 1.2, 0.5, -0.4]], limits), // biome-ignore format: a matrix
  w3: matrix('W⁽³⁾', [[0.8, -1.2, 0.5, 0.3], [-0.6, 0.9, 1.1, -0.7], [0.4, 0.2, -0.8, 1]], limits), // biome-ignore format: a matrix
  class: integer('true class', 2, { min: 1, max: 3 }),
  pair: choice(
    'output and loss',
    {
      softmax: 'softmax, cross entropy',
      linear: 'linear, ½‖ŷ − y‖²',
      sigmoid: 'sigmoid, ‖ŷ − y‖² (as in the worked example)',
    },
    'softmax',
  ),
}

export const weightsOf = (rows: readonly (readonly number[])[]): Tensor<[number, number]> =>
  tensor(rows.flat(), { shape: [rows.length, rows[0]!.length], dtype: 'float32' })

export interface Network {
  readonly x: Tensor<[number, number]>
  readonly w1: Tensor<[number, number]>
  readonly w2: Tensor<[number, number]>
  readonly w3: Tensor<[number, number]>
  readonly y: Tensor<[number, number]>
}
/** A state as tensors; vectors are columns. */
export const tensorsOf = (state: NetworkState): Network => ({
  x: tensor([...state.x], { shape: [3, 1], dtype: 'float32' }),
  w1: weightsOf(state.w1),
  w2: weightsOf(state.w2),
  w3: weightsOf(state.w3),
  y: tensor(
    [1, 2, 3].map(c => (c === state.class ? 1 : 0)),
    { shape: [3, 1], dtype: 'float32' },
  ),
})
/** Everything from x to J, as columns. */
export function forward({ x, w1, w2, w3, y }: Network, pair: Pair) {
  const z2 = w1.matmul(x)
  const a2 = z2.sigmoid()
  const z3 = w2.matmul(a2)
  const a3 = z3.sigmoid()
  const z4 = w3.matmul(a3)
  const yhat = pair === 'softmax' ? z4.softmax(0) : pair === 'linear' ? z4 : z4.sigmoid()
  const J =
    pair === 'softmax'
      ? z4.logSoftmax(0).mul(y).sum().neg()
      : yhat
          .sub(y)
          .square()
          .sum()
          .mul(pair === 'linear' ? 0.5 : 1)
  return { z2, a2, z3, a3, z4, yhat, J }
}
const rows = (m: readonly (readonly number[])[]): string => `[${m.map(r => `[${r.join(', ')}]`).join(', ')}]`

/** The same as a program, up to J. */
export const networkCode = (
  s: NetworkState,
): string => `const x = tensor([${s.x.map(v => `[${v}]`).join(', ')}]).toFloat()
const y = tensor([${[1, 2, 3].map(c => `[${c === s.class ? 1 : 0}]`).join(', ')}]).toFloat()
const w1 = tensor(${rows(s.w1)}).toFloat()
const w2 = tensor(${rows(s.w2)}).toFloat()
const w3 = tensor(${rows(s.w3)}).toFloat()
const a2 = w1.matmul(x).sigmoid()
const a3 = w2.matmul(a2).sigmoid()
const z4 = w3.matmul(a3)
const yhat = z4${{ softmax: '.softmax(0)', linear: '', sigmoid: '.sigmoid()' }[s.pair]}
const J = ${
  s.pair === 'softmax'
    ? 'z4.logSoftmax(0).mul(y).sum().neg()'
    : `yhat.sub(y).square().sum()${s.pair === 'linear' ? '.mul(0.5)' : ''}`
}
`
/** Values of tensors of one or more rows, all at once. */
export async function read<const T extends Readonly<Record<string, Tensor<[number, number]>>>>(
  tensors: T,
): Promise<{ [K in keyof T]: number[][] }> {
  const names = Object.keys(tensors)
  const values = await Promise.all(Object.values(tensors).map(t => t.array()))
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as { [K in keyof T]: number[][] }
}
