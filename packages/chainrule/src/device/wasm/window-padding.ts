/** Copies a plane into scratch memory as `window-geometry` wants it: padded, columns sorted by column mod stride. */

import type { Geometry, WindowAxis } from '../../compile/window-geometry.ts'
import { range } from '../../graph/shape.ts'
import {
  all,
  bump,
  type Code,
  call,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  memory,
  set,
  v128,
} from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { nest } from './walk.ts'

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Elements first, first + 1, … (count of them) are under some window. */
function reached({ size, low, inputDilation, extent }: WindowAxis): { first: number; count: number } {
  const first = Math.max(0, Math.ceil(-low / inputDilation))
  const end = Math.min(size, Math.floor((extent - 1 - low) / inputDilation) + 1)
  return { first, count: Math.max(0, end - first) }
}

/** to[i·toStep] = from[i·fromStep], in bytes; the pointers are changed. */
function copyElements(
  f: FunctionBuilder,
  to: Local,
  from: Local,
  count: number,
  toStep: number,
  fromStep: number,
): Code {
  const one = i32.store(get(to), i32.load(get(from)))
  return f.times(count, one + bump(to, toStep) + bump(from, fromStep))
}

/** One row of the last axis, by remainder classes: x = start, start + step, … go to one phase, `advance` apart. */
function copyRow(f: FunctionBuilder, axis: WindowAxis, phaseBytes: number, to: Local, from: Local): Code {
  const { stride, inputDilation, low } = axis
  const { first, count } = reached(axis)
  if (count === 0) return ''
  const t = f.i32()
  const s = f.i32()
  const column = low + inputDilation * first
  if (stride === 1 && inputDilation === 1)
    return memory.copy(
      i32.add(get(to), i32.const(4 * column)),
      i32.add(get(from), i32.const(4 * first)),
      i32.const(4 * count),
    )
  const place = (c: number): number => (c % stride) * phaseBytes + 4 * Math.floor(c / stride)
  let start = first
  let code = ''
  if (stride === 2 && inputDilation === 1 && count >= 8) {
    const blocks = Math.floor(count / 8)
    const a = f.v128()
    const b = f.v128()
    const u = f.i32()
    code += all(
      set(s, i32.add(get(from), i32.const(4 * first))),
      set(t, i32.add(get(to), i32.const(place(column)))),
      set(u, i32.add(get(to), i32.const(place(column + 1)))),
      f.times(
        blocks,
        all(
          set(a, v128.load(get(s))),
          set(b, v128.load(get(s), 16)),
          v128.store(get(t), v128.shuffle(get(a), get(b), [0, 2, 4, 6])),
          v128.store(get(u), v128.shuffle(get(a), get(b), [1, 3, 5, 7])),
          bump(s, 32),
          bump(t, 16),
          bump(u, 16),
        ),
      ),
    )
    start += 8 * blocks
  }
  const left = first + count - start
  const step = stride / gcd(stride, inputDilation)
  const advance = inputDilation / gcd(stride, inputDilation)
  for (const r of range(Math.min(step, left))) {
    const x = start + r
    code += all(
      set(s, i32.add(get(from), i32.const(4 * x))),
      set(t, i32.add(get(to), i32.const(place(low + inputDilation * x)))),
      copyElements(f, t, s, Math.ceil((left - r) / step), 4 * advance, 4 * step),
    )
  }
  return code
}

/** Two functions: fill(scratch) with the padding, once per kernel; copy(scratch, plane). */
export function emitPadding(e: Emitter, { axes, leadBytes, planeBytes, phaseBytes }: Geometry, value: number) {
  const fill = e.module.function({
    params: [I32],
    build(f, to) {
      if (value === 0) return memory.fill(get(to), i32.const(0), i32.const(planeBytes))
      const vector = f.v128()
      const bits = new Int32Array(new Float32Array([value]).buffer)[0]!
      return all(
        set(vector, v128.const(bits, bits, bits, bits)),
        f.times(planeBytes / 16, v128.store(get(to), get(vector)) + bump(to, 16)),
      )
    },
  })
  const lead = axes.slice(0, -1)
  const row = e.module.function({
    params: [I32, I32],
    build: (f, to, from) => copyRow(f, axes.at(-1)!, phaseBytes, to, from),
  })
  const copy = e.module.function({
    params: [I32, I32],
    build(f, to, from) {
      const ranges = lead.map(reached)
      if (ranges.some(r => r.count === 0)) return ''
      const fromBytes = lead.map((_, d) => 4 * axes.slice(d + 1).reduce((n, a) => n * a.size, 1))
      const toStart = ranges.reduce(
        (n, r, d) => n + (lead[d]!.low + lead[d]!.inputDilation * r.first) * leadBytes[d]!,
        0,
      )
      const fromStart = ranges.reduce((n, r, d) => n + r.first * fromBytes[d]!, 0)
      return all(
        bump(to, toStart),
        bump(from, fromStart),
        nest(
          f,
          [to, from],
          ranges.map((r, d) => ({ count: r.count, steps: [lead[d]!.inputDilation * leadBytes[d]!, fromBytes[d]!] })),
          call(row, get(to), get(from)),
        ),
      )
    },
  })
  return { fill, copy }
}
