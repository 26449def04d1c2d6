/**
 * Weight gradients of 3×3 convolutions by minimal filtering (`compile/minimal-filtering.ts`): gradients of outputs are spread to tiles
 * of 16 points, lanes are output channels; for each point a product over all tiles gives the gradient of the transformed filters,
 * rows are input channels. Sums wait in scratch memory from block to block of tiles, and become taps at the end.
 */
import { type Contraction, type Dim, largest, withRole } from '../../compile/contraction.ts'
import { points, type Tiling, tilingOf } from '../../compile/minimal-filtering.ts'
import { range } from '../../graph/shape.ts'
import { allPointers, kernelFunction, levelOf, startPointers } from './gemm.ts'
import { at, balanced, bytesOf, fullThenRest, microKernel, tileCycles, tileFor } from './micro-kernel.ts'
import { packPanel } from './packing.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { finisher, runsAlong } from './runs.ts'
import { bump, nest, walkOf } from './walk.ts'
import { blockBytes, turnAll, turnedPitch } from './winograd.ts'
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

export interface WinogradGradientPlan {
  readonly c: Contraction
  readonly m: Dim
  readonly tiling: Tiling
  readonly most: number
  readonly cycles: number
}

/** What it takes over what its parts would, measured beside the other strategies on two processors: 1 to 2. */
const overModel = 1.4

export function planWinogradGradient(c: Contraction, target: Target): WinogradGradientPlan | undefined {
  const tiling = tilingOf(c, 'k')
  const m = largest(withRole(c, 'm'))
  if (!tiling || !m) return undefined
  const { image, channel, x, y } = tiling
  const most = Math.max(1, Math.floor(blockBytes / (points * tilePitch(target, tiling))))
  const vectors = Math.ceil(m.size / target.lanes)
  const tiles = y.tiles * x.tiles * (image?.size ?? 1)
  const { square, spread, filter, sums } = winogradCycles
  const blocks = Math.ceil(tiles / most)
  const products = points * (tiles * tileCycles(target, channel.size, vectors) + blocks * channel.size * vectors * sums)
  const gradients = tiles * vectors * (spread + (4 / target.lanes) * square)
  const finish = channel.size * vectors * (filter + (9 / target.lanes) * square)
  const turns = c.dims.reduce((n, d) => n * (d.role === 'batch' || (d.role === 'm' && d !== m) ? d.size : 1), 1)
  const cycles = overModel * turns * (tileCyclesOf(target, tiling) + products + gradients + finish)
  return { c, m, tiling, most, cycles }
}

/**
 * A function (spread, rows, g, first): gradients of a panel of channels as [point][tile][lanes]; `rows` is memory for a copy as
 * [image][row][column][lanes], whose columns without outputs must be 0 beforehand.
 */
function loadGradients(
  p: Printer,
  { m, tiling }: WinogradGradientPlan,
  block: Block,
  columns: number,
  pitch: number,
  step: number,
): string {
  const { x, y, image } = tiling
  const width = 2 * x.tiles * pitch
  const rows = 2 * block.down
  const bytes = bytesOf(p.target)
  const pack = packPanel(p, {
    columns,
    columnStride: m.a,
    pitch,
    k: [{ count: x.position.size, stride: x.position.a }],
  })
  const body = `
for (long g = 0; g < ${block.images}; g++)
for (long i = 0; i < ${rows}; i++) {
char* to = rows + (g * ${rows} + i) * ${width}L;
if (2 * first + i >= ${y.position.size}) __builtin_memset(to, 0, ${width}L);
else ${pack}(to, a + g * ${(image?.a ?? 0) * 4}L + (2 * first + i) * ${y.position.a * 4}L);
}
for (long g = 0; g < ${block.images}; g++)
for (long r = 0; r < ${block.down}; r++)
for (long c = 0; c < ${x.tiles}; c++) {
const char* from = rows + (g * ${rows} + 2 * r) * ${width}L + c * ${2 * pitch}L;
for (long v = 0; v < ${pitch}; v += ${bytes}, from += ${bytes}, spread += ${bytes})
${transform(
  'spread',
  (i, j) => `ld(${at('from', i * width + j * pitch)})`,
  (i, j, value) => `st(${at('spread', (i * 4 + j) * step)}, ${value});`,
)}}
`
  return p.intern(
    `gradients ${body}`,
    name => `OUT void ${name}(char* spread, char* rows, const char* a, long first) {${body}}\n`,
  )
}

/** A function (flat, sums): taps of one vector of channels as [channel][tap], from sums as [point][channel]. */
function tapsOf(p: Printer, channels: number, pitch: number, step: number): string {
  const bytes = bytesOf(p.target)
  const body = `for (long k = 0; k < ${channels}; k++, sums += ${pitch}, flat += ${9 * bytes})
${transform(
  'taps',
  (i, j) => `ld(${at('sums', (4 * i + j) * step)})`,
  (i, j, value) => `st(${at('flat', (3 * i + j) * bytes)}, ${value});`,
)}`
  return p.intern(`taps ${body}`, name => `OUT void ${name}(char* flat, const char* sums) {\n${body}}\n`)
}

export function printWinogradGradient(p: Printer, plan: WinogradGradientPlan): PrintedKernel {
  const { c, m, tiling, most } = plan
  const { image, channel, x, y } = tiling
  const { lanes } = p.target
  const bytes = bytesOf(p.target)
  const blocks = blocksOf(tiling, most)
  const all = largestOf(blocks)
  const tile = tileFor(p.target, channel.size, Math.ceil(m.size / lanes))
  const pitch = tile.vectors * bytes
  const panels = fullThenRest(m.size, tile.vectors * lanes)
  const { padded, tiles, step } = tileBytes(p.target, tiling, all)
  const spreadStep = tilesIn(all, tiling) * pitch + 64
  const sumsStep = channel.size * pitch + 64
  const panelBytes = points * sumsStep
  const places = channel.size * 9
  const rowBytes = all.images * 2 * all.down * 2 * x.tiles * pitch
  const { declarations, size } = parts({
    padded,
    rows: rowBytes,
    tiles,
    spread: points * spreadStep,
    sums: panels.reduce((n, { count }) => n + count, 0) * panelBytes,
    flat: places * bytes + lanes * bytes,
    turned: turnedPitch(p.target, places) * lanes,
  })
  const aPitch = tilePitch(p.target, tiling)
  const sitesCount = c.sites.length
  const sites = range(sitesCount)
  const rows = balanced(channel.size, tile.rows)

  const blockCode = (block: Block): string => {
    const count = tilesIn(block, tiling)
    const sweep = panels.map(({ size, count: turns }) => {
      const wide = Math.ceil(size / lanes)
      const product = rows.map(({ size: tileRows, count: turns }) => {
        const micro = microKernel(
          p,
          {
            rows: range(tileRows).map(i => i * 4),
            vectors: range(wide).map(j => j * bytes),
            lanes: range(wide).map(() => lanes),
            walk: walkOf([{ count, a: aPitch, b: pitch }], 1),
            end: 'partial',
            sites: [],
            dtype: 'float32',
          },
          c.kernel.epilogue,
        )
        return `for (long i = 0; i < ${turns}; i++, from += ${tileRows * 4}L, to += ${tileRows * wide * bytes}L) ${micro}(from, spread + point * ${spreadStep}L, to, begun == 0);\n`
      })
      return `for (long q = 0; q < ${turns}; q++, panel += ${panelBytes}L) {
${loadGradients(p, plan, block, size, pitch, spreadStep)}(spread, rows, g, first);
${bump('g', size * m.a * 4)}for (long point = 0; point < ${points}; point++) {
const char* from = tiles + point * ${step}L;
char* to = panel + point * ${sumsStep}L;
${product.join('')}}
}\n`
    })
    return `${loadTiles(p, tiling, block, step)}(tiles, padded, b, first);
const char* g = a;
char* panel = sums;
${sweep.join('')}begun = 1;\n`
  }
  const turn = turnedPitch(p.target, places)
  const { runs, count: runCount, lane, patternOf } = runsAlong([channel, y.tap, x.tap], sitesCount)
  const table = p.table(runs)
  const finish = panels.map(({ size, count }) => {
    const wide = Math.ceil(size / lanes)
    const vectors = range(wide).map(j => {
      const name = finisher(p, c, {
        rows: Math.min(lanes, size - j * lanes),
        pitch: turn,
        sites: sites.map(s => ({ row: m.sites[s]! * 4, column: lane[s]! * 4 })),
        patternOf,
        patterns: sitesCount,
      })
      const pointers = sites.map(s => at(`t${s}`, j * lanes * m.sites[s]! * 4))
      return `${tapsOf(p, channel.size, wide * bytes, sumsStep)}(flat, ${at('panel', j * bytes)});
${turnAll(p, places, turn)}(turned, flat);
${name}(${['turned', table, runCount, ...pointers].join(', ')});\n`
    })
    const next = sites.map(s => bump(`t${s}`, size * m.sites[s]! * 4)).join('')
    return `for (long q = 0; q < ${count}; q++, panel += ${panelBytes}L) {\n${vectors.join('')}${next}}\n`
  })
  const steps = image ? [image.a * 4, image.b * 4] : [0, 0]
  const move = (images: number): string => bump('a', steps[0]! * images) + bump('b', steps[1]! * images)
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m)]
  const once = `int begun = 0;
${overBlocks(tiling, blocks, blockCode, move)}${move(-(image?.size ?? 1))}{
const char* panel = sums;
${sites.map(s => `char* t${s} = s${s};\n`).join('')}${finish.join('')}}\n`
  const clear = `__builtin_memset(padded, 0, ${padded}L);\n__builtin_memset(rows, 0, ${rowBytes}L);\n`
  const body = `${startPointers(c)}${declarations}${clear}${nest(allPointers(c), outer.map(levelOf), `{\n${once}}\n`)}`
  return kernelFunction(p, body, size)
}
