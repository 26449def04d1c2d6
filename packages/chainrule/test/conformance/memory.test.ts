/** Nothing has to be disposed: many small expressions leave nothing behind. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { compile, device, grad, random, setDevice, tensor, variable, wasmDevice } from '../../src/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('100,000 small eager expressions do not grow memory', { timeout: 60_000 }, async () => {
  setDevice(wasmDevice())
  const w = variable(tensor([1, 2, 3]))
  let total = tensor(0)
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) {
      total = total.add(
        w
          .mul(i % 7)
          .sum()
          .div(1000),
      )
      if (i % 10 === 0) await total.item()
    }
    await total.item()
    collect()
    return process.memoryUsage()
  }
  await run(10_000)
  const before = await run(10_000)
  const after = await run(80_000)
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  expect(grown).toBeLessThan(16 * 2 ** 20)
  expect(device().residentBytes).toBeLessThan(4096)
})

test('10,000 training steps do not grow memory', { timeout: 60_000 }, async () => {
  setDevice(wasmDevice())
  const w = variable(tensor([1, 2, 3]))
  const x = tensor([0.1, -0.2, 0.3])
  const update = () => {
    const loss = w
      .mul(x)
      .add(random.normal([3]))
      .square()
      .sum()
    w.assign(w.sub(grad(loss, w).mul(0.01)))
    return loss
  }
  const compiled = compile(update)
  const run = async (steps: number) => {
    for (let i = 0; i < steps; i++) {
      compiled()
      if (i % 4 === 0) update()
      if (i % 100 === 0) await w.data()
    }
    await w.data()
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  await run(2000)
  const before = await run(500)
  expect((await run(7500)) - before).toBeLessThan(4 * 2 ** 20)
  expect((await w.data()).every(Number.isFinite)).toBe(true)
})
