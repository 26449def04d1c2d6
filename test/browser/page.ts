/** Runs in a real browser and in Node: the same few training steps on both devices and with threads, to be compared. */
import { compile, grad, models, nn, optim, random, setDevice, tensor, wasmDevice } from 'chainrule'

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

if (typeof document !== 'undefined') {
  const outcomes = Promise.all([]).then(async () => [
    await trainABit('wasm', 5),
    await trainABit('wasm', 5, 3),
    await trainABit('js', 1),
  ])
  Object.assign(globalThis, { outcomes })
}
