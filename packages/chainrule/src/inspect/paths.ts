/**
 * The chain rule as the lecture draws it: dL/dv is the sum, over all paths from L to v, of the products of the derivatives on
 * the path's edges. One path only in a tree; as many as there are ways in a graph whose values are used more than once.
 */
import { OptionError } from '../errors.ts'
import type { Trace, TraceEdge, TraceNode } from './trace.ts'

export interface Path {
  /** From the result down to the operand. */
  readonly nodes: readonly TraceNode[]
  readonly edges: readonly TraceEdge[]
  /** Of the numbers on the edges; undefined when one of them is no number (tensors: trace by elements). */
  readonly product: number | undefined
}

export interface Paths {
  readonly from: TraceNode
  readonly to: TraceNode
  /** Every path, or the first `limit`. */
  readonly paths: readonly Path[]
  /** How many there are altogether. */
  readonly count: number
  /** Σ of all products: ∂from/∂to. Undefined when an edge on the way carries no number. */
  readonly sum: number | undefined
}

/** A node, its name, or its id. */
export type NodeReference = string | number | TraceNode

/** @throws OptionError when the trace has no such node */
export function find(trace: Trace, reference: NodeReference): TraceNode {
  if (typeof reference === 'object') return reference
  const found =
    typeof reference === 'number' ? trace.nodes[reference] : trace.nodes.find(node => node.name === reference)
  if (found) return found
  const named = trace.nodes.filter(node => node.named).map(node => node.name)
  throw new OptionError(
    'node',
    `trace: there is no node '${reference}'; named are ${named.slice(0, 12).join(', ')}${named.length > 12 ? ', …' : ''}`,
  )
}

/** All ways from a result back to a value it depends on, through edges that pass a derivative. */
export function paths(trace: Trace, from: NodeReference, to: NodeReference, { limit = 1000 } = {}): Paths {
  const start = find(trace, from)
  const end = find(trace, to)
  const below = new Map<number, TraceEdge[]>()
  for (const edge of trace.edges)
    if (edge.partial !== undefined || edge.rule !== '') below.set(edge.from, [...(below.get(edge.from) ?? []), edge])

  // operands have smaller ids: one walk upwards counts the ways down to `end` and sums their products
  const counts = new Map<number, number>([[end.id, 1]])
  const sums = new Map<number, number | undefined>([[end.id, 1]])
  for (let id = end.id + 1; id <= start.id; id++) {
    const edges = (below.get(id) ?? []).filter(edge => counts.has(edge.to))
    if (edges.length === 0) continue
    counts.set(
      id,
      edges.reduce((n, edge) => n + counts.get(edge.to)!, 0),
    )
    sums.set(
      id,
      edges.reduce<number | undefined>((sum, edge) => plus(sum, times(edge.partial, sums.get(edge.to))), 0),
    )
  }

  const found: Path[] = []
  const walk = (node: number, edges: readonly TraceEdge[]): void => {
    if (found.length === limit || !counts.has(node)) return
    if (node === end.id) {
      found.push({
        edges,
        nodes: [start, ...edges.map(edge => trace.nodes[edge.to]!)],
        product: edges.reduce<number | undefined>((product, edge) => times(edge.partial, product), 1),
      })
      return
    }
    for (const edge of below.get(node) ?? []) walk(edge.to, [...edges, edge])
  }
  walk(start.id, [])
  return {
    from: start,
    to: end,
    paths: found,
    count: counts.get(start.id) ?? 0,
    sum: sums.has(start.id) ? sums.get(start.id) : 0,
  }
}

const times = (partial: unknown, x: number | undefined): number | undefined =>
  typeof partial === 'number' && x !== undefined ? partial * x : undefined
const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b
