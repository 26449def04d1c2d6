import { describe, expect, it } from 'vitest'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { seed } from '../tensor/random.ts'
import { crossValidate } from './cross-validate.ts'
import { accuracy } from './metrics.ts'
import { plainNetwork, quadrants, stateOf } from './problems.testing.ts'
import type { Trainable } from './types.ts'

describe('crossValidate', () => {
  it('trains a new model for each fold and scores it on what it has not seen', async () => {
    seed(1)
    const models: Trainable[] = []
    const create = (fold: number) => {
      expect(fold).toBe(models.length)
      models.push(plainNetwork())
      return models.at(-1)!
    }
    const { folds, mean, deviation } = await crossValidate(create, quadrants(150), {
      folds: 3,
      stratify: true,
      loss: nn.crossEntropy,
      optimizer: () => adam({ learningRate: 0.05 }),
      metrics: [accuracy],
      epochs: 20,
      batchSize: 25,
      seed: 4,
    })
    expect(folds.map(f => f.run.steps)).toEqual([80, 80, 80])
    const scores = folds.map(f => f.scores.accuracy!)
    expect(Math.min(...scores)).toBeGreaterThan(0.85)
    const middle = (scores[0]! + scores[1]! + scores[2]!) / 3
    expect(mean.accuracy).toBeCloseTo(middle, 12)
    const squares = scores.reduce((s, v) => s + (v - middle) ** 2, 0)
    expect(deviation.accuracy).toBeCloseTo(Math.sqrt(squares / 2), 12)
    expect(Object.keys(mean)).toEqual(['loss', 'accuracy'])
    expect(await stateOf(models[0]!)).not.toEqual(await stateOf(models[1]!))
  })

  it('refuses a model in place of a function that makes one', async () => {
    await expect(crossValidate(plainNetwork() as never, quadrants(10), {} as never)).rejects.toThrow(
      'crossValidate: needs a function that makes a model',
    )
  })
})
