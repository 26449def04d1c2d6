/**
 * Gather and its transpose: rows of `inner` elements picked or accumulated where a list of indices says. The list is checked
 * as it is read. Vectors run along a row.
 */
import type { GatherKernel, ScatterKernel } from '../../compile/kernel.ts'
import {
  all,
  bump,
  type Code,
  call,
  type FunctionBuilder,
  f32,
  f32x4,
  get,
  I32,
  i32,
  i32x4,
  ifElse,
  type Local,
  memory,
  set,
  v128,
} from './assembler.ts'
import type { EmittedKernel, Emitter } from './emitter.ts'
import { copyRow } from './packing.ts'

/** Rows of at least this many elements are copied by the engine. */
const BULK = 64
/** Indices worked off by one call of the inner function, which keeps it hot. */
const CHUNK = 256

/** to[0…n) = from[0…n) */
const copyRun = (f: FunctionBuilder, to: Local, from: Local, n: number): Code =>
  n >= BULK ? memory.copy(get(to), get(from), i32.const(4 * n)) : copyRow(f, to, from, n)

/** to[0…n) += from[0…n) */
function addRow(f: FunctionBuilder, to: Local, from: Local, n: number, isFloat: boolean): Code {
  const [lanes, one] = isFloat ? [f32x4, f32] : [i32x4, i32]
  const vector = (offset: number): Code =>
    v128.store(get(to), lanes.add(v128.load(get(to), offset), v128.load(get(from), offset)), offset)
  const single = (offset: number): Code =>
    one.store(get(to), one.add(one.load(get(to), offset), one.load(get(from), offset)), offset)
  const long = n > 64 ? Math.floor(n / 16) : 0
  let code = f.times(long, all(vector(0), vector(16), vector(32), vector(48), bump(to, 64), bump(from, 64)))
  let at = 16 * long
  for (; at + 4 <= n; at += 4) code += vector(4 * (at - 16 * long))
  for (; at < n; at++) code += single(4 * (at - 16 * long))
  return code
}

/** Code between the rows `selected` and `listed`, two pointers that it may change. */
type Row = (f: FunctionBuilder, selected: Local, listed: Local) => Code

/** A function of (x, indices, y, n) that runs `row` for n indices; x is where index 0 is, y the first listed row. */
function chunkFunction(e: Emitter, { size, inner }: GatherKernel | ScatterKernel, row: Row): number {
  return e.module.function({
    params: [I32, I32, I32, I32],
    build(f, x, indices, y, n) {
      const index = f.i32()
      const selected = f.i32()
      const listed = f.i32()
      return f.times(
        get(n),
        all(
          set(index, i32.load(get(indices))),
          ifElse(i32.geU(get(index), i32.const(size)), e.fault('index', get(index), i32.const(size))),
          set(selected, i32.add(get(x), i32.mul(get(index), i32.const(4 * inner)))),
          set(listed, get(y)),
          row(f, selected, listed),
          bump(indices, 4),
          bump(y, 4 * inner),
        ),
      )
    },
  })
}

/** Calls the chunk function for all outer positions; `x` and `y` advance. */
function overOuter(
  f: FunctionBuilder,
  chunk: number,
  kernel: GatherKernel | ScatterKernel,
  x: Local,
  y: Local,
  list: Local,
): Code {
  const { outer, size, inner, count } = kernel
  const indices = f.i32()
  const step = (n: number): Code =>
    n === 0
      ? ''
      : all(call(chunk, get(x), get(indices), get(y), i32.const(n)), bump(indices, 4 * n), bump(y, 4 * inner * n))
  return f.times(
    outer,
    all(
      set(indices, get(list)),
      f.times(Math.floor(count / CHUNK), step(CHUNK)),
      step(count % CHUNK),
      bump(x, 4 * inner * size),
    ),
  )
}

/** out[o, j, ·] = x[o, indices[j], ·] */
export function emitGather(e: Emitter, kernel: GatherKernel): EmittedKernel {
  const chunk = chunkFunction(e, kernel, (f, selected, listed) => copyRun(f, listed, selected, kernel.inner))
  const index = e.module.function({
    params: [I32, I32, I32, I32, I32],
    build: (f, x, list, out) => overOuter(f, chunk, kernel, x, out, list),
  })
  return { index, scratchBytes: 0, notes: kernel.inner < 4 ? ['rows shorter than a vector'] : [] }
}

/** out = 0; out[o, indices[j], ·] += updates[o, j, ·] */
export function emitScatter(e: Emitter, kernel: ScatterKernel): EmittedKernel {
  const { outer, size, inner, dtype } = kernel
  const chunk = chunkFunction(e, kernel, (f, selected, listed) =>
    addRow(f, selected, listed, inner, dtype === 'float32'),
  )
  const index = e.module.function({
    params: [I32, I32, I32, I32, I32],
    build: (f, updates, list, out) =>
      all(
        memory.fill(get(out), i32.const(0), i32.const(4 * outer * size * inner)),
        overOuter(f, chunk, kernel, out, updates, list),
      ),
  })
  return { index, scratchBytes: 0, notes: inner < 4 ? ['rows shorter than a vector'] : [] }
}
