/**
 * Matrix products: both operands have a fixed stride along every loop. One loop of m and one of n make the matrix, the others
 * are turned outside; all loops of the reduction are turned inside, in blocks. Rows of a are read where they are.
 */
import { type Contraction, type Dim, sizeOf, swapOperands, unitDim, withRole } from '../../compile/contraction.ts'
import { blockedProduct, blockOfK, pieces, rowsOfBlock } from './blocked-product.ts'
import { bytesOf, type TileSize, tileCycles, tileFor, tilesFor } from './micro-kernel.ts'
import { packPanel } from './packing.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { nest } from './walk.ts'

/** The pointers a, b, s0, … at index 0 of all loops. */
export function startPointers(c: Contraction): string {
  const pointer = (argument: number, offset: number): string =>
    offset === 0 ? `buffers[${argument}]` : `buffers[${argument}] + ${offset * 4}L`
  return `const char* a = ${pointer(c.a.argument, c.a.offset)};
const char* b = ${pointer(c.b.argument, c.b.offset)};
${c.sites.map((s, i) => `char* s${i} = ${pointer(s.access.argument, s.access.offset)};\n`).join('')}`
}
export const allPointers = (c: Contraction): string[] => ['a', 'b', ...c.sites.map((_, i) => `s${i}`)]
export const levelOf = (d: { size: number; a: number; b: number; sites: readonly number[] }) => ({
  count: d.size,
  steps: [d.a, d.b, ...d.sites].map(s => s * 4),
})

/** The function of a kernel; equal code is printed once. */
export function kernelFunction(
  p: Printer,
  body: string,
  scratchBytes: number,
  notes: readonly string[] = [],
): PrintedKernel {
  const name = p.intern(
    `contract ${body}`,
    name => `OUT void ${name}(char* const* buffers, char* scratch) {\n${body}}\n`,
  )
  return { name, scratchBytes, notes }
}

/** Columns of b can be read where they are: neighbours in memory, and few cache lines that collide. */
function readsDirectly(c: Contraction, m: Dim, n: Dim, rowsOfTile: number): boolean {
  if (n.b !== 1) return false
  const k = withRole(c, 'k')
  const alone = withRole(c, 'm').every(d => d === m)
  if (m.size <= rowsOfTile && alone) return true
  const farthest = Math.max(...k.map(d => Math.abs(d.b)), 1) * 4
  const bytes = sizeOf(k) * n.size * 4
  return bytes <= 24 << 10 || (bytes <= 1 << 20 && farthest % 1024 !== 0)
}

export interface GemmPlan {
  readonly c: Contraction
  /** Rows of the tile, and lanes. */
  readonly m: Dim
  readonly n: Dim
  readonly tile: TileSize
  readonly direct: boolean
  readonly cycles: number
}

/** Rows so many bytes apart fall on the same lines of a first-level cache, which holds few of them. */
const aliasBytes = 4096
const mostAliased = 6
const mostRowsOf = (m: Dim): number => ((m.a * 4) % aliasBytes === 0 ? mostAliased : m.size)

/** Cycles for a vector of packed columns: neighbours are copied, neighbouring steps transposed, others taken one by one. */
const packCycles = { copied: 2, transposed: 6, single: 24 }
/** Cycles for a vector of results that are no neighbours in memory. */
const scatterCycles = 32

function planOf(c: Contraction, m: Dim, n: Dim, target: Target): GemmPlan {
  const k = withRole(c, 'k')
  const steps = sizeOf(k)
  const vectors = Math.ceil(n.size / target.lanes)
  const tile = tileFor(target, m.size, vectors, mostRowsOf(m))
  const direct = readsDirectly(c, m, n, tile.rows)
  const pack = n.b === 1 ? packCycles.copied : k.at(-1)?.b === 1 ? packCycles.transposed : packCycles.single
  const others = c.dims.filter(d => d.role !== 'k' && d !== m && d !== n)
  const scattered = c.sites.some((s, i) => s.store && n.sites[i] !== 1)
  const each =
    steps * (tileCycles(target, m.size, vectors) + (direct ? 0 : pack * vectors)) +
    m.size * vectors * (scattered ? scatterCycles : 3)
  return { c, m, n, tile, direct, cycles: sizeOf(others) * each + 50 }
}

/** Tiles that take so many times the cycles of the quickest are not worth measuring. */
const hopeless = 1.5

/** The same with other tiles. */
export function otherTiles(plan: GemmPlan, target: Target): GemmPlan[] {
  const tiles = tilesFor(target, plan.m.size, Math.ceil(plan.n.size / target.lanes), mostRowsOf(plan.m))
  const least = Math.min(...tiles.map(t => t.cycles))
  return tiles
    .filter(t => t.vectors !== plan.tile.vectors && t.cycles <= hopeless * least)
    .map(({ rows, vectors }) => ({ ...plan, tile: { rows, vectors } }))
}

/** The quickest choice of loops for rows and columns, a·b or (bᵀ·aᵀ)ᵀ; undefined for operands with zeros around them. */
export function planGemm(c: Contraction, target: Target): GemmPlan | undefined {
  if (c.windows.some(w => w.leaves)) return undefined
  const plain = { ...c, windows: [] }
  const plans = [plain, swapOperands(plain)].flatMap(c => {
    const [ms, ns] = [withRole(c, 'm'), withRole(c, 'n')]
    return (ms.length > 0 ? ms : [unitDim(c, 'm')]).flatMap(m =>
      (ns.length > 0 ? ns : [unitDim(c, 'n')]).map(n => planOf(c, m, n, target)),
    )
  })
  return plans.reduce((best, plan) => (plan.cycles < best.cycles ? plan : best))
}

export function printGemm(p: Printer, plan: GemmPlan): PrintedKernel {
  const { c, m, n, tile, direct } = plan
  const { lanes } = p.target
  const pitch = tile.vectors * bytesOf(p.target)
  const product = blockedProduct(p, {
    m: m.size,
    n: n.size,
    tile,
    aRow: m.a * 4,
    columns: direct
      ? { kind: 'direct' }
      : {
          kind: 'packed',
          pitch,
          pack: (piece, to, q, columns) => {
            const pack = packPanel(p, {
              columns,
              columnStride: n.b,
              pitch,
              k: piece.inner.map(d => ({ count: d.size, stride: d.b })),
            })
            return `${pack}(${to}, b + ${q} * ${tile.vectors * lanes * n.b * 4}L);\n`
          },
        },
    sites: c.sites.map((_, i) => ({ row: m.sites[i]! * 4, column: n.sites[i]! * 4 })),
    reduction: pieces(withRole(c, 'k'), tile.rows <= rowsOfBlock / 2 ? 2 * blockOfK : blockOfK),
    kernel: c.kernel,
  })
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm'), ...withRole(c, 'n')].filter(d => d !== m && d !== n)
  const body = `${startPointers(c)}char* free = scratch;\n${nest(allPointers(c), outer.map(levelOf), product.code)}`
  return kernelFunction(p, body, product.scratchBytes)
}
