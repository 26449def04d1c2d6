/**
 * The inner functions of a pooling kernel: a few rows of windows, four windows of a row at once. One builder per operation;
 * all taps of a window are visited in row-major order.
 */

import type { Geometry } from '../../compile/window-geometry.ts'
import { contiguousStrides, numel, range } from '../../graph/shape.ts'
import {
  all,
  bump,
  type Code,
  type FunctionBuilder,
  f32,
  f32x4,
  get,
  I32,
  i32,
  i32x4,
  ifElse,
  type Local,
  set,
  v128,
} from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { storeLanes } from './epilogue.ts'
import { Lanes } from './lanes.ts'
import { type Level, nest } from './walk.ts'

/** More taps than this are a loop over the leading axes. */
const UNROLLED_TAPS = 64

export interface Tap {
  /** Bytes from the first element of the window where it is read. */
  readonly at: number
  /** Bytes from the first element of the window in the plane. */
  readonly place: number
}

/** The taps of the leading axes, in order, as places that a pointer walks through. */
export function leadTaps({ axes, leadBytes }: Geometry): { unrolled: Tap[]; loops: Level[] } {
  const lead = axes.slice(0, -1)
  const strides = contiguousStrides(axes.map(a => a.size)).map(s => 4 * s)
  const level = (d: number): Level => ({
    count: lead[d]!.window,
    steps: [lead[d]!.dilation * leadBytes[d]!, lead[d]!.dilation * strides[d]!],
  })
  const levels = range(lead.length).map(level)
  // loops from the outside until the rest is small enough to be unrolled
  let looped = 0
  while (looped < lead.length && numel(axes.slice(looped).map(a => a.window)) > UNROLLED_TAPS) looped++
  let unrolled: Tap[] = [{ at: 0, place: 0 }]
  for (const { count, steps } of levels.slice(looped))
    unrolled = unrolled.flatMap(t =>
      range(count).map(i => ({ at: t.at + i * steps[0]!, place: t.place + i * steps[1]! })),
    )
  return { unrolled, loops: levels.slice(0, looped) }
}

/** The four elements under each tap of the last axis, of the row of the window that `at` says. */
export function readRow(s: Lanes, { kind, tapBytes }: Geometry, pointer: Local, at: number): Code[] {
  if (kind !== 'pairs') return tapBytes.map(t => v128.load(get(pointer), at + t))
  const a = s.let(v128.load(get(pointer), at))
  const b = s.let(v128.load(get(pointer), at + 16))
  return [v128.shuffle(a, b, [0, 2, 4, 6]), v128.shuffle(a, b, [1, 3, 5, 7])]
}

/**
 * Rows of windows: `four(first, last)` emits the work for the windows first … last − 1 of the four at the pointers. The last
 * four of a row overlap those before, except for the lanes that are theirs alone. Pointers move by `columns[i]` per window.
 */
export function overColumns(
  f: FunctionBuilder,
  width: number,
  pointers: readonly Local[],
  columns: readonly number[],
  four: (first: number, end: number) => Code,
): Code {
  const move = (windows: number): Code => all(...pointers.map((p, i) => bump(p, windows * columns[i]!)))
  if (width < 4) return four(0, width)
  const vectors = Math.floor(width / 4)
  const rest = width % 4
  const main = f.times(vectors, four(0, 4) + move(4))
  return rest === 0 ? main : main + move(rest - 4) + four(4 - rest, 4)
}

/** `count` rows; each starts `steps` after the one before. `row` may move its pointers, which are copies. */
export function overRows(
  f: FunctionBuilder,
  pointers: readonly Local[],
  steps: readonly number[],
  count: Local,
  row: (copies: readonly Local[]) => Code,
): Code {
  const copies = pointers.map(() => f.i32())
  return f.times(
    get(count),
    all(
      ...copies.map((copy, i) => set(copy, get(pointers[i]!))),
      row(copies),
      ...pointers.map((p, i) => bump(p, steps[i]!)),
    ),
  )
}

/** sum, max: function (windows, out, rows). */
export function emitForwardRows(
  e: Emitter,
  geometry: Geometry,
  op: 'sum' | 'max',
  steps: readonly [number, number],
): number {
  const width = geometry.axes.at(-1)!.positions
  return e.module.function({
    params: [I32, I32, I32],
    build(f, x, out, rows) {
      const s = new Lanes(f, e.target)
      const total = f.v128()
      const nan = f.v128()
      const { unrolled, loops } = leadTaps(geometry)
      const four = (source: Local, target: Local, end: number): Code =>
        s.block(() => {
          s.emit(set(total, op === 'sum' ? s.float(0) : s.float(Number.NEGATIVE_INFINITY)))
          if (op === 'max') s.emit(set(nan, s.float(0)))
          const pointer = f.i32()
          const taps = s.block(() => {
            for (const lead of unrolled)
              for (const read of readRow(s, geometry, loops.length > 0 ? pointer : source, lead.at)) {
                if (op === 'sum') s.emit(set(total, f32x4.add(get(total), read)))
                else {
                  const value = s.let(read)
                  // pmax loses a NaN that is not the newest: remember it apart
                  s.emit(set(total, f32x4.pmax(get(total), value)))
                  s.emit(set(nan, v128.or(get(nan), f32x4.ne(value, value))))
                }
              }
          })
          if (loops.length > 0) s.emit(set(pointer, get(source)))
          s.emit(loops.length > 0 ? nest(f, [pointer], loops, taps) : taps)
          if (op === 'max') s.emit(set(total, v128.or(get(total), get(nan))))
          storeLanes(s, { pointer: target, offset: 0, stride: 1 }, get(total), end)
        })
      const body = overRows(f, [x, out], steps, rows, ([source, target]) =>
        overColumns(f, width, [source!, target!], [geometry.columnBytes, 4], (_, end) => four(source!, target!, end)),
      )
      return s.prologue + body
    },
  })
}

/** The search for the first maximum of four windows. `place` is bytes from the window's first element in the plane. */
export interface Search {
  readonly best: Local
  readonly place: Local
}

/** Emits the search; `initial` is the place of the first tap that is not padding. */
export function searchMaximum(
  s: Lanes,
  geometry: Geometry,
  source: Local,
  initial: Code | undefined,
  taps: ReturnType<typeof leadTaps>,
): Search {
  const { f } = s
  const last = geometry.axes.at(-1)!
  const { unrolled, loops } = taps
  const best = s.variable()
  const place = s.variable()
  const pointer = f.i32()
  const base = f.i32()
  const looped = loops.length > 0
  const fresh = !looped && initial === undefined
  if (!fresh) {
    s.emit(set(best, s.float(Number.NEGATIVE_INFINITY)))
    s.emit(set(place, initial ?? s.int(0)))
  }
  const code = s.block(() => {
    let first = fresh
    for (const lead of unrolled)
      for (const [t, read] of readRow(s, geometry, looped ? pointer : source, lead.at).entries()) {
        const here = s.int(lead.place + 4 * t * last.dilation)
        const at = looped ? i32x4.add(i32x4.splat(get(base)), here) : here
        if (first) {
          s.emit(set(best, read))
          s.emit(set(place, at))
          first = false
          continue
        }
        const value = s.let(read)
        // not (value ≤ best): larger or NaN; and nothing comes before an earlier NaN
        const taken = s.let(v128.andnot(f32x4.eq(get(best), get(best)), f32x4.le(value, get(best))))
        s.emit(set(best, v128.bitselect(value, get(best), taken)))
        s.emit(set(place, v128.bitselect(at, get(place), taken)))
      }
  })
  if (looped) s.emit(set(pointer, get(source)) + set(base, i32.const(0)))
  s.emit(looped ? nest(f, [pointer, base], loops, code) : code)
  return { best, place }
}

/**
 * pick and scatter. Function (windows, plane, given, firsts, columnFirsts, rows): `plane` is where the first window of the row
 * begins in h or in the result, `given` the row of out or of g, `firsts` and `columnFirsts` are tables of first taps.
 * A window that lies wholly in the padding has a place far below zero.
 */
export function emitPlaceRows(
  e: Emitter,
  geometry: Geometry,
  op: 'pick' | 'scatter',
  steps: readonly [windows: number, plane: number, given: number, firsts: number],
): number {
  const last = geometry.axes.at(-1)!
  const padded = geometry.kind === 'padded'
  return e.module.function({
    params: [I32, I32, I32, I32, I32, I32],
    build(f, x, plane, given, firsts, columnFirsts, rows) {
      const s = new Lanes(f, e.target)
      const taps = leadTaps(geometry)
      const address = f.i32()
      const four = (source: Local, origin: Local, row: Local, first: Local, column: Local, from: number, end: number) =>
        s.block(() => {
          const initial = padded
            ? s.let(i32x4.add(i32x4.splat(i32.load(get(first))), v128.load(get(column))))
            : undefined
          const { place } = searchMaximum(s, geometry, source, initial, taps)
          const step = 4 * last.stride
          const places = s.let(
            i32x4.add(i32x4.add(get(place), s.ints(0, step, 2 * step, 3 * step)), i32x4.splat(get(origin))),
          )
          for (let lane = from; lane < end; lane++) {
            const value = f32.load(get(row), 4 * lane)
            const act =
              op === 'pick'
                ? f32.store(get(row), f32.load(get(address)), 4 * lane)
                : f32.store(get(address), f32.add(f32.load(get(address)), value))
            s.emit(set(address, i32x4.extractLane(places, lane)))
            if (!geometry.mayMiss) s.emit(act)
            else {
              const missed = i32.ltS(i32x4.extractLane(get(place), lane), i32.const(0))
              const otherwise = op === 'pick' ? f32.store(get(row), f32.const(0), 4 * lane) : ''
              s.emit(ifElse(missed, otherwise, act))
            }
          }
        })
      const body = overRows(f, [x, plane, given, firsts], steps, rows, ([source, origin, row, first]) => {
        const column = f.i32()
        return all(
          set(column, get(columnFirsts)),
          overColumns(
            f,
            last.positions,
            [source!, origin!, row!, column],
            [geometry.columnBytes, 4 * last.stride, 4, padded ? 4 : 0],
            (from, end) => four(source!, origin!, row!, first!, column, from, end),
          ),
        )
      })
      return s.prologue + body
    },
  })
}
