/**
 * LeNet-5 for 28×28 digits. LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition", figure 2, with relu and
 * max pooling as it is taught today. Parameter names are those of PyTorch's `nn.Sequential` with the same layers.
 */
import { conv2d, flatten, input, linear, maxPool2d, relu, sequential } from '../nn/index.ts'

/** [batch, 1, 28, 28] → logits [batch, 10]; 61,706 parameters. */
export const lenet5 = () =>
  sequential(
    input(1, 28, 28),
    conv2d(1, 6, 5, { padding: 2 }),
    relu(),
    maxPool2d(2),
    conv2d(6, 16, 5),
    relu(),
    maxPool2d(2),
    flatten(),
    linear(400, 120),
    relu(),
    linear(120, 84),
    relu(),
    linear(84, 10),
  )
