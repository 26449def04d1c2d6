/**
 * Packing: a panel of an operand, `rows` of them side by side, copied so that the micro kernel reads it in order:
 * destination[k][row]. Three ways: by vectors when neighbouring rows are neighbours in memory, by 4×4 transposes when
 * neighbouring steps of the reduction are, one by one otherwise.
 */
import { range } from '../../graph/shape.ts'
import { bump, type Code, type FunctionBuilder, get, I32, i32, type Local, set, v128 } from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { nest } from './walk.ts'

export interface Panel {
  readonly rows: number
  /** Elements between rows in the source. */
  readonly rowStride: number
  /** Elements between rows of k in the destination, ≥ rows. */
  readonly width: number
  /** Loops of the reduction, outermost first; strides in elements. */
  readonly k: readonly { readonly count: number; readonly stride: number }[]
}

/** Joins levels that continue one another. */
function join(levels: Panel['k']): { count: number; stride: number }[] {
  const joined: { count: number; stride: number }[] = []
  for (const level of levels) {
    if (level.count === 1) continue
    const outer = joined.at(-1)
    if (outer && outer.stride === level.stride * level.count)
      joined[joined.length - 1] = { count: outer.count * level.count, stride: level.stride }
    else joined.push({ ...level })
  }
  return joined.length === 0 ? [{ count: 1, stride: 0 }] : joined
}

/** A function (destination, source). */
export function packPanel(e: Emitter, panel: Panel): number {
  const levels = join(panel.k)
  return e.module.intern(`pack${JSON.stringify([{ ...panel, k: levels }])}`, () =>
    e.module.function({
      params: [I32, I32],
      build: (f, to, from) => {
        const inner = levels.at(-1)!
        const outer = levels.slice(0, -1)
        const row = panel.width * 4
        const code =
          panel.rowStride === 1
            ? nest(
                f,
                [to, from],
                [{ count: inner.count, steps: [row, inner.stride * 4] }],
                copyRow(f, to, from, panel.rows),
              )
            : inner.stride === 1 && inner.count >= 4
              ? transposed(f, to, from, panel, inner.count)
              : scattered(f, to, from, panel, inner)
        let size = inner.count
        const steps = outer
          .toReversed()
          .map(({ count, stride }) => {
            const level = { count, steps: [size * row, stride * 4] }
            size *= count
            return level
          })
          .toReversed()
        return nest(f, [to, from], steps, code)
      },
    }),
  )
}

/** `count` neighbours from one place to another, nothing behind them is touched. */
export function copyRow(f: FunctionBuilder, to: Local, from: Local, count: number): Code {
  let code = ''
  let at = 0
  for (; at + 4 <= count; at += 4) code += v128.store(get(to), v128.load(get(from), at * 4), at * 4)
  if (at + 2 <= count) {
    const pair = f.v128()
    code += set(pair, v128.load64Zero(get(from), at * 4)) + v128.store64Lane(get(to), get(pair), 0, at * 4)
    at += 2
  }
  if (at < count) code += i32Copy(to, at * 4, from, at * 4)
  return code
}

/** As integers: a signalling NaN stays what it is. */
const i32Copy = (to: Local, toOffset: number, from: Local, fromOffset: number): Code =>
  i32.store(get(to), i32.load(get(from), fromOffset), toOffset)

/** Strides may be negative: the source pointer starts at the lowest address. */
function lowest(count: number, stride: number): number {
  return Math.min(0, (count - 1) * stride * 4)
}

/** One step of k, `rows` elements, from anywhere. */
function gatherStep(f: FunctionBuilder, to: Local, rows: number, element: (row: number) => [Code, number]): Code {
  const vector = f.v128()
  let code = ''
  let row = 0
  for (; row + 4 <= rows; row += 4) {
    const lanes = [0, 1, 2, 3].map(i => element(row + i))
    code += set(vector, gathered(lanes)) + v128.store(get(to), get(vector), row * 4)
  }
  for (; row < rows; row++) code += i32.store(get(to), i32.load(...element(row)), row * 4)
  return code
}

/** Up to four elements, each a pointer and an offset. */
export function gathered([first, ...others]: readonly [Code, number][]): Code {
  return others.reduce(
    (vector, [pointer, offset], i) => v128.load32Lane(pointer, vector, i + 1, offset),
    v128.load32Zero(...first!),
  )
}

function scattered(
  f: FunctionBuilder,
  to: Local,
  from: Local,
  { rows, rowStride, width }: Panel,
  inner: { count: number; stride: number },
): Code {
  const low = lowest(rows, rowStride)
  const step = gatherStep(f, to, rows, row => [get(from), row * rowStride * 4 - low])
  return (
    bump(from, low) +
    nest(f, [to, from], [{ count: inner.count, steps: [width * 4, inner.stride * 4] }], step) +
    bump(from, -low)
  )
}

function transposed(f: FunctionBuilder, to: Local, from: Local, panel: Panel, count: number): Code {
  const { rows, rowStride, width } = panel
  const low = lowest(rows, rowStride)
  const address = (row: number): number => row * rowStride * 4 - low
  const source = [0, 1, 2, 3].map(() => f.v128())
  const half = [0, 1, 2, 3].map(() => f.v128())
  const result = f.v128()
  let block = ''
  for (let first = 0; first < rows; first += 4) {
    const n = Math.min(4, rows - first)
    const x = (i: number): Code => get(source[Math.min(i, n - 1)]!)
    for (let i = 0; i < n; i++) block += set(source[i]!, v128.load(get(from), address(first + i)))
    block +=
      set(half[0]!, v128.shuffle(x(0), x(1), [0, 4, 1, 5])) + set(half[1]!, v128.shuffle(x(0), x(1), [2, 6, 3, 7]))
    block +=
      set(half[2]!, v128.shuffle(x(2), x(3), [0, 4, 1, 5])) + set(half[3]!, v128.shuffle(x(2), x(3), [2, 6, 3, 7]))
    for (let k = 0; k < 4; k++) {
      const at = (k * width + first) * 4
      const column = v128.shuffle(
        get(half[k >> 1]!),
        get(half[2 + (k >> 1)]!),
        (k & 1) === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7],
      )
      if (n === 4) block += v128.store(get(to), column, at)
      else {
        block += set(result, column)
        if (n === 1) block += v128.store32Lane(get(to), get(result), 0, at)
        else block += v128.store64Lane(get(to), get(result), 0, at)
        if (n === 3) block += v128.store32Lane(get(to), get(result), 2, at + 8)
      }
    }
  }
  const blocks = count >> 2
  let rest = ''
  for (let k = blocks * 4; k < count; k++)
    for (let row = 0; row < rows; row++) rest += i32Copy(to, (k * width + row) * 4, from, address(row) + k * 4)
  return (
    bump(from, low) + nest(f, [to, from], [{ count: blocks, steps: [width * 16, 16] }], block) + rest + bump(from, -low)
  )
}

/**
 * Packs through tables of byte offsets: destination[k][row] = source[rowTable[row] + kTable[k]].
 * A function (destination, source, row table, k table, number of k).
 */
export function packGathered(e: Emitter, rows: number, width: number): number {
  return e.module.intern(`gather${rows},${width}`, () =>
    e.module.function({
      params: [I32, I32, I32, I32, I32],
      build: (f, to, from, rowTable, kTable, count) => {
        const base = f.i32()
        const offsets = range(rows).map(() => f.i32())
        const body =
          set(base, i32.add(get(from), i32.load(get(kTable)))) +
          gatherStep(f, to, rows, row => [i32.add(get(base), get(offsets[row]!)), 0])
        return (
          offsets.map((x, i) => set(x, i32.load(get(rowTable), i * 4))).join('') +
          f.times(get(count), body + bump(to, width * 4) + bump(kTable, 4))
        )
      },
    }),
  )
}

/**
 * Packs rows at a constant stride in an order of k given by a table of byte offsets: destination[k][row].
 * A function (destination, source, k table, number of k).
 */
export function packOrdered(e: Emitter, rows: number, rowStride: number): number {
  return e.module.intern(`ordered${rows},${rowStride}`, () =>
    e.module.function({
      params: [I32, I32, I32, I32],
      build: (f, to, from, kTable, count) => {
        const low = lowest(rows, rowStride)
        const base = f.i32()
        const body =
          set(base, i32.add(get(from), i32.load(get(kTable)))) +
          gatherStep(f, to, rows, row => [get(base), row * rowStride * 4 - low])
        return bump(from, low) + f.times(get(count), body + bump(to, rows * 4) + bump(kTable, 4))
      },
    }),
  )
}
