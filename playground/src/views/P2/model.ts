/** P2: which functions of two inputs a threshold unit can represent, and why XOR is not among them. */
import { perceptron } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { choice, integer, list, number } from '../../frame/schema.ts'
import { answers, type Row } from '../P1/model.ts'

export interface State {
  /** The function as its truth table: outputs for 00, 01, 10, 11 as a binary number, 0110 = 6 is XOR. */
  readonly f: number
  readonly w: readonly number[]
  readonly b: number
  readonly by: 'hand' | 'rule'
  readonly step: number
}
export interface Derived {
  readonly rows: readonly Row[]
  readonly correct: number
  readonly w: readonly number[]
  readonly b: number
  /** Whether each of the 16 functions is separable. */
  readonly separable: readonly boolean[]
  /** The most rows that any line gets right. */
  readonly best: number
  /** Two lists of rows with multiplicities: the same point is a mixture of both, so no line can part them. */
  readonly contradiction: { readonly fire: readonly Times[]; readonly rest: readonly Times[] } | undefined
  /** Presentations until the rule's weights return; they then return forever. */
  readonly cycle: number | undefined
  readonly cycleStart: number | undefined
  /** The rule's updates, as far as they are shown. */
  readonly history: readonly perceptron.Update[]
}
export interface Times {
  readonly sample: number
  readonly times: number
}
export const names: Readonly<Record<number, string>> = {
  0: 'never', 1: 'AND', 2: 'x₁ and not x₂', 3: 'x₁', 4: 'x₂ and not x₁', 5: 'x₂', 6: 'XOR', 7: 'OR',
  8: 'NOR', 9: 'XNOR', 10: 'not x₂', 11: 'x₁ or not x₂', 12: 'not x₁', 13: 'x₂ or not x₁', 14: 'NAND', 15: 'always',
} // biome-ignore format: a table
/** Bit i of the number, from the left, is the answer to row i of 00, 01, 10, 11. */
export const samplesOf = (f: number): perceptron.Samples =>
  perceptron.truthTable(2, ([p, q]) => ((f >> (3 - (2 * Number(p) + Number(q)))) & 1) === 1)

export const model: Model<State, Derived> = {
  schema: {
    f: integer('function', 6, { min: 0, max: 15 }),
    w: list('weights', [1, 1], { min: -3, max: 3, step: 0.1 }),
    b: number('bias', -0.5, { min: -5, max: 5, step: 0.1 }),
    by: choice('weights', { hand: 'set by hand', rule: 'learned by the perceptron rule' }, 'hand'),
    step: integer('updates', 4, { min: 0, max: 24 }),
  },
  steps: (state, d) => (state.by === 'rule' ? d.history.map((u, i) => `update ${i + 1}: sample ${u.sample + 1}`) : []),
  async derive(state) {
    const samples = samplesOf(state.f)
    const decided = perceptron.decide(samples)
    const history = perceptron.learn(samples, { maxUpdates: 24 }).history
    const present = history[Math.min(state.step, history.length) - 1]
    const byRule = state.by === 'rule'
    const w = byRule ? (present?.weights ?? [0, 0]) : state.w
    const b = byRule ? (present?.bias ?? 0) : state.b
    const rows = await answers(samples, w, b)
    const separable = Array.from({ length: 16 }, (_, f) => perceptron.decide(samplesOf(f)).separable)
    // as near as a separable function comes to this one
    const agreement = (f: number): number => [0, 1, 2, 3].filter(i => ((f >> i) & 1) === ((state.f >> i) & 1)).length
    const times = (shares: readonly perceptron.Share[]): Times[] => {
      const smallest = shares.reduce((a, s) => (s.weight < a ? s.weight : a), shares[0]!.weight)
      return shares.map(({ sample, weight }) => ({ sample, times: Number(weight) / Number(smallest) }))
    }
    return {
      rows,
      correct: rows.filter(r => r.output === r.target).length,
      w,
      b,
      separable,
      best: Math.max(...separable.flatMap((s, f) => (s ? agreement(f) : []))),
      contradiction: decided.separable
        ? undefined
        : { fire: times(decided.certificate.positives), rest: times(decided.certificate.negatives) },
      cycle: decided.separable ? undefined : decided.cycle?.length,
      cycleStart: decided.separable ? undefined : decided.cycle?.start,
      history,
    }
  },
  table: (_, d) => ({
    caption: 'The 16 functions of two inputs',
    columns: ['function', 'number', 'separable'],
    rows: [
      ...d.separable.map((s, f) => [names[f]!, f, s ? 'yes' : 'no'] as const),
      ['separable altogether', d.separable.filter(Boolean).length, ''],
      ['rows right now', d.correct, ''],
      ['most any line gets right', d.best, ''],
    ],
  }),
  code: ({ f }) =>
    `import { perceptron } from 'chainrule'

const samples = perceptron.truthTable(2, ([p, q]) => ((${f} >> (3 - (2 * Number(p) + Number(q)))) & 1) === 1)
const decided = perceptron.decide(samples)
const separable = perceptron.booleanFunctions(2).filter(f => perceptron.decide(f).separable).length
console.log([decided.sentence], separable)
`.replace('[decided.sentence], ', ''),
  say: (_, d) => `${d.correct} of 4 rows are right; the best any line can do is ${d.best}.`,
}
