/** Window kernels for every device's tests: the usual ones, and random ones. All numbers are small integers: answers are exact. */
import fc from 'fast-check'
import { contiguousStrides, numel } from '../graph/shape.ts'
import type { Epilogue, Instruction, WindowKernel } from './kernel.ts'

export interface WindowCase {
  readonly name: string
  readonly kernel: WindowKernel
  readonly buffers: readonly Float32Array[]
}

type Op = WindowKernel['op']
interface Axis {
  readonly size: number
  readonly window: number
  readonly stride: number
  readonly low: number
  readonly high: number
  readonly dilation: number
  readonly inputDilation: number
}

const positionsOf = (a: Axis): number =>
  Math.max(
    0,
    Math.floor((a.inputDilation * (a.size - 1) + 1 + a.low + a.high - a.dilation * (a.window - 1) - 1) / a.stride) + 1,
  )

const result: Instruction = { op: 'result', dtype: 'float32' }
const epilogues = {
  plain: (strides: number[], out: number): Epilogue => ({
    body: [result],
    stores: [{ access: { argument: out, offset: 0, strides }, value: 0 }],
  }),
  /** out = mask > 0 ? result : 0, and the mask lies in memory backwards. */
  masked: (strides: number[], out: number, elements: number): Epilogue => ({
    body: [
      result,
      { op: 'const', value: 0, dtype: 'float32' },
      {
        op: 'load',
        access: { argument: out + 1, offset: elements - 1, strides: strides.map(s => -s) },
        dtype: 'float32',
      },
      { op: 'scalar', name: 'less', args: [1, 2], dtype: 'bool' },
      { op: 'scalar', name: 'where', args: [3, 0, 1], dtype: 'float32' },
    ],
    stores: [{ access: { argument: out, offset: 0, strides }, value: 4 }],
  }),
}

function kernelOf(op: Op, rows: number, axes: readonly Axis[], style: keyof typeof epilogues): WindowKernel {
  const inputs = op === 'pick' || op === 'scatter' ? [0, 1] : [0]
  const size = axes.map(a => a.size)
  const positions = axes.map(positionsOf)
  const shape = [rows, ...(op === 'scatter' ? size : positions)]
  return {
    kind: 'window',
    name: op,
    buffers: [0, 1, 2, 3].slice(0, inputs.length + (style === 'masked' ? 2 : 1)),
    op,
    inputs,
    rows,
    size,
    positions,
    window: axes.map(a => a.window),
    stride: axes.map(a => a.stride),
    low: axes.map(a => a.low),
    dilation: axes.map(a => a.dilation),
    inputDilation: axes.map(a => a.inputDilation),
    epilogue: epilogues[style](contiguousStrides(shape), inputs.length, numel(shape)),
    dtype: 'float32',
  }
}

/** Small integers with many ties, and now and then −∞ or NaN. */
function values(n: number, seed: number, special = false): Float32Array {
  let state = seed * 2654435761 + 12345
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const r = (state >>> 16) % 97
    if (special && r < 6) return r < 3 ? Number.NEGATIVE_INFINITY : Number.NaN
    return (r % 9) - 4
  })
}

function buffersOf(kernel: WindowKernel, seed: number): Float32Array[] {
  const { op, rows, size, positions } = kernel
  const [plane, windows] = [numel(size), numel(positions)]
  const out = rows * (op === 'scatter' ? plane : windows)
  const second =
    op === 'pick' ? [values(rows * plane, seed + 1)] : op === 'scatter' ? [values(rows * windows, seed + 1)] : []
  const buffers = [values(rows * plane, seed, op !== 'sum'), ...second, values(out, seed + 2)]
  if (kernel.buffers.length > buffers.length) buffers.push(values(out, seed + 3))
  return buffers
}

const plain = { low: 0, high: 0, dilation: 1, inputDilation: 1 }
const square = (size: number, window: number, stride: number, low = 0): Axis[] =>
  [0, 1].map(() => ({ ...plain, size, window, stride, low, high: low }))

const caseOf = (name: string, kernel: WindowKernel, seed = 1): WindowCase => ({
  name,
  kernel,
  buffers: buffersOf(kernel, seed),
})
const ops = ['sum', 'max', 'pick', 'scatter'] as const

export const windowCases: readonly WindowCase[] = [
  ...ops.flatMap(op =>
    (['plain', 'masked'] as const).flatMap(style => {
      const usual = (rows: number, axes: Axis[], seed?: number): WindowCase =>
        caseOf(`${op} of the usual windows, ${style}`, kernelOf(op, rows, axes, style), seed)
      return [
        ...[2, 4, 6, 9, 10, 14, 28].map(size => usual(5, square(size, 2, 2), size)),
        ...[3, 7, 16, 33].map(size => usual(3, square(size, 3, 2, 1), size)),
        ...[8, 21, 33, 70].map(size => usual(2, square(size, 3, 2), size)),
        ...[5, 12].map(size => usual(2, square(size, 3, 1), size)),
        usual(4, square(12, 12, 12)),
        // more taps than are unrolled
        usual(2, square(17, 9, 2)),
        usual(2, square(17, 9, 2, 4)),
      ]
    }),
  ),
  ...(() => {
    const [overlapping, apart] = [
      { ...plain, size: 9, window: 3, stride: 1 },
      { ...plain, size: 11, window: 2, stride: 2 },
    ]
    const name = 'windows that overlap along some axes only'
    return [
      caseOf(name, kernelOf('scatter', 2, [overlapping, apart], 'plain')),
      caseOf(name, kernelOf('scatter', 2, [apart, overlapping], 'masked')),
    ]
  })(),
  caseOf('no windows', kernelOf('scatter', 2, [{ ...plain, size: 3, window: 5, stride: 1 }], 'plain')),
]

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 11 }),
    window: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 4 }),
    low: fc.integer({ min: -1, max: 4 }),
    high: fc.integer({ min: -1, max: 4 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    inputDilation: fc.integer({ min: 1, max: 3 }),
  })
  .filter(a => positionsOf(a) > 0)
const descriptions = fc.record({
  op: fc.constantFrom(...ops),
  rows: fc.integer({ min: 1, max: 3 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  style: fc.constantFrom('plain' as const, 'masked' as const),
  seed: fc.integer({ min: 1, max: 1000 }),
})

export const randomWindow: fc.Arbitrary<WindowCase> = descriptions
  .map(({ op, axes, ...rest }) => ({
    ...rest,
    op,
    axes: op === 'sum' ? axes : axes.map(a => ({ ...a, inputDilation: 1 })),
  }))
  .filter(({ axes }) => axes.every(a => positionsOf(a) > 0))
  .map(({ op, rows, axes, style, seed }) => caseOf('random', kernelOf(op, rows, axes, style), seed))
