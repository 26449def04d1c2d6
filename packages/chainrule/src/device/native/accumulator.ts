/**
 * Partial results of a reduction in the lanes of C variables. Long float sums are folded: after about every `blockOf` additions
 * a partial sum is added to a total whose rounding errors are kept as well (Knuth's TwoSum), and starts again at 0. The error of
 * a sum is then at most about blockOf · 2⁻²⁴ times the sum of magnitudes, whatever its length (Higham, "The accuracy of floating
 * point summation", 1993).
 */
import type { Reduction } from '../../compile/kernel.ts'
import type { Code, Lines } from './lines.ts'

/** Turns between foldings of partial sums. */
export const blockOf = 64

/** One or two vectors. */
type State = readonly Code[]

interface Rule {
  readonly types: readonly ('V' | 'I')[]
  readonly identity: State
  /** Takes in one more value, a name; positions ascend. */
  take(lines: Lines, state: State, x: Code, position: Code): State
  merge(lines: Lines, a: State, b: State): State
  result(state: State): Code
  readonly resultType: 'V' | 'I'
}

/** Of one vector and one operation. */
const folding = (type: 'V' | 'I', identity: Code, merge: (a: Code, b: Code) => Code): Rule => ({
  types: [type],
  identity: [identity],
  take: (_, [a], x) => [merge(a!, x)],
  merge: (_, [a], [b]) => [merge(a!, b!)],
  result: ([a]) => a!,
  resultType: type,
})
const isNotANumber = (x: Code): Code => `(I)(${x} != ${x})`
const lowest = { float32: 'splat(-__builtin_inff())', int32: 'isplat(-2147483647 - 1)' } as const

/** The largest number, and where there was a NaN: a shorter chain than a maximum that knows NaN. */
const floatMaximum: Rule = {
  types: ['V', 'I'],
  identity: [lowest.float32, '(I){}'],
  take: (_, [a, invalid], x) => [`sel(${x} > ${a}, ${x}, ${a})`, `${invalid} | ${isNotANumber(x)}`],
  merge: (_, [a, i], [b, j]) => [`sel(${b} > ${a}, ${b}, ${a})`, `${i} | ${j}`],
  result: ([a, invalid]) => `(V)((I)${a} | ${invalid})`,
  resultType: 'V',
}

/** The larger value and its position, of equal ones the smaller position; NaN is larger than numbers and equal to NaN. */
const firstMaximum = (
  dtype: 'float32' | 'int32',
  larger: (a: Code, b: Code) => Code,
  equal: (a: Code, b: Code) => Code,
): Rule => {
  const replace = (lines: Lines, [a, i]: State, [b, j]: State, condition: Code): State => {
    const better = lines.let('I', condition)
    return [`${dtype === 'float32' ? 'sel' : 'seli'}(${better}, ${b}, ${a})`, `seli(${better}, ${j}, ${i})`]
  }
  return {
    types: [dtype === 'float32' ? 'V' : 'I', 'I'],
    identity: [lowest[dtype], '(I){}'],
    take: (lines, state, x, position) => replace(lines, state, [x, position], larger(x, state[0]!)),
    merge: (lines, [a, i], [b, j]) => {
      const earlier = `((${j} < ${i}) & ${equal(a!, b!)})`
      return replace(lines, [a!, i!], [b!, j!], `${larger(b!, a!)} | ${earlier}`)
    },
    result: ([, position]) => position!,
    resultType: 'I',
  }
}

const rules = {
  sum: {
    float32: folding('V', '(V){}', (a, b) => `${a} + ${b}`),
    int32: folding('I', '(I){}', (a, b) => `${a} + ${b}`),
  },
  max: { float32: floatMaximum, int32: folding('I', lowest.int32, (a, b) => `i_max(${a}, ${b})`) },
  argmax: {
    float32: firstMaximum(
      'float32',
      (a, b) => `(I)(~(${a} <= ${b}) & (${b} == ${b}))`,
      (a, b) => `((${a} == ${b}) | (${isNotANumber(a)} & ${isNotANumber(b)}))`,
    ),
    int32: firstMaximum(
      'int32',
      (a, b) => `(${a} > ${b})`,
      (a, b) => `(${a} == ${b})`,
    ),
  },
} as const satisfies Record<Reduction['op'], Record<string, Rule>>

export class Accumulator {
  readonly #lines: Lines
  readonly #lanes: number
  readonly #rule: Rule
  readonly #state: State
  /** Of a folded sum: what the blocks before added up to, and what was lost in doing so. */
  readonly #total: { readonly sum: Code; readonly lost: Code } | undefined

  /** Declares its variables in the current block. `dtype` is that of the reduced values. */
  constructor(lanes: number, lines: Lines, op: Reduction['op'], dtype: 'float32' | 'int32', isLong: boolean) {
    this.#lines = lines
    this.#lanes = lanes
    this.#rule = rules[op][dtype]
    this.#state = this.#rule.identity.map((code, i) => lines.variable(this.#rule.types[i]!, code))
    if (isLong && op === 'sum' && dtype === 'float32')
      this.#total = { sum: lines.variable('V', '(V){}'), lost: lines.variable('V', '(V){}') }
  }

  /** Takes in the first `lanes` lanes of a vector, a name. */
  add(value: Code, position: Code | undefined, lanes: number): void {
    const { types, identity, take } = this.#rule
    const lines = this.#lines
    const type = types[0]!
    const x =
      lanes === this.#lanes
        ? value
        : lines.let(type, `${type === 'V' ? 'sel' : 'seli'}(first_lanes(${lanes}), ${value}, ${identity[0]})`)
    const next = take(lines, this.#state, x, position ?? '').map((code, i) => lines.let(types[i]!, code))
    next.forEach((code, i) => {
      lines.emit(`${this.#state[i]} = ${code};`)
    })
  }

  fold(): void {
    if (this.#total === undefined) return
    const { sum, lost } = this.#total
    const [part] = this.#state
    const t = this.#lines.let('V', `${sum} + ${part}`)
    const z = this.#lines.let('V', `${t} - ${sum}`)
    this.#lines.emit(`${lost} += (${sum} - (${t} - ${z})) + (${part} - ${z});\n${sum} = ${t};\n${part} = (V){};`)
  }

  /** What has been taken in since the start, per lane. */
  #result(): State {
    if (this.#total === undefined) return this.#state
    this.fold()
    const { sum, lost } = this.#total
    // the errors of an infinite sum are NaN
    return [`sel((I)(v_abs(${sum}) == __builtin_inff()), ${sum}, ${sum} + ${lost})`]
  }

  /** Adds other accumulators, and so many neighbouring lanes (a power of two) to each other; the result is then in all of them. */
  finish(others: readonly Accumulator[], across: number): Code {
    const { types, merge, result, resultType } = this.#rule
    const lines = this.#lines
    const settle = (state: State): State => state.map((code, i) => lines.let(types[i]!, code))
    // in pairs: ((0 + 1) + (2 + 3))
    let parts = [this, ...others].map(a => settle(a.#result()))
    while (parts.length > 1)
      parts = parts.flatMap((a, i) =>
        i % 2 === 1 ? [] : [i + 1 < parts.length ? settle(merge(lines, a, parts[i + 1]!)) : a],
      )
    let [state] = parts as [State]
    for (let n = across / 2; n >= 1; n /= 2)
      state = settle(merge(lines, state, settle(state.map(x => `rotated(${x}, ${n})`))))
    return lines.let(resultType, result(state))
  }
}
