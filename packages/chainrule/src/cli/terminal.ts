/** What the terminal can show, and text that fits it. Honours NO_COLOR (no-color.org), FORCE_COLOR, CI and TERM=dumb. */

export interface Terminal {
  /** Bits of colour: 24, 8, 4, or 1 for none. */
  readonly depth: number
  readonly columns: number
  /** Whether a line can be drawn over. */
  readonly live: boolean
}

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { getColorDepth?: (env?: object) => number }

/** Looks at a stream and the environment. */
export function terminalOf(stream: Stream, env: Readonly<Record<string, string | undefined>> = process.env): Terminal {
  const tty = stream.isTTY === true
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  const plain = env.NO_COLOR !== undefined && env.NO_COLOR !== ''
  const depth = plain ? 1 : tty ? (stream.getColorDepth?.(env) ?? 1) : forced ? forcedDepth(env.FORCE_COLOR!) : 1
  const live = tty && env.CI === undefined && env.TERM !== 'dumb'
  return { depth, columns: (tty && stream.columns) || 80, live }
}

const forcedDepth = (value: string): number => ({ '2': 8, '3': 24 })[value] ?? 4

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const satisfies Record<Style, number>

/** Text in a style, where there are colours. */
export type Paint = (style: Style, text: string) => string
export const painter =
  ({ depth }: Terminal): Paint =>
  (style, text) =>
    depth > 1 ? `\x1b[${codes[style]}m${text}\x1b[0m` : text

/** A part of a line; where it does not fit, the part with the highest `drop` goes first, and those without stay. */
export interface Part {
  readonly text: string
  readonly drop?: number
  readonly style?: Style
}
/** The parts that fit beside each other, two spaces between them. */
export function fitting(parts: readonly Part[], width: number): readonly Part[] {
  if (parts.reduce((sum, { text }) => sum + text.length + 2, -2) <= width) return parts
  const first = Math.max(...parts.map(p => p.drop ?? 0))
  return first === 0
    ? parts
    : fitting(
        parts.filter(p => p.drop !== first),
        width,
      )
}

const units = ['B', 'kB', 'MB', 'GB', 'TB']
/** 12.3 MB; a kB is 1000 bytes. */
export function showBytes(bytes: number): string {
  let unit = 0
  while (bytes >= 999.5 && unit < units.length - 1) {
    bytes /= 1000
    unit++
  }
  return `${unit === 0 || bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`
}

/** 8s, 1m05s, 2h03m */
export function showSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  const s = Math.round(seconds)
  const two = (n: number): string => String(n).padStart(2, '0')
  if (s < 60) return `${s}s`
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`
  return `${Math.floor(s / 3600)}h${two(Math.floor((s % 3600) / 60))}m`
}

/** 61,706 */
export const showCount = (n: number): string => Math.round(n).toLocaleString('en-US')
