/**
 * The computational graph of the lecture: every node with value, gradient and the function that made it, every edge with a derivative.
 * ∂L/∂v is the sum over all paths from L to v of the products on them; there is one path only in a tree.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { inspect, tensor, variable } from 'chainrule'

const graph = await inspect.trace(
  ({ x1, x2, w1, w2, y }) => {
    const h1 = x1.mul(w1).tanh()
    const h2 = x2.mul(w1).tanh() // w1 again: a shared weight, like a kernel's or a recurrent one
    const e = h1.add(h2).mul(w2).sub(y)
    return { h1, h2, e, L: e.mul(e) }
  },
  { x1: tensor(0.5), x2: tensor(-1), y: tensor(1), w1: variable(0.8), w2: variable(2) },
)

console.log('node   creator    value    gradient')
for (const { name, operation, value, gradient } of graph.nodes)
  console.log(
    `${name.padEnd(6)} ${operation.padEnd(9)} ${(value as number).toFixed(4).padStart(8)} ${(gradient as number).toFixed(4).padStart(10)}`,
  )
console.log('edges: ∂ result / ∂ operand')
for (const { from, to, partial, rule } of graph.edges)
  console.log(
    `  ∂${graph.nodes[from]!.name}/∂${graph.nodes[to]!.name} = ${(partial as number).toFixed(4)}   (arrives: ${rule})`,
  )

// all ways from L to the shared weight
const found = inspect.paths(graph, 'L', 'w1')
console.log(`${found.count} paths from L to w1`)
for (const { nodes, product } of found.paths)
  console.log(`  ${nodes.map(node => node.name).join(' → ')}: ${product!.toFixed(4)}`)
const { gradient } = inspect.find(graph, 'w1')
console.log(`their sum ${found.sum!.toFixed(4)} is the gradient ${(gradient as number).toFixed(4)}`)
console.log(inspect.expression(graph, 'L'))

await mkdir('runs/computational-graph', { recursive: true })
await writeFile('runs/computational-graph/graph.svg', inspect.svg(graph))
await writeFile('runs/computational-graph/graph.dot', inspect.graphviz(graph))
await writeFile('runs/computational-graph/graph.json', inspect.json(graph, 2))
await writeFile('runs/computational-graph/L.mathml', inspect.mathml(graph, 'L'))
console.log('picture, Graphviz, JSON and MathML in runs/computational-graph')
