/** Traces as JSON; `docs/trace.schema.json` is the schema. JSON has no NaN and no infinities: they are written as strings. */
import { DataError } from '../errors.ts'
import type { Trace } from './trace.ts'

const FORMAT = 'chainrule.trace'
const VERSION = 1

const unwritable = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])
/** Whose members are numbers; names and rules are not. */
const numeric = new Set(['value', 'gradient', 'partial'])

export function json(trace: Trace, space?: number): string {
  const numbers = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(numbers)
      : typeof value === 'number' && !Number.isFinite(value)
        ? `${value}`
        : value
  return JSON.stringify(
    { format: FORMAT, version: VERSION, ...trace },
    (key, value) => (numeric.has(key) ? numbers(value) : value),
    space,
  )
}

/** The trace that `json` wrote. @throws DataError when the text is something else */
export function parse(text: string): Trace {
  const numbers = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(numbers) : (unwritable.get(value as string) ?? value)
  let read: { format?: unknown; version?: unknown } & Trace
  try {
    read = JSON.parse(text, (key, value) => (numeric.has(key) ? numbers(value) : value))
  } catch (cause) {
    throw new DataError('parse: this is no JSON', undefined, { cause })
  }
  if (read?.format !== FORMAT) throw new DataError(`parse: this is no trace: format is ${read?.format}, not ${FORMAT}`)
  if (read.version !== VERSION)
    throw new DataError(`parse: this trace has version ${read.version}; this program reads version ${VERSION}`)
  const { nodes, edges, output } = read
  return {
    output,
    nodes: nodes.map(node => ({ ...node, gradient: node.gradient })),
    edges: edges.map(edge => ({ ...edge, partial: edge.partial })),
  }
}
