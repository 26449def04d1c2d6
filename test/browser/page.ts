/** Runs in a real browser and in Node: the same few training steps on both devices and with threads, to be compared. */
import { compile, grad, models, nn, optim, random, setDevice, tensor, train, wasmDevice } from 'chainrule'
import { type Settings, training } from './training.ts'

export interface Outcome {
  readonly device: string
  readonly losses: number[]
  readonly milliseconds: number
  /** Threads that computed. */
  readonly threads: number
}

/** A few Adam steps of LeNet-5 on 16 made-up images, everything from one seed. */
export async function trainABit(device: 'wasm' | 'js', steps: number, wanted = 1): Promise<Outcome> {
  let threads = 1
  if (device === 'js') await setDevice('js')
  else {
    // small pieces, so that so small a network has some to share
    const wasm = wasmDevice({ threads: wanted, slices: { work: 5000, pieces: 8 } })
    threads = await wasm.startThreads()
    await setDevice(wasm)
  }
  random.seed(7)
  const model = models.lenet5()
  const optimizer = optim.adam({ learningRate: 1e-3 }, model)
  const images = tensor(
    Float32Array.from({ length: 16 * 784 }, (_, i) => ((i * 7919) % 1000) / 1000),
    { shape: [16, 1, 28, 28] },
  )
  const labels = tensor(
    Int32Array.from({ length: 16 }, (_, i) => (i * 7) % 10),
    { shape: [16] },
  )
  const step = compile((x: typeof images, y: typeof labels) => {
    const loss = nn.crossEntropy(model.forward(x), y)
    optimizer.step(grad(loss, optimizer.parameters))
    return loss
  })
  const losses: number[] = []
  const start = performance.now()
  for (let i = 0; i < steps; i++) losses.push(await step(images, labels).item())
  return { device, losses, milliseconds: performance.now() - start, threads }
}

export interface InWorker {
  /** Of each epoch. */
  readonly losses: number[]
  /** A parameter of the model that was given to the run. */
  readonly bias: number[]
  /** The longest time in which the page could do nothing else, in ms. */
  readonly blocked: number
  /** How a run ended that was aborted, and what became of one whose worker closed itself. */
  readonly reason: string
  readonly lost: string
}

/** The same training here, for comparison. */
export async function trainHere(epochs: number): Promise<Pick<InWorker, 'losses' | 'bias'>> {
  await setDevice('wasm')
  const { model, run } = training({ epochs })
  const { epochs: done } = await run
  return { losses: done.map(e => e.train.loss), bias: await biasOf(model) }
}
const biasOf = async (model: ReturnType<typeof models.lenet5>): Promise<number[]> =>
  Array.from((await [...model.stateDict()].at(-1)![1].data()) as Float32Array)

async function trainInWorker(epochs: number): Promise<InWorker> {
  const start = (
    settings: Settings,
    options: { signal?: AbortSignal; model?: ReturnType<typeof models.lenet5> } = {},
  ) => train.inWorker<Settings>(new Worker('/training.js', { type: 'module' }), { settings, ...options })
  const model = models.lenet5()
  let last = performance.now()
  let blocked = 0
  const timer = setInterval(() => {
    const now = performance.now()
    blocked = Math.max(blocked, now - last)
    last = now
  }, 1)
  const losses: number[] = []
  for await (const event of start({ epochs }, { model })) if (event.type === 'epoch') losses.push(event.train.loss)
  clearInterval(timer)
  const abort = new AbortController()
  const aborted = start({ epochs: 100_000 }, { signal: abort.signal })
  for await (const event of aborted) if (event.type === 'epoch') abort.abort()
  const { reason } = await aborted
  const lost = await Promise.resolve(start({ epochs: 100_000, closeAfter: 5 })).then(
    () => 'it went on',
    (error: Error) => `${error.name}: ${error.message}`,
  )
  return { losses, bias: await biasOf(model), blocked, reason, lost }
}

if (typeof document !== 'undefined') {
  const outcomes = Promise.all([]).then(async () => [
    await trainABit('wasm', 5),
    await trainABit('wasm', 5, 3),
    await trainABit('js', 1),
  ])
  const inWorker = outcomes.then(() => trainInWorker(5))
  Object.assign(globalThis, { outcomes, inWorker })
}
