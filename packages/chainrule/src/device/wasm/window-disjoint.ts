/**
 * The gradient of max pooling where windows do not overlap and lie side by side along the last axis (2×2 with stride 2 above
 * all): each element of the result is under at most one window, so the row of results is written in whole vectors,
 * g where the first maximum is and 0 elsewhere.
 */

import type { Geometry } from '../../compile/window-geometry.ts'
import { all, type Code, get, I32, i32x4, type Local, v128 } from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { storeLanes } from './epilogue.ts'
import { Lanes } from './lanes.ts'
import { leadTaps, overColumns, overRows, searchMaximum } from './window-line.ts'

/** Function (windows, plane, given, firsts, columnFirsts, rows), as `emitPlaceRows`; the tables are not used. */
export function emitDisjointRows(
  e: Emitter,
  geometry: Geometry,
  steps: readonly [number, number, number, number],
): number {
  const width = geometry.axes.at(-1)!.positions
  return e.module.function({
    params: [I32, I32, I32, I32, I32, I32],
    build(f, x, plane, given, _, __, rows) {
      const s = new Lanes(f, e.target)
      const taps = leadTaps(geometry)
      const four = (source: Local, target: Local, row: Local, end: number): Code =>
        s.block(() => {
          const { place } = searchMaximum(s, geometry, source, undefined, taps)
          const g = s.let(v128.load(get(row)))
          for (const lead of taps.unrolled) {
            const [even, odd] = [0, 4].map(bytes => s.let(v128.and(g, i32x4.eq(get(place), s.int(lead.place + bytes)))))
            const low = v128.shuffle(even!, odd!, [0, 4, 1, 5])
            const high = v128.shuffle(even!, odd!, [2, 6, 3, 7])
            for (const [i, half] of [low, high].entries())
              storeLanes(
                s,
                { pointer: target, offset: lead.place + 16 * i, stride: 1 },
                half,
                Math.min(4, 2 * end - 4 * i),
              )
          }
        })
      const body = overRows(f, [x, plane, given], steps.slice(0, 3), rows, ([source, target, row]) =>
        overColumns(f, width, [source!, target!, row!], [8, 8, 4], (__, end) => four(source!, target!, row!, end)),
      )
      return all(s.prologue, body)
    },
  })
}
