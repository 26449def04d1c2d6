/** P1: what one threshold unit can represent, set by hand or learned by Rosenblatt's rule. */
import { perceptron, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer, list, number } from '../../frame/schema.ts'

export type Gate = 'and' | 'or' | 'nand' | 'nor' | 'not' | 'majority'
export interface State {
  readonly gate: Gate
  readonly w: readonly number[]
  readonly b: number
  readonly by: 'hand' | 'rule'
  /** Updates of the rule so far. */
  readonly step: number
}
export interface Row {
  readonly inputs: readonly number[]
  readonly target: boolean
  readonly sum: number
  readonly output: boolean
}
export interface Derived {
  readonly rows: readonly Row[]
  readonly correct: number
  /** The weights that answer, the reader's or the rule's. */
  readonly w: readonly number[]
  readonly b: number
  /** The rule's updates until it has no mistake left. */
  readonly updates: number
  /** What the latest update did; undefined before the first. */
  readonly update:
    | {
        readonly sample: number
        readonly sign: 1 | -1
        readonly before: readonly number[]
        readonly biasBefore: number
      }
    | undefined
}
export const inputsOf = (gate: Gate): number => (gate === 'not' ? 1 : gate === 'majority' ? 3 : 2)
/** The lecture's weights. */
export const known: Readonly<Record<Gate, { readonly w: readonly number[]; readonly b: number }>> = {
  and: { w: [1, 1], b: -1.5 },
  or: { w: [1, 1], b: -0.5 },
  nand: { w: [-1, -1], b: 1.5 },
  nor: { w: [-1, -1], b: 0.5 },
  not: { w: [-1], b: 0.5 },
  majority: { w: [1, 1, 1], b: -1.5 },
}
const limits = { min: -3, max: 3, step: 0.1 }

export const samplesOf = (gate: Gate): perceptron.Samples =>
  perceptron.truthTable(inputsOf(gate), perceptron.gates[gate])

/** Sums and answers of one unit for all samples. */
export async function answers(samples: perceptron.Samples, w: readonly number[], b: number): Promise<Row[]> {
  const n = w.length
  const points = samples.points as readonly (readonly number[])[]
  const sums = await tensor(points.flat(), { shape: [points.length, n] })
    .toFloat()
    .matmul(tensor([...w], { shape: [n, 1], dtype: 'float32' }))
    .add(b)
    .data()
  return points.map((inputs, i) => ({
    inputs,
    target: Boolean(samples.labels[i]),
    sum: sums[i]!,
    output: sums[i]! > 0,
  }))
}

export const model: Model<State, Derived> = {
  schema: {
    gate: choice(
      'function',
      { and: 'AND', or: 'OR', not: 'NOT', majority: 'majority of three', nand: 'NAND', nor: 'NOR' },
      'and',
    ),
    w: list('weights', [1, 0.4], { ...limits, length: [1, 3] }),
    b: number('bias', -0.8, { min: -5, max: 5, step: 0.1 }),
    by: choice('weights', { hand: 'set by hand', rule: 'learned by the perceptron rule' }, 'hand'),
    step: integer('updates', 1, { min: 0, max: 60 }),
  },
  steps: ({ by, gate }) =>
    by === 'rule'
      ? perceptron.learn(samplesOf(gate)).history.map((u, i) => `update ${i + 1}: sample ${u.sample + 1}`)
      : [],
  async derive(state) {
    const samples = samplesOf(state.gate)
    const learned = perceptron.learn(samples)
    const n = inputsOf(state.gate)
    const zero = { weights: new Array<number>(n).fill(0), bias: 0 }
    const done = Math.min(state.step, learned.history.length)
    const present = done === 0 ? zero : learned.history[done - 1]!
    const before = done < 2 ? zero : learned.history[done - 2]!
    const w = state.by === 'rule' ? present.weights : Array.from({ length: n }, (_, i) => state.w[i] ?? state.w[0]!)
    const b = state.by === 'rule' ? present.bias : state.b
    const rows = await answers(samples, w, b)
    const latest = learned.history[done - 1]
    return {
      rows,
      correct: rows.filter(r => r.output === r.target).length,
      w,
      b,
      updates: learned.updates,
      update:
        state.by === 'rule' && latest
          ? { sample: latest.sample, sign: latest.sign, before: before.weights, biasBefore: before.bias }
          : undefined,
    }
  },
  table: (_, d) => ({
    caption: 'Truth table',
    columns: ['inputs', 'target', 'sum', 'output'],
    rows: [
      ...d.rows.map(r => [r.inputs.join(' '), Number(r.target), r.sum, Number(r.output)] as const),
      ['right', d.correct, '', ''],
      ['weights', ...[...d.w, '', '', ''].slice(0, 3)],
      ['bias, updates of the rule', d.b, d.updates, ''],
    ],
  }),
  code: ({ gate }) => `import { perceptron } from 'chainrule'

const samples = perceptron.truthTable(${inputsOf(gate)}, perceptron.gates.${gate})
const { updates, weights, bias, history } = perceptron.learn(samples)
console.log(updates)
`,
  say: (_, d) => `${d.correct} of ${d.rows.length} rows are right.`,
}
