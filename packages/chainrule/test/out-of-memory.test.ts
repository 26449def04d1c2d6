/** A batch that memory cannot hold: an error that says which tensor, and a process that trains on with a smaller one. */
import { afterAll, describe, expect, it } from 'vitest'
import { compiler } from '../src/device/native/kernels.testing.ts'
import {
  compile,
  type Device,
  grad,
  nn,
  OutOfMemoryError,
  optim,
  random,
  setDevice,
  tensor,
  wasmDevice,
} from '../src/index.ts'
import { nativeDevice } from '../src/node.ts'

const maximumBytes = 8 << 20
const devices: [string, () => Device][] = [
  ['wasm', () => wasmDevice({ maximumBytes, threads: 1 })],
  ['native', () => nativeDevice({ maximumBytes, threads: 1 })],
]
afterAll(() => setDevice('wasm'))

describe.each(devices)('%s without the memory for a step', (name, create) => {
  it.skipIf(name === 'native' && !compiler)('names the tensor and the peak, and trains on', async () => {
    await setDevice(create())
    random.seed(1)
    const model = nn.sequential(nn.conv2d(1, 8, 3, { padding: 1 }), nn.relu(), nn.globalAvgPool(), nn.linear(8, 2))
    const optimizer = optim.sgd({ learningRate: 0.1 }, model)
    const batch = (size: number) => ({
      x: tensor(new Float32Array(size * 32 * 32).fill(0.5), { shape: [size, 1, 32, 32] as const }),
      y: tensor(new Int32Array(size), { shape: [size] as const }),
    })
    const step = compile((x: ReturnType<typeof batch>['x'], y: ReturnType<typeof batch>['y']) => {
      const loss = nn.crossEntropy(model.forward(x), y)
      optimizer.step(grad(loss, optimizer.parameters))
      return loss
    })
    const train = async (size: number): Promise<number> => {
      const { x, y } = batch(size)
      return step(x, y).item()
    }
    const first = await train(4)
    const parameters = () => Promise.all(model.parameters().map(async p => Array.from(await p.data())))
    const before = await parameters()
    const error = await train(512).catch(e => e)
    expect(error).toBeInstanceOf(OutOfMemoryError)
    expect(error.message).toMatch(/the plan's peak is \d{8,} bytes; its largest tensor is 1: relu, 4194304 elements/)
    expect(error.bytes).toBeGreaterThan(4 * 4194304)
    expect(await parameters()).toEqual(before)
    expect(await train(4)).toBeLessThan(first)
  })
})
