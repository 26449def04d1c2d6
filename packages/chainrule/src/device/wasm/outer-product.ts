/**
 * The micro kernel of matrix products and convolutions: a tile of rows × vectors in registers, to which each step of the
 * reduction adds an outer product: one number of a per row times a few vectors of b (GotoBLAS; K. Goto, R. van de Geijn,
 * "Anatomy of high-performance matrix multiplication", 2008).
 *
 * Operands are a pointer plus constant offsets, so packing, im2col and plain matrices differ only in the offsets.
 */
import type { ContractKernel, Instruction } from '../../compile/kernel.ts'
import type { DType } from '../../graph/dtype.ts'
import { range } from '../../graph/shape.ts'
import { type Code, get, I32, i32x4, type Local, set, v128 } from './assembler.ts'
import { type Emitter, multiplyAdd, type Target } from './emitter.ts'
import { emitEpilogue, type Place } from './epilogue.ts'
import { Lanes } from './lanes.ts'
import { type Walk, walkCode } from './walk.ts'

/** An epilogue access as the tile sees it; elements. */
export interface TileSite {
  /** Between rows of the tile. */
  readonly row: number
  /** Between lanes. */
  readonly lane: number
  /** Elements from the tile's one pointer to each vector; or a pointer for each vector. */
  readonly vectors: readonly number[] | 'pointers'
}

export interface OuterProduct {
  readonly rows: number
  readonly vectors: number
  /** How many lanes of each vector are stored. */
  readonly lanes: readonly number[]
  /** Bytes between rows of a. */
  readonly aRow: number
  /** Bytes from the one pointer of b to each vector; or a pointer for each vector. */
  readonly b: readonly number[] | 'pointers'
  readonly walk: Walk
  /** Sums start at 0, or at what the partial tile holds. */
  readonly start: 'zero' | 'partial'
  /** Where sums go: through the epilogue, or to the partial tile. */
  readonly end: 'epilogue' | 'partial'
  readonly sites: readonly TileSite[]
  readonly dtype: DType
}

/** sum + a·b per lane. */
export const accumulate = (target: Target, dtype: DType, a: Code, b: Code, sum: Code): Code =>
  dtype === 'float32' ? multiplyAdd(target, a, b, sum) : i32x4.add(i32x4.mul(a, b), sum)

/** Bytes of the partial tile. */
export const partialBytes = (tile: { readonly rows: number; readonly vectors: number }): number =>
  tile.rows * tile.vectors * 16

const givenCount = (walk: Walk): boolean => walk.kind === 'loop' && walk.count === 'given'

/**
 * Parameters: a, b (one or one per vector), partial tile if used, each site's pointers in order (none when the tile does not
 * reach the epilogue), number of turns if the walk's outermost count is given.
 */
export function outerProduct(e: Emitter, spec: OuterProduct, epilogue: ContractKernel['epilogue']): number {
  const final = spec.end === 'epilogue'
  const key = `outer${JSON.stringify(spec)}${final ? epilogueKey(epilogue) : ''}`
  return e.module.intern(key, () => {
    const { b: bVectors } = spec
    const bCount = bVectors === 'pointers' ? spec.vectors : 1
    const usesPartial = spec.start === 'partial' || !final
    const sites = final ? spec.sites : []
    const siteCounts = sites.map(s => (s.vectors === 'pointers' ? spec.vectors : 1))
    const given = givenCount(spec.walk)
    const count = 1 + bCount + (usesPartial ? 1 : 0) + siteCounts.reduce((n, c) => n + c, 0) + (given ? 1 : 0)
    return e.module.function({
      params: new Array(count).fill(I32),
      build: (f, ...parameters) => {
        let next = 0
        const take = (n: number): Local[] => {
          next += n
          return parameters.slice(next - n, next)
        }
        const a = take(1)[0]!
        const b = take(bCount)
        const partial = usesPartial ? take(1)[0]! : 0
        const sitePointers = siteCounts.map(take)
        const turns = given ? take(1)[0]! : undefined

        const { rows, vectors } = spec
        // two rows that lie between each other's lanes are stored as neighbours
        const interleaved = final && rows === 2 && sites.every(s => s.lane === 2 * s.row)
        const sums = range(rows).map(() => range(vectors).map(() => f.v128()))
        const bVector = (j: number, offset: number): Code =>
          bVectors === 'pointers' ? v128.load(get(b[j]!), offset) : v128.load(get(b[0]!), offset + bVectors[j]!)
        // the shorter side stays in registers during a step, the longer one streams
        const aInRegisters = rows < vectors
        const held = range(aInRegisters ? rows : vectors).map(() => f.v128())
        const stream = f.v128()
        const add = (i: number, j: number, x: Code, y: Code): Code =>
          set(sums[i]![j]!, accumulate(e.target, spec.dtype, x, y, get(sums[i]![j]!)))
        const step = (ka: number, kb: number): Code => {
          const aSplat = (i: number): Code => v128.load32Splat(get(a), ka + i * spec.aRow)
          let code = ''
          if (aInRegisters) {
            for (let i = 0; i < rows; i++) code += set(held[i]!, aSplat(i))
            for (let j = 0; j < vectors; j++) {
              code += set(stream, bVector(j, kb))
              for (let i = 0; i < rows; i++) code += add(i, j, get(held[i]!), get(stream))
            }
          } else {
            for (let j = 0; j < vectors; j++) code += set(held[j]!, bVector(j, kb))
            for (let i = 0; i < rows; i++) {
              code += set(stream, aSplat(i))
              for (let j = 0; j < vectors; j++) code += add(i, j, get(stream), get(held[j]!))
            }
          }
          return code
        }

        const tile = (i: number, j: number): number => (i * vectors + j) * 16
        let code = ''
        if (spec.start === 'partial')
          code += sums.map((row, i) => row.map((x, j) => set(x, v128.load(get(partial), tile(i, j)))).join('')).join('')
        code += walkCode({ f, a, b, given: turns, isolated: e.target.preset === 'legacy', step }, spec.walk).code
        if (!final)
          return (
            code +
            sums.map((row, i) => row.map((x, j) => v128.store(get(partial), get(x), tile(i, j))).join('')).join('')
          )
        const lanes = new Lanes(f, e.target)
        const stores = lanes.block(() => {
          /** A vector of results, `first` elements behind row i of vector j. */
          const finish = (i: number, j: number, first: number, result: Local, count: number, apart: number): void => {
            const places = sites.map((site, s): Place => {
              const own = site.vectors === 'pointers'
              return {
                pointer: sitePointers[s]![own ? j : 0]!,
                offset: (i * site.row + (site.vectors === 'pointers' ? 0 : site.vectors[j]!) + first * site.row) * 4,
                stride: apart === 1 ? site.lane : site.row,
              }
            })
            lanes.emit(lanes.block(() => emitEpilogue(lanes, epilogue, result, places, count)))
          }
          for (let i = 0; i < rows; i += interleaved ? 2 : 1)
            for (let j = 0; j < vectors; j++) {
              const count = spec.lanes[j]!
              if (interleaved) {
                const [x, y] = [get(sums[i]![j]!), get(sums[i + 1]![j]!)]
                const halves = [v128.shuffle(x, y, [0, 4, 1, 5]), v128.shuffle(x, y, [2, 6, 3, 7])]
                for (const [h, half] of halves.entries())
                  if (2 * count > 4 * h) {
                    lanes.emit(set(stream, half))
                    finish(i, j, 4 * h, stream, Math.min(4, 2 * count - 4 * h), 2)
                  }
              } else finish(i, j, 0, sums[i]![j]!, count, 1)
            }
        })
        return code + lanes.prologue + stores
      },
    })
  })
}

/** Equal for epilogues that compute the same from their sites. */
export function epilogueKey({ body, stores }: ContractKernel['epilogue']): string {
  const instruction = (i: Instruction): unknown =>
    i.op === 'load' ? ['load', i.dtype] : i.op === 'const' ? ['const', i.dtype, String(i.value)] : i
  return JSON.stringify([body.map(instruction), stores.map(s => s.value)])
}
