import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GatherKernel, ScatterKernel } from '../../compile/kernel.ts'
import { emitGather, emitScatter } from './gather.ts'
import { difference, runInJavaScript, runOnWasm } from './kernels.testing.ts'

const sizes = fc.record({
  outer: fc.integer({ min: 1, max: 3 }),
  size: fc.integer({ min: 1, max: 9 }),
  inner: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(64, 67, 100)),
  count: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(256, 300)),
  dtype: fc.constantFrom('float32' as const, 'int32' as const),
})
const common = { name: 'embedding', buffers: [0, 1, 2] }
const values = (n: number, dtype: 'float32' | 'int32') =>
  dtype === 'float32'
    ? Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 8)
    : Int32Array.from({ length: n }, (_, i) => (i * 37) % 101)
const list = (n: number, size: number) => Int32Array.from({ length: n }, (_, i) => (i * 5 + (i >> 2)) % size)

describe('gather and scatter', () => {
  it('agree with JavaScript for all sizes', () => {
    fc.assert(
      fc.property(sizes, s => {
        const { outer, size, inner, count, dtype } = s
        const gather: GatherKernel = { kind: 'gather', ...common, ...s }
        const scatter: ScatterKernel = { kind: 'scatter', ...common, ...s }
        const indices = list(count, size)
        const forward = [values(outer * size * inner, dtype), indices, values(outer * count * inner, dtype)]
        expect(difference(runOnWasm(emitGather, gather, forward).buffers, runInJavaScript(gather, forward))).toBe(
          undefined,
        )
        const back = [values(outer * count * inner, dtype), indices, values(outer * size * inner, dtype)]
        expect(difference(runOnWasm(emitScatter, scatter, back).buffers, runInJavaScript(scatter, back))).toBe(
          undefined,
        )
      }),
      { numRuns: 60 },
    )
  })
  it('reports the index that is outside', () => {
    const kernel: GatherKernel = { kind: 'gather', ...common, outer: 1, size: 3, inner: 1, count: 2, dtype: 'float32' }
    const run = (...indices: number[]) =>
      runOnWasm(emitGather, kernel, [values(3, 'float32'), Int32Array.from(indices), values(2, 'float32')])
    expect(() => run(0, 3)).toThrow('fault 0: 3 of 3')
    expect(() => run(-1, 0)).toThrow('fault 0: -1 of 3')
    expect(run(2, 0).buffers[2]).toEqual(Float32Array.of(values(3, 'float32')[2]!, 0))
  })
})
