import { describe, expect, it } from 'vitest'
import { arrays } from '../data/arrays.ts'
import * as nn from '../nn/index.ts'
import { adam, sgd } from '../optim/index.ts'
import { defaultGenerator, seed } from '../tensor/random.ts'
import { fit } from './fit.ts'
import { findLearningRate } from './learning-rate.ts'
import { network, quadrants, stateOf } from './problems.testing.ts'

describe('findLearningRate', () => {
  it('finds where a quadratic stops converging', async () => {
    // the mean of (w x − 3 x)² / 2 with x = ±1 has curvature 1: gradient descent diverges from rate 2 on
    const x = Float32Array.from({ length: 16 }, (_, i) => (i % 2 ? 1 : -1))
    const data = arrays({
      x: { dtype: 'float32', shape: [16, 1], data: x },
      y: { dtype: 'float32', shape: [16, 1], data: x.map(v => 3 * v) },
    })
    const model = nn.linear(1, 1, { bias: false, weightInit: nn.init.zeros })
    const { points, suggestion, minimum } = await findLearningRate(model, data as never, {
      loss: nn.halfMse,
      optimizer: sgd({}),
      from: 0.01,
      to: 100,
      steps: 30,
      batchSize: 16,
    })
    expect(points[0]).toMatchObject({ learningRate: 0.01, loss: 4.5, smoothed: expect.closeTo(4.5, 5) })
    const worse = points.find((p, i) => i > 0 && p.loss > points[i - 1]!.loss)!
    expect(worse.learningRate).toBeGreaterThan(2)
    expect(worse.learningRate).toBeLessThan(4)
    expect(suggestion).toBeGreaterThan(0.01)
    expect(suggestion).toBeLessThan(minimum)
    expect(points.length).toBeLessThan(30) // ended when it diverged
  })

  it('puts model, optimizer and random generator back', async () => {
    seed(7)
    const model = network()
    const optimizer = adam({ learningRate: 0.02 })
    const options = { loss: nn.crossEntropy, optimizer, batchSize: 16 }
    await fit(model, quadrants(64), { ...options, epochs: 1 })
    model.eval()
    const before = await stateOf(model)
    const slots = await Promise.all([...optimizer.stateDict().values()].map(v => v.data()))
    const random = await defaultGenerator.state()
    const curve = await findLearningRate(model, quadrants(64), { ...options, steps: 20 })
    expect(curve.points).toHaveLength(20)
    expect(await stateOf(model)).toEqual(before)
    expect(await Promise.all([...optimizer.stateDict().values()].map(v => v.data()))).toEqual(slots)
    expect(optimizer.learningRate).toBe(0.02)
    expect(await defaultGenerator.state()).toEqual(random)
    expect(model.training).toBe(false)
    expect(await findLearningRate(model, quadrants(64), { ...options, steps: 20 })).toEqual(curve)
  })

  it('refuses what makes no curve', async () => {
    const options = { loss: nn.crossEntropy, optimizer: sgd({}) }
    const find = (more: object) => findLearningRate(network(), quadrants(64), { ...options, ...more })
    await expect(find({ from: 1, to: 1 })).rejects.toThrow('findLearningRate: needs 0 < from < to, got 1 and 1')
    await expect(find({ steps: 9 })).rejects.toThrow('findLearningRate: steps must be a whole number >= 10, got 9')
    await expect(find({ optimizer: {} })).rejects.toThrow('findLearningRate: needs an optimizer')
    const far = { from: 1e20, to: 1e30, loss: (z: never, y: never) => nn.crossEntropy(z, y).mul(1e20) }
    await expect(find(far)).rejects.toThrow(/the loss diverged after \d steps; begin with a smaller rate/)
  })
})
