/**
 * A cell along time, step by step in the graph. All steps' input projections are one matrix product; a step is then one product
 * with the state and elementwise work in its epilogue.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { range } from '../../graph/shape.ts'
import { where } from '../../tensor/ops/elementwise.ts'
import { sliceAlong } from '../../tensor/ops/movement.ts'
import { linearNode } from '../linear.ts'
import type { Cell } from './cells.ts'

/** The parameters of one layer in one direction: W_ih [G·H, I], W_hh [G·H, H], b_ih and b_hh [G·H]. */
export interface CellWeights {
  readonly input: Node
  readonly hidden: Node
  readonly biases: readonly [input: Node, hidden: Node] | undefined
}
export interface Unrolled {
  /** [B, T, H]; zero behind a sequence's end. */
  readonly output: Node
  /** The state behind each sequence's last step: in front of its first one when in reverse. */
  readonly state: readonly Node[]
}

/**
 * x [B, T, I]; `lengths` (int32 [B]) leaves what lies behind each sequence's end without effect: the state stays as it is there,
 * which in reverse means that it starts at the end.
 */
export function unroll(
  cell: Cell,
  x: Node,
  weights: CellWeights,
  start: readonly Node[],
  lengths: Node | undefined,
  reverse: boolean,
): Unrolled {
  const [batch, steps] = x.shape as [number, number, number]
  const [forInput, forHidden] = weights.biases ?? []
  const both = cell.biasesAdd && forInput && forHidden
  const projected = linearNode(x, weights.input, both ? build.add(forInput, forHidden) : forInput)
  const [, width] = projected.shape.slice(1) as [number, number]
  const outputs = new Array<Node>(steps)
  let state = start
  for (const t of reverse ? range(steps).reverse() : range(steps)) {
    const input = build.reshape(sliceAlong(projected, 1, t, t + 1), [batch, width])
    const next = cell.step(input, linearNode(state[0]!, weights.hidden, both ? undefined : forHidden), state)
    if (lengths === undefined) state = next
    else {
      const within = build.reshape(build.less(build.full([batch], t, 'int32'), lengths), [batch, 1])
      const before = state
      state = next.map((value, i) => where(within, value, before[i]!))
      outputs[t] = where(within, next[0]!, 0)
    }
    outputs[t] ??= next[0]!
  }
  const [, features] = state[0]!.shape as [number, number]
  const output = build.concat(
    outputs.map(h => build.reshape(h, [batch, 1, features])),
    1,
  )
  return { output, state }
}
