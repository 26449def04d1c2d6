/**
 * The image of a 3×3 convolution in transformed tiles (`compile/minimal-filtering.ts`): lanes are channels, so that maps of any size do
 * without gaps. A block of tiles is some images, or some rows of tiles of one image; its part of the image is transposed into a
 * copy with zeros around it, and from there transformed to [point][tile][channel].
 */
import { type Dim, sizeOf } from '../../compile/contraction.ts'
import { firstSeen, points, seen, type Tiling } from '../../compile/minimal-filtering.ts'
import { at, balanced, bytesOf } from './micro-kernel.ts'
import { packPanel } from './packing.ts'
import type { Printer, Target } from './printer.ts'
import { transform } from './winograd-transforms.ts'

export interface Block {
  readonly images: number
  /** Rows of tiles, and of outputs that exist among theirs. */
  readonly down: number
  readonly rows: number
}

/** Measured cycles: for a transposed square, for a tile or filter of one vector of channels, and for a sum that waits in memory. */
export const winogradCycles = { square: 80, image: 36, output: 28, filter: 150, spread: 24, sums: 2 }

const vectorsOf = (target: Target, d: Dim): number => Math.ceil(d.size / target.lanes)
/** Bytes of a transformed tile of one point. */
export const tilePitch = (target: Target, { channel }: Tiling): number => vectorsOf(target, channel) * bytesOf(target)
export const tilesIn = ({ images, down }: Block, { x }: Tiling): number => images * down * x.tiles

/** Blocks of at most about `most` tiles: for so many images, these rows of blocks. */
export function blocksOf(
  { image, y, x }: Tiling,
  most: number,
): { readonly images: { readonly size: number; readonly count: number }[]; rows: { down: number; count: number }[] } {
  const perImage = y.tiles * x.tiles
  const group = Math.min(image?.size ?? 1, Math.max(1, Math.floor(most / perImage)))
  const down = group > 1 ? y.tiles : Math.max(1, Math.min(y.tiles, Math.round(most / x.tiles)))
  return {
    images: balanced(image?.size ?? 1, group),
    rows: balanced(y.tiles, down).map(({ size, count }) => ({ down: size, count })),
  }
}

export const largestOf = ({ images, rows }: ReturnType<typeof blocksOf>): Block => {
  const down = Math.max(...rows.map(b => b.down))
  return { images: Math.max(...images.map(b => b.size)), down, rows: 2 * down }
}

/** Scratch memory in named parts: C that declares a pointer for each, and the bytes of all. */
export function parts(sizes: Readonly<Record<string, number>>): { declarations: string; size: number } {
  let size = 0
  let declarations = ''
  for (const [name, bytes] of Object.entries(sizes)) {
    declarations += `char* ${name} = ${at('scratch', size)};\n`
    size += (bytes + 63) & ~63
  }
  return { declarations, size: size + 64 }
}

/** `code` for every block; C has `first`, the first row of tiles of the block. The last block may lack a row of outputs. */
export function overBlocks(
  { y }: Tiling,
  blocks: ReturnType<typeof blocksOf>,
  code: (block: Block) => string,
  next: (images: number) => string,
): string {
  const odd = y.position.size % 2
  return blocks.images
    .map(({ size: images, count }) => {
      const last = blocks.rows.at(-1)!
      const whole = odd ? [...blocks.rows.slice(0, -1), { ...last, count: last.count - 1 }] : blocks.rows
      const parts = whole.map(
        ({ down, count }) =>
          `for (long turn = 0; turn < ${count}; turn++, first += ${down}) {\n${count > 0 ? code({ images, down, rows: 2 * down }) : ''}}\n`,
      )
      if (odd) parts.push(`{\n${code({ images, down: last.down, rows: 2 * last.down - 1 })}}\n`)
      return `for (long group = 0; group < ${count}; group++) {\nlong first = 0;\n${parts.join('')}${next(images)}}\n`
    })
    .join('')
}

/** Cycles to make the tiles of all images. */
export function tileCyclesOf(target: Target, t: Tiling): number {
  const vectors = vectorsOf(target, t.channel)
  const halo = 1.2
  const squares = 2 * t.y.tiles * Math.ceil(t.x.window.size / target.lanes) * halo
  return (
    sizeOf(t.image ? [t.image] : []) *
    vectors *
    (squares * winogradCycles.square + t.y.tiles * t.x.tiles * winogradCycles.image)
  )
}

/** Bytes of the padded copy of a block, and of its tiles with those of a point `step` bytes after those of the one before. */
export function tileBytes(target: Target, t: Tiling, most: Block): { padded: number; tiles: number; step: number } {
  const pitch = tilePitch(target, t)
  // an odd number of cache lines: points do not compete for the same set
  const step = tilesIn(most, t) * pitch + 64
  return { padded: most.images * (2 * most.down + 2) * (2 * t.x.tiles + 2) * pitch, tiles: points * step, step }
}

/** A function (tiles, padded, image, first); the copy's columns outside of the image must be 0 beforehand. */
export function loadTiles(p: Printer, t: Tiling, block: Block, step: number): string {
  const { x, y, channel, image } = t
  const pitch = tilePitch(p.target, t)
  const rows = 2 * block.down + 2
  const width = (2 * x.tiles + 2) * pitch
  const left = firstSeen(x)
  const pack = packPanel(p, {
    columns: channel.size,
    columnStride: channel.b,
    pitch,
    k: [{ count: seen(x), stride: x.window.stride }],
  })
  const [start, height] = [y.window.start, y.window.size]
  const yStep = y.window.stride * 4
  const body = `
for (long g = 0; g < ${block.images}; g++)
for (long i = 0; i < ${rows}; i++) {
const long y = 2 * first + i + ${start}L;
char* to = padded + (g * ${rows} + i) * ${width}L;
if (y < 0 || y >= ${height}) __builtin_memset(to, 0, ${width}L);
else ${pack}(${at('to', left * pitch)}, image + g * ${(image?.b ?? 0) * 4}L + (2 * first + i) * ${yStep}L + ${left * x.window.stride * 4}L);
}
for (long g = 0; g < ${block.images}; g++)
for (long r = 0; r < ${block.down}; r++)
for (long c = 0; c < ${x.tiles}; c++) {
const char* from = padded + (g * ${rows} + 2 * r) * ${width}L + c * ${2 * pitch}L;
for (long v = 0; v < ${pitch}; v += ${bytesOf(p.target)}, from += ${bytesOf(p.target)}, tiles += ${bytesOf(p.target)})
${transform(
  'image',
  (i, j) => `ld(${at('from', i * width + j * pitch)})`,
  (i, j, value) => `st(${at('tiles', (i * 4 + j) * step)}, ${value});`,
)}}
`
  return p.intern(
    `tiles ${body}`,
    name => `OUT void ${name}(char* tiles, char* padded, const char* image, long first) {${body}}\n`,
  )
}
