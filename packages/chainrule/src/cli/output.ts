/** Where the commands write, and how a person calls this program again. */
import { relative } from 'node:path'
import { type Paint, painter, type Terminal, terminalOf } from './terminal.ts'

export interface Output {
  readonly terminal: Terminal
  readonly paint: Paint
  /** A line on standard output. */
  line(text?: string): void
}

export function output(): Output {
  const terminal = terminalOf(process.stdout)
  return {
    terminal,
    paint: painter(terminal),
    line: (text = '') => {
      process.stdout.write(`${text}\n`)
    },
  }
}

/** The command that runs this program: the installed name, or node with the path of this file. */
export function programCommand(script = process.argv[1] ?? 'chainrule'): string {
  if (!script.endsWith('.js')) return 'npx chainrule'
  const path = relative(process.cwd(), script)
  return `node ${path.startsWith('..') ? script : path}`
}
