/** Type fixture: LeNet-5 as a chain of layers; its cost in type instantiations is budgeted. */
import * as nn from '../../src/nn/index.ts'
import { zeros } from '../../src/tensor/create.ts'

export const lenet = nn.sequential(
  nn.input(1, 28, 28),
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
export const logits = lenet.forward(zeros([32, 1, 28, 28]))
export const shape: readonly [32, 10] = logits.shape
