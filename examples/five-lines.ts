/** A level lower: predict, loss, gradient, update, iterate, each of them a line. */
import { compile, grad, type IntTensor, nn, optim, random, type Tensor, tensor } from 'chainrule'

random.seed(1)
const model = nn.sequential(nn.linear(2, 8), nn.tanh(), nn.linear(8, 2))
const optimizer = optim.adam({ learningRate: 0.05 }, model)

const inputs = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]) // exclusive or
const labels = tensor([0, 1, 1, 0], { dtype: 'int32' })

const step = compile((x: Tensor<[number, 2]>, y: IntTensor<[number]>) => {
  const prediction = model.forward(x) // predict
  const loss = nn.crossEntropy(prediction, y) // loss
  const gradients = grad(loss, optimizer.parameters) // gradient
  optimizer.step(gradients) // update
  return loss
})
// iterate
for (let i = 0; i < 200; i++) {
  const loss = await step(inputs, labels).item()
  if (i % 50 === 49) console.log(`step ${i + 1}: loss ${loss.toFixed(4)}`)
}
const answers = await model.forward(inputs).argmax(1).array()
console.log(`0⊕0, 0⊕1, 1⊕0, 1⊕1 = ${answers}`)
