/**
 * Matrix products: both operands have a fixed stride along every loop. One loop of m and one of n make the matrix, the others
 * are turned outside; all loops of the reduction are turned inside, in blocks.
 */
import { type Dim, sizeOf, withRole } from '../../compile/contraction.ts'
import type { MatrixPlan } from '../../compile/matrix-plan.ts'
import { type Code, call, get, type Local } from './assembler.ts'
import { type BlockedProduct, balanced, blockedProduct, blockOfK, tileFor } from './blocked-product.ts'
import { type EmittedKernel, type Emitter, kernelFunction, tilesOf } from './emitter.ts'
import { packPanel } from './packing.ts'
import { levelOf, startPointers } from './pointers.ts'
import { loopWalk, nest } from './walk.ts'

/** A piece of the reduction: loops over blocks, and the loops inside of one block. */
interface Piece {
  readonly outer: readonly Dim[]
  readonly inner: readonly Dim[]
  /** Elements from this piece to the next. */
  readonly a: number
  readonly b: number
}
function pieces(dims: readonly Dim[]): Piece[] {
  const inner: Dim[] = []
  const rest = [...dims]
  let size = 1
  while (rest.length > 0 && size * rest.at(-1)!.size <= blockOfK) {
    const dim = rest.pop()!
    size *= dim.size
    inner.unshift(dim)
  }
  const cut = rest.pop()
  if (!cut) return [{ outer: [], inner, a: 0, b: 0 }]
  return balanced(cut.size, Math.max(1, Math.floor(blockOfK / size))).map(p => ({
    outer: [...rest, { ...cut, size: p.count, a: cut.a * p.size, b: cut.b * p.size }],
    inner: [{ ...cut, size: p.size }, ...inner],
    a: cut.a * p.size * p.count,
    b: cut.b * p.size * p.count,
  }))
}

/** Strides of the levels when what they turn over is laid out one after the other, `bytes` per element. */
function sequential(dims: readonly Dim[], bytes: number): number[] {
  const strides = new Array<number>(dims.length)
  let size = bytes
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = size
    size *= dims[i]!.size
  }
  return strides
}

/** Columns of b can be read where they are: neighbours in memory, and few cache lines that collide. */
function readsDirectly(plan: MatrixPlan, rowsOfTile: number, alone: boolean): boolean {
  const { c, m, n } = plan
  if (n.b !== 1) return false
  const k = withRole(c, 'k')
  if (k.some(d => d.b < 0)) return false
  if (m.size <= rowsOfTile && alone) return true
  const farthest = Math.max(...k.map(d => d.b), 1) * 4
  return sizeOf(k) * n.size * 4 <= 1 << 20 && farthest % 1024 !== 0
}

export function emitGemm(e: Emitter, plan: MatrixPlan): EmittedKernel {
  const { c, m, n } = plan
  const { kernel } = c
  const kDims = withRole(c, 'k')
  const otherM = withRole(c, 'm').filter(d => d !== m)
  const otherN = withRole(c, 'n').filter(d => d !== n)
  const batch = withRole(c, 'batch')
  const tile = tileFor(e, m.size)
  const { unroll } = tilesOf(e.target)
  const columns = Math.ceil(n.size / (tile.vectors * 4)) * sizeOf(otherN)
  const bPacked = !readsDirectly(plan, tile.rows, otherM.length === 0)
  // used once or twice: packing would cost more than it gives
  const aPacked = columns > 2 || m.a < 0 || kDims.some(d => d.a < 0)
  let scratchBytes = 0
  const index = kernelFunction(e, kernel, (f, { buffers, scratch }) => {
    const a = f.i32()
    const b = f.i32()
    const sites = c.sites.map(() => f.i32())
    const all = [a, b, ...sites]

    const reduction = pieces(kDims).map((piece): BlockedProduct['reduction'][number] => {
      const size = sizeOf(piece.inner)
      const pack = (side: 'a' | 'b', cursor: Local) => (count: number, to: Code) =>
        call(
          packPanel(e, {
            rows: count,
            rowStride: side === 'a' ? m.a : n.b,
            width: side === 'a' ? count : Math.ceil(count / 4) * 4,
            k: piece.inner.map(d => ({ count: d.size, stride: d[side] })),
          }),
          to,
          get(cursor),
        )
      return {
        size,
        blocks: piece.outer.map(d => ({ count: d.size, steps: [d.a * 4, d.b * 4] })),
        advance: [piece.a * 4, piece.b * 4],
        packA: pack('a', a),
        packB: pack('b', b),
        walk: (rows, vectors) => {
          const aSteps = aPacked ? sequential(piece.inner, rows * 4) : piece.inner.map(d => d.a * 4)
          const bSteps = bPacked ? sequential(piece.inner, vectors * 16) : piece.inner.map(d => d.b * 4)
          return loopWalk(
            piece.inner.map((d, i) => ({ count: d.size, a: aSteps[i]!, b: bSteps[i]! })),
            unroll,
          )
        },
      }
    })
    const product = blockedProduct(
      e,
      f,
      {
        m: m.size,
        n: n.size,
        tile,
        a: { cursor: a, step: m.a * 4, packed: aPacked },
        b: { cursor: b, step: n.b * 4, packed: bPacked },
        sites: sites.map((pointer, i) => ({ pointer, row: m.sites[i]! * 4, column: n.sites[i]! * 4 })),
        reduction,
        kPointers: [a, b],
        again: otherN.map(d => ({ count: d.size, steps: [d.b, ...d.sites].map(s => s * 4) })),
        epilogue: kernel.epilogue,
        dtype: kernel.dtype,
      },
      scratch,
    )
    scratchBytes = product.scratchBytes
    return startPointers(c, buffers, a, b, sites) + nest(f, all, [...batch, ...otherM].map(levelOf), product.code)
  })
  return { index, scratchBytes, notes: [] }
}
