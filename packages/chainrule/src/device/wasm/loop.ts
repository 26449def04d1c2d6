/**
 * Loop kernels: maps, reductions and row-wise chains (softmax, normalisations, cross entropy, optimizer steps), four lanes at
 * a time.
 *
 * Either the lanes lie across the elements of one row, whose partial results are added up at the end of the row, or they lie
 * across rows and each lane has its own result (`planLoop` decides). Values are computed in the outermost loop that they
 * depend on. Long kernels are a driver that calls a chunk function often, because V8 optimises functions, not loops that are
 * already running.
 */

import { allRoots, hoist, kernelCost, rootsOf } from '../../compile/hoist.ts'
import type { LoopKernel } from '../../compile/kernel.ts'
import { contiguousElsewhere, type Dims, type LoopPlan, planLoop, product, rowDims } from '../../compile/loop-plan.ts'
import { range } from '../../graph/shape.ts'
import { type Code, call, get, I32, i32, set } from './assembler.ts'
import { Body } from './body.ts'
import { Cursors, Frame, type Window, wholeVector } from './cursors.ts'
import { type EmittedKernel, type Emitter, kernelFunction } from './emitter.ts'
import { Lanes } from './lanes.ts'
import { SweepPrinter } from './sweep.ts'
import { mostRowVectors, unrollAcrossRows, unrollFor } from './unroll.ts'

/** Steps of a transposed dimension per turn. */
const linesOf = 8

/** Elements that a call of a chunk function should at least work on. */
const chunkOf = 4096

export function emitLoop(e: Emitter, kernel: LoopKernel): EmittedKernel {
  const plan = planLoop(kernel, 4)
  const cursors = new Cursors(plan)
  const index = kernelFunction(e, kernel, (f, { buffers, scratch }) => {
    const s = new Lanes(f, e.target)
    const locals = cursors.all.map(() => f.i32())
    const start = cursors.all.map(({ argument, start }, i) =>
      set(locals[i]!, argument === undefined ? i32.const(start) : i32.add(get(buffers[argument]!), i32.const(start))),
    )
    const printer = new LoopPrinter(new Frame(e, plan, cursors, s, locals, scratch))
    const code = s.block(() => printer.kernel())
    return start.join('') + s.prologue + code
  })
  return { index, scratchBytes: scratchBytes(plan), notes: notesOn(plan, kernel) }
}

/** Kept values of one row, or of as many rows as are computed at a time. */
function scratchBytes({ sizes, rows, vector, kept }: LoopPlan): number {
  const vectors = product(sizes.slice(rows).map((n, i) => (i + rows === vector ? Math.ceil(n / 4) : n)))
  return kept.length * vectors * 16 * (vector < rows ? mostRowVectors : 1)
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
  readonly frame: Frame
  readonly plan: LoopPlan
  readonly s: Lanes
  /** Row dimensions that are ordinary loops. */
  readonly outer: readonly number[]
  readonly acrossRows: boolean
  /** Vectors of rows per turn. */
  readonly unroll: number
  /** Steps of the transposed dimension done in one turn. */
  #lines = 1

  constructor(frame: Frame) {
    this.frame = frame
    this.plan = frame.plan
    this.s = frame.s
    const { vector, transposed, rows, sizes } = this.plan
    this.acrossRows = vector < rows
    const plain = range(rows).filter(d => d !== vector && d !== transposed)
    this.outer = transposed < 0 ? plain : [...plain, transposed]
    const most = (rows < sizes.length ? unrollAcrossRows : unrollFor)(kernelCost(this.plan))
    this.unroll = this.acrossRows && transposed < 0 ? Math.max(1, Math.min(most, Math.floor(sizes[vector]! / 4))) : 1
  }

  /** Code of the kernel's own function: all loops, or those around calls of a chunk function. */
  kernel(): void {
    const { plan, outer } = this
    const { sizes, vector } = plan
    const levels = this.acrossRows && plan.transposed < 0 ? [...outer, vector] : outer
    const total = product(sizes)
    // the innermost level with enough work in it
    let split = -1
    let work = product(sizes.slice(plan.rows)) * (plan.transposed < 0 ? 1 : sizes[vector]!)
    let perTurn = work
    for (let level = levels.length - 1; level >= 0 && split < 0; level--) {
      const size = sizes[levels[level]!]!
      if (work * size >= chunkOf && this.#turnsOf(levels[level]!) > 1) {
        split = level
        perTurn = work
      }
      work *= size
    }
    if (split < 0 || total < 4 * chunkOf || sizes.some(n => n === 0)) {
      this.#from(0, this.#root(0))
      return
    }
    const dim = levels[split]!
    const by = this.#stepOf(dim)
    const turns = this.#turnsOf(dim)
    const block = Math.min(turns, Math.ceil(chunkOf / (perTurn * by)))
    const chunk = this.#chunk(split, dim, by)
    const { frame, s } = this
    const run = (n: number): Code =>
      call(chunk, ...frame.locals.map(get), get(frame.scratch), i32.const(n)) + frame.advanceCode(dim, n * by)
    const around = (level: number): void => {
      if (level < split) {
        frame.walk(outer[level]!, sizes[outer[level]!]!, 1, () => around(level + 1))
        frame.advance(outer[level]!, -sizes[outer[level]!]!)
        return
      }
      s.emit(s.f.times(Math.floor(turns / block), run(block)))
      if (turns % block > 0) s.emit(run(turns % block))
      if (dim === vector) this.#remainingRows(this.#root(split), turns * by)
      else {
        this.#remainingLines(split, this.#root(split))
        frame.advance(dim, -turns * by)
      }
    }
    around(0)
  }

  /** How far one turn of the main loop over a row dimension goes. */
  #stepOf(dim: number): number {
    const { vector, transposed } = this.plan
    return dim === vector ? 4 * this.unroll : dim === transposed ? linesOf : 1
  }
  #turnsOf(dim: number): number {
    return Math.floor(this.plan.sizes[dim]! / this.#stepOf(dim))
  }

  /** (cursors…, scratch, count): `count` turns of a level, from where the cursors are. */
  #chunk(level: number, dim: number, by: number): number {
    const { e, cursors } = this.frame
    return e.module.function({
      params: [...cursors.all.map(() => I32 as typeof I32), I32, I32],
      build: (f, ...params) => {
        const s = new Lanes(f, e.target)
        const scratch = params[cursors.all.length]!
        const count = get(params[cursors.all.length + 1]!)
        const frame = new Frame(e, this.plan, cursors, s, params.slice(0, cursors.all.length), scratch)
        const printer = new LoopPrinter(frame)
        const code = s.block(() => {
          const scope = printer.#root(level)
          if (dim === this.plan.vector) printer.#rowVectors(scope, count, by)
          else printer.#turns(level, scope, count)
        })
        return s.prologue + code
      },
    })
  }

  /** Values that depend on nothing inside of a level. */
  #root(level: number): Body {
    const scope = new Body(this.s, this.plan.body, this.frame.source(wholeVector))
    this.#hoistForRows(scope, level)
    return scope
  }
  #outerDims(level: number): Dims {
    return this.outer.slice(0, level).reduce((set, d) => (d === this.plan.transposed ? set : set | (1 << d)), 0)
  }
  #hoistForRows(scope: Body, level: number): void {
    hoist(this.plan, scope, allRoots(this.plan), this.#outerDims(level), 0)
  }

  /** Everything from a level of row loops inwards; the cursors are back afterwards. */
  #from(level: number, scope: Body): void {
    const { frame, outer } = this
    if (level === outer.length) {
      if (this.acrossRows) this.#remainingRows(scope, 0)
      else this.#row(scope, [{ first: 0, lanes: 1, second: 0 }])
      return
    }
    const dim = outer[level]!
    this.#turns(level, scope, this.#turnsOf(dim))
    this.#remainingLines(level, scope)
    frame.advance(dim, -this.#turnsOf(dim) * this.#stepOf(dim))
  }
  #turns(level: number, scope: Body, count: number | Code): void {
    const dim = this.outer[level]!
    this.#lines = this.#stepOf(dim)
    this.frame.walk(dim, count, this.#lines, () => this.#turn(level, scope))
    this.#lines = 1
  }
  /** What is left of a transposed dimension. */
  #remainingLines(level: number, scope: Body): void {
    const dim = this.outer[level]!
    this.#lines = this.plan.sizes[dim]! % this.#stepOf(dim)
    if (this.#lines > 0) this.s.emit(this.s.block(() => this.#turn(level, scope)))
    this.#lines = 1
  }
  #turn(level: number, scope: Body): void {
    const inner = scope.inner()
    this.#hoistForRows(inner, level + 1)
    this.#from(level + 1, inner)
  }

  #rowVectors(scope: Body, turns: number | Code, by: number): void {
    this.frame.walk(this.plan.vector, turns, by, () => this.#row(scope, this.#windows(by / 4, 4)))
  }
  #windows(vectors: number, lanes: number): Window[] {
    const seconds = range(this.#lines)
    return range(vectors).flatMap(i => seconds.map(second => ({ first: 4 * i, lanes, second })))
  }

  /** Lanes across rows: rows from `done` on. */
  #remainingRows(scope: Body, done: number): void {
    const { frame, plan, unroll } = this
    const { vector } = plan
    const size = plan.sizes[vector]!
    const turns = Math.floor((size - done) / (4 * unroll))
    const singles = Math.floor((size - done - turns * 4 * unroll) / 4)
    this.#rowVectors(scope, turns, 4 * unroll)
    this.#rowVectors(scope, singles, 4)
    if (size % 4 > 0) this.s.emit(this.s.block(() => this.#row(scope, this.#windows(1, size % 4))))
    frame.advance(vector, -(size - (size % 4)))
  }

  /** One row, or the rows in the lanes of some windows: sweep by sweep, then the results. */
  #row(scope: Body, windows: readonly Window[]): void {
    const { frame, plan, s } = this
    const reduced = windows.map(() => new Map<number, Code>())
    const shared = new Map<string, readonly Code[]>()
    const rows = windows.map((w, i) => scope.inner(frame.source(w, r => reduced[i]!.get(r)!, shared)))
    for (const [level, sweep] of plan.sweeps.entries()) {
      const roots = rootsOf(plan, sweep)
      if (roots.length === 0) continue
      for (const row of rows) hoist(plan, row, roots, rowDims(plan), level, sweep.reads)
      new SweepPrinter(frame, level, sweep, scope, rows, windows).emit(reduced)
    }
    for (const [i, row] of rows.entries()) {
      const values = plan.rowStores.map(store => s.let(row.stored(store.value)))
      for (const [j, store] of plan.rowStores.entries()) frame.store(store.access, values[j]!, windows[i]!)
    }
  }
}
