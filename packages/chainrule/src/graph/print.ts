/** A graph as text for people: one line per node, and Graphviz for a picture. */
import type { Attributes, Node, Primitive } from './node.ts'
import { topological } from './node.ts'
import { show } from './shape.ts'

/** Values that say nothing new: a window without padding, dilation or groups is the ordinary one. */
const usual: Readonly<Record<string, unknown>> = { padding: 0, dilation: 1, inputDilation: 1, groups: 1, step: 1 }

const plain = (value: unknown): string => (Array.isArray(value) ? `[${value.map(plain).join(', ')}]` : String(value))

/** `name value` for each attribute that is not the usual one; true is the name alone, false nothing. */
const listed = (attributes: object): string =>
  Object.entries(attributes)
    .filter(([name, value]) => value !== false && ![value].flat(3).every(v => v === usual[name]))
    .map(([name, value]) => (value === true ? name : `${name} ${plain(value)}`))
    .join(' ')

const nothing = () => ''
const nameOnly = ({ name }: { readonly name: string }) => name

/** Primitives whose attributes are not simply listed, most often because the result's type shows them. */
const printers: { readonly [P in Primitive]?: (attributes: Attributes[P]) => string } = {
  constant: ({ value }) => String(value),
  iota: nothing,
  source: nothing,
  random: nothing,
  cast: nothing,
  reshape: nothing,
  expand: nothing,
  custom: nameOnly,
  host: nameOnly,
}

/** The attributes of a node, as `printGraph` shows them. */
export function printAttributes(node: Node): string {
  const print: ((attributes: never) => string) | undefined = printers[node.primitive]
  return (print ?? listed)(node.attributes as never)
}

const typeOf = (node: Node): string => `${node.dtype} ${show(node.shape)}`

/**
 * One line per node that `outputs` depend on, inputs first, the outputs on the last line:
 * `%3 = conv(%0, %1) stride [1, 1] : float32 [32, 6, 28, 28]  # features.0`
 */
export function printGraph(outputs: readonly Node[]): string {
  const order = topological(outputs)
  const names = new Map(order.map((node, i) => [node, `%${i}`]))
  const list = (nodes: readonly Node[]) => nodes.map(node => names.get(node)).join(', ')
  const lines = order.map(node => {
    const attributes = printAttributes(node)
    const call = `${node.primitive}(${list(node.inputs)})${attributes === '' ? '' : ` ${attributes}`}`
    return `${names.get(node)} = ${call} : ${typeOf(node)}${node.scope === '' ? '' : `  # ${node.scope}`}`
  })
  return [...lines, `return ${list(outputs)}`].join('\n')
}

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/**
 * The graph in the DOT language: boxes are functions, ellipses leaves, and an edge carries the value's type and shape.
 * Nodes of one module path lie in one cluster. Draw it with `dot -Tsvg`.
 */
export function printGraphviz(outputs: readonly Node[]): string {
  const order = topological(outputs)
  const names = new Map(order.map((node, i) => [node, `n${i}`]))
  const scopes = new Map<string, Node[]>()
  for (const node of order) scopes.set(node.scope, [...(scopes.get(node.scope) ?? []), node])

  const box = (node: Node): string => {
    const label = [`${node.primitive} ${printAttributes(node)}`.trim(), typeOf(node)].join('\n')
    const style = outputs.includes(node) ? ', peripheries=2' : ''
    return `${names.get(node)} [label=${quoted(label)}, shape=${node.inputs.length === 0 ? 'ellipse' : 'box'}${style}]`
  }
  const clusters = [...scopes].flatMap(([scope, nodes], i) =>
    scope === ''
      ? nodes.map(node => `  ${box(node)}`)
      : [`  subgraph cluster_${i} {`, `    label=${quoted(scope)}`, ...nodes.map(node => `    ${box(node)}`), '  }'],
  )
  const edges = order.flatMap(node =>
    node.inputs.map(input => `  ${names.get(input)} -> ${names.get(node)} [label=${quoted(typeOf(input))}]`),
  )
  return ['digraph {', '  rankdir=TB', '  node [fontname="monospace"]', ...clusters, ...edges, '}', ''].join('\n')
}
