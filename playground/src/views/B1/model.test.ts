import { expect, test } from 'vitest'
import { parseState } from '../../frame/schema.ts'
import { model } from './model.ts'

const at = (hash: string) => model.derive(parseState(model.schema, hash).state)

test.each(['softmax', 'linear'])('%s: the slides’ equations are exact', async pair => {
  const d = await at(`pair=${pair}`)
  expect(d.deviation).toBeLessThan(1e-6)
  for (const w of ['w1', 'w2', 'w3'] as const) {
    expect(d.differences[w]).toBeCloseTo(d.engine[w][0]![0]!, 5)
    expect(d.slide[w][0]![0]).toBeCloseTo(d.engine[w][0]![0]!, 6)
  }
})
test('sigmoid with a squared error: a factor 2σ′(z⁽⁴⁾) is missing', async () => {
  const d = await at('pair=sigmoid')
  expect(d.deviation).toBeGreaterThan(0.05)
  for (const row of [0, 1, 2]) {
    const p = d.yhat[row]![0]!
    expect(d.engine.w3[row]![0]! / d.slide.w3[row]![0]!).toBeCloseTo(2 * p * (1 - p), 4)
  }
})
test('a tiny ε drowns in rounding, a large one cuts corners', async () => {
  const off = async (eps: number): Promise<number> => {
    const d = await at(`eps=${eps}`)
    return Math.abs(d.differences.w1 - d.engine.w1[0]![0]!)
  }
  expect(await off(0)).toBeGreaterThan(100 * (await off(-4)))
})
