/**
 * One pass of a loop kernel over its swept dimensions: all reductions of one level, and the stores that wait for no later one.
 * Values that later passes need are kept in scratch memory, in the order in which they are computed.
 */

import { hoist, rootsOf, sweepCost } from '../../compile/hoist.ts'
import type { Value } from '../../compile/kernel.ts'
import {
  type Dims,
  type LoopPlan,
  positionStrides,
  product,
  rowDims,
  type Sweep,
  without,
} from '../../compile/loop-plan.ts'
import { range } from '../../graph/shape.ts'
import { Accumulator } from './accumulator.ts'
import { bump, type Code, get, type Local, set, v128 } from './assembler.ts'
import type { Body } from './body.ts'
import { blockOf, type Frame, type Window, wholeVector } from './cursors.ts'
import type { Lanes } from './lanes.ts'
import { unrollFor } from './unroll.ts'

export class SweepPrinter {
  readonly #frame: Frame
  readonly #plan: LoopPlan
  readonly #s: Lanes
  readonly #level: number
  readonly #sweep: Sweep
  readonly #shared: Body
  readonly #rows: readonly Body[]
  readonly #windows: readonly Window[]
  readonly #acrossRows: boolean
  /** Swept dimensions that are ordinary loops. */
  readonly #loops: readonly number[]
  /** Vectors per turn of the innermost loop. */
  readonly #unroll: number
  /** By reduction, then by vector of a turn. */
  #accumulators = new Map<number, Accumulator[]>()
  /** After which loop partial sums are folded; −1 for never. */
  readonly #foldDepth: number
  #kept: Local | undefined

  constructor(
    frame: Frame,
    level: number,
    sweep: Sweep,
    shared: Body,
    rows: readonly Body[],
    windows: readonly Window[],
  ) {
    this.#frame = frame
    this.#plan = frame.plan
    this.#s = frame.s
    this.#level = level
    this.#sweep = sweep
    this.#rows = rows
    this.#windows = windows
    const { sizes, vector } = this.#plan
    this.#acrossRows = vector < this.#plan.rows
    this.#shared = this.#acrossRows ? shared : rows[0]!
    this.#loops = range(sizes.length - this.#plan.rows, this.#plan.rows).filter(d => d !== vector)
    const turns = this.#loops.map(d => sizes[d]!)
    if (this.#acrossRows) this.#unroll = windows.length
    else {
      const most = unrollFor(sweepCost(this.#plan, sweep))
      this.#unroll = Math.max(1, Math.min(most, Math.floor(sizes[vector]! / 4)))
      turns.push(Math.ceil(sizes[vector]! / (4 * this.#unroll)))
    }
    let depth = turns.length - 1
    for (let inner = 1; depth >= 0; depth--) {
      inner *= turns[depth]!
      if (inner >= blockOf / 2) break
    }
    const isLong = product(turns) >= 2 * blockOf
    this.#foldDepth = isLong ? depth : -1
  }

  /** Appends the sweep; `reduced` is given the results of its reductions. */
  emit(reduced: readonly Map<number, Code>[]): void {
    const { body, reductions, kept } = this.#plan
    const s = this.#s
    for (const r of this.#sweep.reductions) {
      const { op, value } = reductions[r]!
      const dtype = body[value]!.dtype === 'int32' ? 'int32' : 'float32'
      const make = () => new Accumulator(s, op, dtype, this.#foldDepth >= 0)
      this.#accumulators.set(r, range(this.#unroll).map(make))
    }
    if (kept.length > 0 && (this.#sweep.keeps.length > 0 || this.#sweep.reads.length > 0)) {
      this.#kept = s.f.i32()
      s.emit(set(this.#kept, get(this.#frame.scratch)))
    }
    this.#nest(0, this.#shared, this.#acrossRows ? this.#rows : [], rowDims(this.#plan))
    for (const [r, accumulators] of this.#accumulators) {
      if (this.#acrossRows) {
        accumulators.forEach((a, i) => {
          reduced[i]!.set(r, a.finish([], false))
        })
      } else {
        const [first, ...others] = accumulators as [Accumulator, ...Accumulator[]]
        reduced[0]!.set(r, first.finish(others, true))
      }
    }
  }

  #fold(): void {
    for (const accumulators of this.#accumulators.values()) for (const a of accumulators) a.fold()
  }

  #hoist(scope: Body, available: Dims): Value[] {
    const sweep = this.#sweep
    return hoist(this.#plan, scope, rootsOf(this.#plan, sweep), available, this.#level, sweep.reads)
  }

  /** The loops from `depth` inwards. `shared` knows what all lanes have in common, `copies` the rows in lanes. */
  #nest(depth: number, shared: Body, copies: readonly Body[], available: Dims): void {
    const { sizes, vector } = this.#plan
    const frame = this.#frame
    if (depth === this.#loops.length) {
      if (this.#acrossRows) this.#elements(copies, this.#windows)
      else this.#along(shared)
      return
    }
    const dim = this.#loops[depth]!
    const isInnermost = depth === this.#loops.length - 1 && this.#acrossRows
    const now = available | (1 << dim)
    const turn = (): void => {
      const inner = shared.inner()
      const known = this.#hoist(inner, without(now, vector))
      const innerCopies = copies.map(copy => {
        const result = copy.inner()
        for (const v of known) result.define(v, inner.value(v))
        if (!isInnermost) this.#hoist(result, now)
        return result
      })
      this.#nest(depth + 1, inner, innerCopies, now)
    }
    const folds = this.#foldDepth === depth
    frame.walk(dim, sizes[dim]!, 1, turn, folds ? () => this.#fold() : undefined)
    frame.advance(dim, -sizes[dim]!)
  }

  /** Lanes along the innermost loop. */
  #along(shared: Body): void {
    const frame = this.#frame
    const { sizes, vector } = this.#plan
    const size = sizes[vector]!
    const unroll = this.#unroll
    const turns = Math.floor(size / (4 * unroll))
    const singles = Math.floor((size - turns * 4 * unroll) / 4)
    const windows = (n: number): Window[] => range(n).map(i => ({ first: 4 * i, lanes: 4, second: 0 }))
    const copies = (ws: readonly Window[]): Body[] => ws.map(w => shared.inner(frame.source(w)))
    const run = (ws: readonly Window[]): void => this.#elements(copies(ws), ws)
    const folds = this.#foldDepth === this.#loops.length
    frame.walk(vector, turns, 4 * unroll, () => run(windows(unroll)), folds ? () => this.#fold() : undefined)
    frame.walk(vector, singles, 4, () => run(windows(1)))
    if (size % 4 > 0) this.#s.emit(this.#s.block(() => run([{ first: 0, lanes: size % 4, second: 0 }])))
    frame.advance(vector, -(size - (size % 4)))
  }

  /** One vector per body. */
  #elements(bodies: readonly Body[], windows: readonly Window[]): void {
    const s = this.#s
    const { reads, keeps, stores, reductions } = this.#sweep
    const { kept } = this.#plan
    const place = (v: Value, i: number): number => 16 * (kept.length * i + kept.indexOf(v))
    for (const [i, outer] of bodies.entries()) {
      const window = windows[i]!
      s.emit(
        s.block(() => {
          const body = outer.inner()
          for (const v of reads) body.define(v, s.let(v128.load(get(this.#kept!), place(v, i))))
          const values = stores.map(store => s.let(body.stored(store.value)))
          for (const r of reductions) {
            const value = body.value(this.#plan.reductions[r]!.value)
            const position = this.#plan.reductions[r]!.op === 'argmax' ? this.#position(window) : undefined
            this.#accumulators.get(r)![i]!.add(value, position, this.#acrossRows ? 4 : window.lanes)
          }
          for (const v of keeps) s.emit(v128.store(get(this.#kept!), body.value(v), place(v, i)))
          for (const [j, store] of stores.entries()) this.#frame.store(store.access, values[j]!, window)
        }),
      )
    }
    if (this.#kept !== undefined) s.emit(bump(this.#kept, 16 * kept.length * bodies.length))
  }

  #position(window: Window): Code {
    const source = this.#frame.source(this.#acrossRows ? wholeVector : window)
    return source.index(0, positionStrides(this.#plan), -1)
  }
}
