/**
 * The lecture's worked example of backpropagation, x = (0.1, 0.15, 0.2), w = (1, 2, 3), y = 1: forward, backward, the table of σ, one
 * step of gradient descent, and what has to be said about the slide's own numbers.
 */
import { concat, grad, inspect, nn, optim, type Tensor, tensor, variable } from 'chainrule'

// forward and backward, with every number on the way
const x = tensor([0.1, 0.15, 0.2])
const y = tensor(1)
const w = variable([1, 2, 3])
const predict = () => x.mul(w).sum().sigmoid()
const graph = await inspect.trace(
  ({ w, x, y }) => {
    const s = x.mul(w).sum()
    const prediction = s.sigmoid()
    const error = prediction.sub(y)
    return { s, prediction, error, loss: error.square() }
  },
  { w, x, y },
)
const value = (name: string) => inspect.find(graph, name).value as number
const gradient = (inspect.find(graph, 'w').gradient as number[])[0]!
console.log(
  `s = ${value('s')}, ŷ = σ(s) = ${value('prediction').toFixed(7)}, L = (ŷ − y)² = ${value('loss').toFixed(7)}`,
)
const factors = [
  ['∂L/∂ŷ = 2 (ŷ − y)', inspect.paths(graph, 'loss', 'prediction').sum!],
  ['∂ŷ/∂s = σ′(s)', inspect.paths(graph, 'prediction', 's').sum!],
  ['∂s/∂w₁ = x₁', 0.1],
] as const
for (const [name, factor] of factors) console.log(`  ${name} = ${factor.toFixed(7)}`)
console.log(`∂L/∂w₁ = ${gradient.toFixed(9)}, on the slide ${gradient.toFixed(4)}`)

// the table
const points = tensor([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5])
const sigma = await points.sigmoid().data()
const slope = await grad(points.sigmoid().sum(), points).data()
console.log('   x   σ(x)  σ′(x)')
for (let i = 0; i < 11; i++)
  console.log(`${String(i - 5).padStart(4)}   ${sigma[i]!.toFixed(2)}   ${slope[i]!.toFixed(2)}`)

// one step with learning rate 1
const optimizer = optim.sgd({ learningRate: 1 }, [w as never])
optimizer.step([grad(predict().sub(y).square(), w) as never])
const after = [...(await w.data())].map(v => v.toFixed(5))
console.log(
  `after one step with learning rate 1: w = (${after.join(', ')}), ŷ = ${(await predict().item()).toFixed(5)}`,
)
w.set([1, 2, 3])

// what has to be said
const first = async (loss: Tensor) => (await (grad(loss, w) as Tensor).data())[0]!
const rounded = 2 * (0.73 - 1) * 0.2 * 0.1
console.log(`From the slide's rounded table it would be ${rounded.toFixed(4)}: −0.0106 is the unrounded computation.`)
const one = nn.softmax().forward(tensor([1]))
console.log(
  `"Softmax" means σ here: the softmax of a single score is ${await one.item()}, and nothing could be learned.`,
)
const two = nn.softmax().forward(concat([x.mul(w).sum().reshape([1]), tensor([0])])) as Tensor<[number]>
const scoreOne = await first(two.at(0).sub(1).square() as Tensor)
const scoreBoth = await first(
  two
    .sub(tensor([1, 0]))
    .square()
    .sum() as Tensor,
)
console.log(
  `  Of two scores (s, 0) it is σ(s): ${scoreOne.toFixed(6)} for the first output, ${scoreBoth.toFixed(6)} for both.`,
)
const norm = 2 * Math.abs(value('error')) * slope[6]! * 0.1
console.log(`2‖ŷ − y‖ is never negative: taken literally it gives +${norm.toFixed(4)}. The derivative is 2 (ŷ − y).`)
const losses = {
  'half of it': nn.halfMse(predict(), y),
  'the norm, not squared': predict().sub(y).square().sqrt(),
  'cross entropy': nn.binaryCrossEntropy(predict(), y),
}
console.log('"L2 loss" is the squared error; other losses have other slopes:')
for (const [name, loss] of Object.entries(losses)) console.log(`  ${name}: ${(await first(loss as Tensor)).toFixed(6)}`)
console.log('The path from L to w₁ is not unique: L = e·e uses e twice.')
for (const { product, nodes } of inspect.paths(graph, 'loss', 'error').paths)
  console.log(`  ${nodes.map(n => n.name).join(' → ')}: ${product!.toFixed(5)}`)
console.log(`  their sum: ${inspect.paths(graph, 'loss', 'error').sum!.toFixed(5)}`)
