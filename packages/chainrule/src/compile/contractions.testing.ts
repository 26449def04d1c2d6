/** Contractions of every kind for the tests of devices, with the lengths of their buffers; buffer 2 is the result. */
import fc from 'fast-check'
import type { Access, Axis, ContractKernel, Instruction, Operand } from './kernel.ts'

/** Small numbers, the same for the same seed. */
export function numbers(length: number, seed: number): Float32Array {
  let state = seed * 7919 + 1
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 23 - 1
  })
}

const contiguous = (sizes: readonly number[]): number[] => {
  const strides = new Array<number>(sizes.length)
  let size = 1
  for (let i = sizes.length - 1; i >= 0; i--) {
    strides[i] = size
    size *= sizes[i]!
  }
  return strides
}
/** Strides of [images, groups, channels, …space], in that order or with the channels innermost. */
const strided = (sizes: readonly number[], channelsLast: boolean): number[] => {
  if (!channelsLast) return contiguous(sizes)
  const [image, group, channel, ...space] = sizes as [number, number, number, ...number[]]
  const [i, ...rest] = contiguous([image, ...space, group, channel]) as [number, ...number[]]
  return [i, rest[space.length]!, rest[space.length + 1]!, ...rest.slice(0, space.length)]
}
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

type Tail = 'none' | 'column' | 'rowRelu' | 'residual' | 'mask' | 'two' | 'tanh' | 'index'
const tails: Tail[] = ['none', 'column', 'rowRelu', 'residual', 'mask', 'two', 'tanh', 'index']

/** Epilogues over an output of strides `out`; buffer 2 is the output, 3 a second operand, 4 a second output. */
function epilogueOf(tail: Tail, out: readonly number[], row: readonly number[], column: readonly number[]) {
  const dtype = 'float32' as const
  const result: Instruction = { op: 'result', dtype }
  const access = (argument: number, strides: readonly number[]): Access => ({ argument, offset: 0, strides })
  const load = (argument: number, strides: readonly number[]): Instruction => ({
    op: 'load',
    dtype,
    access: access(argument, strides),
  })
  const scalar = (name: 'add' | 'relu' | 'less' | 'where' | 'mul' | 'tanh', ...args: number[]): Instruction => ({
    op: 'scalar',
    name,
    args,
    dtype: name === 'less' ? 'bool' : dtype,
  })
  const bodies: Record<Tail, Instruction[]> = {
    none: [result],
    column: [result, load(3, column), scalar('add', 0, 1)],
    rowRelu: [result, load(3, row), scalar('add', 0, 1), scalar('relu', 2)],
    residual: [result, load(2, out), scalar('add', 0, 1)],
    mask: [result, { op: 'const', value: 0, dtype }, load(3, out), scalar('less', 1, 2), scalar('where', 3, 0, 1)],
    two: [result, load(3, row), scalar('mul', 0, 1)],
    tanh: [result, scalar('tanh', 0)],
    index: [
      result,
      { op: 'index', offset: 1, strides: out, dtype: 'int32' },
      { op: 'cast', args: [1], dtype },
      scalar('add', 0, 2),
    ],
  }
  const body = bodies[tail]
  const stores = [{ value: body.length - 1, access: access(2, out) }]
  if (tail === 'two') stores.push({ value: 0, access: access(4, out) })
  return { body, stores }
}

export interface Matrix {
  batch: number
  m: number
  n: number
  k: number
  transposeA: boolean
  transposeB: boolean
  transposeOut: boolean
  /** Which loops run backwards through their operand. */
  flip: { readonly a: readonly ('m' | 'k')[]; readonly b: readonly ('n' | 'k')[] }
  tail: Tail
  int: boolean
}
/** An operand whose marked axes are read from the end. */
const backwards = (argument: number, axes: readonly Axis[], marked: readonly boolean[]): Operand => ({
  argument,
  offset: axes.reduce((n, { size, stride }, i) => (marked[i] ? n + Math.max(0, size - 1) * stride : n), 0),
  axes: axes.map((axis, i) => (marked[i] ? { ...axis, stride: -axis.stride } : axis)),
})

/** A kernel, and the number of elements of each of its buffers. */
export interface Case {
  readonly kernel: ContractKernel
  readonly lengths: readonly number[]
}

export function matmul(p: Matrix): Case {
  const { batch, m, n, k } = p
  const order = (swap: boolean, x: number, y: number): [number, number, number] =>
    swap ? [x * y, 1, x] : [x * y, y, 1]
  const a = order(p.transposeA, m, k)
  const b = order(p.transposeB, k, n)
  const out = order(p.transposeOut, m, n)
  const axis = (size: number, stride: number, dim: number): Axis => ({
    size,
    stride,
    start: 0,
    terms: [{ dim, step: 1 }],
  })
  const has = { a: (d: 'm' | 'k') => p.flip.a.includes(d), b: (d: 'n' | 'k') => p.flip.b.includes(d) }
  const dims = [
    { size: batch, role: 'batch' },
    { size: m, role: 'm' },
    { size: n, role: 'n' },
    { size: k, role: 'k' },
  ] as const
  const row = [0, 1, 0, 0]
  const column = [0, 0, 1, 0]
  return {
    kernel: {
      kind: 'contract',
      name: 'matmul',
      buffers: [0, 1, 2, 3, 4],
      dims,
      a: backwards(0, [axis(batch, a[0], 0), axis(m, a[1], 1), axis(k, a[2], 3)], [false, has.a('m'), has.a('k')]),
      b: backwards(1, [axis(batch, b[0], 0), axis(k, b[1], 3), axis(n, b[2], 2)], [false, has.b('k'), has.b('n')]),
      epilogue: p.int
        ? {
            body: [{ op: 'result', dtype: 'int32' }],
            stores: [{ value: 0, access: { argument: 2, offset: 0, strides: [...out, 0] } }],
          }
        : epilogueOf(p.tail, [...out, 0], row, column),
      dtype: p.int ? 'int32' : 'float32',
    },
    lengths: [batch * m * k, batch * k * n, batch * m * n, Math.max(batch * m * n, m, n), batch * m * n],
  }
}

export const matrices = fc.record<Matrix>({
  batch: fc.constantFrom(1, 1, 2, 3),
  m: fc.integer({ min: 1, max: 40 }),
  n: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 40 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  transposeOut: fc.boolean(),
  flip: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Matrix['flip']>({ a: [], b: [] }) },
    fc.record<Matrix['flip']>({ a: fc.subarray<'m' | 'k'>(['m', 'k']), b: fc.subarray<'n' | 'k'>(['n', 'k']) }),
  ),
  tail: fc.constantFrom(...tails),
  int: fc.constantFrom(false, false, false, true),
})

export interface Convolution {
  images: number
  groups: number
  inputs: number
  outputs: number
  size: number[]
  taps: number[]
  stride: number[]
  dilation: number[]
  low: number[]
  high: number[]
  flipped: boolean
  /** Channels innermost in x, and in the result. */
  inputLast: boolean
  outputLast: boolean
  /** Elements from one result to the next: those between are not touched. */
  apart: number
  tail: Tail
}
const positionsOf = (p: Convolution): number[] =>
  p.size.map(
    (s, i) => Math.floor((s + p.low[i]! + p.high[i]! - p.dilation[i]! * (p.taps[i]! - 1) - 1) / p.stride[i]!) + 1,
  )

/** x [images, groups·inputs, …size], w [groups·outputs, inputs, …taps] → [images, groups·outputs, …positions]. */
export function convolution(p: Convolution): Case {
  const { images, groups, inputs, outputs, size, taps } = p
  const positions = positionsOf(p)
  const rank = size.length
  const dims: { size: number; role: 'batch' | 'm' | 'n' | 'k' }[] = []
  const dim = (size: number, role: 'batch' | 'm' | 'n' | 'k'): number => dims.push({ size, role }) - 1
  const image = dim(images, 'n')
  const group = dim(groups, 'batch')
  const m = dim(outputs, 'm')
  const place = positions.map(n => dim(n, 'n'))
  const channel = dim(inputs, 'k')
  const tap = taps.map(n => dim(n, 'k'))
  const xs = strided([images, groups, inputs, ...size], p.inputLast)
  const ws = contiguous([groups, outputs, inputs, ...taps])
  const os = strided([images, groups, outputs, ...positions], p.outputLast).map(stride => stride * p.apart)
  const one = (size: number, stride: number, dim: number): Axis => ({
    size,
    stride,
    start: 0,
    terms: [{ dim, step: 1 }],
  })
  const flip = (i: number): Axis => one(taps[i]!, p.flipped ? -ws[3 + i]! : ws[3 + i]!, tap[i]!)
  const strides = (of: (d: number) => number): number[] => dims.map((_, d) => of(d))
  const out = strides(d =>
    d === image ? os[0]! : d === group ? os[1]! : d === m ? os[2]! : place.includes(d) ? os[3 + place.indexOf(d)]! : 0,
  )
  const row = strides(d => (d === group ? outputs : d === m ? 1 : 0))
  const column = strides(d => (d === place.at(-1) ? 1 : 0))
  const outSize = images * groups * outputs * product(positions) * p.apart
  return {
    kernel: {
      kind: 'contract',
      name: 'conv',
      buffers: [0, 1, 2, 3, 4],
      dims,
      a: {
        argument: 0,
        offset: p.flipped ? taps.reduce((n, t, i) => n + (t - 1) * ws[3 + i]!, 0) : 0,
        axes: [
          one(groups, ws[0]!, group),
          one(outputs, ws[1]!, m),
          one(inputs, ws[2]!, channel),
          ...taps.map((_, i) => flip(i)),
        ],
      },
      b: {
        argument: 1,
        offset: 0,
        axes: [
          one(images, xs[0]!, image),
          one(groups, xs[1]!, group),
          one(inputs, xs[2]!, channel),
          ...size.map((n, i) => ({
            size: n,
            stride: xs[3 + i]!,
            start: -p.low[i]!,
            terms: [
              { dim: place[i]!, step: p.stride[i]! },
              { dim: tap[i]!, step: p.dilation[i]! },
            ],
          })),
        ],
      },
      epilogue: epilogueOf(p.tail, out, row, column),
      dtype: 'float32',
    },
    lengths: [
      groups * outputs * inputs * product(taps),
      images * groups * inputs * product(size),
      outSize,
      Math.max(outSize, groups * outputs, positions[rank - 1]!),
      outSize,
    ],
  }
}

/** dw [groups·outputs, inputs, …taps] of the same convolution: sums x · g over images and positions. */
export function weightGradient(p: Convolution): Case {
  const { images, groups, inputs, outputs, size, taps } = p
  const positions = positionsOf(p)
  const dims: { size: number; role: 'batch' | 'm' | 'n' | 'k' }[] = []
  const dim = (size: number, role: 'batch' | 'm' | 'n' | 'k'): number => dims.push({ size, role }) - 1
  const channel = dim(inputs, 'n')
  const group = dim(groups, 'batch')
  const m = dim(outputs, 'm')
  const tap = taps.map(n => dim(n, 'n'))
  const image = dim(images, 'k')
  const place = positions.map(n => dim(n, 'k'))
  const xs = strided([images, groups, inputs, ...size], p.inputLast)
  const gs = strided([images, groups, outputs, ...positions], p.inputLast)
  const ws = contiguous([groups, outputs, inputs, ...taps])
  const one = (size: number, stride: number, dim: number): Axis => ({
    size,
    stride,
    start: 0,
    terms: [{ dim, step: 1 }],
  })
  const out = dims.map((_, d) =>
    d === group ? ws[0]! : d === m ? ws[1]! : d === channel ? ws[2]! : tap.includes(d) ? ws[3 + tap.indexOf(d)]! : 0,
  )
  const wSize = groups * outputs * inputs * product(taps)
  return {
    kernel: {
      kind: 'contract',
      name: 'conv weight gradient',
      buffers: [0, 1, 2, 3, 4],
      dims,
      a: {
        argument: 0,
        offset: 0,
        axes: [
          one(images, gs[0]!, image),
          one(groups, gs[1]!, group),
          one(outputs, gs[2]!, m),
          ...positions.map((n, i) => one(n, gs[3 + i]!, place[i]!)),
        ],
      },
      b: {
        argument: 1,
        offset: 0,
        axes: [
          one(images, xs[0]!, image),
          one(groups, xs[1]!, group),
          one(inputs, xs[2]!, channel),
          ...size.map((n, i) => ({
            size: n,
            stride: xs[3 + i]!,
            start: -p.low[i]!,
            terms: [
              { dim: tap[i]!, step: p.dilation[i]! },
              { dim: place[i]!, step: p.stride[i]! },
            ],
          })),
        ],
      },
      epilogue: epilogueOf(
        p.tail,
        out,
        dims.map((_, d) => (d === m ? 1 : 0)),
        dims.map((_, d) => (d === tap.at(-1) ? 1 : 0)),
      ),
      dtype: 'float32',
    },
    lengths: [
      images * groups * outputs * product(positions),
      images * groups * inputs * product(size),
      wSize,
      Math.max(wSize, outputs, ...taps),
      wSize,
    ],
  }
}

const list = (rank: number, min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank })
export const convolutions = fc
  .constantFrom(1, 2, 2, 2, 3)
  .chain(rank =>
    fc.record<Convolution>({
      images: fc.integer({ min: 1, max: 3 }),
      groups: fc.constantFrom(1, 1, 2, 5),
      inputs: fc.integer({ min: 1, max: 5 }),
      outputs: fc.integer({ min: 1, max: 9 }),
      size: list(rank, 1, rank === 1 ? 60 : rank === 2 ? 14 : 7),
      taps: list(rank, 1, rank === 1 ? 20 : rank === 2 ? 5 : 3),
      stride: list(rank, 1, 3),
      dilation: list(rank, 1, 2),
      low: list(rank, -1, 3),
      high: list(rank, -1, 3),
      flipped: fc.boolean(),
      inputLast: fc.constantFrom(false, false, true),
      outputLast: fc.constantFrom(false, false, true),
      apart: fc.constantFrom(1, 1, 1, 2, 2, 3),
      tail: fc.constantFrom(...tails),
    }),
  )
  .filter(p => positionsOf(p).every(n => n > 0))

export const conv = (more: Partial<Convolution>): Convolution => ({
  images: 2,
  groups: 1,
  inputs: 3,
  outputs: 8,
  size: [12, 12],
  taps: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
  low: [1, 1],
  high: [1, 1],
  flipped: false,
  inputLast: false,
  outputLast: false,
  apart: 1,
  tail: 'none',
  ...more,
})
export const matrix = (more: Partial<Matrix>): Matrix => ({
  batch: 1,
  m: 16,
  n: 16,
  k: 16,
  transposeA: false,
  transposeB: false,
  transposeOut: false,
  flip: { a: [], b: [] },
  tail: 'none',
  int: false,
  ...more,
})
