/** D1: the same deep network four times, from four beginnings, on the same spiral, side by side. */
import { compile, data, nn, optim, pretrain, random, type Tensor, tensor, train } from 'chainrule'
import { gridPoints } from '../../frame/grid.ts'
import type { Start } from '../../lab/experiment.ts'
import { hidden, lanes, widths } from './model.ts'

export interface Settings {
  readonly lr: number
  readonly noise: number
  /** Epochs for each layer that is trained by itself. */
  readonly epochs: number
  readonly seed: number
}
export interface Lane {
  /** The layer that is trained by itself, from 0; undefined once all are trained at once. */
  readonly layer: number | undefined
  /** Steps with labels. */
  readonly steps: number
  /** Steps and mean loss of the last of them. */
  readonly losses: readonly (readonly [number, number])[]
  /** On points that were held out. */
  readonly accuracy: number
  /** ‖∂L/∂(W, b)‖ of each layer, on the same points. */
  readonly gradients: readonly number[]
  /** Probability of the second arm at each point of the grid. */
  readonly field: Float32Array
}
export interface News {
  readonly step: number
  readonly lanes: readonly Lane[]
  /** Points to learn from: x, y, arm. */
  readonly points: readonly (readonly [number, number, number])[]
}
export const side = 40
export const reach = 3
const count = 1000
const batchSize = 50
/** Steps between two points of a curve. */
const every = 10

const starts = {
  random: { activation: nn.sigmoid, options: {} },
  pretrained: { activation: nn.sigmoid, options: {} },
  tanh: { activation: nn.tanh, options: { weightInit: nn.init.xavierUniform(), biasInit: nn.init.zeros } },
  relu: { activation: nn.relu, options: { weightInit: nn.init.heUniform(), biasInit: nn.init.zeros } },
} as const

const loss = (z: Tensor<[number, 1]>, y: Tensor<[number]>) =>
  nn.binaryCrossEntropyWithLogits(z.squeeze(1), y.toFloat() as Tensor<[number]>)
const floats = async (x: unknown): Promise<Float32Array> => Float32Array.from(await (x as Tensor).data())

export const race: Start<Settings, News> = async ({ lr, noise, epochs, seed }) => {
  const options = { turns: 1.25, radius: 2.5, noise }
  const learnt = data.spirals(count, { ...options, seed })
  const held = data.spirals(count, { ...options, seed: 1000 + seed })
  const whole = async (set: typeof learnt) => {
    for await (const batch of data.loader(set, { batchSize: count }))
      return batch as unknown as { x: Tensor; y: Tensor }
    throw new Error('no points')
  }
  const [points, test] = [await whole(learnt), await whole(held)]
  const grid = tensor(gridPoints(side, [-reach, reach], [-reach, reach]), { shape: [side * side, 2] })

  const runners = lanes.map(name => {
    random.seed(seed)
    const { activation, options } = starts[name]
    const linears = widths.slice(1).map((n, i) => nn.linear(widths[i]!, n, options as never))
    const last = linears.length - 1
    const model = nn.sequential(...(linears.flatMap((l, i) => (i < last ? [l, activation()] : [l])) as never[]))
    const field = compile((x: Tensor) => (model.forward(x as never) as unknown as Tensor).sigmoid())
    const state = { layer: undefined as number | undefined, steps: 0, losses: [] as [number, number][], sum: 0 }
    /** One step for each call. */
    const work = async function* (): AsyncGenerator<void> {
      if (name === 'pretrained') {
        let inputs: Tensor = points.x
        for (let layer = 0; layer < hidden; layer++) {
          state.layer = layer
          const autoencoder = pretrain.autoencoder(linears[layer] as never, {
            visible: layer === 0 ? 'gaussian' : 'binary',
            corruption: { gaussian: 0.1 },
          })
          const run = train.fit(autoencoder as never, data.arrays({ x: inputs, y: inputs } as never) as never, {
            loss: autoencoder.loss,
            optimizer: optim.adam({ learningRate: 0.01 }),
            batchSize,
            epochs,
            seed: seed + layer,
          })
          for await (const event of run) if (event.type === 'step') yield
          // what the next layer reads: the outputs of those that stay as they are
          const output = (linears[layer]!.forward(inputs as never) as unknown as Tensor).sigmoid()
          inputs = tensor(await floats(output), { shape: [count, widths[layer + 1]!] }) as unknown as Tensor
        }
        state.layer = undefined
        model.namedModules() // the layers have their names in the network again
      }
      const run = train.fit(model as never, learnt as never, {
        loss: loss as never,
        optimizer: optim.sgd({ learningRate: lr, momentum: 0.9 }),
        batchSize,
        epochs: 1000,
        seed,
      })
      for await (const event of run) {
        if (event.type !== 'step') continue
        state.steps++
        state.sum += event.scores.loss!
        if (state.steps % every === 0) {
          state.losses.push([state.steps, state.sum / every])
          state.sum = 0
        }
        yield
      }
    }
    return { model, field, state, work: work() }
  })
  let step = 0
  const coordinates = await floats(points.x)
  const arms = await points.y.data()
  const shown = Array.from(
    { length: 200 },
    (_, i) => [coordinates[2 * i]!, coordinates[2 * i + 1]!, Number(arms[i]!)] as const,
  )
  return {
    async step() {
      for (const { work } of runners) await work.next()
      step++
      return step < 20_000
    },
    async news() {
      const now: Lane[] = []
      for (const { model, field, state } of runners) {
        const norms = await train.gradientNorms(model as never, test as never, loss as never)
        const { accuracy } = (await train.evaluate(model as never, held as never, {
          loss: loss as never,
          metrics: [train.binaryAccuracy],
          batchSize: count,
        })) as { accuracy?: number }
        now.push({
          layer: state.layer,
          steps: state.steps,
          losses: [...state.losses],
          accuracy: accuracy!,
          gradients: Object.values(norms),
          field: await floats(field(grid as unknown as Tensor)),
        })
      }
      return { step, lanes: now, points: shown }
    },
  }
}
