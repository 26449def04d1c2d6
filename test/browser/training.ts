/** A training run of the page, in a module worker of its own. */
import { data, models, nn, optim, random, setDevice, train } from 'chainrule'

export interface Settings {
  readonly epochs: number
  /** The worker closes itself after this step. */
  readonly closeAfter?: number
}

const images = Float32Array.from({ length: 64 * 784 }, (_, i) => ((i * 7919) % 1000) / 1000)
const labels = Int32Array.from({ length: 64 }, (_, i) => (i * 7) % 10)

/** LeNet-5 on 64 made-up images, everything from one seed. */
export function training({ epochs, closeAfter }: Settings, signal?: AbortSignal) {
  random.seed(7)
  const model = models.lenet5()
  const digits = data.arrays({
    x: { dtype: 'float32', shape: [64, 1, 28, 28], data: images },
    y: { dtype: 'int32', shape: [64], data: labels },
  })
  const run = train.fit(model, digits, {
    loss: nn.crossEntropy,
    optimizer: optim.adam({ learningRate: 1e-3 }),
    batchSize: 16,
    seed: 7,
    epochs,
    signal,
    callbacks: [
      event => {
        if (event.type === 'step' && event.step === closeAfter) (globalThis as { close?(): void }).close?.()
      },
    ],
  })
  return { model, run }
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'undefined')
  train.serve(async (settings: Settings, signal) => {
    await setDevice('wasm')
    return { run: training(settings, signal).run }
  })
