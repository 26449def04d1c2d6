/**
 * Convolutions whose lanes are output channels: positions are the rows of a tile, their inputs are read one by one from the
 * (padded) image and spread over all lanes, so that images of any width and stride do without copies; the weights are packed
 * once. Tiles are transposed on their way out if channels are no neighbours in memory.
 */
import { type Contraction, type Dim, largest, sizeOf, withRole } from '../../compile/contraction.ts'
import { range } from '../../graph/shape.ts'
import { sequential } from './blocked-product.ts'
import { allPointers, levelOf, startPointers } from './gemm.ts'
import { balanced, bytesOf, fullThenRest, microKernel, stepCycles } from './micro-kernel.ts'
import { packPanel } from './packing.ts'
import { kernelInTwoParts } from './prepared.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { type RowBlocks, rowBlocks, rowOffsets, runsOf } from './rows.ts'
import { sourceOf } from './source.ts'
import { bump, nest, times, walkOf } from './walk.ts'

export interface ConvolutionPlan {
  readonly c: Contraction
  /** Lanes. */
  readonly m: Dim
  /** Loops over n that are no positions: the first is cut into groups. */
  readonly image: Dim | undefined
  readonly outer: readonly Dim[]
  readonly positions: readonly Dim[]
  readonly k: readonly Dim[]
  readonly group: number
  readonly vectors: number
  readonly rows: number
  readonly cycles: number
}

/** Bytes of all weights that stay in the second-level cache. */
const weightsBytes = 400 << 10
/** Bytes of a panel of weights that stay in the second-level cache beside the image. */
const panelBytes = 700 << 10

/** Most rows of a tile of so many vectors. */
export const mostRows = (target: Target, vectors: number): number =>
  Math.floor((target.registers - vectors - (target.lanes === 16 ? 4 : 1)) / vectors)

/** Cycles of a step for all rows in blocks. */
export const blockCycles = (blocks: RowBlocks, vectors: number): number =>
  sizeOf(blocks.outer) *
  blocks.parts.reduce((n, { size, count }) => n + count * (stepCycles(size * sizeOf(blocks.inner), vectors) + 0.3), 0)

/** Rows that fill the registers best for some number of vectors, and what a step costs for all of m and `dims`. */
export function chooseTile(
  target: Target,
  m: number,
  dims: readonly Dim[],
): { vectors: number; rows: number; cycles: number } {
  const all = Math.ceil(m / target.lanes)
  let best = { vectors: 1, rows: 1, cycles: Number.POSITIVE_INFINITY }
  for (let vectors = 1; vectors <= Math.min(4, all); vectors++) {
    const most = mostRows(target, vectors)
    for (let rows = most; rows >= Math.max(1, most / 2); rows--) {
      const blocks = rowBlocks(dims, rows)
      const cycles = fullThenRest(all, vectors).reduce((n, { size, count }) => n + count * blockCycles(blocks, size), 0)
      if (cycles < best.cycles * 0.99) best = { vectors, rows, cycles }
    }
  }
  return best
}

/** What transposing a square costs, and a vector of packed weights. */
export const squareCycles = 80
const packCycles = { transposed: 6, single: 20 }

export function planConvolution(c: Contraction, target: Target): ConvolutionPlan | undefined {
  const ms = withRole(c, 'm')
  const m = largest(ms)
  if (!m || c.windows.some(w => w.terms.some(t => t.dim.role !== 'n' && t.dim.role !== 'k'))) return undefined
  const moving = new Set(c.windows.flatMap(w => w.terms.map(t => t.dim)))
  const k = withRole(c, 'k')
  const steps = sizeOf(k)
  if (steps * target.lanes * 4 > panelBytes) return undefined
  const store = c.sites.findIndex(s => s.store)
  const ns = withRole(c, 'n').toSorted((x, y) => Math.abs(y.sites[store]!) - Math.abs(x.sites[store]!))
  const positions = ns.filter(d => moving.has(d))
  const free = ns.filter(d => !moving.has(d))
  const image = largest(free)
  if (positions.length === 0) return undefined
  const outer = free.filter(d => d !== image)
  const perImage = sizeOf(positions)
  const group = image ? Math.min(image.size, perImage >= 32 ? 1 : Math.ceil(64 / perImage)) : 1
  const dims = image && group > 1 ? [{ ...image, size: group }, ...positions] : positions
  const tile = chooseTile(target, m.size, dims)
  const vectors = Math.min(tile.vectors, Math.floor(panelBytes / (steps * target.lanes * 4)))
  const chosen = vectors === tile.vectors ? tile : { ...tile, vectors, rows: mostRows(target, vectors) }
  const blocks = rowBlocks(dims, chosen.rows)
  const all = Math.ceil(m.size / target.lanes)
  const last = k.at(-1)
  const groups = (image?.size ?? 1) / group
  const turns = c.dims.reduce((n, d) => n * (d.role === 'batch' || (d.role === 'm' && d !== m) ? d.size : 1), 1)
  const pack = steps * all * (last?.a === 1 ? packCycles.transposed : packCycles.single)
  const tiles = sizeOf(blocks.outer) * blocks.parts.reduce((n, p) => n + p.count, 0)
  const turned = c.sites.some((s, i) => s.store && m.sites[i] !== 1)
  const each = steps * chosen.cycles + (turned ? tiles * all * squareCycles : 0)
  return { c, m, image, outer, positions, k, group, ...chosen, cycles: turns * (pack + sizeOf(outer) * groups * each) }
}

/** One group of images. */
function printGroup(p: Printer, plan: ConvolutionPlan, images: number, panel: number): { code: string; bytes: number } {
  const { c, m, vectors } = plan
  const { lanes } = p.target
  const vectorBytes = bytesOf(p.target)
  const dims = [...(plan.image && images > 1 ? [{ ...plan.image, size: images }] : []), ...plan.positions]
  const blocks = rowBlocks(dims, plan.rows)
  const inPlace = c.windows.every(w => !w.leaves)
  const copied = inPlace ? [] : [...dims, ...plan.k]
  const axis = c.windows.find(w => w.terms.some(t => t.dim === plan.positions.at(-1)))
  const source = sourceOf(p, inPlace, copied, c.windows, axis && { axis, step: 1 })
  const element = source.element
  const pitch = vectors * vectorBytes
  const aSteps = plan.k.map(d => element(d)(1) * 4)
  const bSteps = sequential(plan.k, pitch)
  const levels = plan.k.map((d, i) => ({ count: d.size, a: aSteps[i]!, b: bSteps[i]! }))
  const sitesCount = c.sites.length

  const micro = (size: number, width: number): string => {
    const rows = rowOffsets(blocks, size, element)
    const wide = Math.ceil(width / lanes)
    const { lane, runs } = runsOf(blocks, size, sitesCount)
    return microKernel(
      p,
      {
        rows,
        vectors: range(wide).map(j => j * vectorBytes),
        lanes: range(wide).map(j => Math.min(lanes, width - j * lanes)),
        walk: walkOf(levels, Math.min(3, Math.floor(250 / (rows.length * wide)))),
        end: 'epilogue',
        sites: c.sites.map((_, s) => ({
          row: m.sites[s]! * 4,
          lane: lane[s]!,
          vectors: range(wide).map(j => j * lanes * m.sites[s]! * 4),
        })),
        turned: runs,
        dtype: c.kernel.dtype,
      },
      c.kernel.epilogue,
    )
  }
  const pointers = ['ai', ...c.sites.map((_, s) => `t${s}`)]
  const levelIn = (d: Dim, by: number): number[] => [
    element(d)(1) * by * 4,
    ...range(sitesCount).map(s => (d.sites[s] ?? 0) * by * 4),
  ]
  /** All tiles of one turn of the outer loops. */
  const tiles = (width: number): string => {
    const parts = blocks.parts.map(({ size, count }) => {
      const step = levelIn(blocks.cut, size)
      const run = `${micro(size, width)}(ai, panel, ${pointers.slice(1).join(', ')});\n`
      return times(count, run + pointers.map((q, i) => bump(q, step[i]!)).join(''))
    })
    const back = levelIn(blocks.cut, -blocks.cut.size)
    return parts.join('') + pointers.map((q, i) => bump(q, back[i]!)).join('')
  }
  const overPanels = (body: (width: number) => string): string => {
    const panels = fullThenRest(m.size, vectors * lanes).map(({ size, count }) => {
      const next = c.sites.map((_, s) => bump(`t${s}`, size * m.sites[s]! * 4)).join('')
      return times(count, `${body(size)}${next}panel += ${panel}L;\n`)
    })
    const back = c.sites.map((_, s) => bump(`t${s}`, -m.size * m.sites[s]! * 4)).join('')
    return `const char* panel = weights;\n${panels.join('')}${back}`
  }
  const outer = blocks.outer.map(d => ({ count: d.size, steps: levelIn(d, 1) }))
  // rows of the image are read once if all weights stay in the second-level cache, else weights are
  const code =
    m.size * sizeOf(plan.k) * 4 <= weightsBytes
      ? nest(pointers, outer, `{ ${overPanels(tiles)}}\n`)
      : overPanels(width => nest(pointers, outer, tiles(width)))
  const start = `const char* ai = b;\n${c.sites.map((_, s) => `char* t${s} = s${s};\n`).join('')}`
  return { code: `${source.clear}${source.load(start + code)}`, bytes: source.bytes }
}

export function printConvolution(p: Printer, plan: ConvolutionPlan): PrintedKernel {
  const { c, m, image, vectors } = plan
  const { lanes } = p.target
  const steps = sizeOf(plan.k)
  const pitch = vectors * bytesOf(p.target)
  const panel = (steps * pitch + 63) & ~63
  const pointers = allPointers(c)
  const imageSteps = image ? levelOf(image).steps : pointers.map(() => 0)
  let bytes = 0
  const groups = balanced(image?.size ?? 1, plan.group).map(({ size, count }) => {
    const group = printGroup(p, plan, size, panel)
    bytes = Math.max(bytes, group.bytes)
    const move = pointers.map((q, i) => bump(q, imageSteps[i]! * size)).join('')
    return `for (long g = 0; g < ${count}; g++) {\n${group.code}${move}}\n`
  })
  const back = pointers.map((q, i) => bump(q, -imageSteps[i]! * (image?.size ?? 1))).join('')
  const images = nest(pointers, plan.outer.map(levelOf), groups.join('') + back)
  const panels = fullThenRest(m.size, vectors * lanes).map(({ size, count }) => ({
    count,
    columns: size,
    columnStride: m.a,
    pitch,
    k: plan.k.map(d => ({ count: d.size, stride: d.a })),
  }))
  const packs = panels.map(({ count, ...x }) => {
    const next = `weights += ${panel}L;\n${bump('from', x.columns * m.a * 4)}`
    return `for (long q = 0; q < ${count}; q++) {\n${packPanel(p, x)}(weights, from);\n${next}}\n`
  })
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m)]
  const turns = outer.map(d => ({ count: d.size, steps: [d.a * 4] }))
  const weightsBytes = panels.reduce((n, { count }) => n + count, 0) * panel
  const run = nest(pointers, outer.map(levelOf), `${images}weights += ${weightsBytes}L;\n`)
  return kernelInTwoParts(p, c, {
    bytes: sizeOf(outer) * weightsBytes + 64,
    key: JSON.stringify(['panels', panel, panels, turns]),
    prepare: nest(['a'], turns, `{ const char* from = a;\n${packs.join('')}}\n`),
    run: `${startPointers(c)}${run}`,
    scratchBytes: bytes,
  })
}
