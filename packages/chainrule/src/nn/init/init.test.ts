/** Distributions of first values, and what draws depend on. */
import { beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { wasmDevice } from '../../device/wasm/device.ts'
import { OptionError } from '../../errors.ts'
import { compile } from '../../tensor/compile.ts'
import { ones } from '../../tensor/create.ts'
import * as random from '../../tensor/random.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { Tensor } from '../../tensor/types.ts'
import * as nn from '../index.ts'

describe.each([
  ['js', jsDevice],
  ['wasm', wasmDevice],
] as const)('on device %s', (_, create) => {
  beforeAll(() => {
    setDevice(create())
  })
  const statistics = (values: ArrayLike<number>) => {
    const list = Array.from(values)
    const mean = list.reduce((s, v) => s + v, 0) / list.length
    const std = Math.sqrt(list.reduce((s, v) => s + (v - mean) ** 2, 0) / list.length)
    return { mean, std, low: Math.min(...list), high: Math.max(...list) }
  }

  describe('initialisers', () => {
    const shape = [64, 16, 3, 3] // fans: 144 in, 576 out
    const { init } = nn
    const cases: [string, nn.init.Initialiser, std: number, bound: number][] = [
      ['xavierUniform', init.xavierUniform(), Math.sqrt(2 / 720), Math.sqrt(6 / 720)],
      ['xavierNormal', init.xavierNormal({ gain: 2 }), 2 * Math.sqrt(2 / 720), Infinity],
      ['heUniform', init.heUniform(), Math.sqrt(2 / 144), Math.sqrt(6 / 144)],
      ['heNormal fanOut', init.heNormal({ mode: 'fanOut' }), Math.sqrt(2 / 576), Infinity],
      ['uniform', init.uniform(-1, 1), 1 / Math.sqrt(3), 1],
      ['normal', init.normal(0, 0.5), 0.5, Infinity],
      ['default', init.defaultWeight, 1 / Math.sqrt(144 * 3), 1 / 12],
    ]
    test.each(cases)('%s', async (_, initialiser, std, bound) => {
      random.seed(5)
      const s = statistics(await initialiser(shape).data())
      expect(Math.abs(s.mean)).toBeLessThan(4 * (std / 96))
      expect(s.std / std).toBeGreaterThan(0.97)
      expect(s.std / std).toBeLessThan(1.03)
      expect(Math.max(-s.low, s.high)).toBeLessThanOrEqual(bound)
    })
    test('gains', () => {
      expect(init.gains.tanh).toBeCloseTo(5 / 3)
      expect(init.leakyReluGain(0)).toBeCloseTo(Math.SQRT2)
      expect(init.leakyReluGain(Math.sqrt(5)) * Math.sqrt(3 / 144)).toBeCloseTo(1 / 12)
    })
    test.each([
      [4, 9],
      [9, 4],
      [5, 5],
    ])('orthogonal %i×%i', async (rows, columns) => {
      const w = (await init.orthogonal({ gain: 2 })([rows, columns]).array()) as number[][]
      const vectors = rows <= columns ? w : w[0]!.map((_, c) => w.map(row => row[c]!))
      for (const [i, a] of vectors.entries())
        for (const [j, b] of vectors.entries()) {
          const product = a.reduce((s, v, e) => s + v * b[e]!, 0)
          expect(product).toBeCloseTo(i === j ? 4 : 0, 5)
        }
    })
    test('layers take them, and fans need two axes', async () => {
      const layer = nn.linear(2, 3, { weightInit: init.constant(2), biasInit: init.zeros })
      expect(await layer.forward(ones([1, 2])).array()).toEqual([[4, 4, 4]])
      expect(() => init.heNormal()([5])).toThrow(OptionError)
    })
    test('equal seeds, equal models', async () => {
      const weights = async (): Promise<ArrayLike<number>> => {
        random.seed(3)
        return nn.linear(4, 4).weight.data()
      }
      expect(await weights()).toEqual(await weights())
    })
  })

  describe('dropout', () => {
    test('keeps the mean, and draws anew in every run of a compiled function', async () => {
      random.seed(1)
      const layer = nn.dropout(0.25)
      const f = compile((x: Tensor<[4000]>) => layer.forward(x))
      const first = await f(ones([4000])).data()
      const kept = first.filter(v => v !== 0)
      expect(kept.length / 4000).toBeGreaterThan(0.72)
      expect(kept.length / 4000).toBeLessThan(0.78)
      expect(new Set(kept)).toEqual(new Set([Math.fround(4 / 3)]))
      expect(await f(ones([4000])).data()).not.toEqual(first)
      expect(f.traces).toBe(1)
      layer.eval()
      expect(await f(ones([4000])).data()).toEqual(new Float32Array(4000).fill(1))
    })
    test('2d drops whole channels', async () => {
      const y = (await nn
        .dropout2d(0.5)
        .forward(ones([8, 8, 2, 2]))
        .array()) as number[][][][]
      const channels = y.flat().map(c => new Set(c.flat()))
      expect(channels.every(values => values.size === 1)).toBe(true)
      expect(new Set(channels.map(c => [...c][0]))).toEqual(new Set([0, 2]))
    })
    test('of everything and of nothing', async () => {
      expect(
        await nn
          .dropout(1)
          .forward(ones([3]))
          .array(),
      ).toEqual([0, 0, 0])
      expect(
        await nn
          .dropout(0)
          .forward(ones([3]))
          .array(),
      ).toEqual([1, 1, 1])
      expect(() => nn.dropout(1.5)).toThrow(OptionError)
    })
  })
})
