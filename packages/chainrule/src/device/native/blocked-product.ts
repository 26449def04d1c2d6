/**
 * The loops around the micro kernel: blocks of the reduction, blocks of columns whose part of b stays in the second-level cache,
 * tiles of rows whose part of a stays in the first. Partial sums wait in scratch memory between blocks of the reduction.
 */
import type { Dim } from '../../compile/contraction.ts'
import type { ContractKernel } from '../../compile/kernel.ts'
import { balanced, bytesOf, microKernel, partialBytes, type TileSite } from './micro-kernel.ts'
import type { Printer } from './printer.ts'
import { bump, nest, times, type Walk, walkOf } from './walk.ts'

/** Steps of the reduction done at once: so many rows of them stay in a first-level cache of 48 KiB. */
export const blockOfK = 768
export const rowsOfBlock = 12
/** Bytes of packed columns, which stay in the second-level cache. */
const columnBlockBytes = 512 << 10
const unrolledSums = 250

/** A piece of the reduction: loops over blocks, and the loops inside of one block. */
export interface Piece {
  readonly outer: readonly Dim[]
  readonly inner: readonly Dim[]
  /** Elements from this piece to the next. */
  readonly a: number
  readonly b: number
}

const product = (dims: readonly Dim[]): number => dims.reduce((n, d) => n * d.size, 1)

/** The reduction in blocks of at most `most` steps. */
export function pieces(dims: readonly Dim[], most = blockOfK): Piece[] {
  const inner: Dim[] = []
  const rest = [...dims]
  let size = 1
  while (rest.length > 0 && size * rest.at(-1)!.size <= most) {
    const dim = rest.pop()!
    size *= dim.size
    inner.unshift(dim)
  }
  const cut = rest.pop()
  if (!cut) return [{ outer: [], inner, a: 0, b: 0 }]
  return balanced(cut.size, Math.max(1, Math.floor(most / size))).map(p => ({
    outer: [...rest, { ...cut, size: p.count, a: cut.a * p.size, b: cut.b * p.size }],
    inner: [{ ...cut, size: p.size }, ...inner],
    a: cut.a * p.size * p.count,
    b: cut.b * p.size * p.count,
  }))
}

/** How columns of b are reached. `q` is the C name of the number of a panel. */
export type Columns =
  /** Where they are: neighbours in memory. */
  | { readonly kind: 'direct' }
  /** Copied: C that fills the panel `to` with a block of the reduction that begins at the pointer `b`. */
  | {
      readonly kind: 'packed'
      readonly pitch: number
      pack(piece: Piece, to: string, q: string, columns: number): string
    }

/** Where results go if columns are at no constant distance from one another in memory. */
export interface Scatter {
  /** C that passes a tile of sums in `partial` through the epilogue; `sites` are pointers at its first row. */
  finish(rows: number, vectors: number, q: string, partial: string, sites: readonly string[]): string
}

export interface BlockedProduct {
  readonly m: number
  readonly n: number
  readonly tile: { readonly rows: number; readonly vectors: number }
  /** Bytes between rows of a. */
  readonly aRow: number
  readonly columns: Columns
  /** Bytes. The pointers are `s0`, `s1`, … */
  readonly sites: readonly { readonly row: number; readonly column: number }[]
  readonly scatter?: Scatter | undefined
  readonly reduction: readonly Piece[]
  readonly kernel: ContractKernel
}

const align = (bytes: number): number => (bytes + 63) & ~63

/** Bytes per turn of each level when what they turn over is laid out one after the other. */
export function sequential(dims: readonly Dim[], bytes: number): number[] {
  const strides = new Array<number>(dims.length)
  let size = bytes
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = size
    size *= dims[i]!.size
  }
  return strides
}

/** C that computes the product at the pointers a, b, s0, …, which it leaves as they were; `free` is a pointer to scratch memory. */
export function blockedProduct(
  p: Printer,
  x: BlockedProduct,
): { readonly code: string; readonly scratchBytes: number } {
  const { tile, columns, kernel, reduction, scatter } = x
  const { lanes } = p.target
  const vectorBytes = bytesOf(p.target)
  const wide = tile.vectors * lanes
  const k = Math.max(...reduction.map(r => product(r.inner)))
  const blocks = reduction.reduce((n, r) => n + product(r.outer), 0)
  const waits = blocks > 1 || scatter !== undefined
  const packed = columns.kind === 'packed'
  const mParts = balanced(x.m, tile.rows)
  const panels = Math.ceil(x.n / wide)
  const rest = x.n % wide
  const panelBytes = packed ? align(k * columns.pitch + vectorBytes) : 0
  const perBlock = Math.min(panels, Math.max(1, Math.floor(columnBlockBytes / (k * wide * 4))))
  const partials = packed ? perBlock * panelBytes : 0
  // where sums of a tile wait only for its own epilogue, one place serves all
  const reused = blocks === 1
  const partialSize = waits
    ? reused
      ? partialBytes(p.target, tile.rows, tile.vectors)
      : x.m * perBlock * tile.vectors * vectorBytes
    : 0
  const scratchBytes = align(partials + partialSize) + 64

  const walk = (piece: Piece, sums: number): Walk => {
    const b = packed ? sequential(piece.inner, columns.pitch) : piece.inner.map(d => d.b * 4)
    return walkOf(
      piece.inner.map((d, i) => ({ count: d.size, a: d.a * 4, b: b[i]! })),
      Math.min(16, Math.floor(unrolledSums / sums)),
    )
  }
  const call = (piece: Piece, rows: number, width: number): string => {
    const vectors = Math.ceil(width / lanes)
    const offsets = Array.from({ length: vectors }, (_, j) => j)
    const name = microKernel(
      p,
      {
        rows: Array.from({ length: rows }, (_, i) => i * x.aRow),
        vectors: offsets.map(j => j * vectorBytes),
        lanes: offsets.map(j => Math.min(lanes, width - j * lanes)),
        walk: walk(piece, rows * vectors),
        end: scatter ? 'partial' : waits ? 'either' : 'epilogue',
        sites: x.sites.map(
          (s): TileSite => ({ row: s.row, lane: s.column / 4, vectors: offsets.map(j => j * lanes * s.column) }),
        ),
        dtype: kernel.dtype,
      },
      kernel.epilogue,
    )
    const partial = reused ? `free + ${partials}L` : 'partial'
    const sites = x.sites.map(({ column }, s) => (scatter || column === 0 ? `t${s}` : `t${s} + q * ${wide * column}L`))
    const given = [
      'ai',
      packed ? `free + (q - q0) * ${panelBytes}L` : `b + q * ${wide * 4}L`,
      ...(waits ? [partial, 'block == 0'] : []),
      ...(waits && !scatter ? [`block == ${blocks - 1}`] : []),
      ...(scatter ? [] : sites),
    ]
    const run = `${name}(${given.join(', ')});\n`
    const finish = scatter ? `if (block == ${blocks - 1}) ${scatter.finish(rows, vectors, 'q', partial, sites)}` : ''
    return run + finish + (waits && !reused ? `partial += ${rows * tile.vectors * vectorBytes}L;\n` : '')
  }
  /** For the panels of a block, the last of which may be narrower. */
  const overPanels = (body: (width: number) => string): string => {
    const all = panels - (rest > 0 ? 1 : 0)
    const full =
      all > 0 ? `for (; q < ${rest > 0 ? `(q1 < ${panels} ? q1 : ${all})` : 'q1'}; q++) {\n${body(wide)}}\n` : ''
    return `{ long q = q0;\n${full}${rest > 0 ? `if (q < q1) {\n${body(rest)}}\n` : ''}}\n`
  }
  const block = (piece: Piece): string => {
    const pack = packed ? overPanels(width => columns.pack(piece, `free + (q - q0) * ${panelBytes}L`, 'q', width)) : ''
    let down = `const char* ai = a;\n${x.sites.map((_, s) => `char* t${s} = s${s};\n`).join('')}`
    if (waits && !reused) down += `char* partial = free + ${partials}L;\n`
    for (const { size, count } of mParts)
      down += times(
        count,
        overPanels(width => call(piece, size, width)) +
          bump('ai', size * x.aRow) +
          x.sites.map((s, i) => bump(`t${i}`, size * s.row)).join(''),
      )
    return `${pack}{\n${down}}\n${waits ? 'block++;\n' : ''}`
  }
  const turns = reduction.map(
    (r, i) =>
      nest(
        ['a', 'b'],
        r.outer.map(d => ({ count: d.size, steps: [d.a * 4, d.b * 4] })),
        block(r),
      ) + (i < reduction.length - 1 ? bump('a', r.a * 4) + bump('b', r.b * 4) : ''),
  )
  const back = reduction.slice(0, -1).reduce((s, r) => ({ a: s.a + r.a * 4, b: s.b + r.b * 4 }), { a: 0, b: 0 })
  const body = `${waits ? 'int block = 0;\n' : ''}${turns.join('')}${bump('a', -back.a)}${bump('b', -back.b)}`
  const code = `for (long q0 = 0; q0 < ${panels}; q0 += ${perBlock}) {
const long q1 = q0 + ${perBlock} < ${panels} ? q0 + ${perBlock} : ${panels};
${body}}\n`
  return { code, scratchBytes }
}
