/**
 * A node for every element: what `trace` shows when asked for elements. An element that is only moved (reshaped, transposed,
 * broadcast, sliced, gathered) stays the same node; every other primitive says which elements its elements are made of.
 */
import { OptionError } from '../errors.ts'
import { isFloat, type TypedArray } from '../graph/dtype.ts'
import type { Node, NodeOf, Primitive } from '../graph/node.ts'
import { contiguousStrides, numel, range, type Shape } from '../graph/shape.ts'
import { derivativeTexts } from './derivatives.ts'
import { creatorOf, isLeaf, namer, operandsOf, type Recorded } from './record.ts'
import type { Trace, TraceEdge, TraceNode } from './trace.ts'

/** What an element of a named tensor is called; undefined for the usual `W[0, 1]`. */
export type ElementNames = (tensor: string, index: readonly number[]) => string | undefined

/** An element: a node and a row-major position. */
interface Element {
  readonly node: Node
  readonly at: number
}
/** One operand of an element, with ∂result/∂operand where there is one. */
interface Part extends Element {
  readonly partial: number | undefined
}

/** More than a person can look at. */
const LIMIT = 50_000

const indexOf = (shape: Shape, at: number): number[] =>
  contiguousStrides(shape).map((step, axis) => Math.floor(at / step) % shape[axis]!)
const placeOf = (shape: Shape, index: readonly number[]): number =>
  contiguousStrides(shape).reduce((sum, step, axis) => sum + step * index[axis]!, 0)

type Values = ReadonlyMap<Node, TypedArray>

/** Where a moved element comes from; undefined for a zero that padding put there. */
type Move<P extends Primitive> = (
  node: NodeOf<P>,
  index: number[],
  values: Values,
) => readonly [number, number[]] | undefined

const moves: { readonly [P in Primitive]?: Move<P> } = {
  reshape: ({ shape, inputs: [x] }, index) => [0, indexOf(x!.shape, placeOf(shape, index))],
  permute: ({ attributes: { axes } }, index) => {
    const source = new Array<number>(axes.length)
    axes.forEach((from, to) => {
      source[from] = index[to]!
    })
    return [0, source]
  },
  expand: ({ inputs: [x] }, index) => [0, index.map((i, axis) => (x!.shape[axis] === 1 ? 0 : i))],
  pad: ({ attributes: { padding }, inputs: [x] }, index) => {
    const source = index.map((i, axis) => i - padding[axis]![0])
    return source.every((i, axis) => i >= 0 && i < x!.shape[axis]!) ? [0, source] : undefined
  },
  slice: ({ attributes: { start, step } }, index) => [0, index.map((i, axis) => start[axis]! + step[axis]! * i)],
  flip: ({ attributes: { axes }, shape }, index) => [
    0,
    index.map((i, axis) => (axes.includes(axis) ? shape[axis]! - 1 - i : i)),
  ],
  concat: ({ attributes: { axis }, inputs }, index) => {
    let operand = 0
    let i = index[axis]!
    while (i >= inputs[operand]!.shape[axis]!) i -= inputs[operand++]!.shape[axis]!
    return [operand, index.with(axis, i)]
  },
  gather: ({ attributes: { axis }, inputs: [, indices] }, index, values) => {
    const rank = indices!.shape.length
    const row = placeOf(indices!.shape, index.slice(axis, axis + rank))
    return [0, [...index.slice(0, axis), values.get(indices!)![row]!, ...index.slice(axis + rank)]]
  },
}

/** Follows an element through movement to where it was computed. */
function origin({ node, at }: Element, { values, inputs }: Recorded): Element {
  while (!isLeaf(node, inputs)) {
    const move = moves[node.primitive] as Move<Primitive> | undefined
    const source = move?.(node, indexOf(node.shape, at), values)
    if (!source) break
    node = node.inputs[source[0]]!
    at = placeOf(node.shape, source[1])
  }
  return { node, at }
}

type Made<P extends Primitive> = (node: NodeOf<P>, index: number[], recorded: Recorded) => Part[]

/** All positions of a box of these sizes. */
function box(sizes: Shape): number[][] {
  return range(numel(sizes)).map(i => indexOf(sizes, i))
}

interface Sliding {
  readonly stride: readonly number[]
  readonly padding: readonly (readonly [number, number])[]
  readonly dilation: readonly number[]
  readonly inputDilation?: readonly number[]
}
/** The position that tap k of a window reads; undefined in padding and between dilated inputs. */
function reads(s: Sliding, size: Shape, position: readonly number[], tap: readonly number[]): number[] | undefined {
  const place = tap.map((k, i) => {
    const p = position[i]! * s.stride[i]! + k * s.dilation[i]! - s.padding[i]![0]
    const gap = s.inputDilation?.[i] ?? 1
    return p % gap === 0 ? p / gap : -1
  })
  return place.every((p, i) => p >= 0 && p < size[i]!) ? place : undefined
}

/** What elements of primitives that are neither moved nor elementwise are made of. */
const makers: { readonly [P in Primitive]?: Made<P> } = {
  sum: (node, index) => reduced(node, index).map(part => ({ ...part, partial: 1 })),
  max: (node, index, { partials }) =>
    reduced(node, index).map(part => ({ ...part, partial: partials.get(node)?.[0]?.[part.at] })),
  argmax: ({ attributes: { axis }, inputs: [x] }, index) =>
    range(x!.shape[axis]!).map(i => ({
      node: x!,
      at: placeOf(x!.shape, index.toSpliced(axis, 0, i)),
      partial: undefined,
    })),
  dot: ({ inputs }, index, { values }) => {
    const [a, b] = inputs as [Node, Node]
    const row = index.slice(0, -1)
    const column = index.at(-1)!
    return range(a.shape.at(-1)!).flatMap((k): Part[] => {
      const left = placeOf(a.shape, [...row, k])
      const right = placeOf(b.shape, [...row.slice(0, -1), k, column])
      return product({ node: a, at: left }, { node: b, at: right }, values)
    })
  },
  conv: ({ attributes, inputs }, index, { values }) => {
    const [x, w] = inputs as [Node, Node]
    const [n, o, ...position] = index as [number, number, ...number[]]
    const [outputs, channels, ...kernel] = w.shape as [number, number, ...number[]]
    const first = Math.floor(o / (outputs / attributes.groups)) * channels
    return range(channels).flatMap(c =>
      box(kernel).flatMap((tap): Part[] => {
        const place = reads(attributes, x.shape.slice(2), position, tap)
        if (!place) return []
        const pixel = { node: x, at: placeOf(x.shape, [n, first + c, ...place]) }
        return product(pixel, { node: w, at: placeOf(w.shape, [o, c, ...tap]) }, values)
      }),
    )
  },
  windowSum: (node, index) => windowed(node, index).map(part => ({ ...part, partial: 1 })),
  windowMax: (node, index, { values }) => {
    const parts = windowed(node, index)
    const data = parts.map(p => values.get(p.node)![p.at]!)
    const winner = data.indexOf(Math.max(...data))
    return parts.map((part, i) => ({ ...part, partial: i === winner ? 1 : 0 }))
  },
  scatterAdd: ({ attributes: { axis }, inputs: [updates, indices] }, index, { values }) =>
    [...values.get(indices!)!].flatMap((to, i) =>
      to === index[axis]
        ? [
            {
              node: updates!,
              at: placeOf(updates!.shape, [
                ...index.slice(0, axis),
                ...indexOf(indices!.shape, i),
                ...index.slice(axis + 1),
              ]),
              partial: 1,
            },
          ]
        : [],
    ),
}

/** The two factors of one product in a sum: each is the other's derivative. */
const product = (a: Element, b: Element, values: Values): Part[] => [
  { ...a, partial: values.get(b.node)![b.at] },
  { ...b, partial: values.get(a.node)![a.at] },
]

/** What arrives at an operand of an element when g arrives at the element. */
function ruleOf({ primitive }: Node, y: string, operands: readonly string[], operand: number): string {
  if (primitive === 'dot' || primitive === 'conv') return `g · ${operands[operand ^ 1]}`
  if (primitive === 'sum' || primitive === 'windowSum' || primitive === 'scatterAdd') return 'g'
  const rules = derivativeTexts[primitive](y, operands[0] ?? '', operands[1] ?? '')
  return rules[operand] ?? rules[0] ?? ''
}

function reduced({ attributes: { axes }, inputs: [x] }: NodeOf<'sum' | 'max'>, index: readonly number[]): Element[] {
  const kept = range(x!.shape.length).filter(axis => !axes.includes(axis))
  return box(axes.map(axis => x!.shape[axis]!)).map(inner => {
    const source = new Array<number>(x!.shape.length)
    axes.forEach((axis, i) => {
      source[axis] = inner[i]!
    })
    kept.forEach((axis, i) => {
      source[axis] = index[i]!
    })
    return { node: x!, at: placeOf(x!.shape, source) }
  })
}

function windowed({ attributes, inputs: [x] }: NodeOf<'windowSum' | 'windowMax'>, index: readonly number[]): Element[] {
  const lead = x!.shape.length - attributes.window.length
  return box(attributes.window).flatMap(tap => {
    const place = reads(attributes, x!.shape.slice(lead), index.slice(lead), tap)
    return place ? [{ node: x!, at: placeOf(x!.shape, [...index.slice(0, lead), ...place]) }] : []
  })
}

const opaque: ReadonlySet<Primitive> = new Set(['windowPick', 'windowScatter', 'argsort', 'host'])

function partsOf({ node, at }: Element, recorded: Recorded): Part[] {
  if (isLeaf(node, recorded.inputs) || moves[node.primitive]) return []
  if (opaque.has(node.primitive))
    throw new OptionError('elements', `trace: ${node.primitive} cannot be shown by elements; leave the option out`)
  const maker = makers[node.primitive] as Made<Primitive> | undefined
  if (maker) return maker(node, indexOf(node.shape, at), recorded)
  return operandsOf(node).map((operand, i) => ({ node: operand, at, partial: recorded.partials.get(node)?.[i]?.[at] }))
}

/** @throws OptionError when there are more elements than can be looked at, or a primitive that has no parts */
export function elementTrace(recorded: Recorded, rename: ElementNames | undefined): Trace {
  const { names, values, gradients, inputs } = recorded
  const keyOf = ({ node, at }: Element): string => `${node.id}:${at}`
  const elementsOf = (node: Node): Element[] => range(numel(node.shape)).map(at => origin({ node, at }, recorded))

  const label = (name: string, node: Node, at: number): string => {
    if (numel(node.shape) === 1) return rename?.(name, []) ?? name
    const index = indexOf(node.shape, at)
    return rename?.(name, index) ?? `${name}[${index.join(', ')}]`
  }
  const given = new Map<string, string>()
  // a name further from the inputs does not replace one that is nearer
  for (const node of [...names.keys()].sort((a, b) => a.id - b.id))
    elementsOf(node).forEach((element, at) => {
      const key = keyOf(element)
      if (!given.has(key)) given.set(key, label(names.get(node)!, node, at))
    })
  const nameOf = namer(recorded)
  const tensorNames = new Map<Node, string>()

  const ids = new Map<string, number>()
  const nodes: TraceNode[] = []
  const edges: TraceEdge[] = []
  const add = (element: Element, parts: readonly Part[]): void => {
    const { node, at } = element
    const id = nodes.length
    if (id === LIMIT)
      throw new OptionError(
        'elements',
        `trace: more than ${LIMIT} elements; trace tensors instead (leave \`elements\` out), or a smaller computation`,
      )
    ids.set(keyOf(element), id)
    const padding = moves[node.primitive] !== undefined && !isLeaf(node, inputs)
    const mine = given.get(keyOf(element))
    if (mine === undefined && !tensorNames.has(node)) tensorNames.set(node, nameOf(node).name)
    const value = values.get(node)![at]!
    nodes.push({
      id,
      name: mine ?? label(tensorNames.get(node)!, node, at),
      named: mine !== undefined,
      operation: padding ? 'constant' : creatorOf(node, inputs),
      attributes: '',
      module: node.scope,
      shape: [],
      dtype: node.dtype,
      value: node.dtype === 'bool' ? value !== 0 : value,
      gradient: gradients.get(node)?.[at],
    })
    const labels = parts.map(part => nodes[ids.get(keyOf(part))!]!.name)
    parts.forEach((part, operand) => {
      const differentiable = part.partial !== undefined && isFloat(part.node.dtype)
      const to = ids.get(keyOf(part))!
      edges.push({
        from: id,
        to,
        operand,
        partial: differentiable ? part.partial : undefined,
        rule: differentiable ? ruleOf(node, nodes[id]!.name, labels, operand) : '',
      })
    })
  }

  const wanted = [recorded.output, ...names.keys()].filter(n => !inputs.has(n)).flatMap(elementsOf)
  const partsAt = (element: Element): Part[] =>
    partsOf(element, recorded).map(part => ({ ...origin(part, recorded), partial: part.partial }))
  const stack: { element: Element; parts?: Part[] }[] = wanted.reverse().map(element => ({ element }))
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!
    if (ids.has(keyOf(top.element))) {
      stack.pop()
      continue
    }
    top.parts ??= partsAt(top.element)
    const missing = top.parts.filter(p => !ids.has(keyOf(p)))
    if (missing.length === 0) {
      stack.pop()
      add(top.element, top.parts)
    } else for (const part of missing.reverse()) stack.push({ element: part })
  }
  return { nodes, edges, output: ids.get(keyOf(origin({ node: recorded.output, at: 0 }, recorded)))! }
}
