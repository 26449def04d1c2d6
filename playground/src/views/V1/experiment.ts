/** The studio's training: real digits, a network, and a look inside it at any moment. */
import { data, grad, nn, optim, random, type Tensor, tensor, train } from 'chainrule'
import { asArrays, digit, unpackDigits } from '../../lab/digit-file.ts'
import type { Start } from '../../lab/experiment.ts'
import { type Architecture, network } from './network.ts'

export interface Settings {
  readonly architecture: Architecture
  readonly lr: number
  readonly seed: number
  /** What `packDigits` made. */
  readonly digits: Uint8Array
}
/** What is looked at: a held-out digit by number, or pixels of the reader's. */
export interface Look {
  readonly picture: number | Float32Array
  readonly what: 'activations' | 'weights' | 'gradients'
  /** One unit of one layer. */
  readonly unit: { readonly layer: number; readonly map: number; readonly row: number; readonly column: number }
}
/** How a unit's value comes about. */
export interface Unit {
  readonly value: number
  readonly bias: number
  /** For each map it reads: rows of inputs and of weights, and Σ of their products. */
  readonly parts: readonly {
    readonly inputs: readonly (readonly number[])[]
    readonly weights: readonly (readonly number[])[]
    readonly sum: number
  }[]
}
export interface News {
  readonly step: number
  readonly samples: number
  /** Loss of the last batches: step and loss. */
  readonly losses: readonly (readonly [number, number])[]
  /** Held-out accuracy: step and share. */
  readonly accuracies: readonly (readonly [number, number])[]
  readonly seconds: number
  readonly picture: Float32Array
  readonly label: number | undefined
  /** The numbers of each layer, in the order of the network: activations, or gradients of the loss in them. */
  readonly maps: readonly Float32Array[]
  /** Weights of the layers that have some. */
  readonly weights: readonly (Float32Array | undefined)[]
  readonly probabilities: Float32Array
  readonly unit: Unit | undefined
}

const floats = async (x: unknown): Promise<Float32Array> => Float32Array.from(await (x as Tensor).data())
/** Steps between two looks at the held-out digits. */
const every = 60

export const convnet: Start<Settings, News, Look> = async ({ architecture, lr, seed, digits }) => {
  const sets = unpackDigits(digits)
  random.seed(seed)
  const { layers, misfit } = network(architecture)
  if (misfit) throw new Error(`${misfit.name} does not fit: ${misfit.message}`)
  const modules = layers.flatMap(({ module }) => module ?? [])
  class Studio extends nn.Module {
    readonly layers = modules
    forward(x: Tensor): Tensor {
      return modules.reduce((y, module) => module.forward(y as never) as Tensor, x)
    }
  }
  const model = new Studio()
  const run = train.fit(model as never, data.arrays(asArrays(sets.train)) as never, {
    loss: nn.crossEntropy,
    optimizer: optim.adam({ learningRate: lr }),
    batchSize: 32,
    epochs: 50,
    seed,
  })
  const held = data.arrays(asArrays(sets.test))
  const events = run[Symbol.asyncIterator]()
  const losses: [number, number][] = []
  const accuracies: [number, number][] = []
  let [step, samples, milliseconds] = [0, 0, 0]
  let look: Look = { picture: 0, what: 'activations', unit: { layer: 1, map: 0, row: 14, column: 14 } }

  const evaluate = async (): Promise<void> => {
    const options = { loss: nn.crossEntropy, metrics: [train.accuracy], batchSize: 250 }
    const scores = await train.evaluate(model as never, held as never, options)
    accuracies.push([step, scores.accuracy!])
  }
  /** Forward with everything that lies between. */
  const inside = (pixels: Float32Array): Tensor[] => {
    const values: Tensor[] = [tensor(pixels).reshape([1, 1, 28, 28]) as unknown as Tensor]
    for (const module of modules) values.push(module.forward(values.at(-1) as never) as Tensor)
    return values
  }
  const weightOf = (layer: number): { weight: Tensor; bias: Tensor } | undefined => {
    const module = layers[layer]!.module as {
      weight?: Tensor
      bias?: Tensor
      module?: { weight: Tensor; bias: Tensor }
    }
    const holder = module?.module ?? module
    return holder?.weight ? (holder as { weight: Tensor; bias: Tensor }) : undefined
  }
  const explain = async (values: readonly Float32Array[]): Promise<Unit | undefined> => {
    const { layer, map, row, column } = look.unit
    const info = layers[layer]
    if (!info || layer === 0) return undefined
    const before = layers[layer - 1]!
    const [channels = 1, height = 1, width = 1] = before.shape
    const input = values[layer - 1]!
    const [, rows = 1, columns = 1] = info.shape
    const value = values[layer]![(map * rows + row) * columns + column]
    if (value === undefined) return undefined
    const own = weightOf(layer)
    if (info.kind === 'linear') {
      const [w, b] = await Promise.all([floats(own!.weight), floats(own!.bias)])
      const inputs = [...input]
      const weights = [...w.slice(map * inputs.length, (map + 1) * inputs.length)]
      const sum = inputs.reduce((s, x, i) => s + x * weights[i]!, 0)
      return { value, bias: b[map]!, parts: [{ inputs: [inputs], weights: [weights], sum }] }
    }
    const w = info.window ?? { size: 1, stride: 1, padding: 0 }
    const read = (channel: number): number[][] =>
      Array.from({ length: w.size }, (_, r) =>
        Array.from({ length: w.size }, (_, c) => {
          const [y, x] = [row * w.stride - w.padding + r, column * w.stride - w.padding + c]
          return y >= 0 && y < height && x >= 0 && x < width ? input[(channel * height + y) * width + x]! : 0
        }),
      )
    if (info.kind !== 'conv') return { value, bias: 0, parts: [{ inputs: read(map), weights: [], sum: value }] }
    const [all, b] = await Promise.all([floats(own!.weight), floats(own!.bias)])
    const parts = Array.from({ length: channels }, (_, channel) => {
      const inputs = read(channel)
      const start = (map * channels + channel) * w.size * w.size
      const weights = inputs.map((_, r) => [...all.slice(start + r * w.size, start + (r + 1) * w.size)])
      const sum = inputs.reduce((s, xs, r) => s + xs.reduce((t, x, c) => t + x * weights[r]![c]!, 0), 0)
      return { inputs, weights, sum }
    })
    return { value, bias: b[map]!, parts }
  }
  const news = async (): Promise<News> => {
    const { picture, what } = look
    const pixels = typeof picture === 'number' ? digit(sets.test, picture) : picture
    const label = typeof picture === 'number' ? sets.test.labels[picture] : undefined
    model.eval()
    const values = inside(pixels)
    const logits = values.at(-1)!
    const chances = floats((logits as unknown as Tensor<[1, 10]>).softmax(1))
    const activations = await Promise.all(values.map(floats))
    const probabilities = await chances
    let maps: readonly Float32Array[] = activations
    if (what === 'gradients') {
      const target = label ?? probabilities.indexOf(Math.max(...probabilities))
      const loss = nn.crossEntropy(logits as never, tensor([target], { dtype: 'int32' }) as never)
      maps = await Promise.all((grad(loss as never, values as never) as unknown as Tensor[]).map(floats))
    }
    const weights = await Promise.all(
      layers.map((_, i) => (what === 'weights' && weightOf(i) ? floats(weightOf(i)!.weight) : undefined)),
    )
    const unit = await explain(activations)
    model.train()
    return {
      step,
      samples,
      losses: losses.slice(-400),
      accuracies,
      seconds: milliseconds / 1000,
      picture: pixels,
      label,
      maps,
      weights,
      probabilities,
      unit,
    }
  }
  await evaluate()
  return {
    async step() {
      const start = performance.now()
      const { value: event, done } = await events.next()
      if (done) return false
      if (event.type === 'step') {
        step = event.step
        samples += event.samples
        losses.push([step, event.scores.loss])
        if (step === 20 || step % every === 0) await evaluate()
      }
      milliseconds += performance.now() - start
      return event.type !== 'done'
    },
    news,
    async answer(next) {
      look = next
      return news()
    },
  }
}
