/**
 * Loops over memory: pointers that move by constant strides. A micro kernel's reduction and a driver's outer loops are both
 * written with these.
 */
import { range } from '../../graph/shape.ts'
import {
  brIf,
  bump,
  type Code,
  type FunctionBuilder,
  get,
  i32,
  ifElse,
  type Local,
  loop,
  set,
  tee,
} from './assembler.ts'

/** A loop level; `steps` are bytes, one per pointer. */
export interface Level {
  readonly count: number
  readonly steps: readonly number[]
}

/**
 * `body` for all indices, outermost level first; the pointers are back where they were afterwards. A level is skipped if it
 * turns once.
 */
export function nest(f: FunctionBuilder, pointers: readonly Local[], levels: readonly Level[], body: Code): Code {
  let code = body
  // how far the pointers are from the start of the level after `code`
  let moved = pointers.map(() => 0)
  for (const { count, steps } of levels.toReversed()) {
    if (count === 1) continue
    const advance = pointers.map((p, i) => bump(p, steps[i]! - moved[i]!)).join('')
    code = f.times(count, code + advance)
    moved = steps.map(step => step * count)
  }
  return code + pointers.map((p, i) => bump(p, -moved[i]!)).join('')
}

/** How a micro kernel goes through its reduction. `a` and `b` are bytes per turn. */
export type Walk =
  | {
      readonly kind: 'loop'
      /** 'given': a parameter of the micro kernel; only outermost. */
      readonly count: number | 'given'
      readonly a: number
      readonly b: number
      readonly body: readonly Walk[]
    }
  /** One step of the reduction at each of these offsets. */
  | { readonly kind: 'steps'; readonly at: readonly Step[] }

export interface Step {
  readonly a: number
  readonly b: number
  /** Dot products: only so many lanes of both operands exist. */
  readonly lanes?: number
}

interface Walker {
  readonly f: FunctionBuilder
  readonly a: Local
  readonly b: readonly Local[]
  readonly given: Local | undefined
  /** Whether the compiler must be kept from moving instructions from one unrolled step to another. */
  readonly isolated: boolean
  step(a: number, b: number, lanes?: number): Code
}

/**
 * A step in a basic block of its own, always entered though the compiler cannot know: no pointer is odd. Neighbours differ in
 * their condition, or they would become one block.
 */
const isolated = (a: Local, offset: number, step: Code): Code => ifElse(i32.ne(get(a), i32.const(offset | 1)), step)

/** The code of a walk, and how far it leaves the pointers from where they were. */
export function walkCode(w: Walker, walk: Walk): { code: Code; a: number; b: number } {
  if (walk.kind === 'steps') {
    const isolate = w.isolated && walk.at.length > 1
    const steps = walk.at.map(({ a, b, lanes }) => {
      const step = w.step(a, b, lanes)
      return isolate ? isolated(w.a, a, step) : step
    })
    return { code: steps.join(''), a: 0, b: 0 }
  }
  const move = (a: number, b: number): Code => bump(w.a, a) + w.b.map(p => bump(p, b)).join('')
  let body = ''
  let a = 0
  let b = 0
  for (const part of walk.body) {
    if (a !== 0 || b !== 0) body += move(-a, -b)
    const inner = walkCode(w, part)
    body += inner.code
    a = inner.a
    b = inner.b
  }
  if (walk.count === 1) return { code: body, a, b }
  const counter = w.f.i32()
  const code =
    set(counter, walk.count === 'given' ? get(w.given!) : i32.const(walk.count)) +
    loop(body + move(walk.a - a, walk.b - b) + brIf(0, tee(counter, i32.sub(get(counter), i32.const(1)))))
  return walk.count === 'given' ? { code, a: 0, b: 0 } : { code, a: walk.a * walk.count, b: walk.b * walk.count }
}

/**
 * Nested loops over `levels` (outermost first), the innermost unrolled `unroll` times. Levels that continue one another are
 * joined first.
 */
export function loopWalk(
  levels: readonly { readonly count: number; readonly a: number; readonly b: number }[],
  unroll: number,
): Walk {
  const joined: { count: number; a: number; b: number }[] = []
  for (const level of levels) {
    if (level.count === 1) continue
    const outer = joined.at(-1)
    if (outer && outer.a === level.a * level.count && outer.b === level.b * level.count)
      joined[joined.length - 1] = { ...level, count: outer.count * level.count }
    else joined.push({ ...level })
  }
  const inner = joined.pop() ?? { count: 1, a: 0, b: 0 }
  let body = unrolled(inner, unroll)
  for (const level of joined.toReversed()) body = [{ kind: 'loop', ...level, body }]
  return body.length === 1 ? body[0]! : { kind: 'loop', count: 1, a: 0, b: 0, body }
}

export function unrolled({ count, a, b }: { count: number; a: number; b: number }, unroll: number): Walk[] {
  const run = (from: number, length: number): Walk => ({
    kind: 'steps',
    at: range(length, from).map(i => ({ a: i * a, b: i * b })),
  })
  const turns = Math.floor(count / unroll)
  const rest = count % unroll
  if (turns <= 1) return [run(0, count)]
  const main: Walk = { kind: 'loop', count: turns, a: a * unroll, b: b * unroll, body: [run(0, unroll)] }
  return rest === 0 ? [main] : [main, run(turns * unroll, rest)]
}
