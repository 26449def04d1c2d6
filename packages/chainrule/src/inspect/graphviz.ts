/** A trace in the DOT language of Graphviz (`dot -Tsvg`). */
import { edgeLabel, nodeLabel, type PictureOptions } from './label.ts'
import type { Trace, TraceNode } from './trace.ts'

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/**
 * Nodes with name, creator, value and gradient, in clusters of their module. Arrows go the way of the data and carry the
 * derivative of the result by the operand.
 */
export function graphviz(trace: Trace, options: PictureOptions = {}): string {
  const made = new Set(trace.edges.map(edge => edge.from))
  const box = (node: TraceNode): string => {
    const { title, creator, value, gradient } = nodeLabel(node, options)
    const text = [title, creator, value, gradient && `∂ ${gradient}`].filter(Boolean).join('\n')
    const shape = `shape=${made.has(node.id) ? 'box' : 'ellipse'}${node.id === trace.output ? ', peripheries=2' : ''}`
    return `n${node.id} [label=${quoted(text)}, ${shape}]`
  }
  const modules = [...new Set(trace.nodes.map(node => node.module))]
  const nodes = modules.flatMap((module, i) => {
    const members = trace.nodes.filter(node => node.module === module).map(node => `  ${box(node)}`)
    return module === '' ? members : [`  subgraph cluster_${i} {`, `  label=${quoted(module)}`, ...members, '  }']
  })
  const edges = trace.edges.map(e => `  n${e.to} -> n${e.from} [label=${quoted(edgeLabel(e, options))}]`)
  return ['digraph {', '  rankdir=LR', '  node [fontname="monospace"]', ...nodes, ...edges, '}', ''].join('\n')
}
