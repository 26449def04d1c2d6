/**
 * A feed-forward network is a family of functions: the lecture's network 1, 2 → 3, 4 → 5 as layers, the nested expression of its
 * output printed from the graph, and what changing a weight does to the function.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { inspect, nn, tensor } from 'chainrule'

const hidden = nn.linear(2, 2, { bias: false })
const output = nn.linear(2, 1, { bias: false })
const network = nn.sequential(hidden, nn.sigmoid(), output, nn.sigmoid())
hidden.weight.set([0.5, -1, 2, 1]) // w13, w23, w14, w24
output.weight.set([3, -2]) // w35, w45

const graph = await inspect.trace(
  ({ a }) => {
    const a34 = hidden.forward(a).sigmoid()
    return { h: a34, a5: output.forward(a34).sigmoid() }
  },
  { a: tensor([[1, 0.5]]), W: hidden.weight, V: output.weight },
  {
    elements: (name, [row, column]) =>
      ({ a: `a${column! + 1}`, h: `a${column! + 3}`, W: `w${column! + 1}${row! + 3}`, V: `w${column! + 3}5` })[name],
  },
)
const functions = { sigmoid: 'g' }
console.log(inspect.expression(graph, 'a5', { functions, keep: 'named' }))
console.log(inspect.expression(graph, 'a5', { functions }))
console.log(inspect.expression(graph, 'a5', { functions, values: true }))

// adjusting weights changes the function: a5 on a grid of inputs, before and after
const grid = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])
const show = async () => [...(await network.forward(grid).data())].map(v => v.toFixed(3)).join(' ')
console.log(`a5 at (0,0) (0,1) (1,0) (1,1): ${await show()}`)
output.weight.set([3, 2])
console.log(`with w45 = 2 instead of −2:    ${await show()}`)

await mkdir('runs/feed-forward', { recursive: true })
await writeFile('runs/feed-forward/a5.mathml', inspect.mathml(graph, 'a5', { functions }))
await writeFile('runs/feed-forward/graph.svg', inspect.svg(graph))
console.log('formula and graph in runs/feed-forward')
