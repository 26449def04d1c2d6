/**
 * One step of a recurrent network: from the input's projection W_ih x + b_ih and the hidden one W_hh h (+ b_hh), both
 * [B, gates · H], and the state before, to the state after; the state's first tensor is h [B, H]. Gates lie in PyTorch's order.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { split } from '../../tensor/ops/movement.ts'

export interface Cell {
  /** The factory that makes such a layer: `lstm`. */
  readonly kind: string
  /** How many blocks of H rows each weight has. */
  readonly gates: number
  /** The names of the state's tensors. */
  readonly state: readonly ('h' | 'c')[]
  /** The two biases only occur as their sum: then both go into the input's projection, once for all steps. */
  readonly biasesAdd: boolean
  step(input: Node, hidden: Node, state: readonly Node[]): readonly Node[]
}

const gatesOf = (x: Node, gates: number): Node[] => split(x, x.shape[1]! / gates, 1)

/** h′ = φ(W_ih x + W_hh h + b), φ = tanh or relu. Elman 1990. */
export const rnnCell = (activation: 'tanh' | 'relu'): Cell => ({
  kind: 'rnn',
  gates: 1,
  state: ['h'],
  biasesAdd: true,
  step: (input, hidden) => [(activation === 'tanh' ? build.tanh : build.relu)(build.add(input, hidden))],
})

/**
 * i, f, o = σ(…), g = tanh(…); c′ = f c + i g; h′ = o tanh(c′). Hochreiter & Schmidhuber 1997, with the forget gate of Gers et
 * al. 2000.
 */
export const lstmCell: Cell = {
  kind: 'lstm',
  gates: 4,
  state: ['h', 'c'],
  biasesAdd: true,
  step(input, hidden, [, c]) {
    const [i, f, g, o] = gatesOf(build.add(input, hidden), 4) as [Node, Node, Node, Node]
    const next = build.add(build.mul(build.sigmoid(f), c!), build.mul(build.sigmoid(i), build.tanh(g)))
    return [build.mul(build.sigmoid(o), build.tanh(next)), next]
  },
}

/**
 * r, z = σ(…); n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h′ = (1 − z) n + z h. Cho et al. 2014, with the reset gate behind
 * the product as in PyTorch.
 */
export const gruCell: Cell = {
  kind: 'gru',
  gates: 3,
  state: ['h'],
  biasesAdd: false,
  step(input, hidden, [h]) {
    const [ri, zi, ni] = gatesOf(input, 3) as [Node, Node, Node]
    const [rh, zh, nh] = gatesOf(hidden, 3) as [Node, Node, Node]
    const reset = build.sigmoid(build.add(ri, rh))
    const keep = build.sigmoid(build.add(zi, zh))
    const candidate = build.tanh(build.add(ni, build.mul(reset, nh)))
    return [build.add(candidate, build.mul(keep, build.sub(h!, candidate)))]
  },
}
