/**
 * Products with few rows whose operands are both contiguous along the reduction, like a vector times a transposed matrix:
 * every element of b is needed once or twice, so it is read where it is, and nothing is packed.
 */

import {
  type Contraction,
  type Dim,
  largest,
  sizeOf,
  swapOperands,
  unitDim,
  withRole,
} from '../../compile/contraction.ts'
import { bump, call, get } from './assembler.ts'
import { balanced } from './blocked-product.ts'
import { dotProduct, dotTile, dotWalk } from './dot-product.ts'
import { type EmittedKernel, type Emitter, kernelFunction } from './emitter.ts'
import { levelOf, startPointers } from './pointers.ts'
import { nest } from './walk.ts'

/** Up to so many rows, and for operands that stay in the second-level cache together, copies cost more than they give. */
const fewRows = 16
const smallBytes = 512 << 10

export interface DotPlan {
  readonly c: Contraction
  readonly m: Dim
  readonly n: Dim
  /** The loop along which both operands are contiguous. */
  readonly k: Dim
}

function planOf(c: Contraction): DotPlan | undefined {
  const ks = withRole(c, 'k')
  const k = ks.find(d => d.a === 1 && d.b === 1)
  if (!k || k.size < 8) return undefined
  const ns = withRole(c, 'n')
  const ms = withRole(c, 'm')
  const [rows, columns, steps] = [sizeOf(ms), sizeOf(ns), sizeOf(ks)]
  if (rows > fewRows && (rows + columns) * steps * 4 > smallBytes) return undefined
  const m = largest(ms) ?? unitDim(c, 'm')
  const n = largest(ns) ?? unitDim(c, 'n')
  return { c, m, n, k }
}

export function planDot(c: Contraction): DotPlan | undefined {
  if (c.windows.some(w => w.leaves)) return undefined
  const plain = { ...c, windows: [] }
  const [plan, swapped] = [planOf(plain), planOf(swapOperands(plain))]
  if (!plan || !swapped) return plan ?? swapped
  return plan.n.size >= swapped.n.size ? plan : swapped
}

export function emitDot(e: Emitter, { c, m, n, k }: DotPlan): EmittedKernel {
  const { kernel } = c
  const tile = dotTile(e, m.size)
  const reduction = withRole(c, 'k').filter(d => d !== k)
  const outer = c.dims.filter(d => d.role !== 'k' && d !== m && d !== n)
  const walk = dotWalk(
    e,
    reduction.map(d => ({ count: d.size, a: d.a * 4, b: d.b * 4 })),
    k.size,
  )
  const index = kernelFunction(e, kernel, (f, { buffers }) => {
    const a = f.i32()
    const b = f.i32()
    const sites = c.sites.map(() => f.i32())
    const moveRows = (count: number): string =>
      bump(a, count * m.a * 4) + sites.map((p, i) => bump(p, count * m.sites[i]! * 4)).join('')
    const moveColumns = (count: number): string =>
      bump(b, count * n.b * 4) + sites.map((p, i) => bump(p, count * n.sites[i]! * 4)).join('')
    let code = ''
    for (const columns of balanced(n.size, tile.columns)) {
      let down = ''
      for (const rows of balanced(m.size, tile.rows)) {
        const micro = dotProduct(
          e,
          {
            rows: rows.size,
            columns: columns.size,
            aRow: m.a * 4,
            bColumn: n.b * 4,
            walk,
            sites: c.sites.map((_, i) => ({ row: m.sites[i]!, column: n.sites[i]! })),
            dtype: kernel.dtype,
          },
          kernel.epilogue,
        )
        down += f.times(rows.count, call(micro, get(a), get(b), ...sites.map(get)) + moveRows(rows.size))
      }
      code += f.times(columns.count, down + moveRows(-m.size) + moveColumns(columns.size))
    }
    code += moveColumns(-n.size)
    return startPointers(c, buffers, a, b, sites) + nest(f, [a, b, ...sites], outer.map(levelOf), code)
  })
  return { index, scratchBytes: 0, notes: [] }
}
