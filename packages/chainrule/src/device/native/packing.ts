/**
 * Packing: columns of b copied side by side in the order in which the micro kernel reads them, destination[k][column], a panel of
 * a few vectors at a time. Three ways: by vectors where columns are neighbours in memory; by transposes of squares where steps of
 * the reduction are; by pieces that a table lists otherwise.
 */
import { range } from '../../graph/shape.ts'
import { at } from './micro-kernel.ts'
import type { Printer } from './printer.ts'
import { nest } from './walk.ts'

/** Loops of the reduction, outermost first; strides in elements. */
export type Levels = readonly { readonly count: number; readonly stride: number }[]

export interface Panel {
  readonly columns: number
  /** Elements between columns in the source. */
  readonly columnStride: number
  /** Bytes between steps in the destination. */
  readonly pitch: number
  readonly k: Levels
}

/** Joins levels that continue one another. */
function join(levels: Levels): { count: number; stride: number }[] {
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

/** `body` of one run of the innermost level, for all outer ones. */
function overOuter(levels: Levels, pitch: number, body: string): string {
  let size = levels.at(-1)!.count * pitch
  const outer = levels
    .slice(0, -1)
    .toReversed()
    .map(({ count, stride }) => {
      const level = { count, steps: [size, stride * 4] }
      size *= count
      return level
    })
    .toReversed()
  return nest(['to', 'from'], outer, body)
}

const head = (name: string): string => `OUT void ${name}(char* to, const char* from) {\n`

/** A function (to, from). Columns behind the last one up to a whole vector hold anything. */
export function packPanel(p: Printer, panel: Panel): string {
  const levels = join(panel.k)
  const { columns, columnStride, pitch } = panel
  const { lanes } = p.target
  return p.intern(`pack${JSON.stringify([{ ...panel, k: levels }, lanes])}`, name => {
    const inner = levels.at(-1)!
    if (columnStride === 1) {
      const copies = range(Math.ceil(columns / lanes)).map(
        j => `st(${at('to', j * lanes * 4)}, ld(${at('from', j * lanes * 4)}));\n`,
      )
      return `${head(name)}${nest(
        ['to', 'from'],
        [
          ...levels.map((level, i) => ({
            count: level.count,
            steps: [levels.slice(i + 1).reduce((n, l) => n * l.count, pitch), level.stride * 4],
          })),
        ],
        copies.join(''),
      )}}\n`
    }
    if (inner.stride === 1 && inner.count >= 4) {
      const square = transposer(p)
      const whole = Math.floor(inner.count / lanes)
      const rest = inner.count % lanes
      let body = ''
      for (let first = 0; first < columns; first += lanes) {
        const n = Math.min(lanes, columns - first)
        const source = at('from', first * columnStride * 4)
        const target = at('to', first * 4)
        const [turned, rows] = [
          `${square}(${target} + k * ${lanes * pitch}L, ${pitch}L, ${source} + k * ${lanes * 4}L, ${columnStride * 4}L, ${n}`,
          lanes,
        ]
        if (whole > 0) body += `for (long k = 0; k < ${whole}; k++) ${turned}, ${rows});\n`
        if (rest > 0) body += `{ const long k = ${whole}; ${turned}, ${rest}); }\n`
      }
      return `${head(name)}${overOuter(levels, pitch, body)}}\n`
    }
    const body = range(columns)
      .map(i => `N(${at('to', i * 4)}) = N(${at('from', i * columnStride * 4)});\n`)
      .join('')
    return `${head(name)}${overOuter(levels, pitch, nest(['to', 'from'], [{ count: inner.count, steps: [pitch, inner.stride * 4] }], body))}}\n`
  })
}

/** A function (to, pitch, from, stride, rows, columns): to[c][r] = from[r][c] for a square of one vector's side. */
export function transposer(p: Printer): string {
  const { lanes } = p.target
  return p.intern('transpose_square', name => {
    const rounds = Math.log2(lanes)
    let code = `OUT void ${name}(char* to, long pitch, const char* from, long stride, int rows, int columns) {\nV ${range(
      lanes,
    )
      .map(i => `x${i}`)
      .join(', ')};\n`
    code += `if (rows == L) {\n${range(lanes)
      .map(i => `x${i} = ld(from + ${i} * stride);`)
      .join('\n')}\n} else {\n`
    code += `${range(lanes)
      .map(i => `x${i} = ${i} < rows ? ld(from + ${i} * stride) : (V){};`)
      .join('\n')}\n}\n`
    // round r exchanges bit r of the row with bit r of the lane
    let names = range(lanes).map(i => `x${i}`)
    for (let r = 0; r < rounds; r++) {
      const bit = 1 << r
      const next = [...names]
      for (const i of range(lanes)) {
        if (i & bit) continue
        const [low, high] = [names[i]!, names[i | bit]!]
        const [a, b] = [`y${r}_${i}`, `y${r}_${i | bit}`]
        const mix = (upper: boolean): string =>
          range(lanes)
            .map(l => (upper ? (l & bit ? lanes + l : l | bit) : l & bit ? lanes + (l ^ bit) : l))
            .join(', ')
        code += `const V ${a} = shuffled(${low}, ${high}, ${mix(false)}), ${b} = shuffled(${low}, ${high}, ${mix(true)});\n`
        next[i] = a
        next[i | bit] = b
      }
      names = next
    }
    code += `if (columns == L) {\n${names.map((x, i) => `st(to + ${i} * pitch, ${x});`).join('\n')}\n} else {\n`
    code += `${names.map((x, i) => `if (${i} < columns) st(to + ${i} * pitch, ${x});`).join('\n')}\n}\n}\n`
    return code
  })
}

/** Loops of the reduction and, inside of them, bytes to each step of the innermost one. */
export interface Steps {
  readonly outer: Levels
  readonly inner: readonly number[]
}

/**
 * A function (panel, image, moves, count): for all steps of the reduction, one vector per move from image[step + from] to
 * panel[step][to]. Moves are pairs of bytes (to, from); a vector may write over what later moves write, and behind the columns.
 */
export function packMoves(p: Printer, pitch: number, { outer, inner }: Steps): string {
  const levels = join(outer)
  return p.intern(`moves${JSON.stringify([pitch, levels, inner])}`, name => {
    const steps = inner.map((from, i) => `st(${at('to', i * pitch)}, ld(${at('from', from)}));\n`)
    let size = inner.length * pitch
    const loops = levels
      .toReversed()
      .map(({ count, stride }) => {
        const level = { count, steps: [size, stride * 4] }
        size *= count
        return level
      })
      .toReversed()
    return `OUT void ${name}(char* panel, const char* image, const int* moves, int count) {
for (int i = 0; i < count; i++) {
char* to = panel + moves[2 * i];
const char* from = image + moves[2 * i + 1];
${nest(['to', 'from'], loops, steps.join(''))}}
}\n`
  })
}
