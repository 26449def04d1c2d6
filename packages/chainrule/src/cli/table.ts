/** Aligned tables, and the two that the commands print: a confusion matrix and bars of probabilities. */
import { type Paint, painter, type Terminal } from './terminal.ts'

/** Columns as wide as their widest cell; `align` is 'l' or 'r' for each column. */
export function table(rows: readonly (readonly string[])[], align: string, gap = '  '): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map(r => (r[c] ?? '').length)))
  return rows.map(row =>
    row
      .map((cell, c) => (align[c] === 'r' ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join(gap)
      .trimEnd(),
  )
}

/** Rows are true classes, columns predicted ones; the last column is the share of a row that is right. */
export function confusionTable(
  matrix: readonly (readonly number[])[],
  classes: readonly string[],
  terminal: Terminal,
): string[] {
  const paint = painter(terminal)
  const names = shortNames(classes)
  const width = Math.max(...matrix.flat().map(n => String(n).length), ...names.map(n => n.length))
  const label = Math.max('true'.length, ...classes.map(n => n.length))
  const cell = (text: string): string => text.padStart(width)
  const heading = [`${' '.repeat(label)}  predicted`, `${'true'.padEnd(label)}  ${names.map(cell).join(' ')}   right`]
  return [
    ...heading.map(line => paint('dim', line)),
    ...matrix.map((row, i) => {
      const total = row.reduce((a, b) => a + b, 0)
      const cells = row.map((n, j) => {
        const text = cell(n === 0 ? '.' : String(n))
        return i === j ? paint('green', text) : n === 0 ? paint('dim', text) : paint('red', text)
      })
      const right = total === 0 ? '-' : `${((100 * row[i]!) / total).toFixed(1)}%`
      return `${classes[i]!.padEnd(label)}  ${cells.join(' ')}  ${right.padStart(6)}`
    }),
  ]
}

/** Names of at most four letters, so that ten columns fit a terminal. */
const shortNames = (classes: readonly string[]): string[] => classes.map(name => name.slice(0, 4))

/** One line for each class, the most probable first. */
export function probabilityBars(
  probabilities: ArrayLike<number>,
  classes: readonly string[],
  terminal: Terminal,
): string[] {
  const paint: Paint = painter(terminal)
  const label = Math.max(...classes.map(n => n.length))
  const room = Math.max(10, Math.min(40, terminal.columns - label - 12))
  const order = Array.from(classes.keys()).sort((a, b) => probabilities[b]! - probabilities[a]!)
  return order.map((index, rank) => {
    const p = probabilities[index]!
    const line = `${classes[index]!.padEnd(label)} ${(100 * p).toFixed(1).padStart(5)}% ${bar(p * room)}`
    return rank === 0 ? paint('bold', line) : line
  })
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const bar = (length: number): string => {
  const whole = Math.floor(length)
  return '█'.repeat(whole) + eighths[Math.floor((length - whole) * 8)]!
}
