/**
 * The micro kernel of matrix products and convolutions: a tile of rows × vectors in registers, to which each step of the
 * reduction adds an outer product: one number of a per row times a few vectors of b (K. Goto, R. van de Geijn, "Anatomy of
 * high-performance matrix multiplication", 2008). Operands are a pointer plus constant offsets, so that packed panels, images and
 * plain matrices differ only in the offsets.
 */
import type { Epilogue, Instruction } from '../../compile/kernel.ts'
import type { DType } from '../../graph/dtype.ts'
import { range } from '../../graph/shape.ts'
import { printEpilogue } from './epilogue.ts'
import { transposer } from './packing.ts'
import type { Printer, Target } from './printer.ts'
import { type Walk, walkCode } from './walk.ts'

/** An epilogue access as a tile sees it. */
export interface TileSite {
  /** Bytes between rows of the tile. */
  readonly row: number
  /** Elements between lanes. */
  readonly lane: number
  /** Bytes to each vector. */
  readonly vectors: readonly number[]
}

export interface Tile {
  /** Bytes to each row of a. */
  readonly rows: readonly number[]
  /** Bytes to each vector of b. */
  readonly vectors: readonly number[]
  /** How many lanes of each vector are stored. */
  readonly lanes: readonly number[]
  readonly walk: Walk
  /**
   * Where sums go: through the epilogue, to the partial tile, or to one of them as `last` says. Where they begin: at 0, or
   * where there is a partial tile, at what it holds unless `first`.
   */
  readonly end: 'epilogue' | 'partial' | 'either'
  readonly sites: readonly TileSite[]
  /**
   * Results lie in memory with rows as neighbours: the tile is transposed on its way out. `sites` then are by lane where they say
   * row, and the other way round; each run of rows is at a constant distance, and begins so many bytes from the tile's first row.
   */
  readonly turned?: readonly { readonly row: number; readonly length: number; readonly sites: readonly number[] }[]
  readonly dtype: DType
}

export const typesOf = (dtype: DType): { readonly v: string; readonly ld: string; readonly st: string } =>
  dtype === 'float32' ? { v: 'V', ld: 'ld', st: 'st' } : { v: 'I', ld: 'ldi', st: 'sti' }
export const splatOf = (dtype: DType, pointer: string): string =>
  dtype === 'float32' ? `splat(F(${pointer}))` : `isplat(N(${pointer}))`

export const at = (pointer: string, bytes: number): string =>
  bytes === 0 ? pointer : `${pointer} ${bytes < 0 ? '-' : '+'} ${Math.abs(bytes)}L`

/** Equal for epilogues that compute the same from their sites. */
export function epilogueKey({ body, stores }: Epilogue): string {
  const instruction = (i: Instruction): unknown =>
    i.op === 'load' ? ['load', i.dtype] : i.op === 'const' ? ['const', i.dtype, String(i.value)] : i
  return JSON.stringify([body.map(instruction), stores.map(s => s.value)])
}

/** Epilogues of more instructions are printed once per tile, in a loop over its vectors, instead of once per vector. */
const longEpilogue = 10

export const bytesOf = (target: Target): number => target.lanes * 4
export const partialBytes = (target: Target, rows: number, vectors: number): number => rows * vectors * bytesOf(target)

/**
 * Parameters: a, b, [partial, first, last (as `end` asks)], one pointer per site unless the end is partial, [turns if the walk's
 * outermost count is given].
 */
export function microKernel(p: Printer, tile: Tile, epilogue: Epilogue): string {
  const final = tile.end !== 'partial'
  const waits = tile.end !== 'epilogue'
  return p.intern(`tile${JSON.stringify(tile)}${final ? epilogueKey(epilogue) : ''}`, name => {
    const { v, ld, st } = typesOf(tile.dtype)
    const rows = range(tile.rows.length)
    const vectors = range(tile.vectors.length)
    const bytes = bytesOf(p.target)
    const given = tile.walk.kind === 'loop' && tile.walk.count === 'given'
    const parameters = [
      'const char* a',
      'const char* b',
      ...(waits ? ['char* partial', 'int first'] : []),
      ...(tile.end === 'either' ? ['int last'] : []),
      ...(final ? tile.sites.map((_, s) => `char* s${s}`) : []),
      ...(given ? ['long turns'] : []),
    ]
    const sum = (i: number, j: number): string => `c${i}_${j}`
    const all = (code: (i: number, j: number) => string): string =>
      rows.map(i => vectors.map(j => code(i, j)).join(' ')).join('\n')
    const slot = (i: number, j: number): string => at('partial', (i * vectors.length + j) * bytes)
    const aHeld = rows.length < vectors.length
    const step = (a: string, [b]: readonly string[], k: { a: number; b: number }): string => {
      const row = (i: number): string => splatOf(tile.dtype, at(a, tile.rows[i]! + k.a))
      const vector = (j: number): string => `${ld}(${at(b!, tile.vectors[j]! + k.b)})`
      const [held, streamed] = aHeld ? [rows, vectors] : [vectors, rows]
      const [outer, inner] = aHeld ? [row, vector] : [vector, row]
      return `{ ${held.map(h => `const ${v} h${h} = ${outer(h)};`).join(' ')}\n${streamed
        .map(s => {
          const adds = held.map(h => `${aHeld ? sum(h, s) : sum(s, h)} += x * h${h};`)
          return `{ const ${v} x = ${inner(s)}; ${adds.join(' ')} }\n`
        })
        .join('')}}\n__asm__ volatile("" ::: "memory");\n`
    }
    let code = `OUT void ${name}(${parameters.join(', ')}) {\n`
    code += rows.map(i => `${v} ${vectors.map(j => `${sum(i, j)} = {}`).join(', ')};\n`).join('')
    if (waits) code += `if (!first) {\n${all((i, j) => `${sum(i, j)} = ${ld}(${slot(i, j)});`)}\n}\n`
    code += walkCode(tile.walk, 'a', ['b'], step)
    const keep = all((i, j) => `${st}(${slot(i, j)}, ${sum(i, j)});`)
    if (tile.end === 'partial') return `${code}${keep}\n}\n`
    if (tile.end === 'either') code += `if (!last) {\n${keep}\nreturn;\n}\n`
    if (tile.turned) return `${code}${turnedEpilogue(p, tile, epilogue, sum)}}\n`
    if (epilogue.body.length <= longEpilogue) {
      for (const i of rows)
        for (const j of vectors)
          code += printEpilogue(p, epilogue, {
            result: sum(i, j),
            lanes: tile.lanes[j]!,
            pointer: s => at(`s${s}`, i * tile.sites[s]!.row + tile.sites[s]!.vectors[j]!),
            stride: s => tile.sites[s]!.lane,
          })
      return `${code}\n}\n`
    }
    // one loop over rows for each vector
    code += `${v} kept[${rows.length * vectors.length}];\n`
    code += all((i, j) => `kept[${i * vectors.length + j}] = ${sum(i, j)};`)
    for (const j of vectors)
      code += `\nfor (long i = 0; i < ${rows.length}; i++) {\nconst ${v} result = kept[i * ${vectors.length} + ${j}];\n${printEpilogue(
        p,
        epilogue,
        {
          result: 'result',
          lanes: tile.lanes[j]!,
          pointer: s => at(`s${s} + i * ${tile.sites[s]!.row}L`, tile.sites[s]!.vectors[j]!),
          stride: s => tile.sites[s]!.lane,
        },
      )}\n}`
    return `${code}\n}\n`
  })
}

/** The sums to memory, squares of them transposed, and each row of a square through the epilogue. */
function turnedEpilogue(p: Printer, tile: Tile, epilogue: Epilogue, sum: (i: number, j: number) => string): string {
  const { v, ld, st } = typesOf(tile.dtype)
  const { lanes } = p.target
  const bytes = bytesOf(p.target)
  const vectors = tile.vectors.length
  let code = `char kept[${(tile.rows.length + lanes) * vectors * bytes}] __attribute__((aligned(64)));
char square[${lanes * bytes}] __attribute__((aligned(64)));\n`
  for (const i of range(tile.rows.length))
    for (const j of range(vectors)) code += `${st}(${at('kept', (i * vectors + j) * bytes)}, ${sum(i, j)});\n`
  for (const j of range(vectors))
    for (const { row, length, sites } of tile.turned!)
      for (let first = 0; first < length; first += lanes) {
        const place = at('kept', ((row + first) * vectors + j) * bytes)
        code += `${transposer(p)}(square, ${bytes}, ${place}, ${vectors * bytes}, L, L);
for (long i = 0; i < ${tile.lanes[j]}; i++) {
const ${v} result = ${ld}(square + i * ${bytes});
${printEpilogue(p, epilogue, {
  result: 'result',
  lanes: Math.min(lanes, length - first),
  pointer: s => {
    const { row: byLane, lane: byRow, vectors: starts } = tile.sites[s]!
    return at(`s${s} + i * ${byLane}L`, starts[j]! + sites[s]! + first * byRow * 4)
  },
  stride: s => tile.sites[s]!.lane,
})}
}\n`
      }
  return code
}

/** Parts of at most `most` that differ by at most one in size: 13 = 7 + 6 rather than 12 + 1. */
export function balanced(total: number, most: number): { readonly size: number; readonly count: number }[] {
  const count = Math.ceil(total / most)
  const size = Math.ceil(total / count)
  const smaller = size * count - total
  return [
    { size, count: count - smaller },
    { size: size - 1, count: smaller },
  ].filter(p => p.count > 0 && p.size > 0)
}
/** Full parts and what is left. */
export const fullThenRest = (total: number, most: number): { readonly size: number; readonly count: number }[] =>
  [
    { size: most, count: Math.floor(total / most) },
    { size: total % most, count: 1 },
  ].filter(p => p.count > 0 && p.size > 0)

/** Cycles of one step of the reduction: two multiplications or two loads at once, four cycles until a sum can be used again. */
export const stepCycles = (rows: number, vectors: number): number =>
  Math.max((rows * vectors) / 2, (rows + vectors) / 2, 4)

/** Cycles of a load of 64 bytes that begins anywhere: nearly all cross the end of a cache line. */
const crossing = 3

/** Cycles of one step where vectors are read from wherever a window stands. */
export const windowStepCycles = ({ lanes }: Pick<Target, 'lanes'>, rows: number, vectors: number): number =>
  Math.max(stepCycles(rows, vectors), rows / 2 + vectors * crossing * (lanes / 16))

/** Cycles of one step of the reduction for m × `vectors` vectors in tiles of `rows` × `wide` vectors. */
function sweepCycles(m: number, vectors: number, rows: number, wide: number): number {
  let cycles = 0
  for (const across of fullThenRest(vectors, wide))
    for (const down of balanced(m, rows))
      cycles += across.count * down.count * (stepCycles(down.size, across.size) + 0.5)
  return cycles
}

/** Rows × vectors. */
export interface TileSize {
  readonly rows: number
  readonly vectors: number
}

/** For each width the tile with the most rows that registers hold, `most` at most, and its cycles for m × `vectors` vectors. */
export function tilesFor(
  target: Target,
  m: number,
  vectors: number,
  most = m,
): (TileSize & { readonly cycles: number })[] {
  const tiles = []
  for (let wide = 1; wide <= Math.min(8, Math.max(1, vectors)); wide++) {
    // the shorter side is held in registers besides the sums
    const fits = (r: number): boolean => r * wide + Math.min(r, wide) + 1 <= target.registers
    let rows = 1
    while (rows < Math.min(m, most) && fits(rows + 1)) rows++
    if (!fits(rows)) break
    const size = balanced(m, rows)[0]!.size
    tiles.push({ rows: size, vectors: wide, cycles: sweepCycles(m, vectors, size, wide) })
  }
  return tiles
}
/** The tile that computes m × `vectors` vectors in the fewest cycles; the narrower of about equal ones. */
export function tileFor(target: Target, m: number, vectors: number, most?: number): TileSize {
  const [first, ...others] = tilesFor(target, m, vectors, most)
  const { rows, vectors: wide } = others.reduce((a, b) => (b.cycles < a.cycles * 0.98 ? b : a), first!)
  return { rows, vectors: wide }
}
export function tileCycles(target: Target, m: number, vectors: number): number {
  const tile = tileFor(target, m, vectors)
  return sweepCycles(m, vectors, tile.rows, tile.vectors)
}
