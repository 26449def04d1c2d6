import { setDevice, wasmDevice } from 'chainrule'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { race, side } from './experiment.ts'
import { hidden, widths } from './model.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())
const settings = { lr: 0.1, noise: 0.05, epochs: 25, seed: 2 }

test('random sigmoid layers stay at chance, layer by layer they learn, tanh and ReLU learn at once', async () => {
  const run = await race(settings)
  const phases = new Set<number | undefined>()
  for (let i = 0; i < 4800; i++) {
    await run.step()
    if (i % 400 === 0) phases.add((await run.news()).lanes[1]!.layer)
  }
  const [random, pretrained, tanh, relu] = (await run.news()).lanes
  expect(phases).toEqual(new Set([...Array.from({ length: hidden }, (_, l) => l), undefined]))
  expect(random!.accuracy).toBeLessThan(0.6)
  expect(pretrained!.accuracy).toBeGreaterThan(0.9)
  expect(tanh!.accuracy).toBeGreaterThan(0.95)
  expect(relu!.accuracy).toBeGreaterThan(0.95)
  // 20 steps an epoch
  expect(pretrained!.steps).toBe(4800 - hidden * settings.epochs * 20)
  // the gradient dies on its way down in the first only
  expect(random!.gradients[0]! / random!.gradients.at(-1)!).toBeLessThan(0.01)
  expect(tanh!.gradients[0]! / tanh!.gradients.at(-1)!).toBeGreaterThan(0.1)
  for (const { gradients, field } of [random!, pretrained!, tanh!, relu!]) {
    expect(gradients).toHaveLength(widths.length - 1)
    expect(field).toHaveLength(side * side)
  }
}, 120_000)
test('same seed, same numbers', async () => {
  const numbers = async () => {
    const run = await race({ ...settings, epochs: 1 })
    for (let i = 0; i < 130; i++) await run.step()
    return run.news()
  }
  expect(await numbers()).toEqual(await numbers())
}, 60_000)
