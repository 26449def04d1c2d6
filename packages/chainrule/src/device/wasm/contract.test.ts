import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Case,
  type Convolution,
  conv,
  convolution,
  convolutions,
  matmul,
  matrices,
  matrix,
  numbers,
  weightGradient,
} from '../../compile/contractions.testing.ts'
import type { ContractKernel } from '../../compile/kernel.ts'
import { emitContract, type Strategy, strategyOf } from './contract.ts'
import { hasRelaxedSimd, type Target } from './emitter.ts'
import { runInJavaScript, runOnWasm } from './kernels.testing.ts'

const targets: Target[] = (['modern', 'legacy'] as const).flatMap(preset =>
  (hasRelaxedSimd() ? [false, true] : [false]).map(fma => ({ preset, fma })),
)

function check(kernel: ContractKernel, lengths: readonly number[], target: Target): readonly string[] {
  const buffers = lengths.map((n, i) =>
    kernel.dtype === 'int32' ? Int32Array.from(numbers(n, i), x => x * 100) : numbers(n, i),
  )
  const expected = runInJavaScript(kernel, buffers)
  const run = runOnWasm(emitContract, kernel, buffers, target)
  for (const [i, want] of expected.entries()) {
    const have = run.buffers[i]!
    const scale = Array.from(want).reduce((m, x) => Math.max(m, Math.abs(x)), 1e-3)
    for (let j = 0; j < want.length; j++)
      if (!(Math.abs(have[j]! - want[j]!) <= 1e-5 * scale))
        throw new Error(`buffer ${i}, element ${j}: ${have[j]} for ${want[j]}`)
  }
  return run.notes
}

describe('matrix products', () => {
  it.each(targets)('any size, order and epilogue ($preset)', target => {
    fc.assert(
      fc.property(matrices, p => {
        const { kernel, lengths } = matmul(p)
        check(kernel, lengths, target)
      }),
      { numRuns: 150 },
    )
  })
  it.each(targets)('long reductions in blocks, many rows in blocks ($preset)', target => {
    const plain = {
      batch: 1,
      transposeA: false,
      transposeB: false,
      transposeOut: false,
      flip: { a: [], b: [] },
      tail: 'rowRelu',
      int: false,
    } as const
    for (const [m, n, k] of [
      [13, 17, 2500],
      [7, 9, 4099],
      [1, 33, 3000],
      [700, 9, 1030],
      [5, 300, 1025],
    ] as const)
      for (const transposeB of [false, true]) {
        const { kernel, lengths } = matmul({ ...plain, m, n, k, transposeB })
        check(kernel, lengths, target)
      }
  })
})

describe('convolutions', () => {
  it.each(targets)('any geometry ($preset)', target => {
    fc.assert(
      fc.property(convolutions, p => {
        const { kernel, lengths } = convolution(p)
        check(kernel, lengths, target)
      }),
      { numRuns: 120 },
    )
  })
  it.each(targets)('weight gradients of any geometry ($preset)', target => {
    fc.assert(
      fc.property(convolutions, p => {
        const { kernel, lengths } = weightGradient(p)
        check(kernel, lengths, target)
      }),
      { numRuns: 120 },
    )
  })
})

describe('3×3 convolutions by minimal filtering', () => {
  const geometries = fc.record({
    images: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 16, max: 40 }),
    outputs: fc.integer({ min: 16, max: 40 }),
    size: fc.tuple(fc.integer({ min: 7, max: 40 }), fc.integer({ min: 7, max: 40 })),
    low: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })),
    high: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })),
    flipped: fc.boolean(),
    inputLast: fc.boolean(),
    outputLast: fc.boolean(),
    apart: fc.constantFrom(1, 2),
    tail: fc.constantFrom<Convolution['tail']>('none', 'column', 'rowRelu', 'residual', 'mask', 'two', 'index'),
  })
  it.each(targets)('any geometry ($preset)', target => {
    let taken = 0
    fc.assert(
      fc.property(geometries, p => {
        const { kernel, lengths } = convolution(conv(p))
        if (strategyOf(kernel) === 'winograd') taken++
        check(kernel, lengths, target)
      }),
      { numRuns: 25 },
    )
    expect(taken).toBeGreaterThan(4)
  })
  it('in blocks of rows', () => {
    const { kernel, lengths } = convolution(conv({ images: 1, inputs: 64, outputs: 64, size: [56, 56], tail: 'mask' }))
    expect(strategyOf(kernel)).toBe('winograd')
    for (const target of targets) check(kernel, lengths, target)
  })
  it('not of groups', () => {
    for (const outputs of [1, 16]) {
      const { kernel, lengths } = convolution(conv({ groups: 16, inputs: 16, outputs, size: [20, 20] }))
      expect(strategyOf(kernel)).toBe('convolution')
      for (const target of targets) check(kernel, lengths, target)
    }
  })
})

describe('strategies', () => {
  const cases: [string, Case, Strategy][] = [
    ['matrix product', matmul(matrix({})), 'gemm'],
    ['large matrices', matmul(matrix({ m: 300, n: 300, k: 300, transposeB: true })), 'gemm'],
    ['vector times transposed matrix', matmul(matrix({ m: 1, transposeB: true })), 'dot'],
    ['matrix times vector', matmul(matrix({ n: 1 })), 'dot'],
    ['vector times matrix', matmul(matrix({ m: 1 })), 'gemm'],
    ['convolution', convolution(conv({})), 'convolution'],
    ['valid convolution', convolution(conv({ low: [0, 0], high: [0, 0] })), 'convolution'],
    ['strided convolution', convolution(conv({ stride: [2, 2] })), 'convolution'],
    ['depthwise convolution', convolution(conv({ groups: 6, inputs: 1, outputs: 1 })), 'convolution'],
    ['1×1 convolution', convolution(conv({ taps: [1, 1], low: [0, 0], high: [0, 0] })), 'gemm'],
    ['convolution of narrow maps', convolution(conv({ size: [3, 3] })), 'general'],
    [
      'convolution over the whole map',
      convolution(conv({ taps: [12, 12], low: [0, 0], high: [0, 0], outputs: 9, images: 9 })),
      'dot',
    ],
    ['convolution of single pixels', convolution(conv({ size: [1, 1], images: 9 })), 'gemm'],
    ['convolution of one pixel to a map', convolution(conv({ size: [1, 1], low: [2, 2], high: [2, 2] })), 'gemm'],
    ['weight gradient', weightGradient(conv({})), 'gradient'],
    ['weight gradient along a single row', weightGradient(conv({ size: [1, 12], taps: [2, 3] })), 'gradient'],
    ['weight gradient of narrow maps', weightGradient(conv({ size: [3, 3] })), 'general'],
    ['weight gradient of many channels on small maps', weightGradient(conv({ outputs: 60, size: [6, 6] })), 'general'],
    [
      'weight gradient of a 1×1 convolution',
      weightGradient(conv({ taps: [1, 1], low: [0, 0], high: [0, 0], inputs: 9, outputs: 9 })),
      'dot',
    ],
  ]
  it.each(cases)('%s', (_, { kernel, lengths }, strategy) => {
    expect(strategyOf(kernel)).toBe(strategy)
    for (const target of targets) check(kernel, lengths, target)
  })
  it('gives equal bits each time', () => {
    const { kernel, lengths } = convolution(conv({ tail: 'tanh' }))
    const buffers = lengths.map(numbers)
    const run = () => runOnWasm(emitContract, kernel, buffers, targets[0]).buffers[2]
    expect(run()).toEqual(run())
  })
  it('adds nothing up over an empty reduction, and leaves empty results alone', () => {
    for (const more of [{ k: 0, tail: 'rowRelu' as const }, { m: 0 }]) {
      const { kernel, lengths } = matmul(matrix(more))
      check(kernel, lengths, targets[0]!)
    }
  })
})
