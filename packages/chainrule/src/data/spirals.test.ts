import { describe, expect, it } from 'vitest'
import { spirals } from './spirals.ts'

describe('spirals', () => {
  it('are where the formula puts them', async () => {
    const { x, y } = await spirals(300, { classes: 3, turns: 2, radius: 3, noise: 0 }).values()
    expect(Array.from(y!.data.subarray(0, 6))).toEqual([0, 1, 2, 0, 1, 2])
    for (let i = 0; i < 300; i++) {
      const [a, b] = [Number(x!.data[2 * i]), Number(x!.data[2 * i + 1])]
      const turn = (2 * Math.hypot(a, b)) / 3 + Number(y!.data[i]) / 3
      expect(Math.abs(Math.sin(Math.atan2(b, a) - 2 * Math.PI * turn))).toBeLessThan(1e-3)
    }
  })
  it('have noise of the given deviation, and a seed', async () => {
    const at = async (options: object) => (await spirals(4000, options).values()).x!.data as Float32Array
    const clean = await at({ noise: 0, seed: 5 })
    const noisy = await at({ noise: 0.1, seed: 5 })
    const squares = noisy.reduce((s, v, i) => s + (v - clean[i]!) ** 2, 0)
    expect(Math.sqrt(squares / noisy.length)).toBeCloseTo(0.1, 2)
    expect(await at({ noise: 0.1, seed: 5 })).toEqual(noisy)
    expect(await at({ noise: 0.1, seed: 6 })).not.toEqual(noisy)
  })
  it('refuse sizes that make none', () => {
    expect(() => spirals(0)).toThrow('spirals: count must be a whole number > 0, got 0')
    expect(() => spirals(10, { noise: -1 })).toThrow('spirals: noise must be a finite number >= 0, got -1')
  })
})
