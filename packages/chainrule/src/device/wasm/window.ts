/**
 * Pooling and its gradients, in any number of dimensions. Windows are worked on four at a time along the last axis
 * (`window-line`), planes are padded in scratch memory where that is needed (`window-padding`), and elementwise work on the
 * result is a map over a few planes at a time while they are in the cache.
 */
import type { WindowKernel } from '../../compile/kernel.ts'
import { epilogueMap, outputAxes, plainStore, sameForPlanes } from '../../compile/window-epilogue.ts'
import { disjoint, firstTaps, type Geometry, geometryOf, paddedPlane } from '../../compile/window-geometry.ts'
import { contiguousStrides, numel } from '../../graph/shape.ts'
import { aligned } from '../arena.ts'
import {
  all,
  bump,
  type Code,
  call,
  type FunctionBuilder,
  get,
  I32,
  i32,
  i32x4,
  type Local,
  memory,
  set,
  type ValueType,
  v128,
} from './assembler.ts'
import type { EmittedKernel, Emitter } from './emitter.ts'
import { emitLoop } from './loop.ts'
import { paddedCopy } from './padded-copy.ts'
import { type Level, nest } from './walk.ts'
import { emitDisjointRows } from './window-disjoint.ts'
import { emitForwardRows, emitPlaceRows } from './window-line.ts'

/** Windows that one call of the inner function works on, about. */
const WINDOWS_PER_CALL = 2048
/** Elements that an epilogue works on at a time, about. */
const EPILOGUE_BLOCK = 4096
/** Place of a window that lies wholly in the padding. */
const NOWHERE = -(2 ** 30)

/** Largest divisor of n that is at most `limit`. */
function divisor(n: number, limit: number): number {
  let d = Math.max(1, Math.min(n, limit))
  while (n % d !== 0) d--
  return d
}

/** Function (x, h or g, out, scratch, constants): raw results of `planes` planes, contiguous. */
function emitPlanes(
  e: Emitter,
  kernel: WindowKernel,
  geometry: Geometry,
  planes: number,
): { index: number; scratchBytes: number } {
  const { op, positions } = kernel
  const { axes, kind, leadBytes } = geometry
  const fill = (f: Local, elements: number): Code => memory.fill(get(f), i32.const(0), i32.const(4 * elements))
  const params: ValueType[] = [I32, I32, I32, I32, I32]
  if (planes === 0 || geometry.windows === 0) {
    const elements = op === 'scatter' ? planes * geometry.plane : 0
    const index = e.module.function({ params, build: (_, __, ___, out) => (elements > 0 ? fill(out, elements) : '') })
    return { index, scratchBytes: 0 }
  }
  const lead = axes.slice(0, -1)
  const planeStrides = contiguousStrides(axes.map(a => a.size)).map(n => 4 * n)
  const windowStrides = contiguousStrides(positions).map(n => 4 * n)
  const leadCounts = contiguousStrides([...lead.map(a => a.positions), 1]).slice(0, -1)
  const padded = kind === 'padded'
  // pointers: where windows are read, where they begin in the plane, the row of windows, the table of first taps
  const perPlane = [geometry.planeBytes, 4 * geometry.plane, 4 * geometry.windows, 0]
  const levels: Level[] = lead.map((a, d) => ({
    count: a.positions,
    steps: [a.stride * leadBytes[d]!, a.stride * planeStrides[d]!, windowStrides[d]!, 4 * leadCounts[d]!],
  }))
  if (!padded) levels.unshift({ count: planes, steps: perPlane })
  const inner = levels.pop() ?? { count: 1, steps: [0, 0, 0, 0] }
  const rows = divisor(inner.count, Math.ceil(WINDOWS_PER_CALL / positions.at(-1)!))
  const steps = inner.steps as [number, number, number, number]
  const outer = [...levels, { count: inner.count / rows, steps: steps.map(n => n * rows) }]
  const origin = -axes.reduce((n, a, d) => n + a.low * planeStrides[d]!, 0)
  const copy = padded ? paddedCopy(e, paddedPlane(geometry)) : undefined
  const aside = op === 'scatter' ? disjoint(geometry) : { applies: false, covers: false }
  const forward = op === 'sum' || op === 'max'
  const line = forward
    ? emitForwardRows(e, geometry, op, [steps[0], steps[2]])
    : aside.applies
      ? emitDisjointRows(e, geometry, steps)
      : emitPlaceRows(e, geometry, op, steps)
  const tables = padded && !forward ? firstTapTables(e, geometry) : { lead: 0, last: 0 }
  const index = e.module.function({
    params,
    build(f, x, other, out, scratch, constants) {
      const windows = f.i32()
      const firsts = f.i32()
      const columns = f.i32()
      const plane = op === 'scatter' ? out : other
      const given = op === 'scatter' ? other : out
      const work = forward
        ? call(line, get(windows), get(given), i32.const(rows))
        : call(line, get(windows), get(plane), get(given), get(firsts), get(columns), i32.const(rows))
      const body = nest(f, [windows, plane, given, firsts], outer, work)
      return all(
        op === 'scatter' && !(aside.applies && aside.covers) ? fill(out, planes * geometry.plane) : '',
        set(firsts, i32.add(get(constants), i32.const(tables.lead))),
        set(columns, i32.add(get(constants), i32.const(tables.last))),
        bump(plane, forward ? 0 : origin),
        copy !== undefined
          ? all(
              fillPadding(f, scratch, geometry.planeBytes, op === 'sum' ? 0 : 0xff800000),
              set(windows, get(scratch)),
              f.times(
                planes,
                all(
                  call(copy, get(scratch), get(x)),
                  body,
                  bump(x, 4 * geometry.plane),
                  bump(plane, perPlane[1]!),
                  bump(given, perPlane[2]!),
                ),
              ),
            )
          : all(set(windows, i32.add(get(x), i32.const(geometry.startBytes))), body),
      )
    },
  })
  return { index, scratchBytes: padded ? aligned(geometry.planeBytes) : 0 }
}

/** Fills whole vectors with a number given by its bits. */
function fillPadding(f: FunctionBuilder, to: Local, bytes: number, bits: number): Code {
  if (bits === 0) return memory.fill(get(to), i32.const(0), i32.const(bytes))
  const [at, vector] = [f.i32(), f.v128()]
  return all(
    set(at, get(to)),
    set(vector, i32x4.const(bits)),
    f.times(bytes / 16, v128.store(get(at), get(vector)) + bump(at, 16)),
  )
}

/** Bytes from a window's first element to its first one that is not padding: a part for leading axes, one for the last. */
function firstTapTables(e: Emitter, { axes }: Geometry): { lead: number; last: number } {
  const strides = contiguousStrides(axes.map(a => a.size))
  const parts = axes.map((a, d) => firstTaps(a).map(t => (t < 0 ? NOWHERE : 4 * t * a.dilation * strides[d]!)))
  const lead = parts
    .slice(0, -1)
    .reduce((sums, part) => sums.flatMap(sum => part.map(p => Math.max(sum + p, NOWHERE))), [0])
  return { lead: e.constants(Int32Array.from(lead)), last: e.constants(Int32Array.from(parts.at(-1)!)) }
}

/** Function (…streams, x, h or g, scratch, constants): windows and epilogue of `planes` planes. */
function emitBlock(e: Emitter, kernel: WindowKernel, geometry: Geometry, planes: number) {
  const raw = emitPlanes(e, kernel, geometry, planes)
  const { loop, streams } = epilogueMap(kernel, planes)
  const map = emitLoop(e, loop)
  const rawBytes = aligned(4 * planes * numel(outputAxes(kernel)))
  const index = e.module.function({
    params: [...streams, 0, 0, 0, 0].map((): ValueType => I32),
    build(_, ...p) {
      const [x, other, scratch, constants] = p.slice(streams.length).map(get) as [Code, Code, Code, Code]
      const rest = i32.add(scratch, i32.const(rawBytes))
      return all(
        call(raw.index, x, other, scratch, rest, constants),
        call(map.index, scratch, ...p.slice(0, streams.length).map(get), rest, constants),
      )
    },
  })
  return { index, streams, scratchBytes: rawBytes + Math.max(raw.scratchBytes, map.scratchBytes), notes: map.notes }
}

export function emitWindow(e: Emitter, kernel: WindowKernel): EmittedKernel {
  const { rows, inputs, op } = kernel
  const [x, other = x] = inputs as [number, number?]
  const geometry = geometryOf(kernel, 4, window => window === 2)
  const params = [...kernel.buffers, 0, 0].map((): ValueType => I32)
  const notes = kernel.positions.at(-1)! < 4 ? ['fewer than four windows in a row'] : []
  const direct = plainStore(kernel)
  if (direct !== undefined) {
    const { index: planes, scratchBytes } = emitPlanes(e, kernel, geometry, rows)
    const build = (_: FunctionBuilder, ...p: Local[]): Code =>
      call(planes, get(p[x]!), get(p[other]!), get(p[direct]!), get(p.at(-2)!), get(p.at(-1)!))
    return { index: e.module.function({ params, build }), scratchBytes, notes }
  }
  const elements = Math.max(1, numel(outputAxes(kernel)))
  const size = sameForPlanes(kernel.epilogue) ? Math.min(rows, Math.ceil(EPILOGUE_BLOCK / elements)) : rows
  const main = emitBlock(e, kernel, geometry, size)
  const rest = rows % size > 0 ? emitBlock(e, kernel, geometry, rows % size) : undefined
  const index = e.module.function({
    params,
    build(f, ...p) {
      // copies of the pointers, which move from block to block
      const moving = [
        ...main.streams,
        { argument: x, step: geometry.plane },
        { argument: other, step: op === 'scatter' ? geometry.windows : geometry.plane },
      ].map(stream => ({ ...stream, pointer: f.i32() }))
      const run = (block: number): Code =>
        call(block, ...moving.map(m => get(m.pointer)), get(p.at(-2)!), get(p.at(-1)!))
      return all(
        ...moving.map(m => set(m.pointer, get(p[m.argument]!))),
        f.times(Math.floor(rows / size), all(run(main.index), ...moving.map(m => bump(m.pointer, 4 * size * m.step)))),
        rest ? run(rest.index) : '',
      )
    },
  })
  return { index, scratchBytes: Math.max(main.scratchBytes, rest?.scratchBytes ?? 0), notes: [...notes, ...main.notes] }
}
