/**
 * Greedy layer-wise pre-training: each layer learns to model the outputs of those below it, which stay as they are; afterwards the whole
 * network is trained as usual. Hinton, Osindero & Teh 2006; Bengio et al. 2007.
 */
import { arrays } from '../data/arrays.ts'
import type { Dataset } from '../data/dataset.ts'
import { OptionError } from '../errors.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { isFrozen, type Linear, type Module, sequential } from '../nn/index.ts'
import { SequentialModule } from '../nn/sequential.ts'
import { predict } from '../train/evaluate.ts'
import type { EpochEvent } from '../train/events.ts'
import { type FitOptions, fit } from '../train/fit.ts'
import { type AnyOptimizer, checkDataset, type Trainable } from '../train/types.ts'
import type { HiddenLayer, LayerModel } from './layer.ts'

/** After each epoch of a layer. */
export interface LayerEpoch {
  readonly layer: HiddenLayer
  /** How many layers are pre-trained. */
  readonly layers: number
  readonly epoch: EpochEvent
}
export interface LayerResult {
  readonly layer: HiddenLayer
  /** With the scores `loss` and `reconstructionError`. */
  readonly epochs: readonly EpochEvent[]
}

export interface GreedyOptions
  extends Pick<FitOptions, 'epochs' | 'batchSize' | 'shuffle' | 'schedule' | 'clip' | 'seed' | 'signal'> {
  /** Makes the model that trains a layer: `layer => pretrain.autoencoder(layer)`. */
  readonly method: (layer: HiddenLayer) => LayerModel
  /** Makes a new optimizer for each layer. */
  readonly optimizer: () => AnyOptimizer
  readonly onEpoch?: (event: LayerEpoch) => void
}

/**
 * Trains the hidden fully connected layers of an `nn.sequential` in place, from the first to the last; the output layer and frozen
 * layers stay as they are. Samples need x only.
 * @throws OptionError when the network is no `nn.sequential` or has no hidden layer, DataError for an empty data set
 */
export async function greedy(
  network: Module,
  dataset: Dataset<{ readonly x: unknown }>,
  { method, optimizer, onEpoch, ...options }: GreedyOptions,
): Promise<readonly LayerResult[]> {
  checkDataset('greedy', dataset)
  const layers = hiddenLayers(network)
  const results: LayerResult[] = []
  let inputs: TensorValue | undefined
  try {
    for (const { below, layer } of layers) {
      const unfolded: Dataset<{ readonly x: unknown }> = inputs ? arrays({ x: inputs }) : dataset
      inputs = await predict(chain(below), unfolded as never)
      if (isFrozen(layer.linear.weight)) continue
      const model = method(layer)
      model.prepare?.(inputs)
      const run = fit(model as Trainable, arrays({ x: inputs, y: inputs }) as never, {
        ...options,
        seed: options.seed === undefined ? undefined : options.seed + layer.index,
        loss: model.loss,
        metrics: [model.reconstructionError],
        optimizer: optimizer(),
        callbacks: [
          event => {
            if (event.type === 'epoch') onEpoch?.({ layer, layers: layers.length, epoch: event })
          },
        ],
      })
      const { epochs, reason } = await run
      results.push({ layer, epochs })
      if (reason === 'aborted') break
    }
  } finally {
    network.namedModules() // the layers have their names in the network again
  }
  return results
}

/** A hidden layer, and what the network does between the layer before (or the input) and it. */
interface Stage {
  readonly below: readonly Layer[]
  readonly layer: HiddenLayer
}
type Layer = Module & { readonly kind?: string; forward(x: never): unknown }

const chain = (layers: readonly Layer[]): Trainable => sequential(...(layers as never[]))

function hiddenLayers(network: Module): readonly Stage[] {
  if (!(network instanceof SequentialModule))
    throw new OptionError('network', `greedy: needs an nn.sequential, whose layers it can take apart; got ${network}`)
  const all = network.layers as unknown as readonly Layer[]
  const names = new Map([...network.children()].map(([name, child]) => [child, name]))
  const places = all.flatMap((layer, i) => (layer.kind === 'linear' ? [i] : []))
  if (places.length < 2)
    throw new OptionError('network', 'greedy: needs a hidden linear layer and an output layer above it; there is none')
  return places.slice(0, -1).map((place, index): Stage => {
    const linear = all[place] as Module as Linear
    const before = index === 0 ? 0 : places[index - 1]!
    const activation = chain(all.slice(place + 1, places[index + 1])) as unknown as HiddenLayer['activation']
    return { below: all.slice(before, place), layer: { index, name: names.get(linear)!, linear, activation } }
  })
}
