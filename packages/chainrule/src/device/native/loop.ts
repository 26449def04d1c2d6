/**
 * Loop kernels: maps, reductions and row-wise chains (softmax, normalisations, cross entropy, optimizer steps), a vector at a
 * time.
 *
 * Either the lanes lie across the elements of one row, whose partial results are added up at the end of the row, or they lie
 * across rows and each lane has its own result (`planLoop` decides). Values are computed in the outermost loop that they depend
 * on.
 */
import { allRoots, hoist, kernelCost, rootsOf } from '../../compile/hoist.ts'
import type { LoopKernel } from '../../compile/kernel.ts'
import { contiguousElsewhere, type Dims, type LoopPlan, planLoop, product, rowDims } from '../../compile/loop-plan.ts'
import { range } from '../../graph/shape.ts'
import { Body, vectorType } from './body.ts'
import { type Code, Lines } from './lines.ts'
import { NarrowPlace, type NarrowPlan, planNarrow } from './narrow.ts'
import { LoopPlace, type Window } from './place.ts'
import type { PrintedKernel, Printer } from './printer.ts'
import { SweepPrinter } from './sweep.ts'

export function printLoop(p: Printer, kernel: LoopKernel): PrintedKernel {
  const plan = planLoop(kernel, p.target.lanes)
  const lines = new Lines()
  for (const [i] of kernel.buffers.entries()) lines.emit(`char* const b${i} = buffers[${i}];`)
  const narrow = planNarrow(plan, p.target.lanes)
  const place = narrow ? new NarrowPlace(p, lines, plan, narrow) : new LoopPlace(p, lines, plan)
  if (narrow && plan.rows === plan.sizes.length) printNarrow(place, narrow)
  else new LoopPrinter(place).kernel()
  const body = lines.text()
  const name = p.intern(`loop ${body}`, name => `OUT void ${name}(char* const* buffers, char* scratch) {\n${body}\n}\n`)
  return { name, scratchBytes: scratchBytes(place), notes: narrow ? [] : notesOn(plan, kernel) }
}

/** A map whose lanes go on from row to row. */
function printNarrow(place: LoopPlace, { row, inner, elements, rows }: NarrowPlan): void {
  const { lines, lanes, plan } = place
  const { sizes, stores } = plan
  const scope = (outer: Body | undefined, window: Window, available: Dims): Body => {
    const source = place.source(window)
    const body = outer?.inner(source) ?? new Body(place.printer, lines, plan.body, source)
    hoist(plan, body, allRoots(plan), available, 0)
    return body
  }
  const whole: Window = { first: 0, lanes }
  const type = (v: number) => vectorType(plan.body[v]!.dtype)
  const block = (outer: Body, count: number): void => {
    for (let first = 0; first < count * elements; first += lanes)
      lines.block('', () => {
        const window = { first, lanes: Math.min(lanes, count * elements - first) }
        const body = outer.inner(place.source(window))
        const values = stores.map(store => lines.let(type(store.value), body.stored(store.value)))
        for (const [i, { access, value }] of stores.entries())
          place.store(access, values[i]!, window, type(value) === 'V')
      })
  }
  const nest = (dim: number, outer: Body): void => {
    if (dim < row) {
      lines.block(`for (long i${dim} = 0; i${dim} < ${sizes[dim]}; i${dim}++)`, () =>
        nest(dim + 1, scope(outer, whole, (2 << dim) - 1)),
      )
      return
    }
    const rest = sizes[row]! % rows
    lines.block(`for (long i${row} = 0; i${row} < ${sizes[row]! - rest}; i${row} += ${rows})`, () => block(outer, rows))
    if (rest === 0) return
    lines.block('', () => {
      lines.emit(`const long i${row} = ${sizes[row]! - rest};`)
      block(outer, rest)
    })
  }
  for (const d of inner) lines.emit(`const long i${d} = 0;`)
  nest(0, scope(undefined, whole, 0))
}

/** The most copies of a row with lanes across rows. */
const mostRowVectors = 4

/** Copies of a map's body in one turn, or of rows in lanes: a cheap sweep over rows should use up a few cache lines at a time. */
const unrollFor = (cost: number, isMap: boolean): number =>
  isMap ? (cost <= 14 ? 2 : 1) : cost <= 14 ? mostRowVectors : cost <= 44 ? 2 : 1

/** Kept values of one row, or of as many rows as are computed at a time. */
function scratchBytes({ plan: { sizes, rows, vector, kept }, lanes, inner }: LoopPlace): number {
  const swept = range(sizes.length)
    .slice(rows)
    .filter(d => !inner.includes(d))
  const vectors = product(swept.map(d => (d === vector ? Math.ceil(sizes[d]! / lanes) : sizes[d]!)))
  return kept.length * vectors * 4 * lanes * (vector < rows ? mostRowVectors : 1)
}

function notesOn(plan: LoopPlan, kernel: LoopKernel): string[] {
  const strided = new Set<string>()
  const look = (argument: number, stride: number, verb: string): void => {
    if (Math.abs(stride) > 1)
      strided.add(`${verb} buffer ${kernel.buffers[argument]} one lane at a time (stride ${stride})`)
  }
  for (const i of plan.body)
    if (
      i.op === 'load' &&
      (plan.transposed < 0 || contiguousElsewhere(plan, i.access, plan.vector) !== plan.transposed)
    )
      look(i.access.argument, i.access.strides[plan.vector]!, 'reads')
  for (const { access } of plan.stores) look(access.argument, access.strides[plan.vector]!, 'writes')
  return [...strided]
}

class LoopPrinter {
  readonly place: LoopPlace
  readonly plan: LoopPlan
  readonly lines: Lines
  readonly lanes: number
  /** Row dimensions that are ordinary loops. */
  readonly outer: readonly number[]
  readonly acrossRows: boolean
  /** Vectors of rows per turn. */
  readonly unroll: number

  constructor(place: LoopPlace) {
    this.place = place
    this.plan = place.plan
    this.lines = place.lines
    this.lanes = place.lanes
    const { vector, transposed, rows, sizes } = this.plan
    this.acrossRows = vector < rows
    this.outer = range(rows).filter(d => d !== vector && d !== transposed)
    const most = unrollFor(kernelCost(this.plan), rows === sizes.length)
    this.unroll =
      this.acrossRows && transposed < 0
        ? Math.max(1, Math.min(most, Math.floor((sizes[vector]! * place.elements) / this.lanes)))
        : 1
  }

  kernel(): void {
    for (const d of this.place.inner) this.lines.emit(`const long i${d} = 0;`)
    const root = new Body(
      this.place.printer,
      this.lines,
      this.plan.body,
      this.place.source({ first: 0, lanes: this.lanes }),
    )
    this.#hoist(root, 0)
    this.#from(0, root)
  }

  #hoist(scope: Body, available: Dims): void {
    hoist(this.plan, scope, allRoots(this.plan), available, 0)
  }

  /** Everything from a level of row loops inwards. */
  #from(level: number, scope: Body): void {
    if (level === this.outer.length) {
      if (!this.acrossRows) this.#row(scope, [{ first: 0, lanes: 1 }])
      else if (this.plan.transposed < 0) this.#rows(scope)
      else this.#squares(scope)
      return
    }
    const dim = this.outer[level]!
    this.lines.block(`for (long i${dim} = 0; i${dim} < ${this.plan.sizes[dim]}; i${dim}++)`, () => {
      const inner = scope.inner()
      this.#hoist(
        inner,
        this.outer.slice(0, level + 1).reduce((set, d) => set | (1 << d), 0),
      )
      this.#from(level + 1, inner)
    })
  }

  /** `body` for all indices of a dimension, `by` at a time; what is left at the end is printed apart. */
  #blocks(dim: number, by: number, body: (count: number) => void): void {
    const size = this.plan.sizes[dim]!
    const rest = size % by
    if (size >= by)
      this.lines.block(`for (long i${dim} = 0; i${dim} < ${size - rest}; i${dim} += ${by})`, () => body(by))
    if (rest > 0)
      this.lines.block('', () => {
        this.lines.emit(`const long i${dim} = ${size - rest};`)
        body(rest)
      })
  }

  /** Lanes across rows. */
  #rows(scope: Body): void {
    const { lanes, unroll } = this
    const { elements } = this.place
    this.#blocks(this.plan.vector, (lanes / elements) * unroll, rows => {
      const count = rows * elements
      const whole = Math.floor(count / lanes)
      if (whole > 0)
        this.#row(
          scope,
          range(whole).map(i => ({ first: lanes * i, lanes })),
        )
      if (count % lanes > 0) this.#row(scope, [{ first: whole * lanes, lanes: count % lanes }])
    })
  }

  /** Lanes across rows, some of which are read along another dimension: squares of both. */
  #squares(scope: Body): void {
    const { lanes, lines } = this
    const { vector, transposed } = this.plan
    this.#blocks(vector, lanes, rows =>
      this.#blocks(transposed, lanes, columns =>
        this.place.withSquares(rows, columns, () => {
          lines.emit(`const long start = i${transposed};`)
          lines.block(`for (long t = 0; t < ${columns}; t++)`, () => {
            lines.emit(`const long i${transposed} = start + t;`)
            this.#row(scope, [{ first: 0, lanes: rows }])
          })
        }),
      ),
    )
  }

  /** One row, or the rows in the lanes of some windows: sweep by sweep, then the results. */
  #row(scope: Body, windows: readonly Window[]): void {
    const { place, plan, lines } = this
    const reduced = windows.map(() => new Map<number, Code>())
    const rows = windows.map((w, i) => scope.inner(place.source(w, { reduced: r => reduced[i]!.get(r)! })))
    for (const [level, sweep] of plan.sweeps.entries()) {
      const roots = rootsOf(plan, sweep)
      if (roots.length === 0) continue
      for (const row of rows) hoist(plan, row, roots, rowDims(plan), level, sweep.reads)
      new SweepPrinter(place, level, sweep, scope, rows, windows).emit(reduced)
    }
    for (const [i, row] of rows.entries()) {
      const type = (v: number) => vectorType(plan.body[v]!.dtype)
      const values = plan.rowStores.map(store => lines.let(type(store.value), row.stored(store.value)))
      for (const [j, store] of plan.rowStores.entries())
        place.store(store.access, values[j]!, windows[i]!, type(store.value) === 'V')
    }
  }
}
