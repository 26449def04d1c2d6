/** The tuner: it measures every way there is, keeps what is quicker, and leaves variables as they were. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type NativeDevice, type NativeExecutable, nativeDevice } from '../device/native/device.ts'
import { compiler } from '../device/native/library.testing.ts'
import type { Choice } from '../device/native/printer.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { conv2d, flatten, linear, relu, sequential } from '../nn/index.ts'
import { sgd } from '../optim/index.ts'
import { compile, traceOf } from './compile.ts'
import { setDevice } from './runtime.ts'
import { grad, ones, tensor, zeros } from './tensor.ts'
import { tune } from './tune.ts'

/** By direct sums or by minimal filtering, and products. */
function network() {
  const model = sequential(conv2d(16, 32, 3, { padding: 1 }), relu(), flatten(), linear(32 * 14 * 14, 10))
  for (const p of model.parameters())
    p.set(Float32Array.from({ length: p.size }, (_, i) => Math.sin(i) / Math.sqrt(p.size)))
  const x = tensor(
    Float32Array.from({ length: 4 * 16 * 14 * 14 }, (_, i) => Math.cos(i)),
    { shape: [4, 16, 14, 14] },
  )
  const scores = compile((input: typeof x) => model.forward(input))
  return { model, x, scores }
}

describe.runIf(compiler)('tune', () => {
  let cache: string
  const open = (options = {}): NativeDevice => {
    const device = nativeDevice({ cache, threads: 1, say: line => expect.fail(line), ...options })
    setDevice(device)
    return device
  }
  const choicesOf = (fn: Parameters<typeof traceOf>[0], ...args: unknown[]): Choice[] =>
    (traceOf(fn, args).traced.again().executable as NativeExecutable).choices.flat()
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'chainrule-tune-test-'))
  })
  afterEach(() => {
    setDevice('wasm')
    rmSync(cache, { recursive: true, force: true })
  })

  it('measures all ways, and leaves variables as they were', async () => {
    open()
    const { model, x } = network()
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 }, model)
    const step = compile((input: typeof x) => {
      const loss = model.forward(input).square().mean()
      optimizer.step(grad(loss, optimizer.parameters))
      return loss
    })
    await step(x).item()
    const before = await Promise.all(model.parameters().map(p => p.data()))
    const told: number[] = []
    const found = await tune(step, [x], { rounds: 2, onProgress: (done, of) => void told.push(done / of) })
    expect(await Promise.all(model.parameters().map(p => p.data()))).toEqual(before)
    expect(found.kernels.length).toBeGreaterThan(2)
    for (const { milliseconds, model, best, gain, kept } of found.kernels) {
      expect(milliseconds.size).toBeGreaterThan(1)
      for (const time of milliseconds.values()) expect(time).toBeLessThan(1000)
      expect(gain).toBeCloseTo(milliseconds.get(model)! / milliseconds.get(best)!)
      expect(kept && best === model).toBe(false)
    }
    expect(found.model).toBeGreaterThan(0)
    expect(told.at(-1)).toBe(1)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
  })

  it('is followed by later programs, with the same results but for rounding', async () => {
    const first = open()
    const { x, scores } = network()
    const expected = await scores(x).data()
    const choice = choicesOf(scores, x).find(c => c.strategies.length > 1)!
    const other = choice.strategies.find(name => name !== choice.strategy)!
    first.tuned.keep(choice.kernel, other)

    const strategies = async (options?: object) => {
      open(options)
      const again = network()
      const actual = await again.scores(again.x).data()
      for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i]!, 4)
      return choicesOf(again.scores, again.x).find(c => c.kernel.name === choice.kernel.name)!.strategy
    }
    expect(await strategies()).toBe(other)
    expect(await strategies({ tuned: false })).toBe(choice.strategy)
    first.tuned.keep(choice.kernel, 'no such strategy')
    expect(await strategies()).toBe(choice.strategy)
  })

  it('wants the native device and sensible options', async () => {
    open()
    const { x, scores } = network()
    await expect(tune(scores, [x], { rounds: 0 })).rejects.toThrow('tune: rounds must be a whole number >= 1, got 0')
    await expect(tune(scores, [x], { least: 1 })).rejects.toThrow('tune: least must be in [0, 1), got 1')
    setDevice(wasmDevice({ threads: 1 }))
    const sum = compile((a: typeof x) => a.sum())
    await expect(tune(sum, [zeros([4, 16, 14, 14])])).rejects.toThrow(
      "tune: wasm computes each kernel in one way; setDevice('native') before what is to be tuned",
    )
  })

  it('has nothing to say where there are no contractions', async () => {
    open()
    const { kernels } = await tune(
      compile((a: ReturnType<typeof ones>) => a.add(1)),
      [ones([3])],
      { rounds: 1 },
    )
    expect(kernels).toEqual([])
  })
})
