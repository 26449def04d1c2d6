import { describe, expect, it } from 'vitest'
import { IndexError } from '../errors.ts'
import { printKernel, runKernel, runProgram } from './javascript.ts'
import { erf, round, toInt } from './javascript-math.ts'
import type { ContractKernel, Epilogue, Instruction, LoopKernel, Program, WindowKernel } from './kernel.ts'

const f = (...values: number[]) => new Float32Array(values)
const i = (...values: number[]) => new Int32Array(values)
const load = (argument: number, ...strides: number[]): Instruction => ({
  op: 'load',
  access: { argument, offset: 0, strides },
  dtype: 'float32',
})
const keep = (argument: number, ...strides: number[]): Epilogue => ({
  body: [{ op: 'result', dtype: 'float32' }],
  stores: [{ access: { argument, offset: 0, strides }, value: 0 }],
})

const softmax: LoopKernel = {
  kind: 'loop',
  name: 'softmax',
  buffers: [0, 1],
  dims: [2, 3],
  rows: 1,
  body: [
    load(0, 3, 1),
    { op: 'reduced', reduction: 0, dtype: 'float32' },
    { op: 'scalar', name: 'sub', args: [0, 1], dtype: 'float32' },
    { op: 'scalar', name: 'exp', args: [2], dtype: 'float32' },
    { op: 'reduced', reduction: 1, dtype: 'float32' },
    { op: 'scalar', name: 'div', args: [3, 4], dtype: 'float32' },
  ],
  reductions: [
    { op: 'max', value: 0, dtype: 'float32' },
    { op: 'sum', value: 3, dtype: 'float32' },
  ],
  stores: [{ access: { argument: 1, offset: 0, strides: [3, 1] }, value: 5 }],
}

describe('loop kernels', () => {
  it('computes softmax in three sweeps', () => {
    const out = new Float32Array(6)
    runKernel(softmax, [f(0, Math.log(2), 0, 5, 5, 5), out])
    expect([...out].map(x => Number(x.toFixed(6)))).toEqual([0.25, 0.5, 0.25, 0.333333, 0.333333, 0.333333])
    expect(printKernel(softmax)).toContain('for (let i1 = 0; i1 < 3; i1++)')
  })
  it('reads zero outside of masks, runs backwards, numbers points', () => {
    const kernel: LoopKernel = {
      kind: 'loop',
      name: 'pad',
      buffers: [0, 1, 2],
      dims: [5],
      rows: 1,
      body: [
        {
          op: 'load',
          access: { argument: 0, offset: 3, strides: [-1], mask: [{ dim: 0, lo: 1, hi: 4 }] },
          dtype: 'float32',
        },
        { op: 'index', offset: 10, strides: [2], dtype: 'int32' },
      ],
      reductions: [],
      stores: [
        { access: { argument: 1, offset: 0, strides: [1] }, value: 0 },
        { access: { argument: 2, offset: 0, strides: [1] }, value: 1 },
      ],
    }
    const [out, numbers] = [new Float32Array(5), new Int32Array(5)]
    runKernel(kernel, [f(1, 2, 3), out, numbers])
    expect([...out]).toEqual([0, 3, 2, 1, 0])
    expect([...numbers]).toEqual([10, 12, 14, 16, 18])
  })
  it('finds the first maximum, and NaN before all', () => {
    const kernel: LoopKernel = {
      kind: 'loop',
      name: 'argmax',
      buffers: [0, 1],
      dims: [3, 4],
      rows: 1,
      body: [load(0, 4, 1), { op: 'reduced', reduction: 0, dtype: 'int32' }],
      reductions: [{ op: 'argmax', value: 0, dtype: 'int32' }],
      stores: [{ access: { argument: 1, offset: 0, strides: [1, 0] }, value: 1 }],
    }
    const out = new Int32Array(3)
    runKernel(kernel, [f(1, 7, 7, 2, -Infinity, -Infinity, -Infinity, -Infinity, 1, NaN, 9, NaN), out])
    expect([...out]).toEqual([1, 0, 1])
  })
})

describe('contractions', () => {
  it('multiplies matrices, with bias and relu on the way out', () => {
    const plain = (argument: number, ...axes: [number, number, number][]) => ({
      argument,
      offset: 0,
      axes: axes.map(([size, stride, dim]) => ({ size, stride, start: 0, terms: [{ dim, step: 1 }] })),
    })
    const kernel: ContractKernel = {
      kind: 'contract',
      name: 'linear',
      buffers: [0, 1, 2, 3],
      dims: [
        { size: 2, role: 'm' },
        { size: 2, role: 'n' },
        { size: 3, role: 'k' },
      ],
      a: plain(0, [2, 3, 0], [3, 1, 2]),
      b: plain(1, [3, 2, 2], [2, 1, 1]),
      epilogue: {
        body: [
          { op: 'result', dtype: 'float32' },
          load(2, 0, 1, 0),
          { op: 'scalar', name: 'add', args: [0, 1], dtype: 'float32' },
          { op: 'scalar', name: 'relu', args: [2], dtype: 'float32' },
        ],
        stores: [{ access: { argument: 3, offset: 0, strides: [2, 1, 0] }, value: 3 }],
      },
      dtype: 'float32',
    }
    const out = new Float32Array(4)
    // [[1 2 3] [4 5 6]] · [[1 0] [0 1] [1 −1]] = [[4 −1] [10 −1]], + [0 1.5]
    runKernel(kernel, [f(1, 2, 3, 4, 5, 6), f(1, 0, 0, 1, 1, -1), f(0, 1.5), out])
    expect([...out]).toEqual([4, 0.5, 10, 0.5])
  })
  it('convolves with stride and padding', () => {
    // x = 1 2 3 4 5, padded by 1, taps 1 10 100, stride 2
    const kernel: ContractKernel = {
      kind: 'contract',
      name: 'conv',
      buffers: [0, 1, 2],
      dims: [
        { size: 3, role: 'n' },
        { size: 3, role: 'k' },
      ],
      a: { argument: 0, offset: 0, axes: [{ size: 3, stride: 1, start: 0, terms: [{ dim: 1, step: 1 }] }] },
      b: {
        argument: 1,
        offset: 0,
        axes: [
          {
            size: 5,
            stride: 1,
            start: -1,
            terms: [
              { dim: 0, step: 2 },
              { dim: 1, step: 1 },
            ],
          },
        ],
      },
      epilogue: keep(2, 1, 0),
      dtype: 'float32',
    }
    const out = new Float32Array(3)
    runKernel(kernel, [f(1, 10, 100), f(1, 2, 3, 4, 5), out])
    expect([...out]).toEqual([210, 432, 54])
  })
})

describe('windows', () => {
  const pool = (op: WindowKernel['op'], inputs: number[]): WindowKernel => ({
    kind: 'window',
    name: op,
    buffers: [0, 1, 2].slice(0, inputs.length + 1),
    op,
    inputs,
    rows: 1,
    size: [2, 4],
    positions: [1, 2],
    window: [2, 2],
    stride: [2, 2],
    low: [0, 0],
    dilation: [1, 1],
    inputDilation: [1, 1],
    epilogue: op === 'scatter' ? keep(2, 8, 4, 1) : keep(inputs.length, 2, 2, 1),
    dtype: 'float32',
  })
  const x = f(1, 5, 2, 2, 5, 3, 2, NaN)
  it('sums, takes the maximum, picks and scatters', () => {
    const two = new Float32Array(2)
    runKernel(pool('sum', [0]), [f(1, 5, 2, 2, 5, 3, 2, 8), two])
    expect([...two]).toEqual([14, 14])
    runKernel(pool('max', [0]), [x, two])
    expect([...two]).toEqual([5, NaN])
    runKernel(pool('pick', [0, 1]), [x, f(0, 1, 2, 3, 4, 5, 6, 7), two])
    expect([...two]).toEqual([1, 7])
    const eight = new Float32Array(8).fill(9)
    runKernel(pool('scatter', [0, 1]), [x, f(10, 20), eight])
    expect([...eight]).toEqual([0, 10, 0, 0, 0, 0, 0, 20])
  })
  it('accumulates where windows overlap, and ignores padding', () => {
    const kernel: WindowKernel = {
      ...pool('scatter', [0, 1]),
      size: [4],
      positions: [3],
      window: [3],
      stride: [2],
      low: [1],
      dilation: [1],
      inputDilation: [1],
      epilogue: keep(2, 4, 1),
    }
    const out = new Float32Array(4)
    // windows (·, −1, −2), (−2, 0, −4), (−4, ·, ·): maxima at 0, 2, 3
    runKernel(kernel, [f(-1, -2, 0, -4), f(1, 10, 100), out])
    expect([...out]).toEqual([1, 0, 10, 100])
  })
})

describe('indexing and host work', () => {
  it('gathers, and adds back', () => {
    const common = {
      name: 'embedding',
      buffers: [0, 1, 2],
      outer: 1,
      size: 3,
      inner: 2,
      count: 3,
      dtype: 'float32',
    } as const
    const out = new Float32Array(6)
    runKernel({ kind: 'gather', ...common }, [f(1, 2, 3, 4, 5, 6), i(2, 0, 2), out])
    expect([...out]).toEqual([5, 6, 1, 2, 5, 6])
    const back = new Float32Array(6).fill(7)
    runKernel({ kind: 'scatter', ...common }, [out, i(2, 0, 2), back])
    expect([...back]).toEqual([1, 2, 0, 0, 10, 12])
    expect(() => runKernel({ kind: 'gather', ...common }, [f(1, 2, 3, 4, 5, 6), i(0, 3, 1), out])).toThrow(IndexError)
    expect(() => runKernel({ kind: 'gather', ...common }, [f(1, 2, 3, 4, 5, 6), i(0, -1, 1), out])).toThrow(
      'embedding: index -1 is outside [0, 3)',
    )
  })
  it('runs a program: temporaries, host work, copies', () => {
    const source = (n: number) =>
      ({ elements: 2, dtype: 'float32', kind: 'source', first: -1, last: 2, source: n, label: '' }) as const
    const program: Program = {
      buffers: [
        source(0),
        source(1),
        { elements: 2, dtype: 'float32', kind: 'temporary', first: 0, last: 1, label: '' },
      ],
      kernels: [
        {
          kind: 'host',
          name: 'reverse',
          buffers: [0, 2],
          inputs: [{ shape: [2], dtype: 'float32' }],
          output: { shape: [2], dtype: 'float32' },
          run: given => [given!.data[1]!, given!.data[0]!],
        },
      ],
      outputs: [2, 0],
      copies: [{ from: 2, to: 1 }],
    }
    const sources = [f(1, 2), f(0, 0)]
    expect(runProgram(program, sources).map(o => [...o])).toEqual([
      [2, 1],
      [1, 2],
    ])
    expect([...sources[1]!]).toEqual([2, 1])
  })
})

describe('scalar functions', () => {
  it('agrees with published values', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15)
    expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 15)
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.3, Infinity].map(round)).toEqual([0, 2, 2, -0, -2, 2, Infinity])
    expect([NaN, 1e20, -1e20, -1.9].map(toInt)).toEqual([0, 2147483647, -2147483648, -1])
  })
})
