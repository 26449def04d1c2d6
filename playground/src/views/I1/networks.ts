/** The two networks of I1. */
import { nn } from 'chainrule'

/** The dense network first, then the convolutional one. */
export type Pair<T> = readonly [dense: T, convolutional: T]

export const networks = (): Pair<nn.Module> => {
  const dense = nn.sequential(nn.input(1, 28, 28), nn.flatten(), nn.linear(784, 64), nn.relu(), nn.linear(64, 10))
  const convolutional = nn.sequential(
    nn.input(1, 28, 28),
    nn.conv2d(1, 8, 5),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(8, 16, 5),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.linear(256, 10),
  )
  return [dense as unknown as nn.Module, convolutional as unknown as nn.Module]
}
