/** The reference device itself, beyond the known answers of `device/conformance.test.ts`: windows against loops written differently. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IndexError, ShapeError } from '../../errors.ts'
import { expectClose, expectGradientsToMatchAlongLine, slope, weighted } from '../../grad/finite-differences.testing.ts'
import * as b from '../../graph/build.ts'
import type { Attributes, Node, Padding } from '../../graph/node.ts'
import { numel } from '../../graph/shape.ts'
import { evaluateNode, leaf, numbers, some } from './evaluate.testing.ts'
import { erf } from './scalars.ts'

describe('errors', () => {
  test('an index outside is an IndexError that names it', () => {
    for (const index of [-1, 3]) {
      const indices = leaf([0, index], [2], 'int32')
      expect(() => evaluateNode(b.gather(some([3, 2]), indices, 0))).toThrow(IndexError)
      expect(() => evaluateNode(b.scatterAdd(some([2, 2]), indices, 0, 3))).toThrow(`index ${index} is outside [0, 3)`)
    }
  })
  test('a host function that gives too few values', () => {
    const node = b.host([], { name: 'short', shape: [2], dtype: 'int32', run: () => [1] })
    expect(() => evaluateNode(node)).toThrow(ShapeError)
  })
})

test('erf to the last digits of float64', () => {
  const known: readonly [number, number][] = [
    [1e-10, 1.1283791670955126e-10],
    [0.1, 0.1124629160182849],
    [2, 0.9953222650189527],
    [2.4999, 0.9995928300996666],
    [2.5, 0.999593047982555],
    [4, 0.9999999845827421],
    [5.5, 0.9999999999999927],
  ]
  for (const [x, y] of known) {
    expect(Math.abs(erf(x) / y - 1)).toBeLessThan(4e-16)
    expect(erf(-x)).toBe(-erf(x))
  }
  expect([erf(0), erf(7), erf(-Infinity), erf(Number.NaN)]).toEqual([0, 1, -1, Number.NaN])
})

/** x with zeros (or `outside`) between and around its elements, as a function of the coordinate; one axis. */
function padded(values: readonly number[], [low, high]: Padding, inputDilation: number, outside = 0): number[] {
  const dilated = values.flatMap((v, i) => (i === 0 ? [v] : [...new Array<number>(inputDilation - 1).fill(outside), v]))
  const front = low >= 0 ? [...new Array<number>(low).fill(outside), ...dilated] : dilated.slice(-low)
  return high >= 0
    ? [...front, ...new Array<number>(high).fill(outside)]
    : front.slice(0, Math.max(0, front.length + high))
}
/** Rows of a padded image [rows][columns]. */
function paddedImage(
  rows: readonly number[][],
  padding: readonly Padding[],
  inputDilation: readonly number[],
): number[][] {
  const wide = rows.map(row => padded(row, padding[1]!, inputDilation[1]!))
  const tall = padded(
    wide.map((_, i) => i),
    padding[0]!,
    inputDilation[0]!,
    -1,
  )
  const width = padded(new Array<number>(rows[0]!.length).fill(0), padding[1]!, inputDilation[1]!).length
  return tall.map(i => (i < 0 ? new Array<number>(width).fill(0) : wide[i]!))
}

const axis = fc.record({
  size: fc.integer({ min: 1, max: 6 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  inputDilation: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: -1, max: 3 }),
  high: fc.integer({ min: -1, max: 3 }),
})
type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never
const attributesOf = (axes: readonly Axis[]) => ({
  window: axes.map(a => a.kernel),
  stride: axes.map(a => a.stride),
  padding: axes.map((a): Padding => [a.low, a.high]),
  dilation: axes.map(a => a.dilation),
  inputDilation: axes.map(a => a.inputDilation),
})

interface ConvCase {
  readonly axes: readonly Axis[]
  readonly batch: number
  readonly groups: number
  readonly inputs: number
  readonly outputs: number
}
const small = fc.integer({ min: 1, max: 2 })
const convCase = (rank: { min: number; max: number }): fc.Arbitrary<ConvCase> =>
  fc.record({
    axes: fc.array(axis, { minLength: rank.min, maxLength: rank.max }),
    batch: small,
    groups: fc.integer({ min: 1, max: 3 }),
    inputs: small,
    outputs: small,
  })
function convOf(c: ConvCase): { x: Node; w: Node; y: Node; attributes: Attributes['conv'] } {
  const { window, ...sliding } = attributesOf(c.axes)
  const attributes = { ...sliding, groups: c.groups }
  const x = some([c.batch, c.groups * c.inputs, ...c.axes.map(a => a.size)], 1)
  const w = some([c.groups * c.outputs, c.inputs, ...window], 2)
  return { x, w, y: b.conv(x, w, attributes), attributes }
}

const runs = { numRuns: 150, seed: 2024 }

describe('random windows', () => {
  test('conv is the sum over taps of the padded image', () => {
    let compared = 0
    fc.assert(
      fc.property(convCase({ min: 2, max: 2 }), c => {
        const { x, w, y, attributes } = convOf(c)
        const [xs, ws] = [evaluateNode(x), evaluateNode(w)]
        const [, channels, height, width] = x.shape as [number, number, number, number]
        const [, perGroup, kh, kw] = w.shape as [number, number, number, number]
        const image = (n: number, channel: number) =>
          paddedImage(
            Array.from({ length: height }, (_, r) => {
              const start = ((n * channels + channel) * height + r) * width
              return xs.slice(start, start + width)
            }),
            attributes.padding,
            attributes.inputDilation,
          )
        const expected: number[] = []
        for (let n = 0; n < c.batch; n++)
          for (let o = 0; o < c.groups * c.outputs; o++)
            for (let p = 0; p < y.shape[2]!; p++)
              for (let q = 0; q < y.shape[3]!; q++) {
                let total = 0
                for (let k = 0; k < perGroup; k++) {
                  const rows = image(n, Math.floor(o / c.outputs) * perGroup + k)
                  for (let r = 0; r < kh; r++)
                    for (let s = 0; s < kw; s++)
                      total +=
                        rows[p * attributes.stride[0]! + r * attributes.dilation[0]!]![
                          q * attributes.stride[1]! + s * attributes.dilation[1]!
                        ]! * ws[((o * perGroup + k) * kh + r) * kw + s]!
                }
                expected.push(total)
              }
        compared += expected.length
        expectClose(evaluateNode(y), expected, 1e-12)
      }),
      runs,
    )
    expect(compared).toBeGreaterThan(500)
  })
  test('conv: derivatives of any rank, first and second', () => {
    fc.assert(
      fc.property(convCase({ min: 0, max: 3 }), c => {
        const { x, w, y } = convOf(c)
        const loss = weighted(y)
        expectGradientsToMatchAlongLine(loss, [x, w])
        expectGradientsToMatchAlongLine(slope(b.mul(loss, loss), [x, w]), [x, w], 1e-5)
      }),
      runs,
    )
  })

  const poolCase = fc.record({ axes: fc.array(axis, { minLength: 1, maxLength: 2 }), rows: small })
  const poolOf = (c: { axes: readonly Axis[]; rows: number }) => some([c.rows, ...c.axes.map(a => a.size)], 3)
  test('windowSum is a depthwise convolution with ones', () => {
    fc.assert(
      fc.property(poolCase, c => {
        const x = poolOf(c)
        const { window, ...sliding } = attributesOf(c.axes)
        const y = b.windowSum(x, { window, ...sliding })
        const channels = b.reshape(x, [1, ...x.shape])
        const ones = b.full([c.rows, 1, ...window], 1, 'float64')
        const expected = b.conv(channels, ones, { ...sliding, groups: c.rows })
        expectClose(evaluateNode(y), evaluateNode(expected), 1e-12)
        expectGradientsToMatchAlongLine(weighted(y), [x])
      }),
      runs,
    )
  })
  test('windowMax is the maximum of the padded signal, and its derivative belongs to it', () => {
    fc.assert(
      fc.property(axis, a => {
        const x = some([a.size], 4)
        const { inputDilation: _, ...window } = attributesOf([a])
        const y = b.windowMax(x, window)
        const signal = padded(evaluateNode(x), [a.low, a.high], 1, Number.NEGATIVE_INFINITY)
        const expected = Array.from({ length: y.shape[0]! }, (_, p) =>
          Math.max(...Array.from({ length: a.kernel }, (_, k) => signal[p * a.stride + k * a.dilation]!)),
        )
        expect(evaluateNode(y)).toEqual(expected)
        if (expected.every(Number.isFinite)) expectGradientsToMatchAlongLine(weighted(y), [x])
      }),
      runs,
    )
  })
  test('windowPick and windowScatter are transposes: ⟨pick(x, h), g⟩ = ⟨h, scatter(x, g)⟩', () => {
    fc.assert(
      fc.property(poolCase, c => {
        const { inputDilation: _, ...window } = attributesOf(c.axes)
        const x = poolOf(c)
        const h = leaf(numbers(numel(x.shape), 5), x.shape)
        const picked = b.windowPick(x, h, window)
        const g = some(picked.shape, 6)
        const scattered = evaluateNode(b.windowScatter(x, g, window))
        const [hs, gs] = [evaluateNode(h), evaluateNode(g)]
        const inner = (p: readonly number[], q: readonly number[]) => p.reduce((total, v, i) => total + v * q[i]!, 0)
        expectClose([inner(evaluateNode(picked), gs)], [inner(hs, scattered)], 1e-12)
        // picking x itself gives the maximum
        const finite = evaluateNode(b.windowMax(x, window)).map(v => (Number.isFinite(v) ? v : 0))
        expect(evaluateNode(b.windowPick(x, x, window))).toEqual(finite)
      }),
      runs,
    )
  })
})
