/**
 * How much of the input one output sees: through a window of K taps, F ← F + (K − 1)·D·J and J ← J·S, where J is how many inputs
 * lie between neighbouring outputs (Araujo, Norris and Sim 2019). Read from the graph, so that branches and residuals count.
 */
import { type Node, topological, type Window } from '../graph/node.ts'
import { type Shape, sameShape } from '../graph/shape.ts'

/** Along one spatial axis of a map. */
interface Reach {
  readonly field: number
  readonly jump: number
}
/** One for each spatial axis; `collapsed` when the axes are gone (after flatten), where all that a map sees is seen. */
interface Seen {
  readonly axes: readonly Reach[]
  readonly collapsed: boolean
}

/** For each node on the way from an input [N, C, …S] how much of …S one of its elements sees. */
export function receptiveFields(input: Node, outputs: readonly Node[]): Map<Node, readonly number[]> {
  const size = input.shape.slice(2)
  if (size.length === 0) return new Map()
  const seen = new Map<Node, Seen>([[input, { axes: size.map(() => ({ field: 1, jump: 1 })), collapsed: false }]])
  const lost = new Set<Node>()
  for (const node of topological(outputs)) {
    // how a custom function computes its value is its own affair
    const operands = node.primitive === 'custom' ? node.inputs.slice(1) : node.inputs
    const found = operands.flatMap(o => (seen.has(o) ? [{ shape: o.shape, seen: seen.get(o)! }] : []))
    if (node === input || found.length === 0) {
      if (operands.some(o => lost.has(o))) lost.add(node)
      continue
    }
    const result = operands.some(o => lost.has(o)) ? undefined : through(node, found[0]!.shape, farthest(found))
    if (result) seen.set(node, result)
    else lost.add(node)
  }
  return new Map(
    [...seen].map(([node, { axes, collapsed }]) => [
      node,
      axes.map(({ field }, i) => (collapsed ? Math.min(field, size[i]!) : field)),
    ]),
  )
}

/** Of several ways the one that sees most. */
function farthest(found: readonly { readonly seen: Seen }[]): Seen {
  const axes = found[0]!.seen.axes.map((_, i) => ({
    field: Math.max(...found.map(f => f.seen.axes[i]!.field)),
    jump: Math.max(...found.map(f => f.seen.axes[i]!.jump)),
  }))
  return { axes, collapsed: found.some(f => f.seen.collapsed) }
}

/** What an element of the node sees when an element of its operand sees `seen`; undefined where axes are mixed. */
function through(node: Node, shape: Shape, seen: Seen): Seen | undefined {
  if (seen.collapsed) return seen
  const { axes } = seen
  const rank = axes.length
  const map = shape.slice(-rank)
  const collapsed: Seen = { axes: whole(axes, map), collapsed: true }
  const window = (w: Pick<Window, 'window' | 'stride' | 'dilation'>, inputDilation?: readonly number[]) =>
    w.window.length === rank ? { axes: windowed(axes, w, inputDilation), collapsed: false } : undefined
  switch (node.primitive) {
    case 'conv':
      return window({ ...node.attributes, window: node.inputs[1]!.shape.slice(2) }, node.attributes.inputDilation)
    case 'windowSum':
      return window(node.attributes, node.attributes.inputDilation)
    case 'windowMax':
      return window(node.attributes)
    case 'reshape':
      return sameShape(node.shape.slice(-rank), map) && node.shape.length > rank ? seen : collapsed
    case 'sum':
    case 'max': {
      const spatial = node.attributes.axes.filter(axis => axis >= shape.length - rank)
      return spatial.length === 0 ? seen : spatial.length === rank ? collapsed : undefined
    }
    case 'permute':
      return node.attributes.axes.slice(-rank).every((axis, i) => axis === shape.length - rank + i) ? seen : undefined
    case 'dot':
    case 'gather':
    case 'scatterAdd':
    case 'argsort':
    case 'argmax':
    case 'host':
      return undefined
    default:
      return seen
  }
}

const windowed = (
  axes: readonly Reach[],
  { window, stride, dilation }: Pick<Window, 'window' | 'stride' | 'dilation'>,
  inputDilation: readonly number[] = [],
): Reach[] =>
  axes.map(({ field, jump }, i) => {
    const step = jump / (inputDilation[i] ?? 1)
    return { field: field + (window[i]! - 1) * dilation[i]! * step, jump: step * stride[i]! }
  })

/** What all places of a map see together. */
const whole = (axes: readonly Reach[], map: readonly number[]): Reach[] =>
  axes.map(({ field, jump }, i) => ({ field: field + (map[i]! - 1) * jump, jump: 1 }))
