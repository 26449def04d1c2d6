/** A closed piece of graph: what goes in, what comes out, and what is updated. */
import type { Node, NodeOf } from './node.ts'

export interface Graph {
  /** Distinct source nodes in order of first use. */
  readonly sources: readonly NodeOf<'source'>[]
  readonly outputs: readonly Node[]
  /** updates[i] = j: output i is the new value of the resident source j and replaces it; −1: an ordinary output. */
  readonly updates: readonly number[]
}
