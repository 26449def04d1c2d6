/** Loop kernels with their answers, for every device's tests: known shapes of work, and random kernels. */
import fc from 'fast-check'
import { expect } from 'vitest'
import type { DType, TypedArray } from '../graph/dtype.ts'
import { contiguousStrides } from '../graph/shape.ts'
import { printKernel, runKernel } from './javascript.ts'
import type { Access, Instruction, Kernel, LoopKernel, Reduction, ScalarOp, Store } from './kernel.ts'

export interface LoopCase {
  readonly name: string
  readonly kernel: LoopKernel
  readonly buffers: readonly TypedArray[]
  /** The buffers afterwards. */
  expected(): readonly TypedArray[]
  /** Relative to the larger of the expected number and `unit`. */
  readonly tolerance: number
  readonly unit: number
}

/** The buffers after `runKernel`; the given ones stay. */
export function runInJavaScript(kernel: Kernel, buffers: readonly TypedArray[]): TypedArray[] {
  const copies = buffers.map(b => b.slice())
  runKernel(kernel, copies)
  return copies
}

/** Fails where buffers differ from what a case expects. */
export function expectCase({ kernel, expected, tolerance, unit }: LoopCase, got: readonly TypedArray[]): void {
  for (const [i, wanted] of expected().entries())
    expectClose(got[i]!, wanted, tolerance, unit, `buffer ${i} of\n${printKernel(kernel)}\n`)
}

let seed = 1
/** In [−1, 1). */
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0
  return seed / 2 ** 31
}
const floats = (n: number, scale = 1) => Float32Array.from({ length: n }, () => scale * random())
const ints = (n: number, limit: number) => Int32Array.from({ length: n }, () => Math.floor(limit * random()))

/** Largest difference relative to the larger of the expected number and `unit`. */
function expectClose(got: TypedArray, expected: TypedArray, tolerance: number, unit: number, what: string): void {
  expect(got.length).toBe(expected.length)
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, expected[i]!]
    if (Object.is(a, b) || a === b) continue
    if (!(Math.abs(a - b) <= tolerance * Math.max(Math.abs(b), unit)))
      expect.fail(`${what}: element ${i} is ${a} instead of ${b}`)
  }
}

/** Writes a body as a list of named calls. */
class BodyWriter {
  readonly body: Instruction[] = []
  readonly stores: Store[] = []
  readonly reductions: Reduction[] = []
  #add(i: Instruction): number {
    return this.body.push(i) - 1
  }
  load(argument: number, strides: readonly number[], dtype: DType = 'float32', rest: Partial<Access> = {}): number {
    return this.#add({ op: 'load', access: { argument, offset: 0, strides, ...rest }, dtype })
  }
  constant(value: number, dtype: DType = 'float32'): number {
    return this.#add({ op: 'const', value, dtype })
  }
  index(offset: number, strides: readonly number[]): number {
    return this.#add({ op: 'index', offset, strides, dtype: 'int32' })
  }
  op(name: ScalarOp, ...args: number[]): number {
    const compares = name === 'equal' || name === 'less' || name === 'lessEqual'
    const dtype = compares ? 'bool' : this.body[args[name === 'where' ? 1 : 0]!]!.dtype
    return this.#add({ op: 'scalar', name, args, dtype })
  }
  cast(v: number, dtype: DType): number {
    return this.#add({ op: 'cast', args: [v], dtype })
  }
  random(key0: number, key1: number, counter: number): number {
    return this.#add({ op: 'random', args: [key0, key1, counter], dtype: 'float32' })
  }
  reduce(op: Reduction['op'], value: number): number {
    const dtype = op === 'argmax' ? 'int32' : this.body[value]!.dtype
    return this.#add({ op: 'reduced', reduction: this.reductions.push({ op, value, dtype }) - 1, dtype })
  }
  store(argument: number, strides: readonly number[], value: number, offset = 0): void {
    this.stores.push({ access: { argument, offset, strides }, value })
  }
  kernel(name: string, dims: readonly number[], rows: number): LoopKernel {
    const buffers = [
      ...this.body.flatMap(i => (i.op === 'load' ? [i.access.argument] : [])),
      ...this.stores.map(s => s.access.argument),
    ]
    const count = Math.max(...buffers) + 1
    const { body, reductions, stores } = this
    return { kind: 'loop', name, buffers: [...Array(count).keys()], dims, rows, body, reductions, stores }
  }
}

export const loopCases: LoopCase[] = []
let name = ''
function check(
  kernel: LoopKernel,
  buffers: readonly TypedArray[],
  tolerance = 1e-5,
  unit = 1,
  expected = (): readonly TypedArray[] => runInJavaScript(kernel, buffers),
): void {
  loopCases.push({ name, kernel, buffers, expected, tolerance, unit })
}
function add(title: string, build: () => void): void {
  name = title
  build()
}
/** A case for each row; each %i in the title stands for one of its numbers. */
const each =
  (rows: readonly (number | readonly number[])[]) =>
  (title: string, build: (...row: number[]) => void): void => {
    for (const row of rows) {
      const left = [row].flat() as number[]
      add(
        title.replaceAll('%i', () => `${left.shift()}`),
        () => build(...([row].flat() as number[])),
      )
    }
  }

each([1, 2, 3, 4, 5, 7, 15, 16, 17, 33, 100, 4099, 70000])('map of %i elements', n => {
  const w = new BodyWriter()
  const [x, y] = [w.load(0, [1]), w.load(1, [1])]
  w.store(2, [1], w.op('exp', w.op('sub', w.op('mul', x, y), w.constant(0.5))))
  check(w.kernel('map', [n], 1), [floats(n), floats(n), new Float32Array(n)])
})
each([
  [5, 3, 7],
  [128, 6, 784],
  [70, 70, 10],
  [3, 2, 5000],
] as const)('with broadcasting over %i × %i × %i', (a, b, c) => {
  const w = new BodyWriter()
  const s = contiguousStrides([a, b, c])
  const y = w.op('relu', w.op('add', w.op('mul', w.load(0, s), w.load(1, [0, 1, 0])), w.load(2, [0, 0, 1])))
  w.store(3, s, y)
  const n = a * b * c
  check(w.kernel('broadcast', [a, b, c], 3), [floats(n), floats(b), floats(c), new Float32Array(n)])
})
add('in place, broadcasting a scalar: Adam', () => {
  for (const n of [1, 6, 30, 1000, 50003]) {
    const w = new BodyWriter()
    const [p, m, v, g, rate] = [w.load(0, [1]), w.load(1, [1]), w.load(2, [1]), w.load(3, [1]), w.load(4, [0])]
    const mix = (a: number, b: number, k: number) =>
      w.op('add', w.op('mul', a, w.constant(k)), w.op('mul', b, w.constant(1 - k)))
    const m1 = mix(m, g, 0.9)
    const v1 = mix(v, w.op('mul', g, g), 0.999)
    const step = w.op('div', w.op('mul', rate, m1), w.op('add', w.op('sqrt', v1), w.constant(1e-8)))
    w.store(0, [1], w.op('sub', p, step))
    w.store(1, [1], m1)
    w.store(2, [1], v1)
    const second = floats(n).map(Math.abs)
    check(w.kernel('adam', [n], 1), [floats(n), floats(n), second, floats(n), new Float32Array([1e-3])])
  }
})
add('bools, comparisons, integers', () => {
  const n = 103
  const w = new BodyWriter()
  const [x, i, j, flag] = [w.load(0, [1]), w.load(1, [1], 'int32'), w.load(2, [1], 'int32'), w.load(3, [1], 'bool')]
  const big = w.op('less', w.constant(0.1), x)
  w.store(4, [1], w.op('and', big, w.op('not', flag)))
  w.store(5, [1], w.op('where', w.op('or', big, flag), w.op('div', i, j), w.op('mod', i, j)))
  w.store(
    6,
    [1],
    w.op('add', w.cast(flag, 'float32'), w.cast(w.cast(w.op('mul', x, w.constant(9)), 'int32'), 'float32')),
  )
  w.store(7, [1], w.op('equal', flag, w.op('equal', i, j)))
  const out = () => new Int32Array(n)
  check(w.kernel('mixed', [n], 1), [
    floats(n),
    ints(n, 50),
    ints(n, 4),
    ints(n, 2).map(i => i & 1),
    out(),
    out(),
    new Float32Array(n),
    out(),
  ])
})
each([
  [1, 5, 5],
  [1, 64, 64],
  [3, 17, 35],
  [2, 300, 45],
  [40, 2, 41],
  [7, 33, 3],
])('%i transposes of %i × %i', (b, m, n) => {
  const w = new BodyWriter()
  const x = w.load(0, [m * n, 1, m])
  const line = w.load(1, [0, 1, 0])
  w.store(2, [m * n, n, 1], w.op('add', w.op('mul', x, line), w.cast(w.index(3, [0, 1, 10]), 'float32')))
  check(w.kernel('transpose', [b, m, n], 3), [floats(b * m * n), floats(m), new Float32Array(b * m * n)])
})
each([
  [64, 3, 3],
  [37, 3, 3],
  [1000, 2, 2],
  [21, 5, 2],
  [3, 3, 3],
])('%i rows of %i × %i, of which one column is not 0', (b, m, n) => {
  const w = new BodyWriter()
  const middle = [
    { dim: 2, lo: 1, hi: 2 },
    { dim: 3, lo: 0, hi: n - 1 },
  ]
  const inside = w.load(0, [1, 0, 0, 0], 'float32', { mask: middle })
  const window = w.load(1, [m * n, -n, n, 1], 'float32', { offset: n, mask: [{ dim: 2, lo: 1, hi: m }] })
  const outer = w.load(0, [1, 0, 0, 0])
  const place = w.cast(w.index(2, [100, 10, 3, 1]), 'float32')
  const sum = w.op('add', w.op('mul', inside, outer), w.op('sub', window, place))
  w.store(2, [2 * m * n, m * n, n, 1], sum)
  check(w.kernel('rows', [b, 2, m, n], 4), [floats(b), floats(b * m * n + n), new Float32Array(2 * b * m * n)])
})
const unary = ['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'sqrt', 'exp', 'log', 'sin', 'cos', 'tanh'] as const
const moreUnary = ['sigmoid', 'erf', 'relu'] as const
const binary = ['add', 'sub', 'mul', 'div', 'mod', 'maximum', 'minimum', 'equal', 'less', 'lessEqual'] as const
for (const name of [...unary, ...moreUnary])
  add(`${name} of float32`, () => {
    const w = new BodyWriter()
    w.store(1, [1], w.op(name, w.load(0, [1])))
    const special = [0, -0, 0.5, -1.5, 2.5, NaN, Infinity, -Infinity]
    check(w.kernel(name, [29], 1), [new Float32Array([...special, ...floats(21, 20)]), new Float32Array(29)])
  })
for (const name of [...binary, 'pow'] as const)
  add(`${name} of float32`, () => {
    const w = new BodyWriter()
    const v = w.op(name, w.load(0, [1]), w.load(1, [1]))
    w.store(2, [1], v)
    const [a, b] = [new Float32Array([NaN, 1, 0, -0, 2, Infinity, ...floats(15, 3)]), floats(21, 3)]
    b[1] = NaN
    b[2] = -0
    b[4] = 2
    const out = w.body[v]!.dtype === 'bool' ? new Int32Array(21) : new Float32Array(21)
    check(w.kernel(name, [21], 1), [a, b, out])
  })
for (const name of [...binary, 'neg', 'abs', 'sign', 'relu'] as const)
  add(`${name} of int32`, () => {
    const w = new BodyWriter()
    const [x, y] = [w.load(0, [1], 'int32'), w.load(1, [1], 'int32')]
    w.store(2, [1], binary.some(b => b === name) ? w.op(name, x, y) : w.op(name, x))
    const [a, b] = [ints(21, 1e9), ints(21, 5)]
    a.set([-2147483648, 2147483647, 3, 3])
    b.set([-1, 2147483647, 3, 0])
    check(w.kernel(name, [21], 1), [a, b, new Int32Array(21)], 0)
  })
add('random numbers equal the reference bit for bit', () => {
  const [a, b] = [37, 53]
  const w = new BodyWriter()
  w.store(
    1,
    [b, 1],
    w.random(w.load(0, [0, 0], 'int32'), w.load(0, [0, 0], 'int32', { offset: 1 }), w.index(0, [b, 1])),
  )
  check(w.kernel('random', [a, b], 2), [new Int32Array([-7, 123456]), new Float32Array(a * b)], 0)
})
each([
  [30, 1, 28],
  [9, 3, 3],
  [65, 2, 60],
  [12, 0, 5],
])('zero padding to %i from %i, %i elements', (n, low, size) => {
  const w = new BodyWriter()
  const mask = [0, 1].map(dim => ({ dim, lo: low, hi: low + size }))
  w.store(1, [n, 1], w.load(0, [size, 1], 'float32', { offset: -low * (size + 1), mask }))
  check(w.kernel('pad', [n, n], 2), [floats(size * size), new Float32Array(n * n)])
})

each([
  [1, 1],
  [1, 7],
  [1, 100000],
  [9, 33],
  [1000, 10],
  [3, 4097],
])('sums and maxima of %i rows of %i', (rows, n) => {
  const w = new BodyWriter()
  const x = w.load(0, [n, 1])
  w.store(1, [1, 0], w.reduce('sum', w.op('mul', x, x)))
  w.store(2, [1, 0], w.reduce('max', x))
  w.store(3, [1, 0], w.reduce('argmax', x))
  const x0 = floats(rows * n)
  const out = () => new Float32Array(rows)
  check(w.kernel('reduce', [rows, n], 1), [x0, out(), out(), new Int32Array(rows)])
})
each([
  [7, 5],
  [128, 10],
  [33, 120],
  [1000, 400],
  [5000, 3],
])('column sums of %i × %i', (b, n) => {
  const w = new BodyWriter()
  const x = w.load(0, [1, n])
  w.store(1, [1, 0], w.reduce('sum', x))
  w.store(2, [1, 0], w.reduce('argmax', x))
  check(w.kernel('columns', [n, b], 1), [floats(b * n), new Float32Array(n), new Int32Array(n)])
})
each([
  [4, 3, 5, 5],
  [16, 6, 28, 28],
  [8, 70, 7, 7],
  [2, 8, 1, 1],
  [32, 256, 2, 2],
  [5, 21, 2, 2],
  [3, 37, 1, 2],
  [6, 9, 4, 4],
])('batch norm over %i × %i × %i × %i', (b, c, h, width) => {
  const w = new BodyWriter()
  const n = b * h * width
  const strides = [h * width, c * h * width, width, 1]
  const x = w.load(0, strides)
  const mean = w.op('mul', w.reduce('sum', x), w.constant(1 / n))
  const d = w.op('sub', x, mean)
  const variance = w.op('mul', w.reduce('sum', w.op('mul', d, d)), w.constant(1 / n))
  const scale = w.op('div', w.load(1, [1, 0, 0, 0]), w.op('sqrt', w.op('add', variance, w.constant(1e-5))))
  w.store(2, strides, w.op('mul', d, scale))
  w.store(3, [1, 0, 0, 0], mean)
  check(w.kernel('batch norm', [c, b, h, width], 1), [
    floats(n * c),
    floats(c),
    new Float32Array(n * c),
    new Float32Array(c),
  ])
})
each([
  [5, 10],
  [128, 10],
  [64, 1000],
  [300, 64],
  [2, 20001],
])('softmax cross entropy with gradient of %i × %i', (b, n) => {
  const w = new BodyWriter()
  const x = w.load(0, [n, 1])
  const label = w.load(1, [1, 0], 'int32')
  const shifted = w.op('sub', x, w.reduce('max', x))
  const e = w.op('exp', shifted)
  const total = w.reduce('sum', e)
  const hit = w.cast(w.op('equal', w.index(0, [0, 1]), label), 'float32')
  const loss = w.op('sub', w.op('log', total), w.reduce('sum', w.op('mul', hit, shifted)))
  w.store(2, [1, 0], loss)
  w.store(3, [n, 1], w.op('sub', w.op('div', e, total), hit))
  check(w.kernel('cross entropy', [b, n], 1), [
    floats(b * n, 5),
    ints(b, n).map(Math.abs),
    new Float32Array(b),
    new Float32Array(b * n),
  ])
})
add('overwrites what it reads only after the last reading', () => {
  const [b, n] = [6, 37]
  const w = new BodyWriter()
  const x = w.op('add', w.load(0, [n, 1]), w.load(1, [0, 1]))
  const d = w.op('sub', x, w.op('mul', w.reduce('sum', x), w.constant(1 / n)))
  w.store(2, [n, 1], x)
  w.store(3, [n, 1], d)
  const separate = w.kernel('centre', [b, n], 1)
  const data = [floats(b * n), floats(n)]
  const out = () => new Float32Array(b * n)
  const [, , x1, d1] = runInJavaScript(separate, [...data, out(), out()])
  const stores = separate.stores.map(s =>
    s.access.argument === 2 ? { ...s, access: { ...s.access, argument: 0 } } : s,
  )
  check({ ...separate, stores }, [...data, new Float32Array(1), out()], 1e-5, 1, () => [
    x1!,
    data[1]!,
    new Float32Array(1),
    d1!,
  ])
})
add('keeps the digits of long sums', () => {
  const n = 1 << 20
  const w = new BodyWriter()
  w.store(1, [0], w.reduce('sum', w.load(0, [1])))
  check(w.kernel('sum', [n], 0), [new Float32Array(n).fill(0.1), new Float32Array(1)], 1e-6)
})
add('sums of infinities', () => {
  const n = 5000
  const w = new BodyWriter()
  w.store(1, [1, 0], w.reduce('sum', w.load(0, [n, 1])))
  const values = floats(3 * n)
  values[17] = Infinity
  values[n + 9] = -Infinity
  values[n + 4000] = Infinity
  check(w.kernel('infinities', [3, n], 1), [values, new Float32Array(3)])
})
add('NaN: maximum and its place', () => {
  for (const [rows, n] of [
    [1, 21],
    [21, 3],
  ] as const) {
    const w = new BodyWriter()
    const x = w.load(0, [n, 1])
    w.store(1, [1, 0], w.reduce('max', x))
    w.store(2, [1, 0], w.reduce('argmax', x))
    const values = floats(rows * n)
    for (const i of [1, 7, 13]) values[i] = NaN
    check(w.kernel('nan', [rows, n], 1), [values, new Float32Array(rows), new Int32Array(rows)])
  }
})
each([
  [7, 19],
  [40, 3],
])('integers and counts of bools in %i rows of %i', (rows, n) => {
  const w = new BodyWriter()
  const [x, flag] = [w.load(0, [n, 1], 'int32'), w.load(1, [n, 1], 'bool')]
  w.store(2, [1, 0], w.reduce('sum', w.op('mul', x, w.constant(1 << 20, 'int32'))))
  w.store(3, [1, 0], w.reduce('max', x))
  w.store(4, [1, 0], w.reduce('sum', w.cast(flag, 'int32')))
  w.store(5, [1, 0], w.op('less', w.constant(0, 'int32'), w.reduce('max', w.cast(flag, 'int32'))))
  const flags = ints(rows * n, 2).map(i => i & 1)
  const outputs = [1, 2, 3, 4].map(() => new Int32Array(rows))
  check(w.kernel('integers', [rows, n], 1), [ints(rows * n, 1e4), flags, ...outputs])
})
add('of nothing', () => {
  const w = new BodyWriter()
  w.store(1, [1, 0], w.op('add', w.reduce('sum', w.load(0, [1, 1])), w.constant(3)))
  check(w.kernel('empty', [5, 0], 1), [new Float32Array(1), new Float32Array(5)])
})
add('ties: the first', () => {
  for (const n of [3, 9, 40]) {
    const w = new BodyWriter()
    w.store(1, [1, 0], w.reduce('argmax', w.load(0, [n, 1], 'int32')))
    check(w.kernel('ties', [5, n], 1), [ints(5 * n, 3), new Int32Array(5)])
  }
})

const smoothOps = ['neg', 'abs', 'exp', 'tanh', 'sigmoid', 'relu', 'sin'] as const
/** Only for loaded values: at a jump, a rounding error would count. */
const jumpingOps = ['sign', 'floor', 'ceil', 'round'] as const
const binaryOps = ['add', 'sub', 'mul', 'maximum', 'minimum'] as const

export interface RandomLoop {
  readonly kernel: LoopKernel
  /** Elements of each buffer; inputs first. */
  readonly sizes: readonly number[]
  readonly loads: number
  /** Where the first store may go instead. */
  readonly inPlace: Access | undefined
}
/** A random kernel over float32 with its buffers: permuted, negative and zero strides, masks, several levels. */
export const randomLoop: fc.Arbitrary<RandomLoop> = fc
  .record({
    dims: fc.oneof(
      {
        arbitrary: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom<number[]>(1, 4, 16, 17, 33)), {
          maxLength: 4,
        }),
        weight: 9,
      },
      { arbitrary: fc.array(fc.constantFrom<number[]>(5, 16, 30, 61, 130), { minLength: 2, maxLength: 3 }), weight: 1 },
    ),
    rows: fc.nat(4),
    choices: fc.infiniteStream(fc.nat(1 << 20)),
    loads: fc.integer({ min: 1, max: 4 }),
    steps: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ dims, rows: wanted, choices, loads, steps }) => {
    const rows = Math.min(wanted, dims.length)
    const next = (n: number): number => (choices.next().value as number) % n
    const w = new BodyWriter()
    /** Elements of each buffer; inputs first. */
    const sizes: number[] = []
    /** A buffer that holds an access over `dims` in any order, some backwards, with a margin. */
    const place = (repeats: boolean, over: readonly boolean[]): { access: Access; size: number } => {
      const order = dims.map((_, d) => d).sort(() => next(3) - 1)
      const strides = dims.map(() => 0)
      let size = 1
      let offset = next(3)
      const margin = offset
      for (const d of order) {
        if (!over[d] || (repeats && next(4) === 0)) continue
        const gap = next(6) === 0 ? 2 : 1
        strides[d] = size * gap
        size *= dims[d]! * gap
        if (next(6) === 0) {
          offset += strides[d]! * (dims[d]! - 1)
          strides[d]! *= -1
        }
      }
      return { access: { argument: sizes.length, offset, strides }, size: size + margin }
    }
    const everywhere = dims.map(() => true)
    for (let i = 0; i < loads; i++) {
      const { access, size } = place(true, everywhere)
      sizes.push(size)
      let { offset } = access
      const mask: { dim: number; lo: number; hi: number }[] = []
      dims.forEach((n, dim) => {
        if (next(4) > 0) return
        const lo = next(n + 1)
        const hi = lo + next(n + 1 - lo)
        mask.push({ dim, lo, hi: Math.max(hi, lo) })
        // the buffer begins at the first element that is read
        if (access.strides[dim]! > 0) offset -= access.strides[dim]! * lo
      })
      w.load(access.argument, access.strides, 'float32', { ...access, offset, mask })
    }
    const any = (): number => {
      for (;;) {
        const v = next(w.body.length)
        if (w.body[v]!.dtype === 'float32') return v
      }
    }
    for (let i = 0; i < steps; i++) {
      const kind = next(8)
      if (kind === 0) w.op(smoothOps[next(smoothOps.length)]!, any())
      else if (kind === 1) w.op(jumpingOps[next(jumpingOps.length)]!, next(loads))
      else if (kind < 5) w.op(binaryOps[next(binaryOps.length)]!, any(), any())
      else if (kind === 5 && rows < dims.length) {
        if (w.reductions.length < 3) w.op('mul', w.reduce(next(3) === 0 ? 'max' : 'sum', any()), w.constant(0.01))
      } else if (kind === 6) w.op('where', w.op('less', next(loads), next(loads)), any(), any())
      else
        w.cast(
          w.index(
            next(5),
            dims.map(() => next(3) - 1),
          ),
          'float32',
        )
    }
    const stored = 1 + next(2)
    for (let i = 0; i < stored; i++) {
      const value = i === 0 ? w.body.length - 1 : any()
      const varies = variesInRow(w, rows)[value]!
      const { access, size } = place(
        false,
        dims.map((_, d) => d < rows || varies || next(4) === 0),
      )
      const v = w.body[value]!.dtype === 'float32' ? value : any()
      if (v !== value && variesInRow(w, rows)[v] && !varies) continue
      sizes.push(size)
      w.store(access.argument, access.strides, v, access.offset)
    }
    if (w.stores.length === 0) {
      const { access, size } = place(false, everywhere)
      sizes.push(size)
      w.store(access.argument, access.strides, 0, access.offset)
    }
    // the first store may go where a load reads the same elements
    const loaded = w.body.slice(0, loads).flatMap(i => (i.op === 'load' ? [i.access] : []))
    const covers = (a: Access) => !a.mask?.length && dims.every((n, d) => n === 1 || a.strides[d] !== 0)
    const inPlace = next(2) === 0 ? loaded.find(covers) : undefined
    return { kernel: w.kernel('random', dims, rows), sizes, loads, inPlace }
  })

function variesInRow({ body }: BodyWriter, rows: number): boolean[] {
  const varies: boolean[] = []
  for (const i of body) {
    const at = i.op === 'load' ? i.access : i.op === 'index' ? i : undefined
    const masked = i.op === 'load' && i.access.mask?.some(m => m.dim >= rows)
    const args = 'args' in i ? i.args : []
    varies.push(Boolean(masked || at?.strides.some((s, d) => d >= rows && s !== 0) || args.some(a => varies[a])))
  }
  return varies
}

/** A random kernel as a case; its first store may be at a load's place. */
export function randomCase({ kernel, sizes, loads, inPlace }: RandomLoop): LoopCase {
  const buffers = sizes.map((n, i) => (i < loads ? floats(n, 2) : new Float32Array(n)))
  const limits = { name: 'random', buffers, tolerance: 1e-3, unit: 10 }
  if (inPlace === undefined) return { ...limits, kernel, expected: () => runInJavaScript(kernel, buffers) }
  // the same kernel with a copy of that buffer to store into
  const storing = (argument: number): LoopKernel => {
    const [first, ...rest] = kernel.stores as [Store, ...Store[]]
    return { ...kernel, stores: [{ ...first, access: { ...inPlace, argument } }, ...rest] }
  }
  const apart = { ...storing(buffers.length), buffers: [...kernel.buffers, buffers.length] }
  const expected = (): TypedArray[] => {
    const results = runInJavaScript(apart, [...buffers, buffers[inPlace.argument]!])
    return results.slice(0, -1).map((b, i) => (i === inPlace.argument ? results.at(-1)! : b))
  }
  return { ...limits, kernel: storing(inPlace.argument), expected }
}
