/**
 * A copy of the windowed operand with its zeros around it, so that kernels need no bounds checks: im2col is then only a choice
 * of offsets. Where windows advance by more than one column, columns are sorted by phase (column mod step), so that four
 * neighbouring outputs read four neighbouring elements.
 *
 * Layout: [plain loops][phase][outer window axes][column of the phase]. The copy begins at the smallest coordinate that
 * anything reads; coordinates that nothing reads for being between steps are left out.
 */

import { type Dim, rangeOf, type WindowAxis } from '../../compile/contraction.ts'
import { bump, type Code, type FunctionBuilder, get, I32, i32, type Local, set, v128 } from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { copyRow, gathered } from './packing.ts'
import { nest } from './walk.ts'

export interface PaddedCopy {
  readonly bytes: number
  /** Function (to, from); `from` is the element of index 0 of all loops. It writes everything but the zeros. */
  readonly copy: number
  /** Elements per index of a plain loop. */
  readonly plain: ReadonlyMap<Dim, number>
  /** Element of a coordinate of an axis, relative to the element of the smallest coordinates. */
  position(axis: WindowAxis, coordinate: number): number
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** `plain` are the loops that are no window; `columns` is the axis whose step gives the phases, the innermost. */
export function paddedCopy(
  e: Emitter,
  plain: readonly Dim[],
  axes: readonly WindowAxis[],
  columns: { readonly axis: WindowAxis; readonly step: number } | undefined,
): PaddedCopy {
  // outer axes
  const outer = axes
    .filter(axis => axis !== columns?.axis)
    .map(axis => {
      const [low, high] = rangeOf(axis.start, axis.terms)
      const step = axis.terms.reduce((g, t) => gcd(g, Math.abs(t.step)), 0) || 1
      const rows = (high - low) / step + 1
      const first = Math.max(0, Math.ceil(-low / step))
      const last = Math.min(rows - 1, Math.floor((axis.size - 1 - low) / step))
      return { axis, low, step, rows, first, count: Math.max(0, last - first + 1) }
    })
  // columns
  const phaseStep = columns?.step ?? 1
  const [low, high] = columns ? rangeOf(columns.axis.start, columns.axis.terms) : [0, 0]
  const width = Math.floor((high - low) / phaseStep) + 1
  const phases = new Set<number>()
  if (columns) {
    // phases that taps reach: all terms but those that are multiples of the step
    let reached = [(((columns.axis.start - low) % phaseStep) + phaseStep) % phaseStep]
    for (const { dim, step } of columns.axis.terms) {
      const remainder = ((step % phaseStep) + phaseStep) % phaseStep
      if (remainder === 0) continue
      const turns = Math.min(dim.size, phaseStep)
      reached = reached.flatMap(r => Array.from({ length: turns }, (_, t) => (r + t * remainder) % phaseStep))
      reached = [...new Set(reached)]
    }
    for (const r of reached.sort((a, b) => a - b)) phases.add(r)
  } else phases.add(0)
  const phaseList = [...phases]

  const rowStrides = new Array<number>(outer.length)
  let size = width
  for (let i = outer.length - 1; i >= 0; i--) {
    rowStrides[i] = size
    size *= outer[i]!.rows
  }
  const phaseStride = size
  size *= phaseList.length
  const plainStrides = new Map<Dim, number>()
  for (const [i, dim] of plain.toReversed().entries()) {
    // an odd number of cache lines: neighbours in this loop do not compete for the same set
    if (i === 0 && dim.size > 1) {
      size = (size + 15) & ~15
      if ((size / 16) % 2 === 0) size += 16
    }
    plainStrides.set(dim, size)
    size *= dim.size
  }
  const bytes = size * 4 + 64

  const copy = e.module.function({
    params: [I32, I32],
    build: (f, to, from) => {
      if (outer.some(o => o.count === 0)) return ''
      let toStart = 0
      let fromStart = 0
      outer.forEach((o, i) => {
        toStart += o.first * rowStrides[i]!
        fromStart += (o.low + o.first * o.step - o.axis.start) * o.axis.stride
      })
      let row = ''
      for (const [plane, phase] of phaseList.entries()) {
        const first = Math.max(0, Math.ceil((-low - phase) / phaseStep))
        const last = columns ? Math.min(width - 1, Math.floor((columns.axis.size - 1 - low - phase) / phaseStep)) : 0
        if (last < first) continue
        const toOffset = plane * phaseStride + first
        const stride = columns?.axis.stride ?? 1
        const fromOffset = columns ? (low + phase + first * phaseStep - columns.axis.start) * stride : 0
        row +=
          bump(to, toOffset * 4) +
          bump(from, fromOffset * 4) +
          copyColumns(f, to, from, last - first + 1, phaseStep * stride) +
          bump(to, -toOffset * 4) +
          bump(from, -fromOffset * 4)
      }
      const levels = [
        ...plain.map(d => ({ count: d.size, steps: [plainStrides.get(d)! * 4, d.b * 4] })),
        ...outer.map((o, i) => ({ count: o.count, steps: [rowStrides[i]! * 4, o.step * o.axis.stride * 4] })),
      ]
      return bump(to, toStart * 4) + bump(from, fromStart * 4) + nest(f, [to, from], levels, row)
    },
  })

  return {
    bytes,
    copy,
    plain: plainStrides,
    position(axis, coordinate) {
      if (axis === columns?.axis) {
        const x = coordinate - low
        return phaseList.indexOf(x % phaseStep) * phaseStride + Math.floor(x / phaseStep)
      }
      const i = outer.findIndex(o => o.axis === axis)
      return ((coordinate - outer[i]!.low) / outer[i]!.step) * rowStrides[i]!
    },
  }
}

/** `count` elements, `stride` apart, to neighbours; nothing else is written. */
function copyColumns(f: FunctionBuilder, to: Local, from: Local, count: number, stride: number): Code {
  const fours = count >> 2
  const rest = count & 3
  if (stride === 1) {
    if (count <= 32) return copyRow(f, to, from, count)
    const body = v128.store(get(to), v128.load(get(from))) + v128.store(get(to), v128.load(get(from), 16), 16)
    return loopThenRest(f, to, from, count >> 3, 32, 32, body, copyRow(f, to, from, count & 7))
  }
  const step = stride * 4
  // reading starts at the lowest address
  const low = Math.min(0, 3 * step)
  const at = (lane: number): number => lane * step - low
  const x = f.v128()
  let body: Code
  if (stride === 2) {
    const y = f.v128()
    body =
      set(x, v128.load(get(from))) +
      set(y, v128.load(get(from), 12)) +
      v128.store(get(to), v128.shuffle(get(x), get(y), [0, 2, 5, 7]))
  } else body = set(x, gathered([0, 1, 2, 3].map(lane => [get(from), at(lane)]))) + v128.store(get(to), get(x))
  let tail = ''
  for (let lane = 0; lane < rest; lane++) tail += i32.store(get(to), i32.load(get(from), at(lane)), lane * 4)
  return bump(from, low) + loopThenRest(f, to, from, fours, 16, 4 * step, body, tail) + bump(from, -low)
}

function loopThenRest(
  f: FunctionBuilder,
  to: Local,
  from: Local,
  turns: number,
  toStep: number,
  fromStep: number,
  body: Code,
  rest: Code,
): Code {
  const move = bump(to, toStep) + bump(from, fromStep)
  return f.times(turns, body + move) + rest + bump(to, -toStep * turns) + bump(from, -fromStep * turns)
}
