/**
 * Weight gradients of convolutions: dw[o, c, tap] = Σ over images and positions of g[o, position] · x[c, position + tap]. Lanes are
 * output channels, from a transposed copy of g; rows of a tile are weights, each with its own place in the (padded) image. Chunks
 * of images that fit the caches are added up in scratch memory.
 */
import { type Contraction, type Dim, largest, sizeOf, withRole } from '../../compile/contraction.ts'
import { addressesOf } from '../../compile/padded-layout.ts'
import { range } from '../../graph/shape.ts'
import { sequential } from './blocked-product.ts'
import { chooseTile, squareCycles } from './convolution.ts'
import { allPointers, kernelFunction, levelOf, startPointers } from './gemm.ts'
import { balanced, bytesOf, fullThenRest, microKernel } from './micro-kernel.ts'
import { packPanel } from './packing.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { rowBlocks, rowOffsets, runsOf } from './rows.ts'
import { sourceOf } from './source.ts'
import { bump, nest, times, walkOf } from './walk.ts'

export interface GradientPlan {
  readonly c: Contraction
  /** Lanes. */
  readonly m: Dim
  /** Rows, outermost first. */
  readonly weights: readonly Dim[]
  /** The loop of the reduction that is cut into chunks. */
  readonly image: Dim | undefined
  readonly positions: readonly Dim[]
  readonly inPlace: boolean
  readonly columns: Parameters<typeof addressesOf>[3]
  readonly chunk: number
  readonly vectors: number
  readonly rows: number
  readonly cycles: number
}

/** Bytes of x and g that are worked on together, and steps of the reduction that are worth a tile's beginning and end. */
const chunkBytes = 700 << 10
const fewSteps = 256
const packCycles = 5

export function planGradient(c: Contraction, target: Target): GradientPlan | undefined {
  const ms = withRole(c, 'm')
  const m = largest(ms)
  if (!m || c.windows.some(w => w.terms.some(t => t.dim.role !== 'n' && t.dim.role !== 'k'))) return undefined
  const moving = new Set(c.windows.flatMap(w => w.terms.map(t => t.dim)))
  const ks = withRole(c, 'k').toSorted((x, y) => Math.abs(y.a) - Math.abs(x.a))
  const image = largest(ks.filter(d => !moving.has(d)))
  const positions = ks.filter(d => d !== image)
  if (!positions.some(d => moving.has(d))) return undefined
  const store = c.sites.findIndex(s => s.store)
  const weights = withRole(c, 'n').toSorted((x, y) => Math.abs(y.sites[store]!) - Math.abs(x.sites[store]!))
  const inner = positions.findLast(d => moving.has(d))!
  const axis = c.windows.find(w => w.terms.some(t => t.dim === inner))!
  const columns = { axis, step: 1 }
  const inPlace = c.windows.every(w => !w.leaves)
  const copied = inPlace ? 0 : addressesOf(false, [...weights, ...positions], c.windows, columns).copy!.elements
  const perImage = sizeOf(positions)
  const lanes = Math.ceil(m.size / target.lanes) * target.lanes
  const fit = Math.floor(chunkBytes / ((copied + perImage * lanes) * 4))
  const chunk = Math.min(image?.size ?? 1, Math.max(fit, Math.ceil(fewSteps / perImage), 1))
  const tile = chooseTile(target, m.size, weights)
  const blocks = rowBlocks(weights, tile.rows)
  const tiles = sizeOf(blocks.outer) * blocks.parts.reduce((n, p) => n + p.count, 0)
  const all = lanes / target.lanes
  const chunks = Math.ceil((image?.size ?? 1) / chunk)
  const turns = c.dims.reduce((n, d) => n * (d.role === 'batch' || (d.role === 'm' && d !== m) ? d.size : 1), 1)
  const steps = perImage * (image?.size ?? 1)
  const each =
    steps * (tile.cycles + all * packCycles) + tiles * all * squareCycles + (chunks - 1) * sizeOf(weights) * all * 3
  const copies = (copied * (image?.size ?? 1)) / 4
  return { c, m, weights, image, positions, inPlace, columns, chunk, ...tile, cycles: turns * (each + copies) }
}

export function printGradient(p: Printer, plan: GradientPlan): PrintedKernel {
  const { c, m, image, weights, vectors } = plan
  const { lanes } = p.target
  const vectorBytes = bytesOf(p.target)
  const pitch = vectors * vectorBytes
  const blocks = rowBlocks(weights, plan.rows)
  const parts = balanced(image?.size ?? 1, plan.chunk)
  const chunks = parts.reduce((n, x) => n + x.count, 0)
  const waits = chunks > 1
  const panels = fullThenRest(m.size, vectors * lanes)
  const sitesCount = c.sites.length
  const pointers = ['ai', ...c.sites.map((_, s) => `t${s}`)]
  let sourceBytes = 0
  let panelBytes = 0

  const printChunk = (images: number): string => {
    const ks = [...(image && images > 1 ? [{ ...image, size: images }] : []), ...plan.positions]
    const source = sourceOf(p, plan.inPlace, [...ks, ...weights], c.windows, plan.columns)
    const { element } = source
    sourceBytes = Math.max(sourceBytes, source.bytes)
    const panel = (sizeOf(ks) * pitch + 63) & ~63
    panelBytes = Math.max(panelBytes, panel)
    const bSteps = sequential(ks, pitch)
    const levels = ks.map((d, i) => ({ count: d.size, a: element(d)(1) * 4, b: bSteps[i]! }))
    const levelIn = (d: Dim, by: number): number[] => [
      element(d)(1) * by * 4,
      ...range(sitesCount).map(s => (d.sites[s] ?? 0) * by * 4),
    ]
    const micro = (size: number, width: number): string => {
      const rows = rowOffsets(blocks, size, element)
      const wide = Math.ceil(width / lanes)
      const { lane, runs } = runsOf(blocks, size, sitesCount)
      const name = microKernel(
        p,
        {
          rows,
          vectors: range(wide).map(j => j * vectorBytes),
          lanes: range(wide).map(j => Math.min(lanes, width - j * lanes)),
          walk: walkOf(levels, 1),
          end: waits ? 'either' : 'epilogue',
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
      const given = [
        'ai',
        'panel',
        ...(waits ? ['partial', 'chunk == 0', `chunk == ${chunks - 1}`] : []),
        ...pointers.slice(1),
      ]
      return `${name}(${given.join(', ')});\n${waits ? `partial += ${rows.length * wide * vectorBytes}L;\n` : ''}`
    }
    const tiles = (width: number): string => {
      const each = blocks.parts.map(({ size, count }) => {
        const step = levelIn(blocks.cut, size)
        return times(count, micro(size, width) + pointers.map((q, i) => bump(q, step[i]!)).join(''))
      })
      const back = levelIn(blocks.cut, -blocks.cut.size)
      return nest(
        pointers,
        blocks.outer.map(d => ({ count: d.size, steps: levelIn(d, 1) })),
        each.join('') + pointers.map((q, i) => bump(q, back[i]!)).join(''),
      )
    }
    const packs = panels.map(({ size, count }) => {
      const name = packPanel(p, {
        columns: size,
        columnStride: m.a,
        pitch,
        k: ks.map(d => ({ count: d.size, stride: d.a })),
      })
      return times(count, `${name}(to, from);\nto += ${panel}L;\n${bump('from', size * m.a * 4)}`)
    })
    const sweep = panels.map(({ size, count }) => {
      const next = c.sites.map((_, s) => bump(`t${s}`, size * m.sites[s]! * 4)).join('')
      return times(count, `${tiles(size)}${next}panel += ${panel}L;\n`)
    })
    return `${source.clear}{ char* to = turned;\nconst char* from = a;\n${packs.join('')}}
${source.load(`const char* ai = b;
const char* panel = turned;
${waits ? 'char* partial = sums;\n' : ''}${c.sites.map((_, s) => `char* t${s} = s${s};\n`).join('')}${sweep.join('')}`)}`
  }
  const all = allPointers(c)
  const steps = image ? [image.a * 4, image.b * 4] : [0, 0]
  const code = parts.map(({ size, count }) =>
    times(
      count,
      `${printChunk(size)}${waits ? 'chunk++;\n' : ''}${bump('a', steps[0]! * size)}${bump('b', steps[1]! * size)}`,
    ),
  )
  const back = bump('a', -steps[0]! * (image?.size ?? 1)) + bump('b', -steps[1]! * (image?.size ?? 1))
  const turnedBytes = panels.reduce((n, x) => n + x.count, 0) * panelBytes + 64
  const sumBytes = waits ? Math.ceil(m.size / lanes) * vectorBytes * sizeOf(weights) + 64 : 0
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m)]
  const places = `char* turned = scratch + ${sourceBytes}L;\n${waits ? `char* sums = turned + ${(turnedBytes + 63) & ~63}L;\n` : ''}`
  const once = `{ ${waits ? 'int chunk = 0;\n' : ''}${code.join('')}${back}}\n`
  const body = `${startPointers(c)}${places}${nest(all, outer.map(levelOf), once)}`
  return kernelFunction(p, body, sourceBytes + ((turnedBytes + 63) & ~63) + sumBytes)
}
