/**
 * The other micro kernel: dot products of a few rows of a with a few columns of b, four steps of the reduction at a time in
 * the lanes, added up across lanes at the end. For operands that are both contiguous along the reduction: a vector times a
 * transposed matrix, and weight gradients of convolutions, whose reduction runs along output columns.
 */
import type { ContractKernel } from '../../compile/kernel.ts'
import type { DType } from '../../graph/dtype.ts'
import { range } from '../../graph/shape.ts'
import { bump, type Code, f32x4, get, I32, i32x4, type Local, set, v128 } from './assembler.ts'
import { type Emitter, tilesOf } from './emitter.ts'
import { emitEpilogue, type Place } from './epilogue.ts'
import { Lanes } from './lanes.ts'
import { accumulate, epilogueKey } from './outer-product.ts'
import { unrolled, type Walk, walkCode } from './walk.ts'

export interface DotProduct {
  readonly rows: number
  readonly columns: number
  /** Bytes between rows of a. */
  readonly aRow: number
  /** Bytes between columns of b; or a pointer for each. */
  readonly bColumn: number | 'pointers'
  readonly walk: Walk
  /** Elements between rows and between columns. */
  readonly sites: readonly { readonly row: number; readonly column: number }[]
  readonly dtype: DType
}

/** The first `lanes` of four elements, the others 0: what lies behind the end must not count. */
function loadLanes(pointer: Local, offset: number, lanes: number | undefined): Code {
  switch (lanes) {
    case 1:
      return v128.load32Zero(get(pointer), offset)
    case 2:
      return v128.load64Zero(get(pointer), offset)
    case 3:
      return v128.load32Lane(get(pointer), v128.load64Zero(get(pointer), offset), 2, offset + 8)
    default:
      return v128.load(get(pointer), offset)
  }
}

/** Parameters: a, b (one or one per column), one pointer per site. */
export function dotProduct(e: Emitter, spec: DotProduct, epilogue: ContractKernel['epilogue']): number {
  return e.module.intern(`dot${JSON.stringify(spec)}${epilogueKey(epilogue)}`, () => {
    const { rows, columns, bColumn, sites, dtype } = spec
    const bCount = bColumn === 'pointers' ? columns : 1
    return e.module.function({
      params: new Array(1 + bCount + sites.length).fill(I32),
      build: (f, ...parameters) => {
        const a = parameters[0]!
        const b = parameters.slice(1, 1 + bCount)
        const sitePointers = parameters.slice(1 + bCount)
        const held = range(rows).map(() => f.v128())
        const stream = f.v128()
        const sums = range(rows).map(() => range(columns).map(() => f.v128()))
        // offsets are unsigned: a negative stride counts up from the last row or column
        const aLow = Math.min(0, (rows - 1) * spec.aRow)
        const bLow = bColumn === 'pointers' ? 0 : Math.min(0, (columns - 1) * bColumn)
        const step = (ka: number, kb: number, lanes?: number): Code => {
          let code = ''
          for (let i = 0; i < rows; i++) code += set(held[i]!, loadLanes(a, ka + i * spec.aRow - aLow, lanes))
          for (let j = 0; j < columns; j++) {
            const column =
              bColumn === 'pointers' ? loadLanes(b[j]!, kb, lanes) : loadLanes(b[0]!, kb + j * bColumn - bLow, lanes)
            code += set(stream, column)
            for (let i = 0; i < rows; i++)
              code += set(sums[i]![j]!, accumulate(e.target, dtype, get(held[i]!), get(stream), get(sums[i]![j]!)))
          }
          return code
        }
        const { code } = walkCode({ f, a, b, given: undefined, isolated: false, step }, spec.walk)
        const add = dtype === 'float32' ? f32x4.add : i32x4.add
        const lanes = new Lanes(f, e.target)
        /** Four vectors to the vector of their sums. */
        const across = (vectors: readonly Local[]): Code => {
          const x = (j: number): Code => get(vectors[Math.min(j, vectors.length - 1)]!)
          const pair = (p: Code, q: Code): Code =>
            lanes.let(add(v128.shuffle(p, q, [0, 4, 1, 5]), v128.shuffle(p, q, [2, 6, 3, 7])))
          const low = pair(x(0), x(1))
          const high = vectors.length > 2 ? pair(x(2), x(3)) : low
          return add(v128.shuffle(low, high, [0, 1, 4, 5]), v128.shuffle(low, high, [2, 3, 6, 7]))
        }
        const result = f.v128()
        const stores = lanes.block(() => {
          for (let i = 0; i < rows; i++)
            for (let first = 0; first < columns; first += 4)
              lanes.emit(
                lanes.block(() => {
                  const group = sums[i]!.slice(first, first + 4)
                  lanes.emit(set(result, across(group)))
                  const places = sites.map(
                    (site, s): Place => ({
                      pointer: sitePointers[s]!,
                      offset: (i * site.row + first * site.column) * 4,
                      stride: site.column,
                    }),
                  )
                  emitEpilogue(lanes, epilogue, result, places, group.length)
                }),
              )
        })
        return bump(a, aLow) + bump(b[0]!, bLow) + code + lanes.prologue + stores
      },
    })
  })
}

/** Rows × columns of a tile for m rows: one row alone leaves registers for more columns. */
export function dotTile(e: Emitter, m: number): { rows: number; columns: number } {
  const { dotRows, dotColumns } = tilesOf(e.target)
  return m === 1 ? { rows: 1, columns: e.target.preset === 'modern' ? 12 : 8 } : { rows: dotRows, columns: dotColumns }
}

/** Loops (bytes per turn), innermost a run of `length` contiguous elements of both operands. */
export function dotWalk(
  e: Emitter,
  levels: readonly { readonly count: number; readonly a: number; readonly b: number }[],
  length: number,
): Walk {
  const vectors = length >> 2
  const rest = length & 3
  const modern = e.target.preset === 'modern'
  const unroll = !modern ? 1 : vectors <= 8 ? Math.max(1, vectors) : ([8, 7, 6, 5].find(u => vectors % u === 0) ?? 4)
  const run: Walk[] = vectors > 0 ? unrolled({ count: vectors, a: 16, b: 16 }, unroll) : []
  if (rest > 0) run.push({ kind: 'steps', at: [{ a: vectors * 16, b: vectors * 16, lanes: rest }] })
  let body = run
  for (const level of levels.toReversed()) if (level.count > 1) body = [{ kind: 'loop', ...level, body }]
  return body.length === 1 ? body[0]! : { kind: 'loop', count: 1, a: 0, b: 0, body }
}
