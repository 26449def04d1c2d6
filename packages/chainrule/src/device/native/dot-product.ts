/**
 * Dot products: a few rows of a with a few columns of b, neighbouring steps of the reduction in the lanes, added up across lanes at
 * the end. For operands that are both contiguous along the reduction: a vector times a transposed matrix, and weight gradients with
 * few channels, whose reduction runs along output rows.
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
import type { Epilogue } from '../../compile/kernel.ts'
import type { DType } from '../../graph/dtype.ts'
import { range } from '../../graph/shape.ts'
import { printEpilogue } from './epilogue.ts'
import { allPointers, kernelFunction, levelOf, startPointers } from './gemm.ts'
import { at, balanced, bytesOf, epilogueKey, stepCycles, typesOf, windowStepCycles } from './micro-kernel.ts'
import { transposer } from './packing.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { type RowBlocks, rowBlocks, rowOffsets, runsOf } from './rows.ts'
import { sourceOf } from './source.ts'
import { bump, nest, times, type Walk, walkCode } from './walk.ts'

interface DotTile {
  /** Bytes to each row of a and to each column of b. */
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly walk: Walk
  /** Bytes between rows, elements between columns of a run. */
  readonly sites: readonly { readonly row: number; readonly lane: number }[]
  readonly runs: ReturnType<typeof runsOf>['runs']
  /** Sums wait in memory between chunks of the reduction. */
  readonly waits: boolean
  readonly dtype: DType
}

/** Parameters: a, b, [partial, first, last,] one pointer per site. */
function dotKernel(p: Printer, tile: DotTile, epilogue: Epilogue): string {
  return p.intern(`dot${JSON.stringify(tile)}${epilogueKey(epilogue)}`, name => {
    const { v, ld, st } = typesOf(tile.dtype)
    const { lanes } = p.target
    const bytes = bytesOf(p.target)
    const [rows, columns] = [range(tile.rows.length), range(tile.columns.length)]
    const sum = (i: number, j: number): string => `c${i}_${j}`
    const all = (code: (i: number, j: number) => string): string =>
      rows.map(i => columns.map(j => code(i, j)).join(' ')).join('\n')
    const some = (x: string, n: number | undefined): string =>
      n === undefined ? `${ld}(${x})` : `(${v})((I)${ld}(${x}) & first_lanes(${n}))`
    const code = walkCode(tile.walk, 'a', ['b'], (a, [b], k) => {
      const held = rows.map(i => `const ${v} h${i} = ${some(at(a, tile.rows[i]! + k.a), k.lanes)};`).join(' ')
      const adds = columns.map(
        j =>
          `{ const ${v} x = ${some(at(b!, tile.columns[j]! + k.b), k.lanes)}; ${rows.map(i => `${sum(i, j)} += h${i} * x;`).join(' ')} }\n`,
      )
      return `{ ${held}\n${adds.join('')}}\n`
    })
    const parameters = [
      'const char* a',
      'const char* b',
      ...(tile.waits ? ['char* partial', 'int first', 'int last'] : []),
      ...tile.sites.map((_, s) => `char* s${s}`),
    ]
    const slot = (i: number, j: number): string => at('partial', (i * columns.length + j) * bytes)
    let text = `OUT void ${name}(${parameters.join(', ')}) {\n${rows.map(i => `${v} ${columns.map(j => `${sum(i, j)} = {}`).join(', ')};\n`).join('')}`
    if (tile.waits) text += `if (!first) {\n${all((i, j) => `${sum(i, j)} = ${ld}(${slot(i, j)});`)}\n}\n`
    text += code
    if (tile.waits) text += `if (!last) {\n${all((i, j) => `${st}(${slot(i, j)}, ${sum(i, j)});`)}\nreturn;\n}\n`
    text += `char kept[${(rows.length * columns.length + lanes) * bytes}] __attribute__((aligned(64)));
char square[${lanes * bytes}] __attribute__((aligned(64)));
${all((i, j) => `${st}(${at('kept', (i * columns.length + j) * bytes)}, ${sum(i, j)});`)}\n`
    text += `for (long i = 0; i < ${rows.length}; i++) {\n`
    for (const run of tile.runs)
      for (let first = 0; first < run.length; first += lanes)
        text += `{ ${transposer(p)}(square, ${bytes}, kept + i * ${columns.length * bytes}L + ${(run.row + first) * bytes}L, ${bytes}, L, L);
${v} result = ${ld}(square);
for (long k = 1; k < ${lanes}; k++) result += ${ld}(square + k * ${bytes});
${printEpilogue(p, epilogue, {
  result: 'result',
  lanes: Math.min(lanes, run.length - first),
  pointer: s => at(`s${s} + i * ${tile.sites[s]!.row}L`, run.sites[s]! + first * tile.sites[s]!.lane * 4),
  stride: s => tile.sites[s]!.lane,
})} }\n`
    return `${text}}\n}\n`
  })
}

export interface DotPlan {
  readonly c: Contraction
  readonly m: Dim
  /** Columns, outermost first. */
  readonly columns: readonly Dim[]
  /** The loop along which both operands are contiguous. */
  readonly k: Dim
  /** The loop of the reduction whose turns are chunks: images that are copied one by one. */
  readonly image: Dim | undefined
  readonly others: readonly Dim[]
  readonly copied: boolean
  readonly axis: { readonly axis: Contraction['windows'][number]; readonly step: number } | undefined
  readonly tileRows: number
  readonly blocks: RowBlocks
  readonly cycles: number
}

/** Cycles to add up the lanes of up to as many sums. */
const acrossCycles = 110
/** What stays in the first-level cache from tile to tile, and cycles of a vector that comes from the second. */
const nearBytes = 40 << 10
const farCycles = 2

function planOf(c: Contraction, target: Target): DotPlan | undefined {
  const { lanes, registers } = target
  const moves = (d: Dim) =>
    c.windows.flatMap(w => w.terms.filter(t => t.dim === d).map(t => ({ axis: w, step: t.step })))
  const ks = withRole(c, 'k')
  const copied = c.windows.some(w => w.leaves)
  if (c.windows.some(w => w.terms.some(t => t.dim.role !== 'n' && t.dim.role !== 'k'))) return undefined
  // in a copy, columns of any stride become neighbours
  const k = largest(
    ks.filter(d => d.a === 1 && d.size > 1 && (d.b === 1 || (moves(d).length === 1 && moves(d)[0]!.step > 0))),
  )
  if (!k) return undefined
  const own = moves(k)[0]
  const strided = own !== undefined && k.b !== 1
  const copies = copied || strided
  const axis = own ?? (c.windows.length > 0 ? { axis: c.windows.at(-1)!, step: 1 } : undefined)
  if (copies && !own) return undefined
  const image = copies ? largest(ks.filter(d => d !== k && moves(d).length === 0)) : undefined
  const others = ks.filter(d => d !== k && d !== image).toSorted((x, y) => Math.abs(y.a) - Math.abs(x.a))
  const m = largest(withRole(c, 'm')) ?? unitDim(c, 'm')
  const store = c.sites.findIndex(s => s.store)
  const columns = withRole(c, 'n').toSorted((x, y) => Math.abs(y.sites[store]!) - Math.abs(x.sites[store]!))
  // in a copy sorted by phase, turns that are no multiple of its step go from one phase to another
  const straight = (d: Dim, turns: number): boolean =>
    !strided || moves(d).every(t => t.axis !== own.axis || (t.step * turns) % own.step === 0)
  if (!others.every(d => straight(d, 1))) return undefined
  const stepBytes = sizeOf(ks) * 4
  const far = (n: number): number => (n * stepBytes > nearBytes ? n * farCycles : 0)
  const step = own
    ? windowStepCycles
    : (_: Target, rows: number, vectors: number) =>
        Math.max(stepCycles(rows, vectors), far(vectors) + (far(m.size) > 0 ? rows * farCycles : 0))
  let best: { tileRows: number; blocks: RowBlocks; cycles: number } | undefined
  const vectors = Math.ceil(k.size / lanes)
  const steps = sizeOf(others) * (image?.size ?? 1) * vectors
  for (let r = 1; r <= Math.min(m.size, 8); r++) {
    const most = Math.floor((registers - r - 2) / r)
    if (most < 1) break
    for (let n = most; n >= Math.max(1, most / 2); n--) {
      const blocks = rowBlocks(columns, n)
      const turned = blocks.parts.length === 1 && blocks.parts[0]!.count === 1 ? [] : blocks.parts
      if (!turned.every(x => straight(blocks.cut, x.size)) || !blocks.outer.every(d => straight(d, 1))) continue
      const parts = balanced(m.size, r)
      const cycles = blocks.parts.reduce((sum, { size, count }) => {
        const wide = size * sizeOf(blocks.inner)
        const tiles = count * sizeOf(blocks.outer)
        return (
          sum +
          parts.reduce(
            (s, part) =>
              s +
              part.count *
                tiles *
                (steps * (step(target, part.size, wide) + 0.5) +
                  part.size * Math.ceil(wide / lanes) * acrossCycles +
                  20),
            0,
          )
        )
      }, 0)
      if (!best || cycles < best.cycles * 0.99) best = { tileRows: parts[0]!.size, blocks, cycles }
    }
  }
  if (!best) return undefined
  const turns = sizeOf([...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m)])
  return { c, m, columns, k, image, others, copied: copies, axis, ...best, cycles: turns * best.cycles }
}

export function planDot(c: Contraction, target: Target): DotPlan | undefined {
  const plans = [c, ...(c.windows.length === 0 ? [swapOperands(c)] : [])].flatMap(x => planOf(x, target) ?? [])
  return plans.toSorted((x, y) => x.cycles - y.cycles)[0]
}

export function printDot(p: Printer, plan: DotPlan): PrintedKernel {
  const { c, m, k, image, blocks, others } = plan
  const { lanes } = p.target
  const bytes = bytesOf(p.target)
  const source = sourceOf(p, !plan.copied, [...plan.columns, ...others, k], c.windows, plan.axis)
  const { element } = source
  const vectors = Math.floor(k.size / lanes)
  const rest = k.size % lanes
  const run: Walk[] = []
  const straight = vectors <= 4
  if (vectors > 0 && straight)
    run.push({ kind: 'steps', at: range(vectors).map(i => ({ a: i * bytes, b: i * bytes })) })
  if (vectors > 0 && !straight)
    run.push({ kind: 'loop', count: vectors, a: bytes, b: bytes, body: [{ kind: 'steps', at: [{ a: 0, b: 0 }] }] })
  if (rest > 0) run.push({ kind: 'steps', at: [{ a: vectors * bytes, b: vectors * bytes, lanes: rest }] })
  const levels = others.filter(d => d.size > 1)
  const bodies = levels.reduceRight<readonly Walk[]>(
    (body, d) => [{ kind: 'loop', count: d.size, a: d.a * 4, b: element(d)(1) * 4, body }],
    run,
  )
  const walk: Walk = bodies.length === 1 ? bodies[0]! : { kind: 'loop', count: 1, a: 0, b: 0, body: bodies }
  const chunks = image?.size ?? 1
  const waits = chunks > 1
  const count = c.sites.length
  const sites = range(count).map(s => `t${s}`)
  const call = (rows: number, size: number): string => {
    const columns = rowOffsets(blocks, size, element)
    const { lane, runs } = runsOf(blocks, size, count)
    const name = dotKernel(
      p,
      {
        rows: range(rows).map(i => i * m.a * 4),
        columns,
        walk,
        sites: range(count).map(s => ({ row: m.sites[s]! * 4, lane: lane[s]! })),
        runs,
        waits,
        dtype: c.kernel.dtype,
      },
      c.kernel.epilogue,
    )
    const given = [
      'aj',
      'bi',
      ...(waits ? ['partial', 'chunk == 0', `chunk == ${chunks - 1}`] : []),
      ...sites.map((_, s) => `u${s}`),
    ]
    return `${name}(${given.join(', ')});\n${waits ? `partial += ${rows * columns.length * bytes}L;\n` : ''}`
  }
  const levelIn = (d: Dim, by: number): number[] => [
    element(d)(1) * by * 4,
    ...range(count).map(s => (d.sites[s] ?? 0) * by * 4),
  ]
  const pointers = ['bi', ...sites]
  const tiles = blocks.parts.map(({ size, count }) => {
    let body = `const char* aj = a;\n${sites.map((t, s) => `char* u${s} = ${t};\n`).join('')}`
    for (const part of balanced(m.size, plan.tileRows))
      body += times(
        part.count,
        call(part.size, size) +
          bump('aj', part.size * m.a * 4) +
          sites.map((_, s) => bump(`u${s}`, part.size * m.sites[s]! * 4)).join(''),
      )
    const step = levelIn(blocks.cut, size)
    return times(count, body + pointers.map((q, i) => bump(q, step[i]!)).join(''))
  })
  const back = levelIn(blocks.cut, -blocks.cut.size)
  const sweep = nest(
    pointers,
    blocks.outer.map(d => ({ count: d.size, steps: levelIn(d, 1) })),
    tiles.join('') + pointers.map((q, i) => bump(q, back[i]!)).join(''),
  )
  const start = `const char* bi = b;\n${waits ? 'char* partial = sums;\n' : ''}${sites.map((t, s) => `char* ${t} = s${s};\n`).join('')}`
  const one = `{\n${source.load(start + sweep)}}\n`
  const images = image
    ? `{ int chunk = 0;\n${nest(['a', 'b'], [{ count: image.size, steps: [image.a * 4, image.b * 4] }], `${one}chunk++;\n`)}}\n`
    : one
  const outer = [...withRole(c, 'batch'), ...withRole(c, 'm').filter(d => d !== m)]
  const body = `${startPointers(c)}${waits ? `char* sums = scratch + ${source.bytes}L;\n` : ''}${source.clear}${nest(allPointers(c), outer.map(levelOf), images)}`
  const sumBytes = waits ? m.size * sizeOf(plan.columns) * bytes : 0
  return kernelFunction(p, body, source.bytes + sumBytes + 64)
}
