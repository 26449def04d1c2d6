/**
 * Partial results of a reduction in four lanes. Long float sums are folded: after about every `blockOf` additions a partial sum
 * is added to a total whose rounding errors are kept as well (Knuth's TwoSum), and starts again at 0. The error of a sum is
 * then at most about blockOf · 2⁻²⁴ times the sum of magnitudes, whatever its length (Higham, "The accuracy of floating point
 * summation", 1993).
 */
import type { Reduction } from '../../compile/kernel.ts'
import { type Code, f32x4, get, i32x4, type Local, set, v128 } from './assembler.ts'
import type { Lanes } from './lanes.ts'

/** One or two vectors. */
type State = readonly Code[]

interface Rule {
  identity(s: Lanes): State
  /** Takes in one more value; positions ascend. */
  take(s: Lanes, state: State, x: Code, position: Code): State
  merge(s: Lanes, a: State, b: State): State
  result(state: State): Code
}

/** Of one vector and one operation. */
const folding = (identity: (s: Lanes) => Code, merge: (a: Code, b: Code) => Code): Rule => ({
  identity: s => [identity(s)],
  take: (_, [a], x) => [merge(a!, x)],
  merge: (_, [a], [b]) => [merge(a!, b!)],
  result: ([a]) => a!,
})
const isNotANumber = (x: Code): Code => f32x4.ne(x, x)

/** The largest number, and where there was a NaN: cheaper than a maximum that knows NaN. */
const floatMaximum: Rule = {
  identity: s => [s.float(-Infinity), s.int(0)],
  take: (_, [a, invalid], x) => [f32x4.pmax(a!, x), v128.or(invalid!, isNotANumber(x))],
  merge: (_, [a, i], [b, j]) => [f32x4.pmax(a!, b!), v128.or(i!, j!)],
  result: ([a, invalid]) => v128.or(a!, invalid!),
}

/** The larger value and its position, of equal ones the smaller position; NaN is larger than numbers and equal to NaN. */
const firstMaximum = (
  lowest: (s: Lanes) => Code,
  larger: (a: Code, b: Code) => Code,
  equal: (a: Code, b: Code) => Code,
): Rule => {
  const replace = (s: Lanes, [a, i]: State, [b, j]: State, condition: Code): State => {
    const better = s.let(condition)
    return [v128.bitselect(b!, a!, better), v128.bitselect(j!, i!, better)]
  }
  return {
    identity: s => [lowest(s), s.int(0)],
    take: (s, [a, i], x, position) => replace(s, [a!, i!], [x, position], larger(x, a!)),
    merge: (s, [a, i], [b, j]) => {
      const earlier = v128.and(i32x4.ltS(j!, i!), equal(a!, b!))
      return replace(s, [a!, i!], [b!, j!], v128.or(larger(b!, a!), earlier))
    },
    result: ([, position]) => position!,
  }
}

const rules = {
  sum: { float32: folding(s => s.float(0), f32x4.add), int32: folding(s => s.int(0), i32x4.add) },
  max: { float32: floatMaximum, int32: folding(s => s.int(-0x80000000), i32x4.maxS) },
  argmax: {
    float32: firstMaximum(
      s => s.float(-Infinity),
      (a, b) => v128.andnot(f32x4.eq(b, b), f32x4.le(a, b)),
      (a, b) => v128.or(f32x4.eq(a, b), v128.and(isNotANumber(a), isNotANumber(b))),
    ),
    int32: firstMaximum(s => s.int(-0x80000000), i32x4.gtS, i32x4.eq),
  },
} as const satisfies Record<Reduction['op'], Record<string, Rule>>

export class Accumulator {
  readonly #s: Lanes
  readonly #rule: Rule
  readonly #state: readonly Local[]
  /** Of a folded sum: what the blocks before added up to, and what was lost in doing so. */
  readonly #total: { readonly sum: Local; readonly lost: Local } | undefined

  /** Its locals belong to the current block. `dtype` is that of the reduced values. */
  constructor(s: Lanes, op: Reduction['op'], dtype: 'float32' | 'int32', isLong: boolean) {
    this.#s = s
    this.#rule = rules[op][dtype]
    const identity = this.#rule.identity(s)
    this.#state = identity.map(() => s.variable())
    this.#assign(this.#state, identity)
    if (!isLong || op !== 'sum' || dtype !== 'float32') return
    this.#total = { sum: s.variable(), lost: s.variable() }
    this.#assign([this.#total.sum, this.#total.lost], [identity[0]!, identity[0]!])
  }

  #assign(locals: readonly Local[], state: State): void {
    for (const [i, code] of state.entries()) this.#s.emit(set(locals[i]!, code))
  }

  /** Takes in the first `lanes` lanes. */
  add(value: Code, position: Code | undefined, lanes: number): void {
    const s = this.#s
    const identity = this.#rule.identity(s)
    const valid = lanes === 4 ? undefined : s.ints(-1, lanes > 1 ? -1 : 0, lanes > 2 ? -1 : 0, 0)
    const x = s.let(valid === undefined ? value : v128.bitselect(value, identity[0]!, valid))
    const next = this.#rule.take(s, this.#state.map(get), x, position ?? '')
    this.#assign(
      this.#state,
      next.map(code => s.let(code)),
    )
  }

  fold(): void {
    if (this.#total === undefined) return
    const s = this.#s
    const { sum, lost } = this.#total
    const [a, b] = [get(sum), get(this.#state[0]!)]
    const t = s.let(f32x4.add(a, b))
    const z = s.let(f32x4.sub(t, a))
    const error = f32x4.add(f32x4.sub(a, f32x4.sub(t, z)), f32x4.sub(b, z))
    s.emit(set(lost, f32x4.add(get(lost), error)) + set(sum, t))
    this.#assign(this.#state, this.#rule.identity(s))
  }

  /** What has been taken in since the start, per lane. */
  result(): State {
    const s = this.#s
    if (this.#total === undefined) return this.#state.map(get)
    this.fold()
    const sum = get(this.#total.sum)
    // the errors of an infinite sum are NaN
    const isInfinite = f32x4.eq(f32x4.abs(sum), s.float(Infinity))
    return [v128.bitselect(sum, f32x4.add(sum, get(this.#total.lost)), isInfinite)]
  }

  /** Adds other accumulators and, if asked for, the lanes to each other; the result is then in all lanes. */
  finish(others: readonly Accumulator[], acrossLanes: boolean): Code {
    const s = this.#s
    const settle = (state: State): State => state.map(code => s.let(code))
    // in pairs: ((0 + 1) + (2 + 3))
    let parts = [this, ...others].map(a => settle(a.result()))
    while (parts.length > 1)
      parts = parts.flatMap((a, i) =>
        i % 2 === 1 ? [] : [i + 1 < parts.length ? settle(this.#rule.merge(s, a, parts[i + 1]!)) : a],
      )
    let [state] = parts as [State]
    if (acrossLanes)
      for (const lanes of [
        [2, 3, 0, 1],
        [1, 0, 3, 2],
      ] as const)
        state = settle(
          this.#rule.merge(
            s,
            state,
            state.map(x => s.let(v128.shuffle(x, x, lanes))),
          ),
        )
    return s.let(this.#rule.result(state))
  }
}
