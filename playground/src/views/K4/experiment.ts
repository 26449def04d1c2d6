/** K4: a small ConvNet that learns to name shapes, and what each of its units answers to. */
import { data, nn, optim, random, type Tensor, train, vision } from 'chainrule'
import type { Start } from '../../lab/experiment.ts'
import { drawShape, draws, kinds, side } from './shapes.ts'

export interface Settings {
  readonly lr: number
  readonly seed: number
}
/** A unit: the map of a convolution. */
export interface Question {
  readonly layer: number
  readonly unit: number
}
export interface Picture {
  readonly pixels: Float32Array
  readonly height: number
  readonly width: number
}
export interface Unit {
  /** The parts of pictures that it answers to most, with its answers. */
  readonly patches: readonly (Picture & { readonly value: number })[]
}
/** What one map of the layer below gives to a unit: its slice of the kernel, and Σ|w| over it. */
export interface Feed {
  readonly unit: number
  readonly kernel: Picture
  readonly strength: number
}
export interface News {
  readonly step: number
  readonly losses: readonly (readonly [number, number])[]
  readonly accuracies: readonly (readonly [number, number])[]
  /** When the units were looked at. */
  readonly looked: number
  readonly layers: readonly (readonly Unit[])[]
  /** Of the unit that was asked about: from noise, uphill. */
  readonly ascent: Picture & { readonly value: number }
  /** The strongest first. */
  readonly feeds: readonly Feed[]
}
/** Maps of each convolution, and the side of its kernels. */
export const convolutions = [
  { maps: 6, size: 5 },
  { maps: 8, size: 3 },
  { maps: 8, size: 3 },
] as const
/** As paths: the convolutions, which have a slope where their ReLU has none, and the ReLUs behind them. */
const [sums, looks] = [
  ['0', '3', '6'],
  ['1', '4', '7'],
] as const
const [samples, held] = [600, 200]
/** Steps between two looks inside. */
const every = 20

async function shapes(count: number, generator: random.Generator): Promise<{ x: Float32Array; y: Int32Array }> {
  const area = side * side
  const u = await random.uniform([count, draws], { generator } as never).data()
  const noise = await random.normal([count * area], { generator } as never).data()
  const x = new Float32Array(count * area)
  const y = Int32Array.from({ length: count }, (_, i) => i % kinds.length)
  for (let i = 0; i < count; i++) {
    const pixels = drawShape(kinds[y[i]!]!, u.subarray(i * draws, (i + 1) * draws) as Float32Array)
    for (let p = 0; p < area; p++) x[i * area + p] = Math.min(1, Math.max(0, pixels[p]! + 0.06 * noise[i * area + p]!))
  }
  return { x, y }
}

export const builtUp: Start<Settings, News, Question> = async ({ lr, seed }) => {
  random.seed(seed)
  const generator = new random.Generator(seed)
  const picturesOf = async (count: number) => {
    const { x, y } = await shapes(count, generator)
    return {
      x: { dtype: 'float32' as const, shape: [count, 1, side, side], data: x },
      y: { dtype: 'int32' as const, shape: [count], data: y },
    }
  }
  const [learnt, test] = [
    data.arrays((await picturesOf(samples)) as never),
    data.arrays((await picturesOf(held)) as never),
  ]
  const [one, two, three] = convolutions
  const model = nn.sequential(
    nn.conv2d(1, one.maps, one.size, { padding: 2 }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(one.maps, two.maps, two.size, { padding: 1 }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(two.maps, three.maps, three.size, { padding: 1 }),
    nn.relu(),
    nn.globalMaxPool(),
    nn.linear(three.maps, kinds.length),
  )
  const run = train.fit(model as never, learnt as never, {
    loss: nn.crossEntropy,
    optimizer: optim.adam({ learningRate: lr }),
    batchSize: 32,
    epochs: 100,
    seed,
  })
  const events = run[Symbol.asyncIterator]()
  const losses: [number, number][] = []
  const accuracies: [number, number][] = []
  let question: Question = { layer: 0, unit: 0 }
  let step = 0
  let looked = 0
  let layers: Unit[][] = []
  let ascent: News['ascent'] | undefined
  let feeds: Feed[] = []

  const floats = async (x: unknown): Promise<Float32Array> => Float32Array.from(await (x as Tensor).data())
  /** The unit that was asked about. */
  const explain = async (): Promise<void> => {
    const { layer, unit } = question
    const { pictures, activations } = await vision.ascent(model as never, [1, side, side], {
      layer: sums[layer]!,
      channels: [unit],
      steps: 40,
      generator: new random.Generator(seed),
    })
    ascent = { pixels: await floats(pictures), height: side, width: side, value: activations[0]! }
    const { size } = convolutions[layer]!
    const weights = await floats(model.parameters()[2 * layer]!)
    const below = layer === 0 ? 1 : convolutions[layer - 1]!.maps
    const area = size * size
    feeds = Array.from({ length: below }, (_, c): Feed => {
      const pixels = weights.slice((unit * below + c) * area, (unit * below + c + 1) * area)
      return {
        unit: c,
        kernel: { pixels, height: size, width: size },
        strength: pixels.reduce((s, w) => s + Math.abs(w), 0),
      }
    }).sort((a, b) => b.strength - a.strength)
  }
  const look = async (): Promise<void> => {
    looked = step
    const options = { loss: nn.crossEntropy, metrics: [train.accuracy], batchSize: held }
    accuracies.push([step, (await train.evaluate(model as never, test as never, options)).accuracy!])
    layers = []
    for (const path of looks) {
      const found = await vision.topPatches(model as never, path, test as never, { count: 4, batchSize: held })
      const units: Unit[] = []
      for (const patches of found.values()) {
        const seen: Unit['patches'][number][] = []
        for (const { picture, value } of patches) {
          const [, height, width] = picture.shape
          seen.push({ pixels: await floats(picture), height, width, value })
        }
        units.push({ patches: seen })
      }
      layers.push(units)
    }
    await explain()
  }
  const news = (): Promise<News> =>
    Promise.resolve({ step, losses, accuracies, looked, layers, ascent: ascent!, feeds })
  await look()
  return {
    async step() {
      for (;;) {
        const { value, done } = await events.next()
        if (done || value.type === 'done') return false
        if (value.type !== 'step') continue
        step++
        losses.push([step, value.scores.loss!])
        if (step % every === 0) await look()
        return true
      }
    },
    news,
    async answer(next) {
      question = next
      await explain()
      return news()
    },
  }
}
