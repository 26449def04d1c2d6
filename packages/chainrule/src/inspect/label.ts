/** What pictures write on nodes and edges. */
import type { Nested } from '../tensor/types.ts'
import { showNumber } from './expression.ts'
import type { TraceEdge, TraceNode } from './trace.ts'

export interface PictureOptions {
  /** Significant digits of numbers; 4 */
  readonly digits?: number
  /** Tensors of up to so many elements show them, larger ones their shape; 4 */
  readonly elements?: number
}

export interface NodeLabel {
  readonly title: string
  readonly creator: string
  readonly value: string
  /** '' when there is none. */
  readonly gradient: string
}

export function nodeLabel(node: TraceNode, options: PictureOptions): NodeLabel {
  const { name, operation, attributes, value, gradient } = node
  return {
    title: name,
    creator: `${operation} ${attributes}`.trim(),
    value: valueText(value, node, options),
    gradient: gradient === undefined ? '' : valueText(gradient, node, options),
  }
}

/** ∂u/∂v as a number where there is one, else what happens to the gradient. */
export function edgeLabel({ partial, rule }: TraceEdge, { digits = 4 }: PictureOptions): string {
  return typeof partial === 'number' ? showNumber(partial, digits) : rule
}

function valueText(value: Nested, { shape, dtype }: TraceNode, { digits = 4, elements = 4 }: PictureOptions): string {
  const size = shape.reduce((n, d) => n * d, 1)
  const text = (v: Nested): string =>
    typeof v === 'object' ? `[${v.map(text).join(', ')}]` : typeof v === 'number' ? showNumber(v, digits) : `${v}`
  return size <= elements ? text(value) : `${dtype} [${shape.join(', ')}]`
}
