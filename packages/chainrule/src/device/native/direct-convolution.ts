/**
 * Convolutions with few outputs per position: neighbouring positions of a row are the lanes, read where they are in the (padded)
 * image, so that nothing is packed. A tile at the border skips taps that see only zeros.
 */

import { type Contraction, type Dim, sizeOf, withRole } from '../../compile/contraction.ts'
import { type ConvolutionPlan, planConvolution } from '../../compile/convolution-plan.ts'
import type { Epilogue } from '../../compile/kernel.ts'
import { range } from '../../graph/shape.ts'
import { printEpilogue } from './epilogue.ts'
import { allPointers, kernelFunction, levelOf, startPointers } from './gemm.ts'
import { at, balanced, bytesOf, epilogueKey, fullThenRest, microKernel, windowStepCycles } from './micro-kernel.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { sourceOf } from './source.ts'
import { bump, nest, times, type Walk } from './walk.ts'

export interface DirectPlan extends ConvolutionPlan {
  /** Of a tile: rows of the image, vectors in each of them, rows of m. */
  readonly down: number
  readonly across: number
  readonly tileRows: number
  /** A tile is rows of one output below each other, each row of the image is read once for all of them (`slidingKernel`). */
  readonly sliding: boolean
  readonly cycles: number
}

/** Taps along a row are unrolled. */
const mostTaps = 32
/** Multiply-adds of a tile of one output, all of which are printed. */
const mostPrinted = 600

export function planDirect(c: Contraction, target: Target): DirectPlan | undefined {
  if (c.windows.length === 0) return undefined
  const plan = planConvolution(c, Math.max(2, target.lanes / 4))
  if (!plan || (plan.columnTap?.dim.size ?? 1) > mostTaps) return undefined
  const perRow = Math.ceil(plan.columns.size / target.lanes)
  const rows = plan.rows.at(-1)?.size ?? 1
  const m = plan.m.size
  let best: { down: number; across: number; tileRows: number; cycles: number } | undefined
  for (let vectors = 1; vectors <= 8; vectors++) {
    const across = Math.ceil(perRow / Math.ceil(perRow / vectors))
    const down = Math.min(rows, Math.max(1, Math.floor(vectors / across)))
    const wide = down * across
    let tileRows = 1
    while (tileRows < m && (tileRows + 1) * wide + Math.min(tileRows + 1, wide) + 1 <= target.registers) tileRows++
    if (tileRows * wide + Math.min(tileRows, wide) + 1 > target.registers) continue
    const parts = balanced(m, tileRows)
    const cycles =
      Math.ceil(perRow / across) *
      fullThenRest(rows, down).reduce(
        (n, block) =>
          n +
          block.count *
            parts.reduce((s, p) => s + p.count * (windowStepCycles(target, p.size, block.size * across) + 0.5), 0),
        0,
      )
    if (!best || cycles < best.cycles * 0.99) best = { down, across, tileRows: parts[0]!.size, cycles }
  }
  if (!best) return undefined
  const steps = sizeOf(withRole(c, 'k'))
  const others = sizeOf([...withRole(c, 'batch'), ...plan.otherM, ...plan.images, ...plan.rows.slice(0, -1)])
  // rows at the border see fewer taps
  const tap = plan.outerTaps.find(t => t.axis.leaves && t.axis.terms.some(x => x.dim === plan.rows.at(-1)))
  const seen = tap ? rowTaps(plan, 1, 0).reduce((n, x) => n + x.count, 0) / (rows * tap.dim.size) : 1
  const { cycles, ...tile } = best
  const whole = { ...plan, ...tile, sliding: false, cycles: others * (steps * cycles * Math.min(1, seen * 1.1) + 100) }
  const sliding = slidingTile(plan, target)
  if (!sliding) return whole
  const slid = others * (perRow * sliding.cycles + 100)
  return slid < whole.cycles
    ? { ...plan, down: sliding.down, across: 1, tileRows: 1, sliding: true, cycles: slid }
    : whole
}

/** Rows of a tile that slides down the image, and cycles of a column of tiles; for one channel in and one out. */
function slidingTile(plan: ConvolutionPlan, target: Target): { down: number; cycles: number } | undefined {
  const { c, m, rows, channels, outerTaps, columnTap } = plan
  const [row, tap] = [rows.at(-1), outerTaps[0]]
  if (m.size > 1 || channels.length > 0 || outerTaps.length !== 1 || !row || !tap || c.kernel.dtype !== 'float32')
    return undefined
  if (tap.step !== 1 || tap.axis.terms.find(t => t.dim === row)?.step !== 1) return undefined
  const taps = tap.dim.size
  const all = taps * (columnTap?.dim.size ?? 1)
  const most = Math.min(row.size, target.registers - taps - 2, Math.floor(mostPrinted / all))
  if (most < 2) return undefined
  const down = balanced(row.size, most)[0]!.size
  const cycles = fullThenRest(row.size, down).reduce(
    (n, { size, count }) =>
      n + count * ((all / taps) * Math.max((size * taps) / 2, windowStepCycles(target, 0, size + taps - 1)) + 30),
    0,
  )
  return { down, cycles }
}

/**
 * y[r] = Σ a[t, u] · x[r + t, u] for rows r of one vector: parameters a, b and one pointer per site. For each u all weights a[·, u]
 * are held, and each row of x is added to all outputs that see it.
 */
function slidingKernel(
  p: Printer,
  tile: {
    readonly rows: number
    readonly lanes: number
    /** Bytes to the weights of each tap down and across, to each row of x, and to what a tap across sees. */
    readonly down: readonly number[]
    readonly across: readonly { readonly a: number; readonly b: number }[]
    readonly pitch: number
    /** Bytes from row to row, elements from lane to lane. */
    readonly sites: readonly { readonly row: number; readonly lane: number }[]
  },
  epilogue: Epilogue,
): string {
  return p.intern(`sliding${JSON.stringify(tile)}${epilogueKey(epilogue)}`, name => {
    const { rows, down, across, pitch, sites } = tile
    let code = `OUT void ${name}(const char* a, const char* b${sites.map((_, s) => `, char* s${s}`).join('')}) {\n`
    code += `V ${range(rows)
      .map(r => `c${r} = {}`)
      .join(', ')};\n`
    for (const u of across) {
      code += `{ ${down.map((t, i) => `const V w${i} = splat(F(${at('a', t + u.a)}));`).join(' ')}\n`
      for (const y of range(rows + down.length - 1)) {
        const adds = down.flatMap((_, t) => (y >= t && y - t < rows ? [`c${y - t} += x * w${t};`] : []))
        code += `{ const V x = ld(${at('b', y * pitch + u.b)}); ${adds.join(' ')} }\n__asm__ volatile("" ::: "memory");\n`
      }
      code += '}\n'
    }
    for (const r of range(rows))
      code += printEpilogue(p, epilogue, {
        result: `c${r}`,
        lanes: tile.lanes,
        pointer: s => at(`s${s}`, r * sites[s]!.row),
        stride: s => sites[s]!.lane,
      })
    return `${code}\n}\n`
  })
}

/** For blocks of `down` rows, the taps of the outermost loop with which some row of the block sees data. */
function rowTaps(p: ConvolutionPlan, down: number, tap: number): { first: number; count: number }[] {
  const { axis, dim, step } = p.outerTaps[tap]!
  const rows = p.rows.at(-1)!
  const move = axis.terms.find(t => t.dim === rows)?.step ?? 0
  return range(Math.ceil(rows.size / down)).map(block => {
    const seen = range(dim.size).filter(t =>
      range(Math.min(down, rows.size - block * down)).some(i => {
        const x = axis.start + step * t + move * (block * down + i)
        return x >= 0 && x < axis.size
      }),
    )
    return seen.length === 0 ? { first: 0, count: 1 } : { first: seen[0]!, count: seen.at(-1)! - seen[0]! + 1 }
  })
}

export function printDirect(p: Printer, plan: DirectPlan): PrintedKernel {
  const { c, m, columns, across, down, rows, columnTap } = plan
  const { lanes } = p.target
  const vectorBytes = bytesOf(p.target)
  const inPlace = plan.columnStep === 1 && plan.columnAxis.stride === 1 && plan.axes.every(axis => !axis.leaves)
  const taps = plan.outerTaps.map(t => t.dim)
  const dims = [...plan.channels, ...taps, ...rows, columns, ...(columnTap ? [columnTap.dim] : [])]
  const source = sourceOf(p, inPlace, dims, plan.axes, { axis: plan.columnAxis, step: plan.columnStep })
  const { element } = source
  const row = rows.at(-1)

  // the loop over taps that rows at the border shorten is the outermost
  const clipped = plan.sliding
    ? -1
    : plan.outerTaps.findIndex(t => row && t.axis.leaves && t.axis.terms.some(x => x.dim === row))
  const order = clipped < 0 ? taps : [taps[clipped]!, ...taps.filter((_, i) => i !== clipped)]
  const levels = [...order, ...plan.channels].map(d => ({ count: d.size, a: d.a * 4, b: element(d)(1) * 4 }))
  const inner: Walk & { kind: 'steps' } = {
    kind: 'steps',
    at: columnTap
      ? range(columnTap.dim.size).map(t => ({ a: t * columnTap.dim.a * 4, b: element(columnTap.dim)(t) * 4 }))
      : [{ a: 0, b: 0 }],
  }
  const walk = levels.reduceRight<Walk>(
    (body, level, i) =>
      level.count === 1 && !(clipped >= 0 && i === 0)
        ? body
        : { kind: 'loop', ...level, count: clipped >= 0 && i === 0 ? 'given' : level.count, body: [body] },
    inner,
  )
  const given = walk.kind === 'loop' && walk.count === 'given'
  const clips = given ? p.table(rowTaps(plan, down, clipped).flatMap(x => [x.first, x.count])) : ''

  const siteOf = (d: Dim | undefined, s: number): number => d?.sites[s] ?? 0
  const micro = (tileRows: number, height: number, vectors: number, last: number): string => {
    if (plan.sliding)
      return slidingKernel(
        p,
        {
          rows: height,
          lanes: last,
          down: range(taps[0]!.size).map(t => t * taps[0]!.a * 4),
          across: inner.at,
          pitch: element(row!)(1) * 4,
          sites: c.sites.map((_, s) => ({ row: siteOf(row, s) * 4, lane: columns.sites[s]! })),
        },
        c.kernel.epilogue,
      )
    const places = range(height).flatMap(i => range(vectors).map(j => ({ i, j })))
    return microKernel(
      p,
      {
        rows: range(tileRows).map(i => i * m.a * 4),
        vectors: places.map(({ i, j }) => (row ? element(row)(i) * 4 : 0) + j * vectorBytes),
        lanes: places.map(({ j }) => (j === vectors - 1 ? last : lanes)),
        walk,
        end: 'epilogue',
        sites: c.sites.map((_, s) => ({
          row: m.sites[s]! * 4,
          lane: columns.sites[s]!,
          vectors: places.map(({ i, j }) => (i * siteOf(row, s) + j * lanes * columns.sites[s]!) * 4),
        })),
        dtype: c.kernel.dtype,
      },
      c.kernel.epilogue,
    )
  }
  const sites = c.sites.map((_, s) => `t${s}`)
  const perRow = Math.ceil(columns.size / lanes)
  const tail = columns.size - (perRow - 1) * lanes
  /** Pieces of a row, the last of which ends with the row. */
  const pieces: { size: number; count: number; last: number }[] = balanced(perRow, across).map(x => ({
    ...x,
    last: lanes,
  }))
  const end = pieces.at(-1)!
  if (tail < lanes) {
    end.count--
    pieces.push({ size: end.size, count: 1, last: tail })
  }
  const block = (height: number): string => {
    let code = given ? `const long first = ${clips}[2 * block], turns = ${clips}[2 * block + 1];\n` : ''
    for (const { size, count, last } of pieces) {
      if (count === 0) continue
      let body = given
        ? `const char* aj = a + first * ${levels[0]!.a}L;\nconst char* bj = bi + first * ${levels[0]!.b}L;\n`
        : 'const char* aj = a;\n'
      body += sites.map((t, s) => `char* u${s} = ${t};\n`).join('')
      for (const part of balanced(m.size, plan.tileRows)) {
        const args = ['aj', given ? 'bj' : 'bi', ...sites.map((_, s) => `u${s}`), ...(given ? ['turns'] : [])]
        const next =
          bump('aj', part.size * m.a * 4) + sites.map((_, s) => bump(`u${s}`, part.size * m.sites[s]! * 4)).join('')
        body += times(part.count, `${micro(part.size, height, size, last)}(${args.join(', ')});\n${next}`)
      }
      const width = size * lanes
      code += times(
        count,
        `${body}${bump('bi', width * 4)}${sites.map((t, s) => bump(t, width * columns.sites[s]! * 4)).join('')}`,
      )
    }
    const whole = pieces.reduce((n, x) => n + x.size * x.count, 0) * lanes
    code += bump('bi', -whole * 4) + sites.map((t, s) => bump(t, -whole * columns.sites[s]! * 4)).join('')
    const step = row ? element(row)(1) * height * 4 : 0
    const next = bump('bi', step) + sites.map((t, s) => bump(t, siteOf(row, s) * height * 4)).join('')
    return `${code}${next}${given ? 'block++;\n' : ''}`
  }
  const all = fullThenRest(row?.size ?? 1, down)
    .map(({ size, count }) => times(count, block(size)))
    .join('')
  const total = row?.size ?? 0
  const back = row
    ? bump('bi', -element(row)(1) * total * 4) + sites.map((t, s) => bump(t, -siteOf(row, s) * total * 4)).join('')
    : ''
  const image = nest(
    ['bi', ...sites],
    rows.slice(0, -1).map(d => ({ count: d.size, steps: [element(d)(1) * 4, ...d.sites.map(s => s * 4)] })),
    `${given ? '{ int block = 0;\n' : '{\n'}${all}${back}}\n`,
  )
  const start = `const char* bi = b;\n${c.sites.map((_, s) => `char* t${s} = s${s};\n`).join('')}`
  const outer = [...withRole(c, 'batch'), ...plan.otherM, ...plan.images]
  const body = `${startPointers(c)}${source.clear}${nest(allPointers(c), outer.map(levelOf), `{\n${source.load(start + image)}}\n`)}`
  return kernelFunction(p, body, source.bytes + 64)
}
