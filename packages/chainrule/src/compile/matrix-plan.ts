/**
 * Which loops of a contraction make a matrix product: one of m for the rows of tiles and one of n for the lanes of vectors.
 */
import { type Contraction, type Dim, largest, sizeOf, swapOperands, unitDim, withRole } from './contraction.ts'

/** Which loops make the matrix. */
export interface MatrixPlan {
  readonly c: Contraction
  /** Rows of the tile: m. Lanes: n. */
  readonly m: Dim
  readonly n: Dim
  /** Expected share of the machine's speed, roughly. */
  readonly efficiency: number
}

const isUnit = (stride: number): boolean => stride === 1
/** How much of the work in tiles of `tile` is wanted. */
const filled = (size: number, tile: number): number => size / (Math.ceil(size / tile) * tile)
/** Few rows leave the multipliers waiting. */
const busy = (rows: number): number => Math.min(1, (rows + 1) / 5)

function planOf(c: Contraction, lanes: number): MatrixPlan {
  const k = sizeOf(withRole(c, 'k'))
  const rows = withRole(c, 'm')
  const m = largest(rows) ?? unitDim(c, 'm')
  const stores = c.sites.flatMap((s, i) => (s.store ? [i] : []))
  const columns = withRole(c, 'n')
  const scored = (columns.length > 0 ? columns : [unitDim(c, 'n')]).map(n => {
    const contiguous = stores.every(i => isUnit(n.sites[i]!))
    // a store in strides costs about as much as 12 steps of the reduction
    const efficiency = filled(n.size, lanes) * busy(m.size) * (contiguous ? 1 : k / (k + 12))
    return { c, m, n, efficiency }
  })
  return scored.reduce((best, p) => (p.efficiency > best.efficiency ? p : best))
}

/**
 * The better of a·b and (bᵀ·aᵀ)ᵀ; undefined for operands with zeros around them, and where the matrix made by the largest
 * loops is so small that it is better to gather all of them.
 */
export function planMatrix(c: Contraction, lanes: number): MatrixPlan | undefined {
  if (c.windows.some(w => w.leaves)) return undefined
  const plain = { ...c, windows: [] }
  const plan = planOf(plain, lanes)
  const swapped = planOf(swapOperands(plain), lanes)
  const best = swapped.efficiency > plan.efficiency ? swapped : plan
  const [m, n] = [sizeOf(withRole(best.c, 'm')), sizeOf(withRole(best.c, 'n'))]
  const gathered = (busy(m) * filled(n, lanes) * m) / (m + 12)
  return best.efficiency >= 0.7 * gathered ? best : undefined
}
