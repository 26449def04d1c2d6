/**
 * Deep networks of sigmoid units "hardly" learn when all layers are trained at once, says the lecture, and the remedy was to train them
 * layer by layer first. Here is what comes out, beside what replaced pre-training: better first values, and other activations. All
 * networks of a task are trained alike. `--full` makes the tables of docs/pretraining.md.
 */
import { data, nn, optim, pretrain, random, setDevice, type Tensor, train } from 'chainrule'

const full = process.argv.includes('--full')
if (full) await setDevice('auto') // native code where there is a C compiler, else WebAssembly

type Layer = pretrain.HiddenLayer
type Samples = data.Dataset<{ readonly x: Tensor; readonly y: never }>
/** How a network begins. `units` are what the inputs of its first layer are. */
interface Start {
  readonly name: string
  readonly activation: () => nn.Module
  readonly weightInit?: nn.init.Initialiser
  readonly method?: (layer: Layer, units: pretrain.Units) => pretrain.LayerModel
}
const unitsOf = (layer: Layer, units: pretrain.Units) => (layer.index === 0 ? units : 'binary')
const starts: readonly Start[] = [
  { name: 'sigmoid, random', activation: nn.sigmoid },
  {
    name: 'sigmoid, autoencoders',
    activation: nn.sigmoid,
    method: (layer, units) =>
      pretrain.autoencoder(layer, {
        visible: unitsOf(layer, units),
        corruption: units === 'binary' ? { mask: 0.2 } : { gaussian: 0.1 },
      }),
  },
  {
    name: 'sigmoid, Boltzmann machines',
    activation: nn.sigmoid,
    method: (layer, units) => pretrain.rbm(layer, { visible: unitsOf(layer, units), deviation: 0.25 }),
  },
  { name: 'sigmoid, 4 × Xavier', activation: nn.sigmoid, weightInit: nn.init.xavierUniform({ gain: 4 }) },
  { name: 'tanh, Xavier', activation: nn.tanh, weightInit: nn.init.xavierUniform() },
  { name: 'ReLU, He', activation: nn.relu, weightInit: nn.init.heUniform() },
]

interface Task {
  /** Inputs, hidden units, outputs. */
  readonly widths: readonly number[]
  /** What a network begins with: nothing, or flattening a picture. */
  readonly before: readonly nn.Module[]
  readonly units: pretrain.Units
  readonly unlabelled: Samples
  /** Sets to train on, one at a time. */
  readonly labelled: readonly Samples[]
  readonly test: Samples
  readonly loss: train.EvaluateOptions['loss']
  readonly accuracy: train.Metric
  readonly optimizer: () => optim.Optimizer
  readonly pretrainEpochs: number
  readonly epochs: number
}

function network({ widths, before }: Task, { activation, weightInit }: Start) {
  const options = weightInit ? { weightInit, biasInit: nn.init.zeros } : {}
  const layers = widths.slice(1).map((width, i) => nn.linear(widths[i]!, width, options))
  const last = layers.length - 1
  return nn.sequential(...([...before, ...layers.flatMap((l, i) => (i < last ? [l, activation()] : [l]))] as never[]))
}

/** For each labelled set, test accuracy after training; and the norm of the gradient in each layer before it. */
async function run(task: Task, start: Start, seed: number) {
  const { loss, units } = task
  random.seed(seed)
  const model = network(task, start)
  const { method } = start
  if (method)
    await pretrain.greedy(model, task.unlabelled, {
      method: layer => method(layer, units),
      optimizer: () => optim.adam({ learningRate: units === 'binary' ? 0.001 : 0.01 }),
      epochs: task.pretrainEpochs,
      batchSize: 50,
      seed,
    })
  const begun = train.parseCheckpoint(await train.checkpointBytes({ model }))
  let norms: number[] = []
  for await (const batch of data.loader(task.test.take(200), { batchSize: 200 }))
    norms = Object.values(await train.gradientNorms(model, batch as never, loss))

  const options = { loss, metrics: [task.accuracy] }
  const accuracies: number[] = []
  for (const labelled of task.labelled) {
    await train.restore(begun, { model })
    await train.fit(model, labelled as never, {
      ...options,
      optimizer: task.optimizer(),
      epochs: task.epochs,
      batchSize: 50,
      seed,
    })
    accuracies.push((await train.evaluate(model, task.test as never, options)).accuracy!)
  }
  return { accuracies, norms }
}

async function compare(title: string, seeds: number, taskOf: (seed: number) => Task) {
  console.log(
    `\n${title}: test accuracy with ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}; gradient of each layer before training`,
  )
  for (const start of starts) {
    const runs: Awaited<ReturnType<typeof run>>[] = []
    for (let seed = 1; seed <= seeds; seed++) runs.push(await run(taskOf(seed), start, seed))
    const columns = runs[0]!.accuracies.map((_, set) => runs.map(r => r.accuracies[set]!.toFixed(3)).join(' '))
    const norms = runs[0]!.norms.map(n => n.toExponential(0)).join(' ')
    console.log([start.name.padEnd(28), ...columns, norms].join('   '))
  }
}

const spiral =
  (optimizer: () => optim.Optimizer) =>
  (seed: number): Task => {
    const points = data.spirals(1000, { turns: 1.25, radius: 2.5, noise: 0.05, seed }) as unknown as Samples
    return {
      widths: [2, 16, 16, 16, 16, 16, 1],
      before: [],
      units: 'gaussian',
      unlabelled: points,
      labelled: [points],
      test: data.spirals(1000, { turns: 1.25, radius: 2.5, noise: 0.05, seed: 1000 + seed }) as unknown as Samples,
      loss: (z: Tensor<[number, 1]>, y: Tensor<[number]>) =>
        nn.binaryCrossEntropyWithLogits(z.squeeze(1), y.toFloat() as Tensor<[number]>),
      accuracy: train.binaryAccuracy,
      optimizer,
      pretrainEpochs: 50,
      epochs: full ? 200 : 100,
    }
  }
const shape = '2-16-16-16-16-16-1 on two spirals'
await compare(
  `${shape}, SGD with momentum`,
  full ? 5 : 1,
  spiral(() => optim.sgd({ learningRate: 0.1, momentum: 0.9 })),
)
if (full) {
  await compare(
    `${shape}, Adam`,
    5,
    spiral(() => optim.adam({ learningRate: 0.005 })),
  )

  const clothes = await data.fashionMnist()
  const pictures = clothes.train as unknown as Samples
  await compare('784-256-256-256-256-10 on Fashion-MNIST, 500 labels, then 1000', 3, seed => ({
    widths: [784, 256, 256, 256, 256, 10],
    before: [nn.flatten()],
    units: 'binary',
    unlabelled: pictures.take(10_000),
    labelled: [500, 1000].map(count => pictures.split([count], { seed })[0]!),
    test: clothes.test as unknown as Samples,
    loss: nn.crossEntropy,
    accuracy: train.accuracy,
    optimizer: () => optim.sgd({ learningRate: 0.05, momentum: 0.9 }),
    pretrainEpochs: 6,
    epochs: 60,
  }))
}
