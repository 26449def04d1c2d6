/**
 * Convolutions whose outputs are at least a vector wide: forward, and gradients of the input. Four neighbouring outputs are
 * the lanes; the operand is a pointer into a padded copy of one image (or into the image itself) plus constant offsets, so
 * there is no im2col buffer. The reduction runs over (outer taps, channels, taps along the row): a tile at the border skips
 * taps that see only zeros by a smaller number of turns.
 */

import { sizeOf, withRole } from '../../compile/contraction.ts'
import type { ConvolutionPlan } from '../../compile/convolution-plan.ts'
import { range } from '../../graph/shape.ts'
import { bump, type Code, call, type FunctionBuilder, get, i32, type Local, set } from './assembler.ts'
import { balanced, tileFor } from './blocked-product.ts'
import { reductionOf } from './convolution-reduction.ts'
import { type TileGroup, tilesOfImage } from './convolution-tiles.ts'
import { type EmittedKernel, type Emitter, kernelFunction } from './emitter.ts'
import { outerProduct } from './outer-product.ts'
import { packOrdered } from './packing.ts'
import { levelOf, startPointers } from './pointers.ts'
import { type Source, sourceOf } from './source.ts'
import { nest } from './walk.ts'

/** Where the convolution reads b: where it is, if lanes and rows lie well there. */
function convolutionSource(e: Emitter, p: ConvolutionPlan): Source {
  const inPlace =
    p.columnStep === 1 &&
    p.columnAxis.stride === 1 &&
    p.axes.every(axis => !axis.leaves) &&
    // channels whose rows fall on the same cache sets push each other out
    (p.m.size === 1 || p.channels.every(d => d.size <= 4 || (d.b * 4) % 1024 !== 0))
  return sourceOf(e, inPlace, p.channels, p.axes, { axis: p.columnAxis, step: p.columnStep })
}

const align = (bytes: number): number => (bytes + 127) & ~63

export function emitConvolution(e: Emitter, p: ConvolutionPlan): EmittedKernel {
  const { c, m, otherM } = p
  const { kernel } = c
  const tile = tileFor(e, m.size)
  const source = convolutionSource(e, p)
  const reduction = reductionOf(e, p, source)
  const order = e.constants(reduction.table)
  const tiles = tilesOfImage(e, p, source, reduction, tile.vectors)
  const parts = balanced(m.size, tile.rows)
  const panelBytes = (rows: number): number => rows * reduction.size * 4

  /** Weights in panels of rows, in the order of the reduction. */
  const packWeights = (f: FunctionBuilder, a: Local, panel: Local, orderTable: Code): Code => {
    let code = ''
    for (const { size, count } of parts)
      code += f.times(
        count,
        call(packOrdered(e, size, m.a), get(panel), get(a), orderTable, i32.const(reduction.size)) +
          bump(panel, panelBytes(size)) +
          bump(a, size * m.a * 4),
      )
    return code + bump(a, -m.size * m.a * 4)
  }

  const microKernel = (group: TileGroup, rows: number): number =>
    outerProduct(
      e,
      {
        rows,
        vectors: group.lanes.length,
        lanes: group.lanes,
        aRow: 4,
        b: group.b,
        walk: reduction.walk(rows),
        start: 'zero',
        end: 'epilogue',
        sites: group.sites.map((vectors, s) => ({ row: m.sites[s]!, lane: p.columns.sites[s]!, vectors })),
        dtype: kernel.dtype,
      },
      kernel.epilogue,
    )

  const index = kernelFunction(e, kernel, (f, { buffers, scratch, constants }) => {
    const a = f.i32()
    const b = f.i32()
    const sites = c.sites.map(() => f.i32())
    const all = [a, b, ...sites]
    const constantAt = (offset: number): Code => i32.add(get(constants), i32.const(offset))
    const weights = f.i32()
    const packed = f.i32()
    const panel = f.i32()
    const image = f.i32()
    const entry = f.i32()
    const bPointers = range(tile.vectors).map(() => f.i32())
    const sitePointers = tiles.patternOf.map(i => range(i < 0 ? 1 : tile.vectors).map(() => f.i32()))

    /** All tiles of a group; each with all rows of weights. */
    const sweep = (group: TileGroup): Code => {
      const n = group.pointers
      const field = (i: number): Code => i32.load(get(entry), i * 4)
      const skipped = field(n * (1 + tiles.patterns))
      const turns = field(n * (1 + tiles.patterns) + 1)
      const bUsed = bPointers.slice(0, n)
      const sitesUsed = sitePointers.map(pointers => pointers.slice(0, n))
      let start = bUsed.map((x, j) => set(x, i32.add(get(image), field(j)))).join('')
      for (const [s, pointers] of sitesUsed.entries()) {
        const pattern = tiles.patternOf[s]!
        const base = get(sites[s]!)
        for (const [j, x] of pointers.entries())
          start += set(x, pattern < 0 ? base : i32.add(base, field(n * (1 + pattern) + j)))
      }
      let down = set(panel, get(packed))
      for (const { size, count } of parts) {
        const panelStart = reduction.clip ? i32.add(get(panel), i32.mul(skipped, i32.const(size * 4))) : get(panel)
        const pointers = [...bUsed, ...sitesUsed.flat()].map(get)
        const toNextRows = sitesUsed.flatMap((used, s) => used.map(x => bump(x, size * m.sites[s]! * 4))).join('')
        down += f.times(
          count,
          call(microKernel(group, size), panelStart, ...pointers, ...(reduction.clip ? [turns] : [])) +
            bump(panel, panelBytes(size)) +
            toNextRows,
        )
      }
      return set(entry, constantAt(group.table)) + f.times(group.count, start + down + bump(entry, group.entryBytes))
    }

    const load = source.load(image, b, scratch)
    // weights of all rows wait in order, so that an image is copied once for all of them
    let bytes = panelBytes(m.size)
    const rows = otherM.toReversed().map(d => {
      const level = { count: d.size, steps: [...d.sites.map(s => s * 4), bytes] }
      bytes *= d.size
      return level
    })
    const outputs = nest(f, [...sites, packed], rows.toReversed(), tiles.groups.map(sweep).join(''))
    const images = nest(f, all, p.images.map(levelOf), load + set(packed, get(weights)) + outputs)
    return (
      startPointers(c, buffers, a, b, sites) +
      set(weights, i32.add(get(scratch), i32.const(source.bytes))) +
      source.clear(scratch) +
      nest(
        f,
        all,
        withRole(c, 'batch').map(levelOf),
        set(panel, get(weights)) +
          nest(f, all, otherM.map(levelOf), packWeights(f, a, panel, constantAt(order))) +
          images,
      )
    )
  })
  return { index, scratchBytes: source.bytes + align(panelBytes(m.size) * sizeOf(otherM)), notes: [] }
}
