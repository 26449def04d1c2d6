/**
 * Where a loop kernel is: one i32 local for everything that moves through the iteration space by constant strides (pointers
 * into buffers, values of `index`, counters of masked dimensions), and loads and stores of four lanes at these places.
 */
import type { Access } from '../../compile/kernel.ts'
import { contiguousElsewhere, type LoopPlan, positionStrides } from '../../compile/loop-plan.ts'
import {
  brIf,
  bump,
  type Code,
  call,
  choose,
  get,
  I32,
  i32,
  ifElse,
  type Local,
  loop,
  set,
  V128,
  v128,
} from './assembler.ts'
import { type BodySource, countFrom } from './body.ts'
import type { Emitter } from './emitter.ts'
import { loadLanes, storeLanes } from './epilogue.ts'
import type { Lanes } from './lanes.ts'

/** A linear function of the indices. Pointers count bytes, others units. */
export interface Cursor {
  /** The buffer that a pointer points into. */
  readonly argument?: number
  readonly start: number
  readonly steps: readonly number[]
}

/** Cursors of a kernel; accesses that differ in nothing but their offset share one. */
export class Cursors {
  readonly all: Cursor[] = []
  readonly #known = new Map<string, number>()
  readonly #lowest = new Map<string, number>()

  constructor(plan: LoopPlan) {
    const unit = (dim: number): number[] => plan.sizes.map((_, d) => Number(d === dim))
    const accesses = plan.stores.map(s => s.access)
    for (const i of plan.body)
      if (i.op === 'load') accesses.push(i.access)
      else if (i.op === 'index') this.linear(i.offset, i.strides)
    for (const a of accesses) {
      if (!a.mask?.length) this.#lowest.set(key(a), Math.min(a.offset, this.#lowest.get(key(a)) ?? Infinity))
    }
    for (const a of accesses) {
      this.pointer(a)
      for (const m of a.mask ?? []) this.linear(0, unit(m.dim))
    }
    if (plan.reductions.some(r => r.op === 'argmax')) this.linear(0, positionStrides(plan))
  }

  #add(name: string, cursor: Cursor): number {
    let index = this.#known.get(name)
    if (index === undefined) {
      index = this.all.push(cursor) - 1
      this.#known.set(name, index)
    }
    return index
  }
  /** The cursor of an access, and how many bytes behind it the element is. */
  pointer(access: Access): { cursor: number; bytes: number } {
    const masked = access.mask !== undefined && access.mask.length > 0
    const base = masked ? access.offset : this.#lowest.get(key(access))!
    const cursor = this.#add(`${key(access)} ${masked ? 'masked ' : ''}${base}`, {
      argument: access.argument,
      start: 4 * base,
      steps: access.strides.map(s => 4 * s),
    })
    return { cursor, bytes: 4 * (access.offset - base) }
  }
  /** start + Σ steps[d]·index[d] */
  linear(start: number, steps: readonly number[]): number {
    return this.#add(`linear ${start} ${steps}`, { start, steps })
  }
}
const key = (a: Access): string => `${a.argument} ${a.strides}`

/**
 * Four lanes of which those whose index i + lane lies in [lo, hi) are read, `step` bytes apart, and the others are 0:
 * (pointer of lane 0, i, lo, hi, step) → v128.
 */
const carefulLoad = (e: Emitter): number =>
  e.module.intern('loop: careful load', () =>
    e.module.function({
      params: [I32, I32, I32, I32, I32],
      results: [V128],
      build: (f, pointer, index, lo, hi, step) => {
        const result = f.v128()
        const inside = (): Code => i32.ltU(i32.sub(get(index), get(lo)), i32.sub(get(hi), get(lo)))
        let code = ''
        for (let lane = 0; lane < 4; lane++)
          code +=
            ifElse(inside(), set(result, v128.load32Lane(get(pointer), get(result), lane))) +
            set(pointer, i32.add(get(pointer), get(step))) +
            bump(index, 1)
        return code + get(result)
      },
    }),
  )

/** Which vector is meant: `lanes` elements, `first` after the cursors along the vector dimension. */
export interface Window {
  readonly first: number
  readonly lanes: number
  /** And so many steps along the plan's `transposed` dimension. */
  readonly second: number
}
export const wholeVector: Window = { first: 0, lanes: 4, second: 0 }

/** One wasm function of a loop kernel: its straight-line code and where its cursors are kept. */
export class Frame {
  readonly e: Emitter
  readonly plan: LoopPlan
  readonly cursors: Cursors
  readonly s: Lanes
  readonly locals: readonly Local[]
  readonly scratch: Local

  constructor(e: Emitter, plan: LoopPlan, cursors: Cursors, s: Lanes, locals: readonly Local[], scratch: Local) {
    this.e = e
    this.plan = plan
    this.cursors = cursors
    this.s = s
    this.locals = locals
    this.scratch = scratch
  }

  /** Moves all cursors by n steps along a dimension. */
  advance(dim: number, n: number): void {
    this.s.emit(this.advanceCode(dim, n))
  }
  advanceCode(dim: number, n: number): Code {
    let code = ''
    for (const [i, { steps }] of this.cursors.all.entries()) code += bump(this.locals[i]!, steps[dim]! * n)
    return code
  }

  /**
   * `body` for `count` steps of `by` along a dimension; the cursors stay at the end. With `every`, that is appended after
   * about each `blockOf` turns and at the end.
   */
  walk(dim: number, count: number | Code, by: number, body: () => void, every?: () => void): void {
    if (count === 0) return
    const { s } = this
    const turn = s.block(body) + this.advanceCode(dim, by)
    if (every === undefined || typeof count !== 'number' || count < 2 * blockOf) {
      s.emit(s.f.times(count, turn))
      every?.()
      return
    }
    const left = s.f.i32()
    const n = s.f.i32()
    const fits = i32.ltU(get(left), i32.const(blockOf))
    s.emit(set(left, i32.const(count)))
    s.emit(
      loop(
        set(n, i32.const(blockOf)) +
          ifElse(fits, set(n, get(left))) +
          s.f.times(get(n), turn) +
          s.block(every) +
          set(left, i32.sub(get(left), get(n))) +
          brIf(0, get(left)),
      ),
    )
  }

  /**
   * Where lanes of the body's values come from. Windows whose `second` lies in the same group of four read transposed
   * vectors together: they are given the same `shared`, in one block.
   */
  source(window: Window, reduced?: (reduction: number) => Code, shared?: Map<string, readonly Code[]>): BodySource {
    const { plan, cursors, locals } = this
    return {
      load: access => this.#load(access, window, shared),
      index: (offset, strides) => {
        const stride = strides[plan.vector]!
        const at = get(locals[cursors.linear(offset, strides)]!)
        const ahead = window.first * stride + window.second * (strides[plan.transposed] ?? 0)
        return countFrom(this.s, shifted(at, ahead), stride)
      },
      ...(reduced && { reduced }),
    }
  }

  #counter(dim: number): Code {
    return get(
      this.locals[
        this.cursors.linear(
          0,
          this.plan.sizes.map((_, d) => Number(d === dim)),
        )
      ]!,
    )
  }

  /** Bytes between an access's cursor and the first lane of a window. */
  #distance(access: Access, bytes: number, { first, second }: Window): number {
    const { vector, transposed } = this.plan
    return bytes + 4 * (access.strides[vector]! * first + (access.strides[transposed] ?? 0) * second)
  }

  #load(access: Access, window: Window, shared: Map<string, readonly Code[]> | undefined): Code {
    const { plan } = this
    const { vector, transposed } = plan
    const { lanes } = window
    const stride = access.strides[vector]!
    const { cursor, bytes } = this.cursors.pointer(access)
    let pointer = get(this.locals[cursor]!)
    if (shared && transposed >= 0 && contiguousElsewhere(plan, access, vector) === transposed) {
      const group = `${cursor} ${bytes} ${window.first} ${window.second >> 2}`
      let columns = shared.get(group)
      if (columns === undefined) {
        const start = this.#distance(access, bytes, { ...window, second: window.second & ~3 })
        columns = this.#transpose(pointer, start, stride, lanes)
        shared.set(group, columns)
      }
      return columns[window.second & 3]!
    }
    let at = this.#distance(access, bytes, window)
    // immediates are unsigned and do not wrap around: not for a pointer that may lie before the buffer
    if (at < 0 || access.mask?.some(m => m.dim === transposed)) {
      pointer = shifted(pointer, at)
      at = 0
    }
    const across = access.mask?.find(m => m.dim === vector)
    let code: Code
    if (across !== undefined) code = this.#loadAcross(pointer, at, stride, across, window)
    else if (stride !== 0 && stride !== 1 && lanes < 4)
      code = this.#careful(shifted(pointer, at), i32.const(0), 0, lanes, stride)
    else code = loadLanes(this.s, { pointer, offset: at, stride }, 4)
    const conditions = (access.mask ?? []).flatMap(({ dim, lo, hi }) =>
      dim === vector
        ? []
        : [i32.ltU(shifted(this.#counter(dim), (dim === transposed ? window.second : 0) - lo), i32.const(hi - lo))],
    )
    if (conditions.length === 0) return code
    return choose(
      V128,
      conditions.reduce((a, b) => i32.and(a, b)),
      code,
      this.s.int(0),
    )
  }

  /** Four vectors read along the contiguous dimension, `stride` elements apart, as four vectors across it. */
  #transpose(pointer: Code, at: number, stride: number, lanes: number): Code[] {
    const { s } = this
    const rows = [0, 1, 2, 3].map(lane =>
      lane < lanes ? s.let(v128.load(shifted(pointer, at + 4 * stride * lane))) : s.int(0),
    )
    const [a, b, c, d] = rows as [Code, Code, Code, Code]
    const pairs = (x: Code, y: Code) => [
      s.let(v128.shuffle(x, y, [0, 4, 1, 5])),
      s.let(v128.shuffle(x, y, [2, 6, 3, 7])),
    ]
    const low = pairs(a, b)
    const high = pairs(c, d)
    return [0, 1].flatMap(i => [
      s.let(v128.shuffle(low[i]!, high[i]!, [0, 1, 4, 5])),
      s.let(v128.shuffle(low[i]!, high[i]!, [2, 3, 6, 7])),
    ])
  }

  /** A mask lies on the dimension across lanes: where all lanes are inside, an ordinary load. */
  #loadAcross(
    pointer: Code,
    at: number,
    stride: number,
    m: { lo: number; hi: number },
    { first, lanes }: Window,
  ): Code {
    const index = shifted(this.#counter(this.plan.vector), first)
    if (lanes < 4) {
      const end = Math.min(m.hi, this.plan.sizes[this.plan.vector]!)
      return this.#careful(shifted(pointer, at), index, m.lo, end, stride)
    }
    const careful = this.#careful(shifted(pointer, at), index, m.lo, m.hi, stride)
    if (m.hi - m.lo < 4) return careful
    const inside = i32.leU(shifted(index, -m.lo), i32.const(m.hi - m.lo - 4))
    return choose(V128, inside, loadLanes(this.s, { pointer: shifted(pointer, at), offset: 0, stride }, 4), careful)
  }

  #careful(pointer: Code, index: Code, lo: number, hi: number, stride: number): Code {
    return call(carefulLoad(this.e), pointer, index, i32.const(lo), i32.const(hi), i32.const(4 * stride))
  }

  store(access: Access, value: Code, window: Window): void {
    const { cursor, bytes } = this.cursors.pointer(access)
    const stride = access.strides[this.plan.vector]!
    const place = { pointer: this.locals[cursor]!, offset: this.#distance(access, bytes, window), stride }
    storeLanes(this.s, place, value, window.lanes)
  }
}

/** Turns between foldings of partial sums. */
export const blockOf = 64

const shifted = (value: Code, n: number): Code => (n === 0 ? value : i32.add(value, i32.const(n)))
