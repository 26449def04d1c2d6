/**
 * Tiles whose rows are positions: of outputs in a convolution, of weights in its gradient. A tile's rows are all indices of some
 * inner loops and a part of one more, so that they are at constant distances from the first of them.
 */
import { type Dim, sizeOf } from '../../compile/contraction.ts'
import { range } from '../../graph/shape.ts'
import { balanced, type Tile } from './micro-kernel.ts'

export interface RowBlocks {
  /** Loops around the tiles, outermost first. */
  readonly outer: readonly Dim[]
  /** The loop that is cut into parts. */
  readonly cut: Dim
  readonly parts: readonly { readonly size: number; readonly count: number }[]
  /** Loops inside of the tile. */
  readonly inner: readonly Dim[]
}

const none: Dim = { role: 'n', size: 1, a: 0, b: 0, sites: [] }

/** `dims` outermost first, in tiles of at most `most` rows. */
export function rowBlocks(dims: readonly Dim[], most: number): RowBlocks {
  const outer = [...dims]
  const inner: Dim[] = []
  while (outer.length > 0 && sizeOf(inner) * outer.at(-1)!.size <= most) inner.unshift(outer.pop()!)
  const cut = outer.pop() ?? none
  return { outer, cut, inner, parts: balanced(cut.size, Math.max(1, Math.floor(most / sizeOf(inner)))) }
}

/** Every index of the tile's rows, outermost loop first. */
function indices(dims: readonly Dim[]): number[][] {
  return dims.reduce<number[][]>((all, d) => all.flatMap(i => range(d.size).map(j => [...i, j])), [[]])
}

/** Bytes to each row of a tile whose part of the cut loop is of `size`. */
export function rowOffsets(
  { cut, inner }: RowBlocks,
  size: number,
  element: (d: Dim) => (i: number) => number,
): number[] {
  const dims = [cut, ...inner]
  const at = dims.map(element)
  return indices([{ ...cut, size }, ...inner]).map(index => index.reduce((n, x, i) => n + at[i]!(x), 0) * 4)
}

/** The runs of rows that all sites see at the distance of the innermost loop, `lane` elements. */
export function runsOf(
  { cut, inner }: RowBlocks,
  size: number,
  sites: number,
): { readonly lane: readonly number[]; readonly runs: NonNullable<Tile['turned']> } {
  const dims = [{ ...cut, size }, ...inner]
  const strides = range(sites).map(s => dims.map(d => d.sites[s] ?? 0))
  const last = dims.findLastIndex(d => d.size > 1)
  const lane = strides.map(x => x[Math.max(0, last)]!)
  const places = indices(dims).map(index => strides.map(x => index.reduce((n, i, d) => n + i * x[d]!, 0)))
  const runs: { row: number; length: number; sites: number[] }[] = []
  for (const [row, place] of places.entries()) {
    const run = runs.at(-1)
    if (run && place.every((x, s) => x === places[row - 1]![s]! + lane[s]!)) run.length++
    else runs.push({ row, length: 1, sites: place.map(x => x * 4) })
  }
  return { lane, runs }
}
