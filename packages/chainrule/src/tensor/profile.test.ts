/** The profiler: what it says of a training step, on each device. */
import { describe, expect, test } from 'vitest'
import { flame } from '../cli/flame.ts'
import { sourceLine } from '../cli/source-line.ts'
import { jsDevice } from '../device/js/device.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { OptionError } from '../errors.ts'
import { lenet5 } from '../models/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { sgd } from '../optim/index.ts'
import { compile } from './compile.ts'
import { ones, tensor } from './create.ts'
import { grad } from './gradients.ts'
import { profile } from './profile.ts'
import { seed } from './random.ts'
import { setDevice } from './runtime.ts'

describe.each([
  ['js', jsDevice],
  ['wasm', () => wasmDevice({ threads: 1 })],
  ['wasm on two threads', () => wasmDevice({ threads: 2 })],
] as const)('on %s', (_, create) => {
  /** Losses of some steps, with so many of them profiled in between. */
  async function losses(profiled: number) {
    const device = await setDevice(create())
    seed(1)
    const model = lenet5()
    const optimizer = sgd({ learningRate: 0.1 }, model)
    const step = compile((x: ReturnType<typeof ones<[2, 1, 28, 28]>>, y: ReturnType<typeof labels>) => {
      const loss = crossEntropy(model.forward(x), y)
      optimizer.step(grad(loss, optimizer.parameters))
      return loss
    })
    const labels = () => tensor([3, 5], { dtype: 'int32' })
    const x = ones([2, 1, 28, 28])
    const found = profiled > 0 ? await profile(step, [x, labels()], { runs: profiled - 1, warmup: 1 }) : undefined
    for (let i = 0; i < 3 - profiled; i++) await step(x, labels()).item()
    return { loss: await step(x, labels()).item(), found, device, model }
  }

  test('profiled steps are ordinary steps, and every kernel has its time', async () => {
    const plain = await losses(0)
    const { loss, found, model } = await losses(3)
    expect(loss).toBe(plain.loss)
    const { kernels, milliseconds, runs } = found!
    expect(runs).toBe(2)
    expect(kernels.length).toBeGreaterThan(20)
    expect(kernels.every(k => k.milliseconds >= 0 && k.bytes > 0)).toBe(true)
    expect(kernels.reduce((sum, k) => sum + k.milliseconds, 0)).toBeCloseTo(milliseconds, 6)
    expect(kernels.reduce((sum, k) => sum + k.share, 0)).toBeCloseTo(1, 6)
    const first = kernels.find(k => k.path === '0')!
    expect(first.work).toContain('conv')
    expect(sourceLine(model.namedModules().get('0')!.origin)).toMatch(/^lenet\.ts:\d+$/)
    const drawn = flame(found!, 'a <model>', path => model.namedModules().get(path)?.describe())
    expect(drawn).toContain('a &#60;model&#62;')
    expect(drawn).toContain('0 conv2d(1, 6, 5')
  })
})

test('counts the operations of contractions', async () => {
  await setDevice(wasmDevice({ threads: 1 }))
  const product = compile((a: ReturnType<typeof ones<[64, 32]>>, b: ReturnType<typeof ones<[32, 48]>>) => a.matmul(b))
  const found = await profile(product, [ones([64, 32]), ones([32, 48])], { runs: 3 })
  expect(found.kernels.map(k => [k.kind, k.flops])).toEqual([['contract', 2 * 64 * 32 * 48]])
  expect(found.peak).toBeGreaterThan(0.1)
  expect(found.kernels[0]!.ofPeak).toBeGreaterThan(0)
})

test('refuses what it cannot profile', async () => {
  await expect(
    profile(
      compile(() => ones([2])),
      [],
      { runs: 0 },
    ),
  ).rejects.toThrow(OptionError)
  await expect(profile((() => ones([2])) as never, [])).rejects.toThrow('expected a function made by compile()')
})
