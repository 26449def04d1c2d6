import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { seed } from '../tensor/random.ts'
import { earlyStopping } from './callbacks.ts'
import { loadCheckpoint } from './checkpoint.ts'
import { evaluate } from './evaluate.ts'
import { fit } from './fit.ts'
import { plainNetwork, quadrants, stateOf } from './problems.testing.ts'

const points = quadrants(64)
const options = () => ({
  loss: nn.crossEntropy,
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 16,
  seed: 1,
  averageWeights: 0.9,
})
const model = () => {
  seed(5)
  return plainNetwork()
}

describe('the average of the weights', () => {
  it('follows them as the equation says, and is what is evaluated', async () => {
    const net = model()
    const expected = await stateOf(net)
    let step = 0
    let weights: Record<string, number[]> = {}
    const run = fit(net, points, {
      ...options(),
      epochs: 2,
      validate: points,
      callbacks: [
        async event => {
          if (event.type !== 'step') return
          weights = await stateOf(net)
          step++
          const decay = Math.min(0.9, (1 + step) / (10 + step))
          for (const [name, values] of Object.entries(expected))
            expected[name] = values.map((s, i) => decay * s + (1 - decay) * weights[name]![i]!)
        },
      ],
    })
    const { epochs } = await run
    const found = await stateOf(net)
    for (const [name, values] of Object.entries(expected))
      values.forEach((v, i) => {
        expect(found[name]![i]).toBeCloseTo(v, 5)
      })
    expect(found).not.toEqual(weights)
    expect((await evaluate(net, points, options())).loss).toBeCloseTo(epochs.at(-1)!.validation!.loss, 6)
  })

  it('is kept in checkpoints, from which a run goes on bit for bit and a model takes it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chainrule-average-'))
    try {
      const path = join(folder, 'run.safetensors')
      const whole = model()
      await fit(whole, points, { ...options(), epochs: 3 })
      const first = model()
      await fit(first, points, { ...options(), epochs: 2, checkpoint: path })
      const averaged = plainNetwork()
      await loadCheckpoint(path, { model: averaged, averages: true })
      expect(await stateOf(averaged)).toEqual(await stateOf(first))
      const raw = plainNetwork()
      await loadCheckpoint(path, { model: raw })
      expect(await stateOf(raw)).not.toEqual(await stateOf(first))
      const second = model()
      await fit(second, points, { ...options(), epochs: 3, resume: path })
      expect(await stateOf(second)).toEqual(await stateOf(whole))

      await fit(model(), points, { ...options(), averageWeights: undefined, checkpoint: path })
      await expect(loadCheckpoint(path, { model: raw, averages: true })).rejects.toThrow(
        'holds no averages of weights; load it without { averages: true }',
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has checkpoints of the weights also after the end', async () => {
    const net = model()
    const run = fit(net, points, { ...options(), epochs: 2 })
    await run
    const averages = await stateOf(net)
    const bytes = await run.checkpoint()
    expect(await stateOf(net)).toEqual(averages)
    const [whole, resumed] = [model(), model()]
    await fit(whole, points, { ...options(), epochs: 3 })
    await fit(resumed, points, { ...options(), epochs: 3, resume: bytes })
    expect(await stateOf(resumed)).toEqual(await stateOf(whole))
  })

  it('is what early stopping puts back', async () => {
    const net = model()
    const seen: unknown[] = []
    await fit(net, points, {
      ...options(),
      epochs: 3,
      callbacks: [
        async (event, run) => {
          if (event.type !== 'epoch') return
          const weights = await stateOf(net)
          ;(await run.snapshot())()
          seen.push(await stateOf(net))
          for (const [name, v] of net.stateDict()) v.set(weights[name]!)
        },
        earlyStopping({ mode: 'max', patience: 9, restoreBest: true }), // the first epoch has the largest loss
      ],
    })
    expect(await stateOf(net)).toEqual(seen[0])
  })

  it('needs a decay below 1', async () => {
    for (const decay of [1, -0.1, Number.NaN])
      await expect(Promise.resolve(fit(model(), points, { ...options(), averageWeights: decay }))).rejects.toThrow(
        `fit: averageWeights must be a decay in [0, 1), like 0.999, got ${decay}`,
      )
  })
})
