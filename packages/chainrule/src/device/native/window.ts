/**
 * Pooling and its gradients, in any number of dimensions: a vector of windows that are neighbours along the last axis at a time.
 * Planes are padded in scratch memory where that is needed. Epilogues are applied in registers, except in a scatter, whose
 * results are complete only when all windows of a plane are done.
 */
import type { Access, Store, WindowKernel } from '../../compile/kernel.ts'
import { epilogueMap, plainStore, sameForPlanes } from '../../compile/window-epilogue.ts'
import { disjoint, firstTaps, type Geometry, geometryOf } from '../../compile/window-geometry.ts'
import { contiguousStrides, numel, range } from '../../graph/shape.ts'
import { aligned } from '../arena.ts'
import { Body, vectorType } from './body.ts'
import { affine, type Code, Lines } from './lines.ts'
import { printLoop } from './loop.ts'
import { Place } from './place.ts'
import type { PrintedKernel, Printer } from './printer.ts'
import { printPadding } from './window-padding.ts'

/** More taps than this are loops over the leading axes. */
const unrolledTaps = 64
/** Elements that the epilogue of a scatter works on at a time, about. */
const epilogueBlock = 4096
/** Tap of a window that lies wholly in the padding. */
const nowhere = -(2 ** 28)

export function printWindow(p: Printer, kernel: WindowKernel): PrintedKernel {
  const printer = new WindowPrinter(p, kernel)
  const { lines } = printer
  for (const [i] of kernel.buffers.entries()) lines.emit(`char* const b${i} = buffers[${i}];`)
  if (kernel.op === 'scatter') printer.scatter()
  else printer.forward()
  const body = lines.text()
  const name = p.intern(
    `window ${body}`,
    name => `OUT void ${name}(char* const* buffers, char* scratch) {\n${body}\n}\n`,
  )
  return { name, scratchBytes: printer.scratchBytes, notes: printer.notes }
}

class WindowPrinter {
  readonly p: Printer
  readonly kernel: WindowKernel
  readonly geometry: Geometry
  readonly lanes: number
  readonly lines = new Lines()
  scratchBytes = 0
  notes: string[] = []
  /** Elements between neighbours in a plane of x. */
  readonly #planeStrides: readonly number[]
  /** Whether two rows of windows share a vector, and how many rows do now. */
  readonly #inPairs: boolean
  #rowsNow = 1

  constructor(p: Printer, kernel: WindowKernel) {
    this.p = p
    this.kernel = kernel
    this.lanes = p.target.lanes
    this.geometry = geometryOf(kernel, this.lanes, () => true)
    this.#planeStrides = contiguousStrides(kernel.size)
    if (this.geometry.kind === 'padded') this.scratchBytes = aligned(this.geometry.planeBytes + 8 * this.lanes)
    const width = kernel.positions.at(-1)!
    this.#inPairs = this.#canPair(width)
    if (width < this.lanes / 2 && !this.#inPairs) this.notes.push(`${width} windows in a row, ${this.lanes} lanes`)
  }

  /** Rows of few windows, of which everything is read and written as if two of them were one. */
  #canPair(width: number): boolean {
    const { kernel, geometry } = this
    if (geometry.kind !== 'pairs' || geometry.axes.length < 2 || 2 * width > this.lanes) return false
    if (kernel.op === 'scatter') return disjoint(geometry).applies
    const { body, stores } = kernel.epilogue
    const follows = (strides: readonly number[]): boolean => strides.at(-2) === width * strides.at(-1)!
    const plain = ({ mask, strides }: Access): boolean => !mask?.some(m => m.dim > 0) && follows(strides)
    return (
      kernel.op !== 'pick' &&
      stores.every(s => plain(s.access)) &&
      body.every(i => (i.op === 'load' ? plain(i.access) : i.op !== 'index' || follows(i.strides)))
    )
  }

  forward(): void {
    const { kernel, lines, geometry } = this
    const { op, rows } = kernel
    const place = new Place(this.p, lines, geometry.axes.length)
    if (rows * geometry.windows === 0) return
    this.#pad(op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
    lines.block(`for (long i0 = 0; i0 < ${rows}; i0++)`, () => {
      this.#plane()
      if (op === 'pick') lines.emit(`const char* h = b${kernel.inputs[1]} + i0 * ${4 * geometry.plane}L;`)
      this.#vectors(lanes => {
        const result = op === 'pick' ? this.#picked(lanes) : op === 'max' ? this.#maximum(lanes) : this.#sum(lanes)
        const { body, stores } = kernel.epilogue
        const window = { first: 0, lanes }
        const values = new Body(this.p, lines, body, place.source(window, { result: () => result }))
        const type = ({ value }: Store) => vectorType(body[value]!.dtype)
        // all values before the first store, which may overwrite what another one reads
        const stored = stores.map(store => lines.let(type(store), values.stored(store.value)))
        for (const [i, store] of stores.entries()) place.store(store.access, stored[i]!, window, type(store) === 'V')
      })
    })
  }

  scatter(): void {
    const { kernel, lines, geometry } = this
    const { rows, inputs } = kernel
    const [x, g] = inputs as [number, number]
    const { plane, windows } = geometry
    const planes = (count: number, out: Code): void => {
      const aside = disjoint(geometry)
      if (windows === 0 || !(aside.applies && aside.covers))
        lines.emit(`__builtin_memset(${out}, 0, ${4 * count * plane}L);`)
      if (count * windows === 0) return
      lines.block(`for (long i = 0; i < ${count}; i++)`, () => {
        lines.emit(`const long i0 = block + i;\nchar* const plane = ${out} + i * ${4 * plane}L;`)
        lines.emit(`const char* g = b${g} + i0 * ${4 * windows}L;`)
        this.#plane()
        this.#vectors(lanes => {
          const index = `i${geometry.axes.length}`
          const given = lines.let('V', `ld(g + 4 * (${this.#windowIndex()}))`)
          if (aside.applies) this.#side(given, lanes)
          else {
            const { stride } = geometry.axes.at(-1)!
            lines.emit(
              `${this.#dropLanes()}(plane + 4 * (${this.#origin()} + ${stride} * ${index}), ${4 * stride}, ${this.#search(lanes)}, ${given}, ${lanes});`,
            )
          }
        })
      })
    }
    const direct = plainStore(kernel)
    this.#pad(Number.NEGATIVE_INFINITY)
    if (direct !== undefined && kernel.buffers[direct] !== kernel.buffers[x]) {
      lines.block('', () => {
        lines.emit('const long block = 0;')
        planes(rows, `b${direct}`)
      })
      return
    }
    const size = sameForPlanes(kernel.epilogue) ? Math.min(rows, Math.ceil(epilogueBlock / Math.max(1, plane))) : rows
    const raw = this.scratchBytes
    this.scratchBytes += aligned(4 * size * plane)
    const free = this.scratchBytes
    const block = (count: number): void => {
      planes(count, `(scratch + ${raw})`)
      const { loop, streams } = epilogueMap(kernel, count)
      const { name, scratchBytes, notes } = printLoop(this.p, loop)
      this.scratchBytes = Math.max(this.scratchBytes, free + scratchBytes)
      this.notes = [...new Set([...this.notes, ...notes])]
      const pointers = streams.map(s => `b${s.argument} + block * ${4 * s.step}L`)
      lines.emit(`char* const args[] = {${[`scratch + ${raw}`, ...pointers].join(', ')}};`)
      lines.emit(`${name}(args, scratch + ${free});`)
    }
    const whole = Math.floor(rows / Math.max(1, size)) * size
    if (whole > 0) lines.block(`for (long block = 0; block < ${whole}; block += ${size})`, () => block(size))
    if (rows > whole)
      lines.block('', () => {
        lines.emit(`const long block = ${whole};`)
        block(rows - whole)
      })
  }

  #pad(value: number): void {
    if (this.geometry.kind !== 'padded' || this.geometry.windows === 0) return
    const bytes = this.scratchBytes
    if (value === 0) this.lines.emit(`__builtin_memset(scratch, 0, ${bytes});`)
    else
      this.lines.emit(
        `for (long i = 0; i < ${bytes}; i += ${4 * this.lanes}) st(scratch + i, splat(-__builtin_inff()));`,
      )
  }

  /** `from`: where the windows of plane i0 are read. */
  #plane(): void {
    const { lines, geometry, kernel } = this
    lines.emit(`const char* x = b${kernel.inputs[0]} + i0 * ${4 * geometry.plane}L;`)
    if (geometry.kind === 'padded')
      lines.emit(`${printPadding(this.p, geometry)}(scratch, x);\nconst char* const from = scratch;`)
    else lines.emit(`const char* const from = x + ${geometry.startBytes}L;`)
  }

  /** `body` for each vector of windows of a plane; `w` is where its first window is read. */
  #vectors(body: (lanes: number) => void): void {
    const { lines, lanes } = this
    const { axes, leadBytes, columnBytes } = this.geometry
    const lead = axes.slice(0, -1)
    const last = axes.length
    const width = axes.at(-1)!.positions
    const names = range(lead.length).map(d => `i${d + 1}`)
    const vector = (lanes: number): void => {
      const place = affine(0, [...lead.map((a, d) => a.stride * leadBytes[d]!), columnBytes], [...names, `i${last}`])
      lines.emit(`const char* w = from + (${place});`)
      body(lanes)
    }
    const nest = (d: number): void => {
      if (d < lead.length) {
        const { positions } = lead[d]!
        const rows = this.#inPairs && d === lead.length - 1 ? 2 : 1
        const rest = positions % rows
        if (positions >= rows)
          lines.block(`for (long i${d + 1} = 0; i${d + 1} < ${positions - rest}; i${d + 1} += ${rows})`, () => {
            this.#rowsNow = rows
            nest(d + 1)
            this.#rowsNow = 1
          })
        if (rest > 0)
          lines.block('', () => {
            lines.emit(`const long i${d + 1} = ${positions - rest};`)
            nest(d + 1)
          })
        return
      }
      if (this.#rowsNow > 1) {
        lines.emit(`const long i${last} = 0;`)
        vector(this.#rowsNow * width)
        return
      }
      const rest = width % lanes
      if (width >= lanes)
        lines.block(`for (long i${last} = 0; i${last} < ${width - rest}; i${last} += ${lanes})`, () => vector(lanes))
      if (rest > 0)
        lines.block('', () => {
          lines.emit(`const long i${last} = ${width - rest};`)
          vector(rest)
        })
    }
    nest(0)
  }

  /** Number of the vector's first window among those of its plane. */
  #windowIndex(): Code {
    const { positions } = this.kernel
    return affine(
      0,
      contiguousStrides(positions),
      positions.map((_, d) => `i${d + 1}`),
    )
  }
  /** Element of the plane where the leading axes of a window begin; it may lie outside. */
  #origin(): Code {
    const { axes } = this.geometry
    const strides = this.#planeStrides
    return affine(
      -axes.reduce((n, a, d) => n + a.low * strides[d]!, 0),
      axes.slice(0, -1).map((a, d) => a.stride * strides[d]!),
      axes.map((_, d) => `i${d + 1}`),
    )
  }

  /**
   * `body` for each tap: a vector of elements, a name, and how many elements behind its window's first one it is in the plane, in
   * row-major order.
   */
  #taps(lanes: number, body: (x: Code, place: Code) => void): void {
    const { lines } = this
    const { axes, leadBytes } = this.geometry
    const lead = axes.slice(0, -1)
    const last = axes.at(-1)!
    const row = (bytes: Code, place: (t: number) => Code): void => {
      const vectors = this.#row(bytes, lanes)
      for (const [t, x] of vectors.entries()) body(lines.let('V', x), place(t * last.dilation))
    }
    const strides = lead.map((a, d) => a.dilation * leadBytes[d]!)
    const places = lead.map((a, d) => a.dilation * this.#planeStrides[d]!)
    if (numel(axes.map(a => a.window)) > unrolledTaps && lead.length > 0) {
      const names = lead.map((_, d) => `t${d}`)
      const nest = (d: number): void => {
        if (d === lead.length) row(affine(0, strides, names), t => `(int)(${affine(t, places, names)})`)
        else lines.block(`for (long t${d} = 0; t${d} < ${lead[d]!.window}; t${d}++)`, () => nest(d + 1))
      }
      nest(0)
      return
    }
    const all = lead.reduce<number[][]>((sofar, a) => sofar.flatMap(t => range(a.window).map(i => [...t, i])), [[]])
    const dot = (taps: readonly number[], by: readonly number[]): number => taps.reduce((n, t, d) => n + t * by[d]!, 0)
    for (const taps of all) row(`${dot(taps, strides)}L`, t => `${dot(taps, places) + t}`)
  }

  /** The elements under each tap of the last axis, `bytes` behind `w`. */
  #row(bytes: Code, lanes: number): Code[] {
    const { kind, tapBytes, axes, leadBytes } = this.geometry
    if (kind !== 'pairs') return tapBytes.map(t => `ld(w + ${bytes} + ${t}L)`)
    const { window } = axes.at(-1)!
    const all = this.lanes
    const paired = this.#rowsNow > 1
    const { positions } = axes.at(-1)!
    const pick = (odd: number): string =>
      range(all)
        .map(i => (paired && i >= positions ? all + ((2 * (i - positions)) % all) : 2 * i) + odd)
        .join(', ')
    const nextRow = paired ? axes.at(-2)!.stride * leadBytes.at(-1)! : 4 * all
    return range(Math.ceil(window / 2)).flatMap(pair => {
      const a = this.lines.let('V', `ld(w + ${bytes} + ${8 * pair}L)`)
      // behind the last window nothing is read
      const far = `ld(w + ${bytes} + ${8 * pair + nextRow}L)`
      const b = this.lines.let('V', paired || lanes > all / 2 ? far : '(V){}')
      return [0, 1].filter(odd => 2 * pair + odd < window).map(odd => `shuffled(${a}, ${b}, ${pick(odd)})`)
    })
  }

  #sum(lanes: number): Code {
    const total = this.lines.variable('V', '{}')
    this.#taps(lanes, x => this.lines.emit(`${total} += ${x};`))
    return total
  }

  #maximum(lanes: number): Code {
    const { lines } = this
    const most = lines.variable('V', 'splat(-__builtin_inff())')
    const invalid = lines.variable('I', '{}')
    this.#taps(lanes, x => lines.emit(`${most} = sel(${x} > ${most}, ${x}, ${most}); ${invalid} |= ${x} != ${x};`))
    return lines.let('V', `(V)((I)${most} | ${invalid})`)
  }

  /** Which tap the first maximum of each window is: elements behind the window's first one; negative for none. */
  #search(lanes: number): Code {
    const { lines } = this
    const best = lines.variable('V', 'splat(-__builtin_inff())')
    const tap = lines.variable('I', this.#firstInside())
    this.#taps(lanes, (x, place) =>
      lines.block('', () => {
        lines.emit(`const I better = ~(${x} <= ${best}) & (${best} == ${best});`)
        lines.emit(`${best} = sel(better, ${x}, ${best}); ${tap} = seli(better, isplat(${place}), ${tap});`)
      }),
    )
    return tap
  }

  /** The first tap of each window that is not padding. */
  #firstInside(): Code {
    const { axes } = this.geometry
    const strides = this.#planeStrides
    const parts = axes.map((a, d) => firstTaps(a).map(t => (t < 0 ? nowhere : t * a.dilation * strides[d]!)))
    if (parts.every(part => part.every(t => t === 0))) return '{}'
    const lead = parts.slice(0, -1)
    const sums = lead.reduce((all, part) => all.flatMap(sum => part.map(t => Math.max(nowhere, sum + t))), [0])
    const counts = contiguousStrides(lead.map(part => part.length))
    const index = affine(
      0,
      counts,
      lead.map((_, d) => `i${d + 1}`),
    )
    // a whole vector is read
    const columns = [...parts.at(-1)!, ...range(this.lanes).map(() => 0)]
    return `isplat(${this.p.table(sums)}[${index}]) + ldi((const char*)(${this.p.table(columns)} + i${axes.length}))`
  }

  #picked(lanes: number): Code {
    const { stride } = this.geometry.axes.at(-1)!
    const name = this.p.intern(
      'pick_lanes',
      name => `OUT V ${name}(const char* from, long step, I tap, int n) {
V x = {};
for (int l = 0; l < n; l++) if (tap[l] >= 0) x[l] = F(from + l * step + 4 * (long)tap[l]);
return x;
}
`,
    )
    const place = `h + 4 * (${this.#origin()} + ${stride} * i${this.geometry.axes.length})`
    return this.lines.let('V', `${name}(${place}, ${4 * stride}, ${this.#search(lanes)}, ${lanes})`)
  }

  #dropLanes(): string {
    return this.p.intern(
      'drop_lanes',
      name => `OUT void ${name}(char* to, long step, I tap, V x, int n) {
for (int l = 0; l < n; l++) if (tap[l] >= 0) F(to + l * step + 4 * (long)tap[l]) += x[l];
}
`,
    )
  }

  /** Windows of two side by side that share nothing: the elements under them are written in whole vectors. */
  #side(given: Code, lanes: number): void {
    const { lines } = this
    const { axes } = this.geometry
    const all = this.lanes
    const tap = this.#search(lanes)
    const strides = this.#planeStrides
    const lead = axes.slice(0, -1)
    const rows = lead.reduce<number[]>(
      (sofar, a, d) => sofar.flatMap(n => range(a.window).map(i => n + i * a.dilation * strides[d]!)),
      [0],
    )
    // where vectors of elements begin in the vector of windows, how many elements they are, and how far on in the plane
    const { positions } = axes.at(-1)!
    const next = this.#rowsNow > 1 ? axes.at(-2)!.stride * strides.at(-2)! : 0
    const pieces =
      this.#rowsNow > 1
        ? [
            { first: 0, count: 2 * positions, ahead: 0 },
            { first: positions, count: 2 * positions, ahead: next },
          ]
        : [0, 1].map(half => ({
            first: half * (all / 2),
            count: Math.min(all, 2 * lanes - half * all),
            ahead: half * all,
          }))
    const mixed = (first: number): string =>
      range(all)
        .map(i => (i & 1 ? all : 0) + ((first + (i >> 1)) % all))
        .join(', ')
    for (const row of rows) {
      const [even, odd] = [0, 1].map(i => lines.let('V', `(V)((I)${given} & (${tap} == ${row + i}))`))
      const to = `plane + 4 * (${this.#origin()} + 2 * i${axes.length} + ${row})`
      for (const { first, count, ahead } of pieces) {
        if (count <= 0) continue
        const value = `shuffled(${even}, ${odd}, ${mixed(first)})`
        const at = `${to} + ${4 * ahead}L`
        lines.emit(count === all ? `st(${at}, ${value});` : `st_n(${at}, ${value}, ${count});`)
      }
    }
  }
}
