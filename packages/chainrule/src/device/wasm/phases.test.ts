/** Convolutions of a dilated input, in phases that store side by side, beside the reference by definition. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileGraph } from '../../compile/compile.ts'
import * as b from '../../graph/build.ts'
import type { Node, NodeOf, Padding } from '../../graph/node.ts'
import { numel, range } from '../../graph/shape.ts'
import { jsDevice } from '../js/device.ts'
import { WasmDevice } from './device.ts'

const input = (shape: number[]) => b.source({ shape, dtype: 'float32' }) as NodeOf<'source'>
const dilated = (x: Node, w: Node, dilation: readonly number[], padding: readonly Padding[], groups: number): Node =>
  b.conv(x, w, {
    stride: dilation.map(() => 1),
    padding,
    dilation: dilation.map(() => 1),
    inputDilation: dilation,
    groups,
  })
const devices = [
  new WasmDevice({ preset: 'modern', threads: 1 }),
  new WasmDevice({ preset: 'legacy', fma: false, threads: 2, slices: { work: 64, pieces: 3 } }),
]
const reference = jsDevice()

const cases = fc
  .record({
    groups: fc.constantFrom(1, 2, 5),
    inner: fc.constantFrom(1, 2, 3),
    outer: fc.constantFrom(1, 2, 5),
    images: fc.constantFrom(1, 3),
    axes: fc.array(
      fc.record({
        size: fc.integer({ min: 1, max: 9 }),
        taps: fc.integer({ min: 1, max: 5 }),
        dilation: fc.constantFrom(1, 2, 2, 3),
        low: fc.integer({ min: 0, max: 3 }),
        high: fc.integer({ min: 0, max: 4 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    flipped: fc.boolean(),
    work: fc.constantFrom('none', 'add', 'permute', 'sum'),
  })
  .filter(({ axes }) => axes.every(a => a.dilation * (a.size - 1) + 1 + a.low + a.high >= a.taps))

test('agree with the reference, whatever is done with them', () => {
  fc.assert(
    fc.property(cases, ({ groups, inner, outer, images, axes, flipped, work }) => {
      const x = input([images, groups * inner, ...axes.map(a => a.size)])
      const w = input([groups * outer, inner, ...axes.map(a => a.taps)])
      const rank = range(axes.length)
      const y = dilated(
        x,
        flipped
          ? b.flip(
              w,
              rank.map(i => i + 2),
            )
          : w,
        axes.map(a => a.dilation),
        axes.map(a => [a.low, a.high]),
        groups,
      )
      const z = input([...y.shape])
      const output = {
        none: () => y,
        add: () => b.relu(b.add(b.mul(y, z), b.full(y.shape, 0.5))),
        permute: () => b.permute(y, [1, 0, ...rank.map(i => y.shape.length - 1 - i)]),
        sum: () => b.sum(b.mul(y, y), [0, ...rank.map(i => i + 2)]),
      }[work]()
      const sources = work === 'add' ? [x, w, z] : [x, w]
      const graph = { sources, outputs: [output], updates: [-1] }
      const values = sources.map((s, i) => Float32Array.from({ length: numel(s.shape) }, (_, k) => Math.sin(k * 3 + i)))
      const [wanted] = reference.prepare(graph).run(values) as Float32Array[]
      for (const device of devices) {
        const [actual] = device.prepare(graph).run(values) as Float32Array[]
        expect(actual!.length).toBe(wanted!.length)
        actual!.forEach((v, k) => {
          expect(Math.abs(v - wanted![k]!)).toBeLessThan(2e-4 * (1 + Math.abs(wanted![k]!)))
        })
      }
    }),
    { numRuns: 60 },
  )
})

test('the gradient of a depthwise convolution of stride 2 is one kernel, and one for the weights', () => {
  const g = input([2, 8, 14, 14])
  const w = input([8, 1, 3, 3])
  const y = dilated(
    g,
    w,
    [2, 2],
    [
      [1, 2],
      [1, 2],
    ],
    8,
  )
  const { kernels } = compileGraph({ sources: [g, w], outputs: [y], updates: [-1] })
  expect(kernels.map(k => k.kind)).toEqual(['loop', 'contract'])
})
test('without few channels each phase is a kernel that stores to its own places', () => {
  const g = input([2, 8, 14, 14])
  const w = input([16, 8, 3, 3])
  const y = dilated(
    g,
    w,
    [2, 2],
    [
      [1, 2],
      [1, 2],
    ],
    1,
  )
  const { kernels, buffers } = compileGraph({ sources: [g, w], outputs: [y], updates: [-1] })
  expect(kernels.map(k => k.kind)).toEqual(['contract', 'contract', 'contract', 'contract'])
  expect(buffers).toHaveLength(3)
})
