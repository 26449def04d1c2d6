import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as b from '../graph/build.ts'
import { hostArray, type TypedArray } from '../graph/dtype.ts'
import type { Node, NodeOf } from '../graph/node.ts'
import { numel } from '../graph/shape.ts'
import { compileGraph } from './compile.ts'
import { runKernel } from './javascript.ts'
import type { Kernel, Program } from './kernel.ts'
import { randomGraph } from './random-graph.testing.ts'
import { type SliceLimits, type Slices, slice, sliceLimits } from './slice.ts'

const source = (...shape: number[]) => b.source({ shape, dtype: 'float32' }) as NodeOf<'source'>
const programOf = (sources: NodeOf<'source'>[], outputs: Node[], updates = outputs.map(() => -1)): Program =>
  compileGraph({ sources, outputs, updates })
/** As many pieces as there can be. */
const fine: SliceLimits = { work: 0, pieces: 5 }
const countOf = (pieces: readonly Slices[]): number => pieces.reduce((n, s) => n + s.count, 0)

/** Runs each piece of a kernel on displaced views of `arrays`, in an order drawn from `seed`. */
function runPieces(pieces: readonly Slices[], arrays: ReadonlyMap<number, TypedArray>, seed: number): void {
  const order = pieces.flatMap(s => Array.from({ length: s.count }, (_, i) => ({ ...s, i })))
  let state = seed
  for (let k = order.length - 1; k > 0; k--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const other = state % (k + 1)
    ;[order[k], order[other]] = [order[other]!, order[k]!]
  }
  for (const { kernel, offsets, shifts, i } of order)
    runKernel(
      kernel,
      kernel.buffers.map((id, j) => {
        const start = offsets[j]! + i * shifts[j]!
        expect(Math.min(offsets[j]!, shifts[j]!)).toBeGreaterThanOrEqual(0)
        return arrays.get(id)!.subarray(start)
      }),
    )
}

/** Runs a program twice, kernels whole and in pieces; every buffer must be the same after each. Returns what was cut. */
function compare(program: Program, values: readonly TypedArray[], limits: SliceLimits, seed: number): Kernel[] {
  const arrays = program.buffers.map(buffer =>
    buffer.kind === 'source' ? values[buffer.source!]!.slice() : hostArray(buffer.dtype, buffer.elements),
  )
  const cut: Kernel[] = []
  for (const kernel of program.kernels) {
    const pieces = slice(kernel, limits)
    const inPieces = new Map(kernel.buffers.map(id => [id, arrays[id]!.slice()]))
    runPieces(pieces, inPieces, seed)
    runKernel(
      kernel,
      kernel.buffers.map(id => arrays[id]!),
    )
    for (const [id, array] of inPieces) expect(array).toEqual(arrays[id])
    if (countOf(pieces) > 1) cut.push(kernel)
  }
  return cut
}
const noise = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + 12.9898 * i) * 2)

describe('slice', () => {
  it('leaves every element as it is when the whole kernel runs, on random graphs', () => {
    const kinds = new Map<string, number>()
    fc.assert(
      fc.property(randomGraph, fc.integer({ min: 2, max: 7 }), fc.nat(), ({ sources, values, outputs }, most, seed) => {
        // new values of variables are made in place
        const free = new Set(sources.keys())
        const updates = outputs.map(o => {
          const target = [...free].find(j => sources[j]!.shape.join() === o.shape.join()) ?? -1
          free.delete(target)
          return target
        })
        const program = programOf(sources, outputs, updates)
        for (const { kind } of compare(program, values, { work: 0, pieces: most }, seed))
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      }),
      { numRuns: 600 },
    )
    for (const kind of ['loop', 'contract', 'window', 'gather']) expect(kinds.get(kind)).toBeGreaterThan(10)
  })

  it('cuts rows that are updated in place', () => {
    const [w, g] = [source(6, 40), source(6, 40)]
    const program = programOf([w, g], [b.sub(w, b.mul(g, b.full([6, 40], 0.5)))], [0])
    expect(program.kernels).toHaveLength(1)
    expect(compare(program, [noise(240), noise(240)], fine, 3)).toHaveLength(1)
  })

  it('gives an argument that moves at two paces a twin', () => {
    const x = source(32, 32)
    const program = programOf([x], [b.add(x, b.transpose(x))])
    const [pieces] = slice(program.kernels[0]!, fine)
    expect(pieces!.kernel.buffers).toHaveLength(program.kernels[0]!.buffers.length + 1)
    expect(compare(program, [noise(1024)], fine, 4)).toHaveLength(1)
  })

  it('moves indices and masks along', () => {
    const x = source(12, 3)
    const padded = b.pad(x, [
      [5, 3],
      [0, 0],
    ])
    const program = programOf(
      [x],
      [b.where(b.less(b.indexAlong([20, 3], 0), b.full([20, 3], 9, 'int32')), padded, b.neg(padded))],
    )
    expect(compare(program, [noise(36)], { work: 0, pieces: 4 }, 5)).toHaveLength(1)
  })

  it('cuts a scatter between outer positions', () => {
    const [x, list] = [source(5, 4, 3), b.source({ shape: [4], dtype: 'int32' }) as NodeOf<'source'>]
    const program = programOf([x, list], [b.scatterAdd(x, list, 1, 6)])
    expect(compare(program, [noise(60), Int32Array.of(5, 0, 5, 2)], fine, 6).map(k => k.kind)).toContain('scatter')
  })

  it('does not cut sums', () => {
    const x = source(64, 64)
    const program = programOf([x], [b.sum(x, [0, 1])])
    for (const kernel of program.kernels) expect(countOf(slice(kernel, fine))).toBe(1)
  })

  const convolution = (images: number, channels: number, outputs: number, side: number) => {
    const [x, w] = [source(images, channels, side, side), source(outputs, channels, 3, 3)]
    const same = [
      [1, 1],
      [1, 1],
    ] as const
    const y = b.conv(x, w, { stride: [1, 1], padding: same, dilation: [1, 1], inputDilation: [1, 1], groups: 1 })
    return programOf([x, w], [y]).kernels.find(k => k.kind === 'contract')!
  }
  const dimsOf = (kernel: Kernel): string =>
    kernel.kind === 'contract' ? kernel.dims.map(d => `${d.role}${d.size}`).join(' ') : ''

  it('cuts a convolution between images, one image between outputs, and small ones not at all', () => {
    const pieces = slice(convolution(32, 64, 64, 56))
    expect(pieces.map(p => [p.count, dimsOf(p.kernel)])).toEqual([[16, 'n2 m64 n56 n56 k64 k3 k3']])
    const single = slice(convolution(1, 64, 64, 56))
    expect(single).toHaveLength(1)
    expect(dimsOf(single[0]!.kernel)).toMatch(/^n1 m(8|16|32) n56 n56/)
    expect(countOf(slice(convolution(2, 3, 4, 8)))).toBe(1)
  })

  it('packs no operand of a matrix product so often that it costs', () => {
    const product = (m: number, n: number, k: number): Kernel => {
      const [x, y] = [source(m, k), source(k, n)]
      return programOf([x, y], [b.dot(x, y)]).kernels[0]!
    }
    for (const n of [64, 128, 256, 512, 1024, 2048]) {
      const pieces = countOf(slice(product(n, n, n)))
      expect((pieces - 1) * 8 * n * n).toBeLessThanOrEqual(0.06 * n ** 3)
    }
    expect(countOf(slice(product(1024, 1024, 1024)))).toBeGreaterThanOrEqual(6)
  })

  it('has pieces of at least the least work', () => {
    for (const n of [1000, 12_345, 100_000, 3_000_000]) {
      const x = source(n)
      const [kernel] = programOf([x], [b.tanh(x)]).kernels as [Kernel]
      const pieces = slice(kernel)
      expect(countOf(pieces)).toBeLessThanOrEqual(sliceLimits.pieces)
      if (countOf(pieces) > 1)
        for (const p of pieces.filter(p => p.count > 1))
          expect(p.kernel.kind === 'loop' && numel(p.kernel.dims) * 42).toBeGreaterThanOrEqual(sliceLimits.work * 0.9)
      expect(pieces.reduce((sum, p) => sum + (p.kernel.kind === 'loop' ? p.count * numel(p.kernel.dims) : 0), 0)).toBe(
        n,
      )
    }
  })
})
