/**
 * Convolutions with 3×3 taps by minimal filtering (`compile/minimal-filtering.ts`): lanes are output channels, rows of a tile of the
 * product are tiles of the image. Weights are transformed once; for a block of tiles, 16 products give the transformed outputs of a
 * panel of channels, which are transformed back and transposed on their way through the epilogue.
 */
import { type Contraction, type Dim, largest, sizeOf, withRole } from '../../compile/contraction.ts'
import { points, type Tiling, tilingOf } from '../../compile/minimal-filtering.ts'
import { range } from '../../graph/shape.ts'
import { allPointers, levelOf, startPointers } from './gemm.ts'
import { at, balanced, bytesOf, fullThenRest, microKernel, tileCycles, tileFor } from './micro-kernel.ts'
import { packPanel, transposer } from './packing.ts'
import { kernelInTwoParts } from './prepared.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { finisher, runsAlong } from './runs.ts'
import { bump, nest, walkOf } from './walk.ts'
import {
  type Block,
  blocksOf,
  largestOf,
  loadTiles,
  overBlocks,
  parts,
  tileBytes,
  tileCyclesOf,
  tilePitch,
  tilesIn,
  winogradCycles,
} from './winograd-tiles.ts'
import { transform } from './winograd-transforms.ts'

export interface WinogradPlan {
  readonly c: Contraction
  readonly m: Dim
  readonly tiling: Tiling
  readonly outer: readonly Dim[]
  /** Tiles of a block at most. */
  readonly most: number
  readonly cycles: number
}

/** Bytes of transformed tiles that are worked on together: once for each panel of channels they come from the second-level cache. */
export const blockBytes = 640 << 10

/** What it takes over what its parts would, measured on 3×3 convolutions beside the other strategies on two processors: 0.8 to 1.4. */
const overModel = 1.06

export function planWinograd(c: Contraction, target: Target): WinogradPlan | undefined {
  const tiling = tilingOf(c, 'n')
  const m = largest(withRole(c, 'm'))
  if (!tiling || !m) return undefined
  const { image, channel, x, y } = tiling
  const outer = withRole(c, 'n').filter(d => d !== image && d !== x.position && d !== y.position)
  const most = Math.max(1, Math.floor(blockBytes / (points * tilePitch(target, tiling))))
  const vectors = Math.ceil(m.size / target.lanes)
  const { square, output, filter, sums } = winogradCycles
  const tiles = y.tiles * x.tiles * (image?.size ?? 1)
  const block = Math.min(tiles, most)
  const products = points * (tiles / block) * channel.size * tileCycles(target, block, vectors)
  const outputs = tiles * vectors * (output + points * sums + (4 / target.lanes) * square)
  const turns = c.dims.reduce((n, d) => n * (d.role === 'batch' || (d.role === 'm' && d !== m) ? d.size : 1), 1)
  const cycles =
    overModel *
    turns *
    (channel.size * vectors * filter + sizeOf(outer) * (tileCyclesOf(target, tiling) + products + outputs))
  return { c, m, tiling, outer, most, cycles }
}

/** A function (weights, taps, a): transformed filters as [point][panel][channel][lanes]. */
function loadFilters(p: Printer, { m, tiling }: WinogradPlan, pitch: number, step: number): string {
  const { channel, x, y } = tiling
  const vectorBytes = bytesOf(p.target)
  const perPanel = pitch / vectorBytes
  const panels = fullThenRest(m.size, perPanel * p.target.lanes).map(({ size, count }) => {
    const pack = packPanel(p, {
      columns: size,
      columnStride: m.a,
      pitch,
      k: [channel, y.tap, x.tap].map(d => ({ count: d.size, stride: d.a })),
    })
    return `for (long q = 0; q < ${count}; q++) {
${pack}(taps, a);
const char* from = taps;
for (long k = 0; k < ${channel.size}; k++, from += ${8 * pitch}L)
for (long v = 0; v < ${perPanel}; v++, from += ${vectorBytes}, weights += ${vectorBytes})
${transform(
  'filter',
  (i, j) => `ld(${at('from', (3 * i + j) * pitch)})`,
  (i, j, value) => `st(${at('weights', (4 * i + j) * step)}, ${value});`,
)}${bump('a', size * m.a * 4)}}\n`
  })
  return p.intern(
    `filters ${panels.join('')}`,
    name => `OUT void ${name}(char* weights, char* taps, const char* a) {\n${panels.join('')}}\n`,
  )
}

/** A function (flat, sums): outputs of one vector of channels as [image][row][column], from sums as [point][tile]. */
function outputs(p: Printer, { tiling }: WinogradPlan, block: Block, pitch: number, step: number): string {
  const { x } = tiling
  const bytes = bytesOf(p.target)
  const width = x.position.size
  const one = (columns: number): string =>
    transform(
      'output',
      (i, j) => `ld(${at('sums', (4 * i + j) * step)})`,
      (i, j, value) => (j < columns ? `st(${at('to', (i * width + j) * bytes)}, ${value});` : ''),
    )
  // a row of outputs that does not exist is overwritten by the next image, or lies behind the last one
  const body = `for (long g = 0; g < ${block.images}; g++)
for (long r = 0; r < ${block.down}; r++) {
char* to = flat + (g * ${block.rows} + 2 * r) * ${width * bytes}L;
for (long c = 0; c < ${Math.floor(width / 2)}; c++, to += ${2 * bytes}, sums += ${pitch})
${one(2)}${width % 2 ? `${one(1)}sums += ${pitch};\n` : ''}}\n`
  return p.intern(`outputs ${body}`, name => `OUT void ${name}(char* flat, const char* sums) {\n${body}}\n`)
}

/** A function (turned, flat): [lane][place] from [place][lane]. */
export function turnAll(p: Printer, places: number, pitch: number): string {
  const { lanes } = p.target
  const square = transposer(p)
  const bytes = bytesOf(p.target)
  const whole = Math.floor(places / lanes)
  const turn = (rows: number): string => `${square}(turned, ${pitch}L, flat, ${bytes}L, ${rows}, L);\n`
  const rest = places % lanes
  return p.intern(
    `turn ${places} ${pitch}`,
    name => `OUT void ${name}(char* turned, const char* flat) {
for (long i = 0; i < ${whole}; i++, turned += ${bytes}, flat += ${lanes * bytes}L) ${turn(lanes)}${rest ? turn(rest) : ''}}\n`,
  )
}
/** Bytes between lanes of turned places: whole vectors, of an odd number. */
export const turnedPitch = (target: Target, places: number): number =>
  (Math.ceil(places / target.lanes) | 1) * bytesOf(target)

export function printWinograd(p: Printer, plan: WinogradPlan): PrintedKernel {
  const { c, m, tiling, most } = plan
  const { image, channel, x, y } = tiling
  const { lanes } = p.target
  const bytes = bytesOf(p.target)
  const blocks = blocksOf(tiling, most)
  const largestBlock = largestOf(blocks)
  const vectors = tileFor(p.target, tilesIn(largestBlock, tiling), Math.ceil(m.size / lanes)).vectors
  const pitch = vectors * bytes
  const panels = fullThenRest(m.size, vectors * lanes)
  const panelBytes = channel.size * pitch
  const filterStep = panels.reduce((n, { count }) => n + count, 0) * panelBytes + 64
  const { padded, tiles, step } = tileBytes(p.target, tiling, largestBlock)
  const sumsStep = tilesIn(largestBlock, tiling) * pitch + 64
  const places = largestBlock.images * largestBlock.rows * x.position.size
  const flatBytes = (places + x.position.size) * bytes
  const { declarations, size: scratchBytes } = parts({
    sums: points * sumsStep,
    padded,
    flat: flatBytes,
    turned: turnedPitch(p.target, places) * lanes,
    tiles,
  })
  const aPitch = tilePitch(p.target, tiling)
  const sitesCount = c.sites.length
  const sites = range(sitesCount)
  const blockCode = (block: Block): string => {
    const count = tilesIn(block, tiling)
    const { rows } = tileFor(p.target, count, Math.ceil(m.size / lanes))
    const positions = block.images * block.rows * x.position.size
    const turn = turnedPitch(p.target, positions)
    const dims = [
      { size: block.images, sites: image?.sites ?? sites.map(() => 0) },
      { size: block.rows, sites: y.position.sites },
      x.position,
    ]
    const { runs, count: runCount, lane, patternOf } = runsAlong(dims, sitesCount)
    const table = p.table(runs)
    const panelCode = (size: number): string => {
      const wide = Math.ceil(size / lanes)
      const product = balanced(count, rows)
        .map(({ size: tileRows, count: turns }) => {
          const micro = microKernel(
            p,
            {
              rows: range(tileRows).map(i => i * aPitch),
              vectors: range(wide).map(j => j * bytes),
              lanes: range(wide).map(() => lanes),
              walk: walkOf([{ count: channel.size, a: 4, b: pitch }], 1),
              end: 'partial',
              sites: [],
              dtype: 'float32',
            },
            c.kernel.epilogue,
          )
          return `for (long i = 0; i < ${turns}; i++, a += ${tileRows * aPitch}L, to += ${tileRows * wide * bytes}L) ${micro}(a, panel + point * ${filterStep}L, to, 1);\n`
        })
        .join('')
      const finish = (rowsOfLanes: number, j: number): string => {
        const name = finisher(p, c, {
          rows: rowsOfLanes,
          pitch: turn,
          sites: sites.map(s => ({ row: m.sites[s]! * 4, column: lane[s]! * 4 })),
          patternOf,
          patterns: sitesCount,
        })
        const pointers = sites.map(
          s => `${at(`t${s}`, j * lanes * m.sites[s]! * 4)} + first * ${2 * y.position.sites[s]! * 4}L`,
        )
        return `${outputs(p, plan, block, wide * bytes, sumsStep)}(flat, ${at('sums', j * bytes)});
${turnAll(p, positions, turn)}(turned, flat);
${name}(${['turned', table, runCount, ...pointers].join(', ')});\n`
      }
      return `for (long point = 0; point < ${points}; point++) {
const char* a = tiles + point * ${step}L;
char* to = sums + point * ${sumsStep}L;
${product}}
${range(wide)
  .map(j => finish(Math.min(lanes, size - j * lanes), j))
  .join('')}`
    }
    const sweep = panels.map(
      ({ size, count: turns }) =>
        `for (long q = 0; q < ${turns}; q++) {\n${panelCode(size)}panel += ${panelBytes}L;\n${sites.map(s => bump(`t${s}`, size * m.sites[s]! * 4)).join('')}}\n`,
    )
    return `${loadTiles(p, tiling, block, step)}(tiles, padded, b, first);
const char* panel = weights;
${sites.map(s => `char* t${s} = s${s};\n`).join('')}${sweep.join('')}`
  }
  const pointers = allPointers(c)
  const imageSteps = image ? levelOf(image).steps : pointers.map(() => 0)
  const images = overBlocks(tiling, blocks, blockCode, images =>
    pointers.map((q, i) => bump(q, imageSteps[i]! * images)).join(''),
  )
  const back = pointers.map((q, i) => bump(q, -imageSteps[i]! * (image?.size ?? 1))).join('')
  const filters = loadFilters(p, plan, pitch, filterStep)
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m)]
  const turns = outer.map(d => ({ count: d.size, steps: [d.a * 4] }))
  const filtersBytes = points * filterStep
  const next = `weights += ${filtersBytes}L;\n`
  const once = `${nest(pointers, plan.outer.map(levelOf), images + back)}${next}`
  const clear = `__builtin_memset(padded, 0, ${padded}L);\n`
  return kernelInTwoParts(p, c, {
    bytes: sizeOf(outer) * filtersBytes,
    key: JSON.stringify(['filters', m.size, m.a, pitch, [channel, y.tap, x.tap].map(d => [d.size, d.a]), turns]),
    prepare: nest(['a'], turns, `${filters}(weights, scratch, a);\n${next}`),
    run: `${startPointers(c)}${declarations}${clear}${nest(pointers, outer.map(levelOf), once)}`,
    scratchBytes: Math.max(scratchBytes, 9 * panelBytes + 64),
  })
}
