import { describe, expect, it } from 'vitest'
import * as nn from '../nn/index.ts'
import { adam } from '../optim/index.ts'
import { tensor } from '../tensor/create.ts'
import { all } from '../tensor/functions.ts'
import { seed } from '../tensor/random.ts'
import type { AnyTensor } from '../tensor/types.ts'
import { fit } from './fit.ts'
import { accuracy } from './metrics.ts'
import { betaQuantiles, mixup } from './mixup.ts'
import { plainNetwork, quadrants } from './problems.testing.ts'

describe('mixup', () => {
  it('knows the quantiles of Beta(α, α)', () => {
    const uniform = betaQuantiles(1)
    for (const k of [0, 100, 512, 1024]) expect(uniform[k]).toBeCloseTo(k / 1024, 5)
    // Beta(2, 2): 3t² − 2t³; Beta(1/2, 1/2): sin²(πu/2)
    const two = betaQuantiles(2)
    const half = betaQuantiles(0.5)
    for (const k of [1, 50, 300, 512, 900]) {
      const [t, u] = [two[k]!, k / 1024]
      expect(3 * t * t - 2 * t ** 3).toBeCloseTo(u, 5)
      expect(half[k]).toBeCloseTo(Math.sin((Math.PI * u) / 2) ** 2, 5)
    }
  })

  it('blends inputs and targets of a batch alike', async () => {
    seed(3)
    const rows = 6
    const x = tensor(
      Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 ? 10 : 1) * Math.floor(i / 2)),
      {
        shape: [rows, 2],
      },
    ) as AnyTensor
    const y = tensor([0, 1, 2, 3, 4, 5], { dtype: 'int32' }) as AnyTensor
    const mix = mixup({ alpha: 1, classes: 6 })
    const lambdas = new Set<number>()
    for (let draw = 0; draw < 5; draw++) {
      const [inputs, targets] = mix(x, y)
      await all(inputs, targets)
      const [a, p] = [await inputs.data(), await targets.data()]
      for (let i = 0; i < rows; i++) {
        const row = Array.from(p.subarray(6 * i, 6 * i + 6), Number)
        // Σ_c c p_c is the blend of the labels, which the inputs repeat
        expect(row.reduce((s, v, c) => s + c * v, 0)).toBeCloseTo(Number(a[2 * i]), 5)
        expect(Number(a[2 * i + 1])).toBeCloseTo(10 * Number(a[2 * i]), 4)
        expect(row.reduce((s, v) => s + v, 0)).toBeCloseTo(1, 6)
        if (row[i]! < 0.999) lambdas.add(Math.round(1e4 * row[i]!))
      }
    }
    expect(lambdas.size).toBe(5) // one λ for each batch
    const [, numbers] = mix(x, x)
    expect(numbers.shape).toEqual([rows, 2])
  })

  it('trains with soft targets, and scores with the classes', async () => {
    seed(2)
    const result = await fit(plainNetwork(), quadrants(200), {
      loss: nn.crossEntropy,
      optimizer: adam({ learningRate: 0.03 }),
      metrics: [accuracy],
      epochs: 30,
      augment: mixup({ classes: 2 }),
      validate: quadrants(200, 2),
      seed: 1,
    })
    const { train, validation } = result.epochs.at(-1)!
    expect(validation!.accuracy).toBeGreaterThan(0.9)
    expect(train.loss).toBeGreaterThan(validation!.loss) // blends cannot be told apart
  })

  it('says what is missing', async () => {
    expect(() => mixup({ alpha: 0 })).toThrow('mixup: alpha must be a finite number > 0, got 0')
    const options = { loss: nn.crossEntropy, optimizer: adam({}), augment: mixup() }
    await expect(Promise.resolve(fit(plainNetwork(), quadrants(8), options))).rejects.toThrow(
      'mixup: targets are classes; say how many there are: mixup({ classes: 10 })',
    )
  })
})
