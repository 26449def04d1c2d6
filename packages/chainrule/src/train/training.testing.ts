/** The worker of `in-worker.test.ts`: bundled, and started as a real one. */
import { ChainruleError, NonFiniteError } from '../errors.ts'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { seed } from '../tensor/random.ts'
import { fit } from './fit.ts'
import { accuracy } from './metrics.ts'
import { network, quadrants } from './problems.testing.ts'
import { serve } from './serve.ts'

export interface Settings {
  readonly epochs: number
  readonly resume?: Uint8Array
  /** What happens after the third step. */
  readonly fate?: 'exit' | 'throw' | 'nan' | 'foreign'
}

/** The run that the test also makes on its own thread. */
export function training({ epochs, resume, fate }: Settings, signal?: AbortSignal) {
  seed(1)
  const model = network()
  const run = fit(model, quadrants(200), {
    loss: nn.crossEntropy,
    optimizer: adam({ learningRate: 0.02 }),
    metrics: [accuracy],
    batchSize: 32,
    seed: 3,
    epochs,
    resume,
    signal,
    callbacks: [
      event => {
        if (event.type !== 'step' || event.step !== 3) return
        if (fate === 'exit') process.exit(7)
        if (fate === 'throw') queueMicrotask(() => void Promise.reject(new Error('out of luck')))
        if (fate === 'nan') throw new NonFiniteError('the loss is NaN', { module: 'features.0', step: 3 })
        if (fate === 'foreign') throw new RangeError('no such thing')
      },
    ],
  })
  return { model, run }
}

if (globalThis.process?.getBuiltinModule?.('node:worker_threads')?.workerData === 'serve')
  serve<Settings | 'awaited'>((settings, signal) => {
    if (settings === 'awaited') return Promise.resolve(undefined as never)
    if (settings.epochs === 0) throw new ChainruleError('nothing to do')
    return training(settings, signal).run
  })
