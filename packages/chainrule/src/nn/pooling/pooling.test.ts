/** Derivatives of every kind of pooling, where they go, and what the two meanings of L2 have to do with each other. */
import { beforeAll, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { tensor } from '../../tensor/create.ts'
import { gradCheck } from '../../tensor/grad-check.ts'
import { grad } from '../../tensor/gradients.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { Tensor } from '../../tensor/types.ts'
import * as nn from '../index.ts'

beforeAll(() => {
  setDevice(jsDevice())
})
type Pool = { forward(x: Tensor): Tensor }
const doubles = (shape: number[], f: (i: number) => number): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => f(i)),
    { shape, dtype: 'float64' },
  ) as unknown as Tensor

const overlapping = { stride: 1 } as const
const kinds = {
  maxPool2d: nn.maxPool2d(2, overlapping),
  avgPool2d: nn.avgPool2d(3, { stride: 2, padding: 1, round: 'ceil' }),
  sumPool2d: nn.sumPool2d([2, 3], overlapping),
  'lpPool2d, L2': nn.lpPool2d(2, 2, overlapping),
  'lpPool2d, L3': nn.lpPool2d(3, 2, overlapping),
  rmsPool2d: nn.rmsPool2d(3, { stride: 2, padding: 1, round: 'floor' }),
  adaptiveAvgPool2d: nn.adaptiveAvgPool2d([2, 3]),
  adaptiveMaxPool2d: nn.adaptiveMaxPool2d([3, 2]),
  globalAvgPool: nn.globalAvgPool(),
  globalMaxPool: nn.globalMaxPool(),
}
test.each(Object.entries(kinds))('%s has its derivative', async (_, layer) => {
  const x = doubles([2, 2, 4, 5], i => Math.sin(3 * i) + 0.01 * i)
  const loss = (input: Tensor): unknown => (layer as unknown as Pool).forward(input).square().sum()
  expect(await gradCheck(loss as never, [x] as never)).toMatchObject({ ok: true })
})

test('one window: who gets how much', async () => {
  const window = doubles([1, 1, 2, 2], i => [1, 3, 0, 2][i]!)
  const shares = async (layer: unknown, x = window): Promise<number[]> => {
    const [g] = grad((layer as Pool).forward(x).sum(), [x])
    return Array.from(await g!.data(), v => Number(v.toFixed(6)) + 0)
  }
  expect(await shares(nn.maxPool2d(2)), 'all to the winner').toEqual([0, 1, 0, 0])
  expect(await shares(nn.avgPool2d(2)), 'the same to each').toEqual([0.25, 0.25, 0.25, 0.25])
  expect(await shares(nn.sumPool2d(2))).toEqual([1, 1, 1, 1])
  const norm = Math.sqrt(14)
  const inProportion = [1, 3, 0, 2].map(v => Number((v / norm).toFixed(6)))
  expect(await shares(nn.lpPool2d(2, 2)), 'x / norm').toEqual(inProportion)
  expect(await shares(nn.rmsPool2d(2)), 'half of that: the root of 4 elements').toEqual(
    [1, 3, 0, 2].map(v => Number((v / norm / 2).toFixed(6))),
  )
  const zeros = doubles([1, 1, 2, 2], () => 0)
  for (const layer of [nn.lpPool2d(2, 2), nn.rmsPool2d(2)])
    expect(await shares(layer, zeros), 'no direction at 0').toEqual([0, 0, 0, 0])
  expect(await shares(nn.maxPool2d(2), zeros), 'the first of equals').toEqual([1, 0, 0, 0])
})

test('the root mean square is the L2 norm over the root of how many there are, in 1, 2 and 3 axes', async () => {
  const pairs = [
    [nn.rmsPool1d(3), nn.lpPool1d(2, 3), [1, 2, 9], 3],
    [nn.rmsPool2d([2, 3]), nn.lpPool2d(2, [2, 3]), [1, 2, 4, 9], 6],
    [nn.rmsPool3d(2), nn.lpPool3d(2, 2), [1, 1, 2, 4, 4], 8],
  ] as unknown as [Pool, Pool, number[], number][]
  for (const [rms, norm, shape, count] of pairs) {
    const x = doubles(shape, i => Math.cos(i))
    const [a, b] = [await rms.forward(x).data(), await norm.forward(x).data()]
    a.forEach((v, i) => {
      expect(v).toBeCloseTo(b[i]! / Math.sqrt(count), 12)
    })
  }
})
