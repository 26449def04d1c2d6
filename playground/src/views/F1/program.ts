/** The training that is on screen as a program of its own. */
import type { Point, Split } from './data.ts'
import { networkCode, type Setup } from './setup.ts'

const literal = (points: readonly Point[]): string => {
  const lines: string[] = []
  for (let i = 0; i < points.length; i += 6)
    lines.push(
      `  ${points
        .slice(i, i + 6)
        .map(p => `[${p.x}, ${p.y}, ${p.label}],`)
        .join(' ')}`,
    )
  return `[\n${lines.join('\n')}\n]`
}
/** Logs loss and accuracy of the points that were learned from, then of those held out. */
export function program(setup: Setup, { train, test }: Split, steps: number): string {
  if (train.length === 0) return '// there is no point to learn from\n'
  const { model, loss, penalty, optimizer } = networkCode(setup)
  return `import { compile, data, grad, nn, optim, random, type Tensor, tensor } from 'chainrule'

// x, y, class
const train = ${literal(train)}
const test = ${test.length > 0 ? literal(test) : '[]'}
random.seed(${setup.seed})
const model = ${model}
const optimizer = ${optimizer}
type Column = Tensor<[number, 1]>
const lossOf = (z: Column, y: Column) => ${loss}
const step = compile((x: Tensor<[number, 2]>, y: Column) => {
  const z = model.forward(x) // predict
  const loss = lossOf(z, y)${penalty === undefined ? '' : `.add(${penalty})`} // loss
  const gradients = grad(loss, optimizer.parameters) // gradient
  optimizer.step(gradients) // update
  return loss
})
const float32 = (width: number, values: number[]) =>
  ({ dtype: 'float32', shape: [values.length / width, width], data: Float32Array.from(values) }) as const
const batches = data.loader(
  data.arrays({ x: float32(2, train.flatMap(p => p.slice(0, 2))), y: float32(1, train.map(p => p[2]!)) }),
  { batchSize: ${Math.min(setup.batch, train.length)}, shuffle: true, seed: ${setup.seed} },
)
let done = 0
while (done < ${steps})
  for await (const { x, y } of batches) {
    if (done === ${steps}) break
    await step(x as Tensor<[number, 2]>, y as Column).item()
    done++
  } // iterate

for (const points of [train, test].filter(p => p.length > 0)) {
  const z = model.forward(tensor(points.flatMap(p => p.slice(0, 2)), { shape: [points.length, 2], dtype: 'float32' }))
  const y = tensor(points.map(p => p[2]!), { shape: [points.length, 1], dtype: 'float32' })
  const right = (await z.data()).filter((v, i) => (v > 0 ? 1 : 0) === points[i]![2]).length
  console.log(await lossOf(z, y).item(), right / points.length)
}
`
}
