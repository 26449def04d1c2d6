import { expect, test } from 'vitest'
import { ShapeError, tensor, zeros } from '../../src/index.ts'
import { expectValues, numbers, onEachDevice } from './devices.ts'

const values = numbers(24).map(Math.fround)
const cube = tensor(values, { shape: [2, 3, 4] } as never).reshape([2, 3, 4])
/** The values along an axis of the cube, for each place outside of it. */
const lines = (axis: 0 | 1 | 2): number[][][] => {
  const size = [2, 3, 4]
  const stride = [12, 4, 1]
  const [p, q] = [0, 1, 2].filter(a => a !== axis) as [number, number]
  return Array.from({ length: size[p]! }, (_, i) =>
    Array.from({ length: size[q]! }, (_, j) =>
      Array.from({ length: size[axis]! }, (_, k) => values[i * stride[p]! + j * stride[q]! + k * stride[axis]!]!),
    ),
  )
}
const along = (axis: 0 | 1 | 2, f: (line: number[]) => number): number[][] => lines(axis).map(row => row.map(f))
const sum = (line: readonly number[]) => line.reduce((a, b) => a + b, 0)
const mean = (line: readonly number[]) => sum(line) / line.length
const variance = (line: readonly number[], correction = 1) =>
  sum(line.map(v => (v - mean(line)) ** 2)) / (line.length - correction)

onEachDevice('reductions', () => {
  test('softmax over nothing is empty', async () => {
    await expectValues(zeros([2, 0]).softmax(1), [[], []])
    await expectValues(zeros([2, 0]).logSoftmax(1), [[], []])
    await expectValues(zeros([0, 2]).softmax(1), [])
  })
  test.each([0, 1, 2] as const)('along axis %i', async axis => {
    await expectValues(cube.sum(axis), along(axis, sum))
    await expectValues(cube.mean(axis), along(axis, mean))
    await expectValues(
      cube.max(axis),
      along(axis, l => Math.max(...l)),
    )
    await expectValues(
      cube.min(axis),
      along(axis, l => Math.min(...l)),
    )
    await expectValues(
      cube.prod(axis),
      along(axis, l => l.reduce((a, b) => a * b, 1)),
    )
    await expectValues(
      cube.var(axis),
      along(axis, l => variance(l)),
    )
    await expectValues(
      cube.std(axis, { correction: 0 }),
      along(axis, l => Math.sqrt(variance(l, 0))),
    )
    await expectValues(
      cube.norm(axis),
      along(axis, l => Math.hypot(...l)),
    )
    await expectValues(
      cube.norm(axis, { p: 1 }),
      along(axis, l => sum(l.map(Math.abs))),
    )
    await expectValues(
      cube.norm(axis, { p: 3 }),
      along(axis, l => Math.cbrt(sum(l.map(v => Math.abs(v) ** 3)))),
    )
    await expectValues(
      cube.norm(axis, { p: Infinity }),
      along(axis, l => Math.max(...l.map(Math.abs))),
    )
    await expectValues(
      cube.logsumexp(axis),
      along(axis, l => Math.log(sum(l.map(Math.exp)))),
    )
    await expectValues(
      cube.argmax(axis),
      along(axis, l => l.indexOf(Math.max(...l))),
    )
    await expectValues(
      cube.argmin(axis),
      along(axis, l => l.indexOf(Math.min(...l))),
    )
    await expectValues(
      cube.gt(1).any(axis),
      along(axis, l => Number(l.some(v => v > 1))),
    )
    await expectValues(
      cube.gt(-1).all(axis),
      along(axis, l => Number(l.every(v => v > -1))),
    )
  })
  test('several axes, all axes, keepdims', async () => {
    await expectValues(
      cube.sum([0, 2]),
      [0, 1, 2].map(j =>
        sum(
          lines(1)
            .flat()
            .map(l => l[j]!),
        ),
      ),
    )
    await expectValues(
      cube.sum([2, 0]),
      [0, 1, 2].map(j =>
        sum(
          lines(1)
            .flat()
            .map(l => l[j]!),
        ),
      ),
    )
    await expectValues(cube.sum(), sum(values))
    await expectValues(cube.mean(undefined, { keepdims: true }), [[[mean(values)]]])
    await expectValues(cube.sum(-1, { keepdims: true }), along(2, sum).map(row => row.map(v => [v])) as never)
    await expectValues(cube.var(), variance(values))
    await expectValues(
      cube.prod([0, 1]),
      [0, 1, 2, 3].map(k => values.reduce((p, v, i) => (i % 4 === k ? p * v : p), 1)),
    )
    await expectValues(cube.argmax(), values.indexOf(Math.max(...values)))
    await expectValues(cube.argmin(undefined, { keepdims: true }), [[[values.indexOf(Math.min(...values))]]])
  })
  test('softmax', async () => {
    const soft = (l: number[]) => l.map(v => Math.exp(v) / sum(l.map(Math.exp)))
    await expectValues(cube.softmax(-1), lines(2).map(row => row.map(soft)) as never)
    await expectValues(cube.logSoftmax(2), lines(2).map(row => row.map(l => soft(l).map(Math.log))) as never)
    await expectValues(
      cube.softmax(0).sum(0),
      along(0, () => 1),
    )
    await expectValues(tensor([1000, 1001, -1000]).softmax(0), [1 / (1 + Math.E), Math.E / (1 + Math.E), 0])
    await expectValues(tensor([1000, 1001]).logsumexp(0), 1001 + Math.log1p(Math.exp(-1)))
    await expectValues(tensor([-Infinity, -Infinity]).logsumexp(0), -Infinity)
    await expectValues(tensor([Infinity, 0]).logsumexp(0), Infinity)
  })
  test('cumsum', async () => {
    const run = (l: readonly number[]) => l.map((_, i) => sum(l.slice(0, i + 1)))
    await expectValues(cube.cumsum(2), lines(2).map(row => row.map(run)) as never)
    const long = numbers(1000)
    await expectValues(tensor(long).cumsum(0), run(long.map(Math.fround)), 1e-5)
    await expectValues(tensor([1, 2, 3], { dtype: 'int32' }).cumsum(-1), [1, 3, 6])
  })
  test('integers, NaN and nothing', async () => {
    const whole = tensor([[3, -2147483648, 7]], { dtype: 'int32' })
    await expectValues(whole.max(), 7)
    await expectValues(whole.min(), -2147483648)
    await expectValues(whole.argmin(1), [1])
    expect(whole.sum().dtype).toBe('int32')
    const holes = tensor([1, Number.NaN, 3])
    await expectValues(holes.max(), Number.NaN)
    await expectValues(holes.min(), Number.NaN)
    await expectValues(holes.argmax(0), 1)
    await expectValues(zeros([0, 2]).sum(0), [0, 0])
    await expectValues(zeros([0, 2]).prod(0), [1, 1])
    await expectValues(zeros([0]).gt(0).any(), false)
    await expectValues(zeros([0]).gt(0).all(), true)
    expect(() => zeros([0]).mean()).toThrow(ShapeError)
    expect(() => zeros([0]).max()).toThrow(ShapeError)
    expect(() => tensor([1]).var()).toThrow('correction: 0')
    await expectValues(tensor([2, 2, 2, 2]).std(), 0)
    await expectValues(tensor([3, 4]).normalize(0), [0.6, 0.8])
    await expectValues(zeros([2]).normalize(0), [0, 0])
  })
})
