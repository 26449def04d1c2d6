/**
 * Where a kernel is in its iteration space: loop variables, one long `i0`, `i1`, … for each dimension, and loads and stores of a
 * vector there. The variable of the dimension across lanes is the index of a turn's first lane.
 */
import type { Access } from '../../compile/kernel.ts'
import { contiguousElsewhere, type LoopPlan, positionStrides } from '../../compile/loop-plan.ts'
import type { BodySource } from './body.ts'
import { loadLanes, storeLanes } from './epilogue.ts'
import { affine, type Code, type Lines } from './lines.ts'
import { transposer } from './packing.ts'
import type { Printer } from './printer.ts'

/** Which vector is meant: `lanes` elements, `first` after the loop variable of the dimension across lanes. */
export interface Window {
  readonly first: number
  readonly lanes: number
}

export class Place {
  readonly printer: Printer
  readonly lines: Lines
  readonly lanes: number
  /** The dimension across lanes. */
  readonly vector: number

  constructor(printer: Printer, lines: Lines, vector: number) {
    this.printer = printer
    this.lines = lines
    this.lanes = printer.target.lanes
    this.vector = vector
  }

  /** offset + Σ strides[d]·index[d] of lane 0. */
  #linear(offset: number, strides: readonly number[], { first }: Window): Code {
    const ahead = first * (strides[this.vector] ?? 0)
    return affine(
      offset + ahead,
      strides,
      strides.map((_, d) => `i${d}`),
    )
  }
  protected pointer(access: Access, window: Window): Code {
    return `b${access.argument} + 4 * (${this.#linear(access.offset, access.strides, window)})`
  }

  /** Where a body's values come from. */
  source(window: Window, rest: Pick<BodySource, 'reduced' | 'result'> = {}): BodySource {
    return {
      load: (access, _, isFloat) => this.load(access, window, isFloat),
      index: (offset, strides) => this.index(offset, strides, window),
      ...rest,
    }
  }
  index(offset: number, strides: readonly number[], window: Window): Code {
    const stride = strides[this.vector]!
    const start = `isplat((int)(${this.#linear(offset, strides, window)}))`
    return stride === 0 ? start : `${start} + lane_numbers * ${stride}`
  }

  load(access: Access, window: Window, isFloat: boolean): Code {
    const { vector } = this
    const stride = access.strides[vector]!
    const pointer = this.pointer(access, window)
    const across = access.mask?.find(m => m.dim === vector)
    const index = `i${vector} + ${window.first}`
    const code =
      across === undefined
        ? loadLanes(pointer, stride, window.lanes, this.lanes, isFloat)
        : `ld${isFloat ? '' : 'i'}${stride === 1 ? '' : '_by'}_in(${pointer}, ${stride === 1 ? '' : `${stride}, `}${index}, ${across.lo}, ${across.hi})`
    const conditions = (access.mask ?? []).flatMap(({ dim, lo, hi }) =>
      dim === vector ? [] : [`i${dim} >= ${lo} && i${dim} < ${hi}`],
    )
    return conditions.length === 0 ? code : `(${conditions.join(' && ')}) ? ${code} : (${isFloat ? 'V' : 'I'}){}`
  }

  store(access: Access, value: Code, { first, lanes }: Window, isFloat: boolean): void {
    const stride = access.strides[this.vector]!
    const pointer = this.pointer(access, { first, lanes })
    this.lines.emit(storeLanes(pointer, value, stride, lanes, this.lanes, isFloat))
  }
}

/** In a loop kernel, where some loads may come from squares that were read along another dimension. */
export class LoopPlace extends Place {
  readonly plan: LoopPlan
  /** Dimensions that lie in the lanes besides the one across them, and lanes that are one index of that. */
  readonly inner: readonly number[]
  readonly elements: number
  /** Squares in transposed order, by access. */
  readonly #squares = new Map<string, string>()

  constructor(printer: Printer, lines: Lines, plan: LoopPlan, inner: readonly number[] = [], elements = 1) {
    super(printer, lines, plan.vector)
    this.plan = plan
    this.inner = inner
    this.elements = elements
  }

  /** What argmax reports. */
  position(window: Window): Code {
    return this.index(0, positionStrides(this.plan), window)
  }

  override load(access: Access, window: Window, isFloat: boolean): Code {
    const square = this.#squares.get(keyOf(access))
    if (square === undefined) return super.load(access, window, isFloat)
    return `ld${isFloat ? '' : 'i'}(${square} + t * ${4 * this.lanes})`
  }

  /**
   * Reads what lies contiguous along the transposed dimension, `rows` lanes and `columns` steps of it from here on, into squares
   * from which loads take vectors while `body` is printed; `t` counts the steps.
   */
  withSquares(rows: number, columns: number, body: () => void): void {
    const { plan, lines, lanes } = this
    for (const i of plan.body) {
      if (i.op !== 'load' || contiguousElsewhere(plan, i.access, plan.vector) !== plan.transposed) continue
      const key = keyOf(i.access)
      if (this.#squares.has(key)) continue
      const name = lines.name('square')
      this.#squares.set(key, name)
      const stride = i.access.strides[plan.vector]!
      const from = this.pointer(i.access, { first: 0, lanes })
      lines.emit(`char ${name}[${4 * lanes * lanes}] __attribute__((aligned(64)));`)
      lines.emit(`${transposer(this.printer)}(${name}, ${4 * lanes}, ${from}, ${4 * stride}L, ${rows}, ${columns});`)
    }
    body()
    this.#squares.clear()
  }
}

const keyOf = (a: Access): string => `${a.argument} ${a.offset} ${a.strides} ${JSON.stringify(a.mask ?? [])}`
