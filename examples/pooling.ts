/** Pooling: a window becomes one number. Every kind on the same 4 × 4 numbers, and where the derivative goes on its way back. */
import { grad, nn, type Tensor, tensor } from 'chainrule'

const x = tensor([
  [1, 1, 2, 4],
  [5, 6, 7, 8],
  [3, 2, 1, 0],
  [1, 2, 3, 4],
]).reshape([1, 1, 4, 4])

const kinds = {
  maximum: nn.maxPool2d(2),
  average: nn.avgPool2d(2),
  sum: nn.sumPool2d(2),
  'L2, as a norm': nn.lpPool2d(2, 2), // √Σx²
  'L2, root mean square': nn.rmsPool2d(2), // √(Σx² / 4): half of the norm
  'adaptive, to 2 × 2': nn.adaptiveMaxPool2d(2),
}
const show = (values: ArrayLike<number>): string => Array.from(values, v => Number(v.toFixed(4))).join(' ')

for (const [name, layer] of Object.entries(kinds)) {
  const pooled = layer.forward(x)
  const slope = grad(pooled.sum(), x)
  console.log(`${name.padEnd(20)} ${show(await pooled.data())}`)
  for (const row of await slope.at(0, 0).array()) console.log(`    ${show(row)}`)
}

// over everything: one number for each channel
console.log(`global average ${show(await nn.globalAvgPool().forward(x).data())}`)
console.log(`global maximum ${show(await nn.globalMaxPool().forward(x).data())}`)

// there is nothing to learn in a pooling layer
console.log(`parameters: ${Object.values(kinds).reduce((n, layer) => n + layer.parameters().length, 0)}`)

// "translation invariance": a shift is forgotten only while the winner stays in its window
const dot = (row: number, column: number): Tensor<[1, 1, 4, 4]> =>
  tensor(
    Float32Array.from({ length: 16 }, (_, i) => Number(i === 4 * row + column)),
    { shape: [1, 1, 4, 4] },
  )
for (const [row, column] of [
  [0, 0],
  [0, 1],
  [0, 2],
] as const)
  console.log(`a dot in column ${column}: ${show(await nn.maxPool2d(2).forward(dot(row, column)).data())}`)
