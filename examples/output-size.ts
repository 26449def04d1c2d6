/** How large the output of a window is, what it costs, and how much of the input it sees; where it does not fit, three policies. */
import { nn, train } from 'chainrule'

// (N + 2P − F)/S + 1
for (const stride of [1, 2, 3]) {
  const { exact, fits, floor, ceil, unread } = nn.windowFit(7, { kernel: 3, stride })
  const note = fits ? '' : ` doesn't fit: floor ${floor} leaves ${unread} unread, ceil ${ceil} reaches beyond`
  console.log(`7 inputs, 3 at a time, stride ${stride}: ${Number(exact.toFixed(2))}${note}`)
}
try {
  nn.outputSize(7, { kernel: 3, stride: 3 })
} catch (error) {
  console.log((error as Error).message)
}
for (const kernel of [3, 5, 7]) {
  const padding = (kernel - 1) / 2
  console.log(`kernel ${kernel} with padding ${padding} keeps 7: ${nn.outputSize(7, { kernel, padding })}`)
}

// the lecture's own references do not fit
const wild = [
  ['AlexNet, 224 inputs as printed', 224, { kernel: 11, stride: 4 }],
  ['ResNet, first layer', 224, { kernel: 7, stride: 2, padding: 3 }],
  ['GoogLeNet, first pool', 112, { kernel: 3, stride: 2 }],
] as const
for (const [name, size, window] of wild) {
  const { exact, floor, ceil } = nn.windowFit(size, window)
  console.log(`${name}: ${exact}; floor ${floor}, ceil ${ceil}`)
}

// depth: parameters and multiply-adds, and what one output sees
const model = nn.sequential(
  nn.input(3, 32, 32),
  nn.conv2d(3, 6, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.conv2d(6, 16, 5),
  nn.relu(),
  nn.maxPool2d(2),
  nn.flatten(),
  nn.linear(400, 10),
)
console.log(`${train.summary(model, [1, 3, 32, 32])}`)
const dense = 32 * 32 * 3 * (6 * 28 * 28)
console.log(`the first layer fully connected would have ${dense.toLocaleString('en-US')} weights instead of 450`)
