/**
 * The loops around the micro kernel: blocks of rows that stay in the second-level cache, panels of columns that stay in the
 * first, blocks of the reduction whose partial sums wait in scratch memory (GotoBLAS's five loops, emitted for known sizes).
 */

import type { ContractKernel } from '../../compile/kernel.ts'
import type { DType } from '../../graph/dtype.ts'
import { range } from '../../graph/shape.ts'
import { bump, type Code, call, type FunctionBuilder, get, i32, type Local, memory, set } from './assembler.ts'
import { type Emitter, tilesOf } from './emitter.ts'
import { outerProduct, partialBytes } from './outer-product.ts'
import { type Level, nest, type Walk } from './walk.ts'

/** Steps of the reduction that are done at once: their panels of a and b, 12 to 14 numbers a step, stay in the first-level cache. */
export const blockOfK = 800
/** Bytes of packed rows that should stay in the second-level cache. */
const rowBlockBytes = 2 << 20
/** Bytes of partial sums that may wait: for a block of columns, and when products with other columns wait together. */
const partialLimit = 4 << 20
const partialLimitTogether = 16 << 20

/** How the micro kernel reaches one operand. Bytes. */
export interface Side {
  /** Moves from row to row of a, from column to column of b. */
  readonly cursor: Local
  readonly step: number
  /** Panels are packed; else the micro kernel reads at the cursor itself. */
  readonly packed: boolean
}

/** A piece of the reduction: blocks of equal size. */
export interface Reduction {
  /** Steps in one block. */
  readonly size: number
  /** Loops over blocks; steps are those of `kPointers`. */
  readonly blocks: readonly Level[]
  /** From this piece to the next one, for each of `kPointers`. */
  readonly advance: readonly number[]
  /** Copies so many rows of a (columns of b) at the cursor `to` a panel. */
  readonly packA: (rows: number, to: Code) => Code
  readonly packB: (columns: number, to: Code) => Code
  /** One block for a tile of that many rows and vectors. */
  readonly walk: (rows: number, vectors: number) => Walk
}

export interface BlockedProduct {
  readonly m: number
  readonly n: number
  readonly tile: { readonly rows: number; readonly vectors: number }
  readonly a: Side
  readonly b: Side
  readonly sites: readonly { readonly pointer: Local; readonly row: number; readonly column: number }[]
  readonly reduction: readonly Reduction[]
  readonly kPointers: readonly Local[]
  /** Loops that repeat the product for other columns of b with the same a; steps of [b.cursor, …sites]. */
  readonly again: readonly Level[]
  readonly epilogue: ContractKernel['epilogue']
  readonly dtype: DType
}

/** Tile for few rows: more vectors, so that enough sums are in flight. */
export function tileFor(e: Emitter, m: number): { rows: number; vectors: number } {
  const { rows, vectors } = tilesOf(e.target)
  if (m === 1) return { rows: 1, vectors: 8 }
  if (m === 2) return { rows: 2, vectors: e.target.preset === 'legacy' ? 4 : e.target.fma ? 6 : 5 }
  if (m === 3) return { rows: 3, vectors: e.target.preset === 'modern' ? 3 : 2 }
  return { rows, vectors }
}

interface Part {
  /** Rows or columns of one tile. */
  readonly size: number
  readonly count: number
}
type Phase = 'whole' | 'add' | 'finish'
interface Block {
  readonly repeat: number
  readonly parts: readonly Part[]
}

/** Tiles of at most `most` that differ by at most one in size: 7 = 4 + 3 rather than 6 + 1. */
export function balanced(total: number, most: number): Part[] {
  const count = Math.ceil(total / most)
  const size = Math.ceil(total / count)
  const smaller = size * count - total
  return [
    { size, count: count - smaller },
    { size: size - 1, count: smaller },
  ].filter(p => p.count > 0)
}
/** Full tiles and what is left. */
export const fullThenRest = (total: number, most: number): Part[] =>
  [
    { size: most, count: Math.floor(total / most) },
    { size: total % most, count: 1 },
  ].filter(p => p.count > 0 && p.size > 0)

/** Blocks of at most `limit` tiles (a few more in the last one). */
function blocks(parts: readonly Part[], limit: number): Block[] {
  const [main, ...others] = parts
  const tiles = Math.max(1, limit)
  if (!main || main.count <= tiles) return [{ repeat: 1, parts }]
  const repeat = Math.floor(main.count / tiles)
  const rest = [{ size: main.size, count: main.count - repeat * tiles }, ...others].filter(p => p.count > 0)
  const full = { repeat, parts: [{ size: main.size, count: tiles }] }
  return rest.length > 0 ? [full, { repeat: 1, parts: rest }] : [full]
}
const length = (parts: readonly Part[]): number => parts.reduce((n, p) => n + p.size * p.count, 0)
const tiles = (parts: readonly Part[]): number => parts.reduce((n, p) => n + p.count, 0)

const align = (bytes: number): number => (bytes + 63) & ~63

/** Code that computes the product; `scratch` is a pointer to free memory, `scratchBytes` what is needed of it. */
export function blockedProduct(
  e: Emitter,
  f: FunctionBuilder,
  p: BlockedProduct,
  scratch: Local,
): { code: Code; scratchBytes: number } {
  const { a, b, sites, tile } = p
  const first = p.reduction[0]!
  const k = Math.max(...p.reduction.map(r => r.size))
  const waits = p.reduction.length > 1 || first.blocks.some(l => l.count > 1)
  const mParts = balanced(p.m, Math.min(tile.rows, p.m))
  const nParts = fullThenRest(p.n, Math.min(tile.vectors * 4, Math.ceil(p.n / 4) * 4))
  const mBlocks = a.packed
    ? blocks(mParts, Math.max(16, Math.floor(rowBlockBytes / (mParts[0]!.size * k * 4))))
    : [{ repeat: 1, parts: mParts }]
  const mMost = Math.max(...mBlocks.map(block => length(block.parts)))
  const nBlocks = waits
    ? blocks(nParts, Math.max(8, Math.floor(partialLimit / (mMost * nParts[0]!.size * 4))))
    : [{ repeat: 1, parts: nParts }]
  const nMost = Math.max(...nBlocks.map(block => tiles(block.parts)))

  const vectorsOf = (columns: number): number => Math.ceil(columns / 4)
  const widest = vectorsOf(nParts[0]!.size)
  const packedA = 0
  const packedB = packedA + (a.packed ? align(mMost * k * 4) : 0)
  const partials = packedB + (b.packed ? align(k * widest * 16) : 0)
  const copies = p.again.reduce((n, level) => n * level.count, 1)
  const partialBlock = mMost * nMost * widest * 16
  // rows are packed once for all products if their sums may wait together
  const together = waits && partialBlock * copies <= partialLimitTogether
  const scratchBytes = partials + (waits ? align(partialBlock * (together ? copies : 1)) : 0) + 64

  const panel = f.i32()
  const partial = f.i32()
  const at = (offset: number): Code => i32.add(get(scratch), i32.const(offset))
  const moveRows = (rows: number): Code =>
    bump(a.cursor, rows * a.step) + sites.map(s => bump(s.pointer, rows * s.row)).join('')
  const moveColumns = (columns: number): Code =>
    bump(b.cursor, columns * b.step) + sites.map(s => bump(s.pointer, columns * s.column)).join('')

  /** All tiles of a block, column panel by column panel. */
  const sweep = (r: Reduction, mParts: readonly Part[], nParts: readonly Part[], phase: Phase): Code => {
    let code = ''
    for (const columns of nParts) {
      const vectors = vectorsOf(columns.size)
      const firstVectors = range(vectors)
      let down = set(panel, at(packedA))
      for (const rows of mParts) {
        const shape = { rows: rows.size, vectors }
        const micro = outerProduct(
          e,
          {
            ...shape,
            lanes: firstVectors.map(j => Math.min(4, columns.size - j * 4)),
            aRow: a.packed ? 4 : a.step,
            b: firstVectors.map(j => j * 16),
            walk: phase === 'finish' ? { kind: 'steps', at: [] } : r.walk(rows.size, vectors),
            start: phase === 'whole' ? 'zero' : 'partial',
            end: phase === 'add' ? 'partial' : 'epilogue',
            sites: sites.map(s => ({
              row: s.row / 4,
              lane: s.column / 4,
              vectors: firstVectors.map(j => j * s.column),
            })),
            dtype: p.dtype,
          },
          p.epilogue,
        )
        const pointers = [
          a.packed ? get(panel) : get(a.cursor),
          b.packed ? at(packedB) : get(b.cursor),
          ...(phase === 'whole' ? [] : [get(partial)]),
          ...(phase === 'add' ? [] : sites.map(s => get(s.pointer))),
        ]
        down += f.times(
          rows.count,
          call(micro, ...pointers) +
            bump(panel, a.packed ? rows.size * r.size * 4 : 0) +
            (phase === 'whole' ? '' : bump(partial, partialBytes(shape))) +
            moveRows(rows.size),
        )
      }
      const pack = b.packed && phase !== 'finish' ? r.packB(columns.size, at(packedB)) : ''
      code += f.times(columns.count, pack + down + moveRows(-length(mParts)) + moveColumns(columns.size))
    }
    return code + moveColumns(-length(nParts))
  }
  const packRows = (r: Reduction, parts: readonly Part[]): Code => {
    if (!a.packed) return ''
    let code = set(panel, at(packedA))
    for (const rows of parts)
      code += f.times(
        rows.count,
        r.packA(rows.size, get(panel)) + bump(panel, rows.size * r.size * 4) + bump(a.cursor, rows.size * a.step),
      )
    return code + bump(a.cursor, -length(parts) * a.step)
  }

  const otherColumns = [b.cursor, ...sites.map(s => s.pointer)]
  const inBlock = (mParts: readonly Part[], nParts: readonly Part[]): Code => {
    if (!waits) return packRows(first, mParts) + nest(f, otherColumns, p.again, sweep(first, mParts, nParts, 'whole'))
    const bytes = length(mParts) * tiles(nParts) * widest * 16 * (together ? copies : 1)
    const columns = (r: Reduction, phase: Phase): Code =>
      set(partial, at(partials)) + nest(f, otherColumns, together ? p.again : [], sweep(r, mParts, nParts, phase))
    let code = memory.fill(at(partials), i32.const(0), i32.const(bytes))
    for (const r of p.reduction)
      code +=
        nest(f, p.kPointers, r.blocks, packRows(r, mParts) + columns(r, 'add')) +
        p.kPointers.map((pointer, i) => bump(pointer, r.advance[i]!)).join('')
    const back = p.kPointers.map((pointer, i) => bump(pointer, -p.reduction.reduce((n, r) => n + r.advance[i]!, 0)))
    return code + back.join('') + columns(first, 'finish')
  }
  let code = ''
  for (const n of nBlocks) {
    let column = ''
    for (const m of mBlocks) column += f.times(m.repeat, inBlock(m.parts, n.parts) + moveRows(length(m.parts)))
    code += f.times(n.repeat, column + moveRows(-p.m) + moveColumns(length(n.parts)))
  }
  code += moveColumns(-p.n)
  return { code: waits && !together ? nest(f, otherColumns, p.again, code) : code, scratchBytes }
}
