/**
 * What a convolutional network knows of pictures and a dense one does not. Both have about 61,000 parameters and learn the same digits; then
 * the pixels are put in another order, or the test digits are moved, darkened and made smaller or larger. `--full` learns for longer and
 * tests with twice as many digits.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { data, models, nn, optim, random, type Tensor, tensor, train, vision } from 'chainrule'

const full = process.argv.includes('--full')
random.seed(1)
type Digits = Tensor<[number, 1, 28, 28]>
type Change = (x: Digits) => Digits

const digits = await data.mnist()
const test = full ? digits.test : digits.test.take(1000)
/** The whole set with its pictures changed. */
async function changed(set: typeof digits.train, change: Change) {
  const { x, y } = await set.batch(Int32Array.from({ length: set.length }, (_, i) => i))
  const pictures = tensor(x!.data as Float32Array, { shape: [set.length, 1, 28, 28] })
  return data.arrays({ x: change(pictures), y: tensor(y!.data as Int32Array) })
}

const untouched: Change = x => x
/** One order for all pictures: the same information, no neighbours. */
const order = data.permutation(784, 1)
const shuffled: Change = x => x.reshape([-1, 784]).take(tensor(order), 1).reshape([-1, 1, 28, 28])
/** A kernel with a single 1 moves a picture to the right. */
const moved = (pixels: number): Change => {
  const row = Array.from({ length: 2 * pixels + 1 }, (_, i) => Number(i === 0))
  return x => vision.filter(x, [row])
}
const darkened =
  (light: number): Change =>
  x =>
    x.mul(light)
/** Resampling is linear: a matrix for the rows and its transpose for the columns, here between the two nearest pixels. */
const scaled = (factor: number): Change => {
  const weights = Array.from({ length: 28 }, (_, to) => {
    const from = 13.5 + (to - 13.5) / factor
    return Array.from({ length: 28 }, (_, at) => Math.max(0, 1 - Math.abs(at - from)))
  })
  const rows = tensor(weights) as Tensor<[28, 28]>
  return x => rows.matmul(x).matmul(rows.transpose()) as Digits
}

const networks = {
  dense: () => nn.sequential(nn.input(1, 28, 28), nn.flatten(), nn.linear(784, 77), nn.relu(), nn.linear(77, 10)),
  convolutional: () => models.lenet5(),
}
type Name = keyof typeof networks
const loss = nn.crossEntropy

async function learned(name: Name, change: Change) {
  const model = networks[name]()
  await train.fit(model, await changed(digits.train, change), {
    loss,
    optimizer: optim.adam({ learningRate: 3e-3 }),
    epochs: full ? 5 : 2,
    batchSize: 64,
    seed: 1,
  })
  return model
}
type Model = Awaited<ReturnType<typeof learned>>
async function accuracy(model: Model, change: Change): Promise<number> {
  const scores = await train.evaluate(model, await changed(test, change), { loss, metrics: [train.accuracy] })
  return scores.accuracy!
}

const experiments = {
  moved: { by: 'pixels to the right', change: moved, amounts: [0, 1, 2, 3, 4, 5, 6] },
  darkened: { by: 'of the light', change: darkened, amounts: [1, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05] },
  scaled: { by: 'times as large', change: scaled, amounts: [0.5, 0.6, 0.75, 0.9, 1, 1.15, 1.3] },
}
const row = (first: string, values: readonly (string | number)[]): void =>
  console.log(first.padEnd(18) + values.map(v => (typeof v === 'number' ? v.toFixed(3) : v).padStart(14)).join(''))

// 1. learned and tested with all pixels in their places, and with all pixels in another order
const dense = await learned('dense', untouched)
const convolutional = await learned('convolutional', untouched)
row('test accuracy', ['dense', 'convolutional'])
row('as they are', [await accuracy(dense, untouched), await accuracy(convolutional, untouched)])
row('pixels shuffled', [
  await accuracy(await learned('dense', shuffled), shuffled),
  await accuracy(await learned('convolutional', shuffled), shuffled),
])

// 2. learned as they are, tested with changed pictures
const charts: string[] = []
for (const [name, { by, change, amounts }] of Object.entries(experiments)) {
  const curves: [number[], number[]] = [[], []]
  for (const amount of amounts) {
    curves[0].push(await accuracy(dense, change(amount)))
    curves[1].push(await accuracy(convolutional, change(amount)))
    row(`${name} ${amount}`, [curves[0].at(-1)!, curves[1].at(-1)!])
  }
  charts.push(chart(`${name}, ${by}`, amounts, curves, 240 * charts.length))
}
mkdirSync('runs', { recursive: true })
const picture = 'runs/picture-structure.svg'
const title = '<title>Test accuracy against how much the digits are moved, darkened and scaled</title>'
const style = 'font: 11px sans-serif; background: white'
writeFileSync(
  picture,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 200" style="${style}">${title}${charts.join('')}</svg>`,
)
console.log(`picture ${picture}`)

/** Accuracy 0 … 1 against the amount. */
function chart(title: string, amounts: readonly number[], curves: readonly [number[], number[]], left: number): string {
  const x = (i: number): number => 30 + (190 * i) / (amounts.length - 1)
  const y = (value: number): number => 160 - 130 * value
  const text = (at: number, height: number, words: string | number, anchor = 'middle'): string =>
    `<text x="${at}" y="${height}" text-anchor="${anchor}">${words}</text>`
  const curve = (values: readonly number[], colour: string): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${values.map((v, i) => `${x(i)},${y(v)}`).join(' ')}"/>`
  return `<g transform="translate(${left})">${[
    text(125, 18, title),
    ...[0, 0.5, 1].map(v => `<path stroke="#ddd" d="M30 ${y(v)}H220"/>${text(26, y(v) + 4, v, 'end')}`),
    ...amounts.map((amount, i) => text(x(i), 176, amount)),
    curve(curves[0], '#888'),
    curve(curves[1], '#d33'),
    `<g fill="#888">${text(90, 194, 'dense')}</g><g fill="#d33">${text(155, 194, 'convolutional')}</g>`,
  ].join('')}</g>`
}
