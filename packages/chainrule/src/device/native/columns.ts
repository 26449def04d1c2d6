/**
 * Contractions of any structure, and convolutions with many outputs per position: all loops of n are laid end to end, and each
 * panel of columns is copied together from the (padded) operand, as many neighbours at a time as there are. What the copy costs
 * is shared by the rows of a. Results whose columns are no neighbours in memory leave through a table of runs.
 */
import { type Contraction, type Dim, largest, sizeOf, unitDim, withRole } from '../../compile/contraction.ts'
import { addressesOf } from '../../compile/padded-layout.ts'
import { range } from '../../graph/shape.ts'
import { blockedProduct, type Piece, pieces, type Scatter } from './blocked-product.ts'
import { allPointers, kernelFunction, levelOf, startPointers } from './gemm.ts'
import { balanced, bytesOf, tileCycles, tileFor } from './micro-kernel.ts'
import { packMoves, type Steps } from './packing.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { finisher } from './runs.ts'
import { sourceOf } from './source.ts'
import { nest } from './walk.ts'

/** Columns computed together: while the weights stay in the second-level cache, and when they do not. */
const fewColumns = 192
const manyColumns = 1024
const weightsBytes = 512 << 10
/**
 * Cycles of each copied vector, and of the product over what the tiles alone would take; measured on convolutions and their gradients
 * against the other strategies. From windows, runs begin anywhere, and every turn of the reduction copies them again.
 */
const plainCycles = { copied: 2, computed: 1 }
const windowCycles = { copied: 6, computed: 1.4 }
/** Padded copies of images that are taken together should stay in the third-level cache. */
const imagesBytes = 8 << 20

export interface ColumnsPlan {
  readonly c: Contraction
  readonly m: Dim
  /** The loop of n that is cut into groups, and the other loops of n that are columns, outermost first. */
  readonly image: Dim | undefined
  readonly positions: readonly Dim[]
  readonly outer: readonly Dim[]
  /** The reduction; a loop along which the copy is not affine comes last. */
  readonly k: readonly Dim[]
  readonly group: number
  readonly inPlace: boolean
  readonly columns: Parameters<typeof addressesOf>[3]
  /** Rough number of cycles. */
  readonly cycles: number
}

export function planColumns(c: Contraction, target: Target): ColumnsPlan {
  const ms = withRole(c, 'm')
  const m = largest(ms) ?? unitDim(c, 'm')
  const store = c.sites.findIndex(s => s.store)
  const ns = withRole(c, 'n').toSorted((x, y) => Math.abs(y.sites[store]!) - Math.abs(x.sites[store]!))
  const moving = new Set(c.windows.flatMap(w => w.terms.map(t => t.dim)))
  const free = ns.filter(d => !moving.has(d))
  const image = largest(free)
  const others = ns.filter(d => moving.has(d))
  // loops that are neither positions nor the images: columns too while they are few
  const extra = free.filter(d => d !== image)
  const outer: Dim[] = []
  const positions = [...others]
  for (const d of extra.toReversed())
    if (sizeOf(positions) * d.size <= fewColumns) positions.push(d)
    else outer.push(d)
  const order = ns.filter(d => positions.includes(d))
  const inner = order.findLast(d => moving.has(d))
  const axis = inner && c.windows.find(w => w.terms.some(t => t.dim === inner))
  const step = Math.abs(axis?.terms.find(t => t.dim === inner)?.step ?? 1)
  const columns = axis && { axis, step }
  const inPlace = c.windows.every(w => !w.leaves) && step === 1 && (axis?.stride ?? 1) === 1
  const kDims = withRole(c, 'k')
  const split = axis && step > 1 ? kDims.filter(d => axis.terms.some(t => t.dim === d && t.step % step !== 0)) : []
  const k = [...kDims.filter(d => !split.includes(d)), ...split]
  const steps = sizeOf(kDims)
  const wanted = m.size * steps * 4 > weightsBytes ? manyColumns : fewColumns
  const perImage = sizeOf(positions)
  let group = image ? Math.min(image.size, Math.max(1, Math.ceil(wanted / perImage))) : 1
  if (image && !inPlace && group > 1) {
    const one = addressesOf(false, [...positions, ...k], c.windows, columns).copy?.elements ?? 0
    group = Math.max(1, Math.min(group, Math.floor(imagesBytes / (one * 4))))
  }
  // how many copies fill a vector: rows of neighbours begin anew
  const line = order.at(-1) ?? image
  const unit = inPlace ? (line?.b === 1 ? 1 : 0) : 1
  const run = unit === 0 ? 1 : (line?.size ?? 1)
  const { lanes } = target
  const vectors = Math.ceil((perImage * group) / lanes)
  const moves = run >= lanes ? 1.5 : lanes / run
  const { copied, computed } = c.windows.length > 0 ? windowCycles : plainCycles
  const turns = c.dims.reduce(
    (n, d) => n * (d.role === 'batch' || (d.role === 'm' && d !== m) || outer.includes(d) ? d.size : 1),
    1,
  )
  const groups = (image?.size ?? 1) / group
  const cycles =
    turns * groups * steps * (vectors * moves * copied + computed * tileCycles(target, m.size, vectors)) +
    turns * groups * (m.size * vectors * 4 + 100)
  return { c, m, image, positions: order, outer, k, group, inPlace, columns, cycles }
}

/** Every index of `dims`, row-major, by what `at` says of each index of each of them. */
const along = (dims: readonly Dim[], at: (dim: Dim) => (index: number) => number): number[] =>
  dims.reduce<number[]>(
    (all, dim) => {
      const of = at(dim)
      const each = range(dim.size).map(of)
      return all.flatMap(x => each.map(y => x + y))
    },
    [0],
  )

/** One group of images. */
function printGroup(p: Printer, plan: ColumnsPlan, images: number): { code: string; bytes: number } {
  const { c, m } = plan
  const { lanes } = p.target
  const vectorBytes = bytesOf(p.target)
  const image = plan.image && { ...plan.image, size: images }
  const store = c.sites.findIndex(s => s.store)
  const dims = [...(image ? [image] : []), ...plan.positions].toSorted(
    (x, y) => Math.abs(y.sites[store]!) - Math.abs(x.sites[store]!),
  )
  const source = sourceOf(p, plan.inPlace, [...dims, ...plan.k], c.windows, plan.columns)
  const total = sizeOf(dims)
  const tile = tileFor(p.target, m.size, Math.ceil(total / lanes))
  const wide = tile.vectors * lanes
  const from = along(dims, source.element)

  // what each site adds for a column; sites with equal strides share it
  const patterns: number[][] = []
  const patternOf = c.sites.map((_, s) => {
    const strides = dims.map(d => d.sites[s]!)
    if (strides.every(x => x === 0)) return -1
    const known = patterns.findIndex(q => q.every((x, i) => x === strides[i]))
    return known >= 0 ? known : patterns.push(strides) - 1
  })
  const patternAt = patterns.map(strides => along(dims, d => i => i * strides[dims.indexOf(d)]!))
  const lane = patterns.map(strides => strides.at(-1)!)
  const regular = patternAt.every((offsets, q) => offsets.every((x, i) => x === i * lane[q]!))

  const moves: number[] = []
  const runs: number[] = []
  const table: number[] = []
  let overflows = false
  for (let first = 0; first < total; first += wide) {
    const end = Math.min(total, first + wide)
    const [move, run] = [moves.length, runs.length]
    for (let i = first; i < end; ) {
      let next = i + 1
      while (next < end && from[next] === from[next - 1]! + 1) next++
      const length = next - i
      for (let j = 0; j < length; j += lanes) {
        // the last vector of a long run ends with it
        const at = length >= lanes ? Math.min(j, length - lanes) : j
        moves.push((i - first + at) * 4, (from[i]! + at) * 4)
        if (i - first + at + lanes > wide) overflows = true
      }
      i = next
    }
    for (let i = first; i < end; ) {
      let next = i + 1
      while (next < end && patternAt.every((x, q) => x[next] === x[next - 1]! + lane[q]!)) next++
      runs.push((i - first) * 4, next - i, ...patternAt.map(x => x[i]! * 4))
      i = next
    }
    table.push(move, (moves.length - move) / 2, run, (runs.length - run) / (2 + patterns.length))
  }
  const pitch = (wide + (overflows ? lanes : 0)) * 4
  const panels = p.table(table)
  const moveTable = p.table(moves)

  const k = plan.k.map(d => ({ ...d, b: source.element(d)(1) }))
  const exact = new Map(plan.k.map((d, i) => [i, range(d.size).map(source.element(d))]))
  const stepsOf = (piece: Piece): Steps => {
    const levels = piece.inner.map(d => ({ count: d.size, stride: d.b }))
    const last = levels.at(-1)
    const i = plan.k.length - 1
    const whole = last && last.count === plan.k[i]!.size ? exact.get(i)! : undefined
    if (whole && whole.length <= 64) return { outer: levels.slice(0, -1), inner: whole.map(x => x * 4) }
    if (whole?.some((x, j) => x !== j * last!.stride))
      return { outer: levels.slice(0, -1), inner: whole.map(x => x * 4) }
    return { outer: levels, inner: [0] }
  }
  const sites = c.sites.map((_, s) => ({ row: m.sites[s]! * 4, column: (lane[patternOf[s]!] ?? 0) * 4 }))
  const runTable = regular ? '' : p.table(runs)
  const scatter: Scatter = {
    finish: (rows, vectors, q, partial, pointers) =>
      `${finisher(p, c, { rows, pitch: vectors * vectorBytes, sites, patternOf, patterns: patterns.length })}(${[
        partial,
        `${runTable} + ${panels}[4 * ${q} + 2]`,
        `${panels}[4 * ${q} + 3]`,
        ...pointers,
      ].join(', ')});\n`,
  }
  const product = blockedProduct(p, {
    m: m.size,
    n: total,
    tile,
    aRow: m.a * 4,
    columns: {
      kind: 'packed',
      pitch,
      pack: (piece, to, q) =>
        `${packMoves(p, pitch, stepsOf(piece))}(${to}, b, ${moveTable} + ${panels}[4 * ${q}], ${panels}[4 * ${q} + 1]);\n`,
    },
    sites,
    scatter: regular ? undefined : scatter,
    reduction: pieces(k),
    kernel: c.kernel,
  })
  const code = `${source.clear}{ char* free = scratch + ${source.bytes}L;\n${source.load(product.code)}}\n`
  return { code, bytes: source.bytes + product.scratchBytes }
}

export function printColumns(p: Printer, plan: ColumnsPlan): PrintedKernel {
  const { c, m, image } = plan
  const pointers = allPointers(c)
  let bytes = 0
  const step = (image ? levelOf(image).steps : pointers.map(() => 0)).map(x => x)
  const groups = balanced(image?.size ?? 1, plan.group)
  const code = groups.map(({ size, count }) => {
    const group = printGroup(p, plan, size)
    bytes = Math.max(bytes, group.bytes)
    const move = pointers.map((q, i) => (step[i] === 0 ? '' : `${q} += ${step[i]! * size}L;\n`)).join('')
    return `for (long g = 0; g < ${count}; g++) {\n${group.code}${move}}\n`
  })
  const back = pointers.map((q, i) => (step[i] === 0 ? '' : `${q} -= ${step[i]! * (image?.size ?? 1)}L;\n`)).join('')
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m), ...plan.outer]
  const body = `${startPointers(c)}${nest(pointers, outer.map(levelOf), code.join('') + back)}`
  return kernelFunction(p, body, bytes)
}
