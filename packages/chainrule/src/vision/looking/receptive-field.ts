/**
 * Which pixels an activation sees, read off the graph: the box of a place is carried from the output back to the input through every
 * operation on the way. It is exact for windows, padding and steps whatever the network looks like (residual, branched); what mixes all
 * places, like a linear layer, sees everything.
 */
import type { Node } from '../../graph/node.ts'
import { topological } from '../../graph/node.ts'

/** First and last place along an axis; may lie outside, in the padding. */
export type Span = readonly [first: number, last: number]
/** Of the last two axes, height and width. */
export type Box = readonly [rows: Span, columns: Span]

/** The box of `input` that the place (row, column) of `output` sees; undefined when it sees none of it. Both end in height and width. */
export function receptiveField(output: Node, input: Node, [row, column]: readonly [number, number]): Box | undefined {
  const boxes = new Map<Node, Box>([
    [
      output,
      [
        [row, row],
        [column, column],
      ],
    ],
  ])
  for (const node of topological([output], n => n === input).reverse()) {
    const box = boxes.get(node)
    if (node === input) return box
    if (!box) continue
    for (const [of, seen] of backwards(node, box)) boxes.set(of, union(boxes.get(of), seen))
  }
  return boxes.get(input)
}

const union = (a: Box | undefined, b: Box): Box => (a ? [join(a[0], b[0]), join(a[1], b[1])] : b)
const join = (a: Span, b: Span): Span => [Math.min(a[0], b[0]), Math.max(a[1], b[1])]

/** What a box of a node sees of its operands. */
function backwards(node: Node, box: Box): (readonly [Node, Box])[] {
  const { primitive, attributes, inputs, shape } = node
  const each = (move: (span: Span, axis: 0 | 1) => Span): Box => [move(box[0], 0), move(box[1], 1)]
  /** An attribute that is given for every axis, of the last two. */
  const last = <T>(values: readonly T[], axis: 0 | 1): T => values[values.length - 2 + axis]!
  switch (primitive) {
    case 'conv':
    case 'windowMax':
    case 'windowSum':
    case 'windowPick': {
      const window = primitive === 'conv' ? inputs[1]!.shape.slice(2) : attributes.window
      const { stride, padding, dilation } = attributes
      const spread = 'inputDilation' in attributes ? attributes.inputDilation : stride.map(() => 1)
      const seen = each(([first, end], axis) => {
        const start = first * last(stride, axis) - last(padding, axis)[0]
        const stop = end * last(stride, axis) - last(padding, axis)[0] + last(dilation, axis) * (last(window, axis) - 1)
        return [Math.ceil(start / last(spread, axis)), Math.floor(stop / last(spread, axis))]
      })
      return (primitive === 'windowPick' ? inputs : inputs.slice(0, 1)).map(x => [x, seen])
    }
    case 'pad':
      return [[inputs[0]!, each(([a, b], axis) => shift([a, b], -last(attributes.padding, axis)[0]))]]
    case 'slice': {
      const { start, step } = attributes
      return [
        [
          inputs[0]!,
          each(([a, b], axis) => [last(start, axis) + a * last(step, axis), last(start, axis) + b * last(step, axis)]),
        ],
      ]
    }
    case 'flip': {
      const mirrored = (axis: 0 | 1): boolean => attributes.axes.includes(shape.length - 2 + axis)
      const end = (axis: 0 | 1): number => last(shape, axis) - 1
      return [[inputs[0]!, each(([a, b], axis) => (mirrored(axis) ? [end(axis) - b, end(axis) - a] : [a, b]))]]
    }
    case 'expand':
      return [[inputs[0]!, each((span, axis) => (last(inputs[0]!.shape, axis) === last(shape, axis) ? span : [0, 0]))]]
    case 'concat': {
      let offset = 0
      return inputs.map(x => {
        const along = attributes.axis - (shape.length - 2)
        const moved = each((span, axis) => (axis === along ? shift(span, -offset) : span))
        offset += x.shape[attributes.axis]!
        return [x, moved]
      })
    }
    case 'custom':
      return [[inputs[0]!, box]]
  }
  const [height, width] = shape.slice(-2)
  // elementwise, and whatever moves other axes only
  const aligned = (x: Node): boolean =>
    x.shape.length >= 2 && x.shape.at(-2) === height && x.shape.at(-1) === width && keepsPlaces(node)
  return inputs.map(x => [x, aligned(x) ? box : whole(x)])
}

const shift = ([a, b]: Span, by: number): Span => [a + by, b + by]
const whole = ({ shape }: Node): Box => [
  [0, (shape.at(-2) ?? 1) - 1],
  [0, (shape.at(-1) ?? 1) - 1],
]

/** Whether equal last axes mean equal places. */
function keepsPlaces(node: Node): boolean {
  const rank = node.shape.length
  switch (node.primitive) {
    case 'permute':
      return node.attributes.axes[rank - 1] === rank - 1 && node.attributes.axes[rank - 2] === rank - 2
    case 'dot':
    case 'argsort':
    case 'gather':
    case 'scatterAdd':
    case 'windowScatter':
    case 'host':
      return false
    case 'sum':
    case 'max':
      return node.attributes.axes.every(axis => axis < node.inputs[0]!.shape.length - 2)
    case 'argmax':
      return node.attributes.axis < node.inputs[0]!.shape.length - 2
    default:
      return true
  }
}
