import { expect, test } from 'vitest'
import { uniformAt } from '../../src/graph/threefry.ts'
import { OptionError, random, ShapeError } from '../../src/index.ts'
import { onEachDevice } from './devices.ts'

const moments = (values: ArrayLike<number>) => {
  const list = Array.from(values)
  const mean = list.reduce((a, b) => a + b, 0) / list.length
  return {
    mean,
    variance: list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length,
    low: Math.min(...list),
    high: Math.max(...list),
  }
}

onEachDevice('random', () => {
  test('uniform numbers are the generator’s', async () => {
    const generator = new random.Generator(42)
    const first = await random.uniform([5], { generator }).array()
    const second = await random.uniform([5], { generator }).array()
    expect(first).toEqual([0, 1, 2, 3, 4].map(i => uniformAt([42, 0], i)))
    expect(second).toEqual([0, 1, 2, 3, 4].map(i => uniformAt([42, 1], i)))
    const { mean, variance, low, high } = moments(await random.uniform([20000], { low: -2, high: 4, generator }).data())
    expect(Math.abs(mean - 1)).toBeLessThan(0.05)
    expect(Math.abs(variance - 3)).toBeLessThan(0.1)
    expect(low).toBeGreaterThanOrEqual(-2)
    expect(high).toBeLessThan(4)
  })
  test('normal numbers', async () => {
    const generator = new random.Generator(7)
    const values = await random.normal([20000], { mean: 3, std: 2, generator }).data()
    const { mean, variance } = moments(values)
    expect(Math.abs(mean - 3)).toBeLessThan(0.06)
    expect(Math.abs(variance - 4)).toBeLessThan(0.15)
    const inside = values.filter(v => Math.abs(v - 3) < 2).length / values.length
    expect(Math.abs(inside - 0.6827)).toBeLessThan(0.015)
    expect(values.every(Number.isFinite)).toBe(true)
  })
  test('integers, bernoulli, permutation', async () => {
    const generator = new random.Generator(1)
    const dice = await random.integers([6000], 1, 7, { generator }).data()
    expect(dice).toBeInstanceOf(Int32Array)
    for (const face of [1, 2, 3, 4, 5, 6])
      expect(Math.abs(dice.filter(v => v === face).length - 1000)).toBeLessThan(150)
    const coins = await random.bernoulli([10000], 0.3, { generator }).data()
    expect(Math.abs(coins.filter(v => v === 1).length - 3000)).toBeLessThan(150)
    const order = await random.permutation(100, { generator }).array()
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(order).not.toEqual([...order].sort((a, b) => a - b))
  })
  test('equal seeds and restored states repeat', async () => {
    const [a, b] = [new random.Generator(5), new random.Generator(5)]
    expect(await random.normal([4], { generator: a }).array()).toEqual(
      await random.normal([4], { generator: b }).array(),
    )
    const state = await a.state()
    const next = await random.uniform([4], { generator: a }).array()
    await b.setState(state)
    expect(await random.uniform([4], { generator: b }).array()).toEqual(next)
    random.seed(9)
    const first = await random.uniform([2]).array()
    random.seed(9)
    expect(await random.uniform([2]).array()).toEqual(first)
    random.seed(10)
    expect(await random.uniform([2]).array()).not.toEqual(first)
  })
  test('what makes no sense', () => {
    expect(() => random.seed(0.5)).toThrow(OptionError)
    expect(() => random.integers([2], 3, 3)).toThrow(OptionError)
    expect(() => random.bernoulli([2], 1.5)).toThrow(OptionError)
    expect(() => random.uniform([-1])).toThrow(ShapeError)
  })
})
