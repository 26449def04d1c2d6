import { compile, grad, nn, optim, tensor } from 'chainrule'

const model = nn.sequential(
  nn.conv2d(1, 6, 5, { padding: 2 }),
  nn.relu(),
  nn.maxPool2d(2),
  nn.conv2d(6, 16, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(400, 120),
  nn.relu(),
  nn.linear(120, 84),
  nn.relu(),
  nn.linear(84, 10),
)

export async function train({ parameters, x, labels, steps }) {
  for (const [name, parameter] of model.namedParameters()) parameter.set(parameters[name].data)
  const optimizer = optim.adam({ learningRate: 1e-3 }, model)
  const step = compile((x, y) => {
    const loss = nn.crossEntropy(model.forward(x), y)
    optimizer.step(grad(loss, optimizer.parameters))
    return loss
  })
  const input = tensor(x, { shape: [labels.length, 1, 28, 28] })
  const target = tensor(labels, { shape: [labels.length], dtype: 'int32' })
  const losses = []
  while (losses.length < steps) losses.push(await step(input, target).item())
  return losses
}
