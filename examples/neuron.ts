/** A neuron, twice: as it learns today, and as McCulloch and Pitts drew it in 1943. The sum and the output are both visible. */
import { inspect, nn, perceptron, tensor } from 'chainrule'

// weighted inputs, a bias, an activation: a linear layer of one unit and a nonlinearity
const neuron = nn.sequential(nn.linear(3, 1), nn.sigmoid())
const [weight, bias] = neuron.parameters()
weight!.set([1, 2, 3])
bias!.set([-0.5])
const graph = await inspect.trace(
  ({ x }) => ({ output: neuron.forward(x) }),
  { x: tensor([[0.1, 0.15, 0.2]]), w: weight!, b: bias! },
  { elements: (name, index) => (name === 'w' || name === 'x' ? `${name}${index[1]! + 1}` : name) },
)
console.log(inspect.expression(graph, 'output'))
console.log(inspect.expression(graph, 'output', { values: true }))
const sum = graph.nodes.find(node => node.operation === 'add')!
console.log(`pre-activation (the slides call it the activation): ${(sum.value as number).toFixed(4)}`)
console.log(`output: ${(inspect.find(graph, 'output').value as number).toFixed(4)}`)

// the bias is minus the threshold: the same unit fires from another sum on
for (const b of [-0.3, -0.5, -0.7]) {
  const unit = perceptron.unit([1], b)
  const fires = await unit.forward(tensor([[0.2], [0.4], [0.6], [0.8]])).data()
  console.log(`bias ${b}: sums 0.2, 0.4, 0.6, 0.8 give ${[...fires].join(' ')}; the threshold is ${-b}`)
}

// 1943: binary inputs, a threshold, inhibitory inputs that veto, no learning
const unit = perceptron.mcCullochPitts([1, 1, -1], 2)
const { points } = perceptron.truthTable(3, () => false)
const answers = await unit.forward(tensor(points as number[][])).data()
console.log('McCulloch–Pitts unit with two excitatory inputs, one inhibitory, threshold 2:')
points.forEach((bits, i) => {
  console.log(`  ${bits.join(' ')} → ${answers[i]}`)
})
