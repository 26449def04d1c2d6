/**
 * The outputs of one image cut into tiles of a few vectors, and the tables that say where each tile reads and writes.
 */

import type { Dim } from '../../compile/contraction.ts'
import type { ConvolutionPlan } from '../../compile/convolution-plan.ts'
import { range } from '../../graph/shape.ts'
import type { ConvolutionReduction } from './convolution-reduction.ts'
import type { Emitter } from './emitter.ts'
import type { Source } from './source.ts'

/** Four outputs: which row, which first column, how many of them are stored. */
interface Vector {
  readonly row: readonly number[]
  readonly column: number
  readonly lanes: number
}
type Tile = readonly Vector[]

const indices = (dims: readonly Dim[]): number[][] =>
  dims.reduce<number[][]>((all, d) => all.flatMap(i => range(d.size).map(j => [...i, j])), [[]])

/** In groups of tiles with equally many vectors of equal widths. */
function tilesFor(p: ConvolutionPlan, vectors: number, exact: boolean): Tile[][] {
  const rows = indices(p.rows)
  const width = p.columns.size
  const perRow = Math.ceil(width / 4)
  const groups: Tile[][] = []
  const chunks = (all: readonly Vector[], size: number, fill: boolean): void => {
    const whole = Math.floor(all.length / size)
    const tiles = range(whole).map(i => all.slice(i * size, (i + 1) * size))
    const rest = all.slice(whole * size)
    if (rest.length > 0 && fill && whole > 0)
      tiles.push([...rest, ...range(size - rest.length).map(() => rest.at(-1)!)])
    if (tiles.length > 0) groups.push(tiles)
    if (rest.length > 0 && !(fill && whole > 0)) groups.push([rest])
  }
  if (p.m.size <= 3) {
    // few rows of weights: many vectors, in whole rows so that they share pointers
    const pieces = Math.ceil(perRow / vectors)
    const across = Math.ceil(perRow / pieces)
    const down = pieces === 1 ? Math.max(1, Math.floor(vectors / across)) : 1
    const lines = indices(p.rows.slice(0, -1)).flatMap(outer => {
      const inner = p.rows.at(-1)?.size ?? 1
      return range(Math.ceil(inner / down)).map(i =>
        range(Math.min(down, inner - i * down)).map(j => (p.rows.length > 0 ? [...outer, i * down + j] : [])),
      )
    })
    const byShape = new Map<string, Tile[]>()
    for (const line of lines)
      for (let first = 0; first < perRow; first += across) {
        const columns = range(Math.min(across, perRow - first)).map(j => (first + j) * 4)
        const tile = line.flatMap(row => columns.map(column => ({ row, column, lanes: Math.min(4, width - column) })))
        const shape = `${line.length},${tile.map(v => v.lanes)}`
        const same = byShape.get(shape)
        if (same) same.push(tile)
        else byShape.set(shape, [tile])
      }
    groups.push(...byShape.values())
    return groups
  }
  if (!exact || width % 4 === 0) {
    // the last vector of a row overlaps the one before: both compute the same
    const all = rows.flatMap(row => range(perRow).map(i => ({ row, column: Math.min(i * 4, width - 4), lanes: 4 })))
    chunks(all, vectors, !exact)
    return groups
  }
  const whole = perRow - 1
  chunks(
    rows.flatMap(row => range(whole).map(i => ({ row, column: i * 4, lanes: 4 }))),
    vectors,
    false,
  )
  chunks(
    rows.map(row => ({ row, column: whole * 4, lanes: width % 4 })),
    vectors,
    false,
  )
  return groups
}

/** Tiles that the same micro kernel computes. */
export interface TileGroup {
  readonly count: number
  /** Stored lanes of each vector. */
  readonly lanes: readonly number[]
  /** Pointers per operand and site: one for each vector, or one if vectors are at the same distances in all tiles. */
  readonly pointers: number
  /** Bytes from the one pointer of b to each vector. */
  readonly b: readonly number[] | 'pointers'
  /** Elements from the one pointer of each site to each vector. */
  readonly sites: readonly (readonly number[] | 'pointers')[]
  /** Where the table is among the constants, and bytes per tile. */
  readonly table: number
  readonly entryBytes: number
}

export interface Tiles {
  readonly groups: readonly TileGroup[]
  /** Which offsets of the table a site adds; −1 for a site that does not move with the position. */
  readonly patternOf: readonly number[]
  readonly patterns: number
}

/**
 * Table entry of a tile, in int32, with `n` pointers: n offsets of b, n offsets for each pattern of the sites (bytes); first
 * step of the reduction, number of turns of its outermost loop.
 */
export function tilesOfImage(
  e: Emitter,
  p: ConvolutionPlan,
  source: Source,
  reduction: ConvolutionReduction,
  vectors: number,
): Tiles {
  // a load that a store overwrites must be read once
  const stores = p.c.sites.filter(s => s.store)
  const exact = p.c.sites.some(
    s =>
      !s.store &&
      stores.some(
        t => t.access.offset === s.access.offset && t.access.strides.every((x, i) => x === s.access.strides[i]),
      ),
  )
  // sites that move with the position share offsets if they have the same strides
  const positions = [...p.rows, p.columns]
  const patterns: number[][] = []
  const patternOf = p.c.sites.map((_, i) => {
    const strides = positions.map(d => d.sites[i]!)
    if (strides.every(s => s === 0)) return -1
    const known = patterns.findIndex(q => q.every((s, j) => s === strides[j]))
    return known >= 0 ? known : patterns.push(strides) - 1
  })
  const rowAt = p.rows.map(dim => source.element(dim))
  const bOf = (v: Vector): number => {
    let offset = v.column
    for (const [i, row] of v.row.entries()) offset += rowAt[i]!(row)
    return offset
  }
  const siteOf = (pattern: readonly number[], v: Vector): number =>
    [...v.row, v.column].reduce((n, x, i) => n + x * pattern[i]!, 0)
  /** Turns of the outermost tap in which some vector of the tile sees data. */
  const turnsOf = (tile: Tile): [first: number, count: number] => {
    const { axis, dim, step } = p.outerTaps[0]!
    const position = axis.terms.find(t => t.dim.role === 'n')
    const at = position ? p.rows.indexOf(position.dim) : -1
    const sees = (tap: number): boolean =>
      tile.some(v => {
        const x = axis.start + step * tap + (position ? position.step * (at < 0 ? 0 : v.row[at]!) : 0)
        return x >= 0 && x < axis.size
      })
    const seen = range(dim.size).filter(sees)
    return seen.length === 0 ? [0, 1] : [seen[0]!, seen.at(-1)! - seen[0]! + 1]
  }
  const { clip } = reduction
  const tapStride = clip ? source.position(p.outerTaps[0]!.axis, p.outerTaps[0]!.axis.start + p.outerTaps[0]!.step) : 0

  const groups = tilesFor(p, vectors, exact).map((tiles): TileGroup => {
    const lanes = tiles[0]!.map(v => v.lanes)
    const relative = (t: Tile, of: (v: Vector) => number): number[] => t.map(v => of(v) - of(t[0]!))
    const same = (of: (v: Vector) => number): boolean => {
      const first = relative(tiles[0]!, of)
      return tiles.every(t => relative(t, of).every((x, j) => x === first[j] && x >= 0))
    }
    const constant = same(bOf) && patterns.every(q => same(v => siteOf(q, v)))
    const entries: number[] = []
    for (const t of tiles) {
      const [first, count] = clip ? turnsOf(t) : [0, 1]
      const used = constant ? t.slice(0, 1) : t
      for (const v of used) entries.push((bOf(v) + first * tapStride) * 4)
      for (const q of patterns) for (const v of used) entries.push(siteOf(q, v) * 4)
      entries.push((first * reduction.size) / (clip ? p.outerTaps[0]!.dim.size : 1), count)
    }
    return {
      lanes,
      count: tiles.length,
      pointers: constant ? 1 : lanes.length,
      b: constant ? relative(tiles[0]!, bOf).map(x => x * 4) : 'pointers',
      sites: patternOf.map(i => {
        if (i < 0) return lanes.map(() => 0)
        return constant ? relative(tiles[0]!, v => siteOf(patterns[i]!, v)) : 'pointers'
      }),
      entryBytes: (entries.length / tiles.length) * 4,
      table: e.constants(Int32Array.from(entries)),
    }
  })
  return { groups, patternOf, patterns: patterns.length }
}
