/** Where the cards of a graph lie: the engine's layered layout, inputs on the left. */
import { inspect } from 'chainrule'
import type { GraphEdge, GraphNode } from './model.ts'

export const card = { width: 104, height: 66 }
const margin = 8

export interface Placed {
  readonly width: number
  readonly height: number
  /** Middles of the cards, by id. */
  readonly at: readonly inspect.Point[]
}
export function place(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Placed {
  const {
    nodes: at,
    width,
    height,
  } = inspect.layout(
    nodes.map(() => card),
    edges.map(({ from, to }) => [to, from] as const),
    { across: 62, between: 18 },
  )
  return {
    width: width + 2 * margin,
    height: height + 2 * margin,
    at: at.map(({ x, y }) => ({ x: x + margin, y: y + margin })),
  }
}
