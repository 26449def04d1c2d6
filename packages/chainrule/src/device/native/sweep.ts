/**
 * One pass of a loop kernel over its swept dimensions: all reductions of one level, and the stores that wait for no later one.
 * Values that later passes need are kept in scratch memory, in the order in which they are computed.
 */
import { hoist, rootsOf, sweepCost } from '../../compile/hoist.ts'
import type { Value } from '../../compile/kernel.ts'
import { type Dims, type LoopPlan, product, rowDims, type Sweep, without } from '../../compile/loop-plan.ts'
import { range } from '../../graph/shape.ts'
import { Accumulator, blockOf } from './accumulator.ts'
import { type Body, vectorType } from './body.ts'
import type { Code, Lines } from './lines.ts'
import type { LoopPlace, Window } from './place.ts'

/** Vectors per turn of a loop with reductions: enough sums to hide their latency, fewer of what is long. */
const unrollFor = (cost: number): number => (cost <= 14 ? 4 : cost <= 44 ? 2 : 1)

export class SweepPrinter {
  readonly #place: LoopPlace
  readonly #plan: LoopPlan
  readonly #lines: Lines
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
  /** Pointer to kept values. */
  #kept: string | undefined

  constructor(
    place: LoopPlace,
    level: number,
    sweep: Sweep,
    shared: Body,
    rows: readonly Body[],
    windows: readonly Window[],
  ) {
    this.#place = place
    this.#plan = place.plan
    this.#lines = place.lines
    this.#level = level
    this.#sweep = sweep
    this.#rows = rows
    this.#windows = windows
    const { sizes, vector } = this.#plan
    this.#acrossRows = vector < this.#plan.rows
    this.#shared = this.#acrossRows ? shared : rows[0]!
    this.#loops = [...sizes.keys()].slice(this.#plan.rows).filter(d => d !== vector && !place.inner.includes(d))
    const turns = this.#loops.map(d => sizes[d]!)
    if (this.#acrossRows) this.#unroll = windows.length
    else {
      const most = unrollFor(sweepCost(this.#plan, sweep))
      this.#unroll = Math.max(1, Math.min(most, Math.floor(sizes[vector]! / place.lanes)))
      turns.push(Math.ceil(sizes[vector]! / (place.lanes * this.#unroll)))
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
    const lines = this.#lines
    for (const r of this.#sweep.reductions) {
      const { op, value } = reductions[r]!
      const dtype = body[value]!.dtype === 'int32' ? 'int32' : 'float32'
      const make = () => new Accumulator(this.#place.lanes, lines, op, dtype, this.#foldDepth >= 0)
      this.#accumulators.set(r, Array.from({ length: this.#unroll }, make))
    }
    if (kept.length > 0 && (this.#sweep.keeps.length > 0 || this.#sweep.reads.length > 0))
      this.#kept = lines.variable('char*', 'scratch')
    this.#nest(0, this.#shared, this.#acrossRows ? this.#rows : [], rowDims(this.#plan))
    for (const [r, accumulators] of this.#accumulators) {
      if (this.#acrossRows) {
        accumulators.forEach((a, i) => {
          reduced[i]!.set(r, a.finish([], this.#place.elements))
        })
      } else {
        const [first, ...others] = accumulators as [Accumulator, ...Accumulator[]]
        reduced[0]!.set(r, first.finish(others, this.#place.lanes))
      }
    }
  }

  #fold(): void {
    for (const accumulators of this.#accumulators.values()) for (const a of accumulators) a.fold()
  }

  /** `body` for index 0, `by`, … of a dimension, `count` times; with `folds`, sums are folded after each `blockOf` turns. */
  #walk(dim: number, count: number, by: number, folds: boolean, body: () => void): void {
    const lines = this.#lines
    const turns = (start: Code, end: Code): void =>
      lines.block(`for (long i${dim} = ${start}; i${dim} < ${end}; i${dim} += ${by})`, body)
    if (count === 0) return
    if (!folds || count < 2 * blockOf) {
      turns('0', `${count * by}`)
      if (folds) this.#fold()
      return
    }
    const block = blockOf * by
    lines.block(`for (long from${dim} = 0; from${dim} < ${count * by}; from${dim} += ${block})`, () => {
      const end = `from${dim} + ${block}`
      const isWhole = count % blockOf === 0
      if (!isWhole) lines.emit(`const long to${dim} = ${end} < ${count * by} ? ${end} : ${count * by};`)
      turns(`from${dim}`, isWhole ? end : `to${dim}`)
      this.#fold()
    })
  }

  #hoist(scope: Body, available: Dims): Value[] {
    const sweep = this.#sweep
    return hoist(this.#plan, scope, rootsOf(this.#plan, sweep), available, this.#level, sweep.reads)
  }

  /** The loops from `depth` inwards. `shared` knows what all lanes have in common, `copies` the rows in lanes. */
  #nest(depth: number, shared: Body, copies: readonly Body[], available: Dims): void {
    const { sizes, vector } = this.#plan
    if (depth === this.#loops.length) {
      if (this.#acrossRows) this.#elements(copies, this.#windows)
      else this.#along(shared)
      return
    }
    const dim = this.#loops[depth]!
    const isInnermost = depth === this.#loops.length - 1 && this.#acrossRows
    const now = available | (1 << dim)
    this.#walk(dim, sizes[dim]!, 1, this.#foldDepth === depth, () => {
      const inner = shared.inner()
      const known = this.#hoist(inner, without(now, vector))
      const innerCopies = copies.map(copy => {
        const result = copy.inner()
        for (const v of known) result.define(v, inner.value(v))
        if (!isInnermost) this.#hoist(result, now)
        return result
      })
      this.#nest(depth + 1, inner, innerCopies, now)
    })
  }

  /** Lanes along the innermost loop. */
  #along(shared: Body): void {
    const { sizes, vector } = this.#plan
    const { lanes } = this.#place
    const size = sizes[vector]!
    const unroll = this.#unroll
    const turns = Math.floor(size / (lanes * unroll))
    const singles = Math.floor(size / lanes) - turns * unroll
    const done = turns * lanes * unroll
    const run = (windows: readonly Window[]): void =>
      this.#elements(
        windows.map(w => shared.inner(this.#place.source(w))),
        windows,
      )
    const folds = this.#foldDepth === this.#loops.length
    this.#walk(vector, turns, lanes * unroll, folds, () => run(range(unroll).map(i => ({ first: lanes * i, lanes }))))
    if (singles > 0)
      this.#lines.block(
        `for (long i${vector} = ${done}; i${vector} < ${done + singles * lanes}; i${vector} += ${lanes})`,
        () => run([{ first: 0, lanes }]),
      )
    if (size % lanes > 0)
      this.#lines.block('', () => {
        this.#lines.emit(`const long i${vector} = ${size - (size % lanes)};`)
        run([{ first: 0, lanes: size % lanes }])
      })
  }

  /** One vector per body. */
  #elements(bodies: readonly Body[], windows: readonly Window[]): void {
    const lines = this.#lines
    const { reads, keeps, stores, reductions } = this.#sweep
    const { kept, body: instructions } = this.#plan
    const bytes = 4 * this.#place.lanes
    const isFloat = (v: Value): boolean => vectorType(instructions[v]!.dtype) === 'V'
    const slot = (v: Value, i: number): Code => `${this.#kept} + ${bytes * (kept.length * i + kept.indexOf(v))}`
    for (const [i, outer] of bodies.entries()) {
      const window = windows[i]!
      lines.block('', () => {
        const body = outer.inner()
        for (const v of reads)
          body.define(v, lines.let(isFloat(v) ? 'V' : 'I', `${isFloat(v) ? 'ld' : 'ldi'}(${slot(v, i)})`))
        const values = stores.map(store => lines.let(isFloat(store.value) ? 'V' : 'I', body.stored(store.value)))
        for (const r of reductions) {
          const value = body.value(this.#plan.reductions[r]!.value)
          const isPosition = this.#plan.reductions[r]!.op === 'argmax'
          const position = isPosition
            ? lines.let('I', this.#place.position(this.#acrossRows ? { first: 0, lanes: window.lanes } : window))
            : undefined
          const lanes = this.#acrossRows ? this.#place.lanes : window.lanes
          this.#accumulators.get(r)![i]!.add(value, position, lanes)
        }
        for (const v of keeps) lines.emit(`${isFloat(v) ? 'st' : 'sti'}(${slot(v, i)}, ${body.value(v)});`)
        for (const [j, store] of stores.entries())
          this.#place.store(store.access, values[j]!, window, isFloat(store.value))
      })
    }
    if (this.#kept !== undefined) lines.emit(`${this.#kept} += ${bytes * kept.length * bodies.length};`)
  }
}
