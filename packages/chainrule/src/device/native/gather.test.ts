/** Gather and scatter in C against the kernel IR printed as JavaScript. */
import { describe, expect, it } from 'vitest'
import type { GatherKernel, ScatterKernel } from '../../compile/kernel.ts'
import { runInJavaScript } from '../../compile/loop-cases.testing.ts'
import { faultWords, printGather, printScatter } from './gather.ts'
import { compiler, runOnNative } from './library.testing.ts'

const values = (n: number, dtype: 'float32' | 'int32') =>
  dtype === 'float32'
    ? Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 8)
    : Int32Array.from({ length: n }, (_, i) => (i * 37) % 101)
const list = (n: number, size: number) => Int32Array.from({ length: n }, (_, i) => (i * 5 + (i >> 2)) % size)
const common = { name: 'embedding', buffers: [0, 1, 2] }
const sizes = [1, 2, 3].flatMap(outer =>
  [1, 3, 4, 7, 16, 20, 67].flatMap(inner =>
    (['float32', 'int32'] as const).map(dtype => ({ outer, size: 9, inner, count: outer === 2 ? 0 : 33, dtype })),
  ),
)

describe.runIf(compiler)('gather and scatter', () => {
  it('agree with JavaScript', () => {
    const gathers = sizes.map(s => ({
      kernel: { kind: 'gather', ...common, ...s } satisfies GatherKernel,
      buffers: [
        values(s.outer * s.size * s.inner, s.dtype),
        list(s.count, s.size),
        values(s.outer * s.count * s.inner, s.dtype),
      ],
    }))
    for (const [i, { buffers }] of runOnNative(printGather, gathers).entries())
      expect(buffers).toEqual(runInJavaScript(gathers[i]!.kernel, gathers[i]!.buffers))
    const scatters = sizes.map(s => ({
      kernel: { kind: 'scatter', ...common, ...s } satisfies ScatterKernel,
      buffers: [
        values(s.outer * s.count * s.inner, s.dtype),
        list(s.count, s.size),
        values(s.outer * s.size * s.inner, s.dtype),
      ],
    }))
    for (const [i, { buffers }] of runOnNative(printScatter, scatters).entries())
      expect(buffers).toEqual(runInJavaScript(scatters[i]!.kernel, scatters[i]!.buffers))
  })
  it('report the index that is outside', () => {
    const kernel: GatherKernel = { kind: 'gather', ...common, outer: 1, size: 3, inner: 1, count: 2, dtype: 'float32' }
    const cases = [
      [0, 3],
      [-1, 0],
      [2, 0],
    ].map(indices => ({
      kernel,
      buffers: [values(3, 'float32'), Int32Array.from(indices), values(2, 'float32')],
    }))
    const faults = runOnNative(printGather, cases).map(({ fault }) => [
      fault[faultWords.happened],
      fault[faultWords.index],
      fault[faultWords.size],
    ])
    expect(faults).toEqual([
      [1, 3, 3],
      [1, -1, 3],
      [0, 0, 0],
    ])
  })
})
