import { expect, test } from 'vitest'
import { inspect, nn, random, tensor, variable } from '../index.ts'

const { trace, paths, find } = inspect

/** The lecture's worked example, weight by weight. */
const worked = () => {
  const weights = { w1: variable(1), w2: variable(2), w3: variable(3) }
  const inputs = { x1: tensor(0.1), x2: tensor(0.15), x3: tensor(0.2), y: tensor(1) }
  return trace(
    ({ w1, w2, w3, x1, x2, x3, y }) => {
      const s = x1.mul(w1).add(x2.mul(w2)).add(x3.mul(w3))
      const prediction = s.sigmoid()
      const error = prediction.sub(y)
      return { s, prediction, error, loss: error.mul(error) }
    },
    { ...weights, ...inputs },
  )
}

test('a node holds value, gradient and creator, an edge the derivative of the result by the operand', async () => {
  const graph = await worked()
  expect(find(graph, 's')).toMatchObject({ value: 1, operation: 'add', named: true, shape: [] })
  expect(find(graph, 'w1')).toMatchObject({ value: 1, operation: 'parameter' })
  expect(find(graph, 'x1').operation).toBe('input')
  expect(find(graph, 'prediction').value).toBeCloseTo(0.7310586, 6)
  expect(find(graph, 'w1').gradient).toBeCloseTo(-0.010575417, 8)
  expect(graph.nodes[graph.output]).toMatchObject({ name: 'loss', gradient: 1 })
  const edge = graph.edges.find(e => e.from === find(graph, 'prediction').id)!
  expect(edge.to).toBe(find(graph, 's').id)
  expect(edge.partial).toBeCloseTo(0.1966119, 6)
  expect(edge.rule).toBe('g · prediction·(1 − prediction)')
})

test('a value used twice has two paths, and only their sum is the derivative', async () => {
  const graph = await worked()
  const found = paths(graph, 'loss', 'error')
  expect(found.count).toBe(2)
  expect(found.paths.map(p => p.edges[0]!.operand)).toEqual([0, 1])
  for (const { product } of found.paths) expect(product).toBeCloseTo(-0.26894, 5)
  expect(found.sum).toBeCloseTo(-0.53788, 5)
  const whole = paths(graph, 'loss', 'w1')
  expect(whole.count).toBe(2)
  expect(whole.sum).toBeCloseTo(find(graph, 'w1').gradient as number, 8)
  expect(whole.paths[0]!.nodes.map(n => n.name)).toEqual(['loss', 'error', 'prediction', 's', 'add1', 'mul1', 'w1'])
})

test('by elements, every weight of a network is a node, and paths multiply out to the gradient', async () => {
  random.seed(3)
  const model = nn.sequential(nn.linear(2, 3), nn.tanh(), nn.linear(3, 2), nn.sigmoid())
  const x = tensor([[0.5, -1]])
  const loss = nn.halfMse(model.forward(x), tensor([[1, 0]]))
  const graph = await trace({ loss }, { ...Object.fromEntries(model.namedParameters()), x }, { elements: true })
  for (const node of graph.nodes.filter(n => n.operation === 'parameter')) {
    const { sum, count } = paths(graph, 'loss', node)
    expect(count).toBe(node.name.startsWith('0.') ? 4 : 2) // each error enters its square twice
    expect(sum).toBeCloseTo(node.gradient as number, 6)
  }
  expect(graph.nodes.filter(n => n.operation === 'parameter')).toHaveLength(2 * 3 + 3 + 3 * 2 + 2)
  expect(find(graph, '0.weight[2, 1]').value).toBe((await model.stateDict().get('0.weight')!.data())[5])
})

test('by elements, convolutions and pooling are sums of products and choices', async () => {
  random.seed(1)
  const layer = nn.conv2d(1, 1, 2, { bias: false })
  const graph = await trace(
    ({ image }) => {
      const features = layer.forward(image)
      return { features, total: nn.maxPool2d(2).forward(features).square().sum() }
    },
    { image: random.normal([1, 1, 5, 5]), kernel: layer.weight },
    { elements: true },
  )
  // a weight of the kernel is used at all 16 positions; of them 4 win their pool, each enters its square twice
  const { sum, count } = paths(graph, 'total', 'kernel[0, 0, 1, 0]')
  expect(count).toBe(16 * 2)
  expect(sum).toBeCloseTo(find(graph, 'kernel[0, 0, 1, 0]').gradient as number, 4)
  expect(find(graph, 'features[0, 0, 3, 3]').operation).toBe('conv')
})
test('names of elements may be given', async () => {
  const graph = await trace(
    ({ W, a }) => ({ out: a.matmul(W) }),
    { W: tensor([[1], [2]]), a: tensor([[3, 4]]) },
    {
      elements: (name, index) => (index.length === 0 ? undefined : `${name}${index.map(i => i + 1).join('')}`),
    },
  )
  expect(graph.nodes.map(n => n.name)).toEqual(['a11', 'W11', 'a12', 'W21', 'out'])
})

test('a loss that was read already, and parameters updated before, are traced all the same', async () => {
  const w = variable([2, 3])
  w.assign(w.mul(2))
  const loss = w.square().sum()
  expect(await loss.item()).toBe(52)
  const graph = await trace(loss, { w })
  expect(find(graph, 'w').value).toEqual([4, 6])
  expect(find(graph, 'w').gradient).toEqual([8, 12])
  expect(graph.nodes.map(n => n.operation)).toEqual(['parameter', 'mul', 'sum'])
})

test('a loss from before an update cannot be looked at any more', async () => {
  const w = variable([1, 2])
  await w.data()
  const loss = w.square().sum()
  w.assign(w.mul(3))
  await w.data()
  await expect(trace(loss, { w })).rejects.toThrow('parameters that have been updated since')
})

test('the derivatives on edges add up to gradients, by tensors as well', async () => {
  random.seed(8)
  const graph = await trace(({ x, w, b }) => ({ y: x.mul(w).add(b).tanh().mul(x).exp().sum() }), {
    x: random.normal([5]),
    w: random.normal([5]),
    b: random.normal([5]),
  })
  for (const node of graph.nodes) {
    if (node.id === graph.output || node.gradient === undefined) continue
    const arrives = new Array(5).fill(0)
    for (const { from, partial } of graph.edges.filter(e => e.to === node.id)) {
      const above = graph.nodes[from]!.gradient as number | number[]
      ;(partial as number[]).forEach((p, i) => {
        arrives[i] += p * (typeof above === 'number' ? above : above[i]!)
      })
    }
    for (const [i, g] of (node.gradient as number[]).entries()) expect(arrives[i]).toBeCloseTo(g, 4)
  }
})

test('labels, truth values and choices: only what is differentiable has derivatives', async () => {
  const graph = await trace(
    ({ x, labels }) => ({ loss: nn.crossEntropy(x, labels) }),
    { x: variable([[1, 2, 0]]), labels: tensor([1], { dtype: 'int32' }) },
    { elements: true },
  )
  for (const i of [0, 1, 2]) {
    const { sum } = paths(graph, 'loss', `x[0, ${i}]`)
    expect(sum).toBeCloseTo(find(graph, `x[0, ${i}]`).gradient as number, 6)
  }
  const chosen = await trace(({ x }) => ({ positive: x.gt(0), y: x.relu().sum() }), { x: tensor([-1, 2]) })
  expect(find(chosen, 'positive')).toMatchObject({ value: [false, true], gradient: undefined, dtype: 'bool' })
})

test('nodes carry the module in which they were made', async () => {
  const model = nn.sequential(nn.linear(2, 2), nn.relu())
  const graph = await trace({ y: model.forward(tensor([[1, 2]])) }, model as unknown as nn.Module)
  expect(find(graph, '0.weight').operation).toBe('parameter')
  expect(graph.nodes.find(n => n.operation === 'dot')!.module).toBe('0')
  expect(graph.nodes.find(n => n.operation === 'relu')!.module).toBe('1')
})

test('what cannot be traced says why', async () => {
  await expect(trace({})).rejects.toThrow('trace: nothing to look at; give a tensor, or several by name')
  const graph = await trace(tensor(1).exp())
  expect(() => find(graph, 'w9')).toThrow("trace: there is no node 'w9'")
  const many = tensor(new Float32Array(60_000))
  await expect(trace({ y: many.exp() }, { many }, { elements: true })).rejects.toThrow('more than 50000 elements')
})
