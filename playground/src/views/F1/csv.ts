/** Points as people have them in files: `x, y, class`, a line each. */
import { mostOwn, onBoard, type Point, span } from './data.ts'

export interface Csv {
  readonly points: readonly Point[]
  /** The first thing that is wrong, with its line and column; what stands before it was read. */
  readonly problem?: string
  /** Names of class 0 and 1. */
  readonly classes: readonly string[]
  /** How x and y were brought onto the board, where they did not fit: board = (value − middle) · factor. */
  readonly scales?: readonly (readonly [middle: number, factor: number])[]
}
/** Cells of a line; commas, semicolons or tabs between. */
const cellsOf = (line: string): string[] => line.split(/[,;\t]/).map(cell => cell.trim().replace(/^"(.*)"$/, '$1'))

/**
 * Reads numbers in the first two columns and a class in the third: 0 and 1, or two words, in the order in which they come. A first line
 * of names is passed over. What lies beyond the board is brought onto it, each axis by itself.
 */
export function readCsv(text: string): Csv {
  const read: [x: number, y: number, name: string][] = []
  const names: string[] = []
  let problem: string | undefined
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const cells = cellsOf(line)
    if (read.length === 0 && cells.slice(0, 2).every(cell => Number.isNaN(Number(cell)))) continue
    problem = wrong(cells, names, read.length)
    if (problem !== undefined) {
      problem = `line ${i + 1}${problem}`
      break
    }
    if (!names.includes(cells[2]!)) names.push(cells[2]!)
    read.push([Number(cells[0]), Number(cells[1]), cells[2]!])
  }
  const digits = names.every(name => name === '0' || name === '1')
  const classes = digits ? ['0', '1'] : names
  const beyond = read.some(([x, y]) => Math.max(Math.abs(x), Math.abs(y)) > span[1])
  const scales = beyond ? [scaleOf(read.map(r => r[0])), scaleOf(read.map(r => r[1]))] : undefined
  const place = (v: number, axis: number): number => onBoard(scales ? (v - scales[axis]![0]) * scales[axis]![1] : v)
  return {
    points: read.map(([x, y, name]) => ({ x: place(x, 0), y: place(y, 1), label: classes.indexOf(name) })),
    classes,
    ...(problem === undefined && read.length > 0 ? {} : { problem: problem ?? 'there is no line with x, y, class' }),
    ...(scales && { scales }),
  }
}
/** What is wrong with a line, from its place on. */
function wrong(cells: readonly string[], names: readonly string[], before: number): string | undefined {
  if (cells.length !== 3) return ` has ${cells.length} columns; three are needed: x, y, class`
  const bad = [0, 1].find(c => cells[c] === '' || !Number.isFinite(Number(cells[c])))
  if (bad !== undefined) return `, column ${bad + 1}: “${cells[bad]}” is not a number`
  const name = cells[2]!
  if (name === '') return ', column 3: the class is missing'
  if (!names.includes(name) && names.length === 2)
    return `, column 3: “${name}” would be a third class, after “${names[0]}” and “${names[1]}”; two fit here`
  return before === mostOwn ? `: more than ${mostOwn} points do not fit` : undefined
}
/** Takes the least and the greatest value to nine tenths of the board. */
function scaleOf(values: readonly number[]): readonly [middle: number, factor: number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)]
  return [(least + greatest) / 2, least === greatest ? 1 : (1.8 * span[1]) / (greatest - least)]
}
