import { describe, expect, it } from 'vitest'
import {
  all,
  block,
  br,
  brIf,
  bump,
  type Code,
  call,
  choose,
  drop,
  F32,
  type FunctionBuilder,
  f32,
  f32x4,
  get,
  I32,
  i32,
  i32x4,
  ifElse,
  type Local,
  loop,
  Module,
  memory,
  returns,
  select,
  selectVector,
  set,
  tee,
  unreachable,
  V128,
  type ValueType,
  v128,
} from './assembler.ts'

function instantiate(module: Module, imports: Record<string, (...args: number[]) => unknown> = {}) {
  const mem = new WebAssembly.Memory({ initial: 1, maximum: 65536 })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.assemble()), {
    env: { memory: mem, ...imports },
  })
  return {
    run: instance.exports as Record<string, (...args: number[]) => number>,
    f: new Float32Array(mem.buffer),
    i: new Int32Array(mem.buffer),
  }
}

function evaluate(
  result: ValueType,
  params: ValueType[],
  build: (f: FunctionBuilder, ...p: Local[]) => Code,
  ...args: number[]
): number {
  const module = new Module()
  module.function({ name: 'f', params, results: [result], build })
  return instantiate(module).run.f!(...args)
}

/** The four lanes of a vector expression over vectors a (1…), b at 16 and 32 bytes. */
function lanes(a: number[], b: number[], build: (a: Code, b: Code) => Code, kind: 'f' | 'i' = 'f'): number[] {
  const module = new Module()
  module.function({
    name: 'f',
    params: [],
    build: () => v128.store(i32.const(0), build(v128.load(i32.const(16)), v128.load(i32.const(0), 32))),
  })
  const m = instantiate(module)
  m[kind].set(a, 4)
  m[kind].set(b, 8)
  m.run.f!()
  return [...m[kind].subarray(0, 4)]
}

describe('constants', () => {
  it('encodes every size of signed and unsigned number', () => {
    for (const n of [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)])
      expect(evaluate(I32, [], () => i32.const(n))).toBe(n)
    for (const x of [0, -0, 1.5, -3e38, Infinity, NaN])
      expect(evaluate(F32, [], () => f32.const(x))).toBe(Math.fround(x))
  })
  it('encodes local indices and offsets beyond one byte', () => {
    const module = new Module()
    module.function({
      name: 'f',
      params: [],
      build: f => {
        const many = Array.from({ length: 300 }, () => f.i32())
        return many.map((x, i) => set(x, i32.const(i))).join('') + i32.store(i32.const(0), get(many[299]!), 40000)
      },
    })
    const m = instantiate(module)
    m.run.f!()
    expect(m.i[10000]).toBe(299)
  })
})

describe('scalars', () => {
  const i2: [keyof typeof i32, number, number, number][] = [
    ['add', 7, -9, -2],
    ['sub', 7, -9, 16],
    ['mul', 7, -9, -63],
    ['remU', -1, 10, 5],
    ['and', 12, 10, 8],
    ['ne', 1, 1, 0],
    ['ltS', -1, 1, 1],
    ['ltU', -1, 1, 0],
    ['leU', 2, 1, 0],
    ['geU', 1, 2, 0],
  ]
  it.each(i2)('i32.%s', (name, a, b, expected) => {
    const op = i32[name] as (a: Code, b: Code) => Code
    expect(evaluate(I32, [I32, I32], (_, x, y) => op(get(x), get(y)), a, b)).toBe(expected)
  })
  it('f32.add', () => {
    expect(evaluate(F32, [F32, F32], (_, x, y) => f32.add(get(x), get(y)), 1.5, 2)).toBe(3.5)
  })
})

describe('vectors', () => {
  const a = [1, -2.5, 3, 2.5]
  const b = [2, 2, -1, NaN]
  it('arithmetic', () => {
    expect(lanes(a, b, f32x4.add)).toEqual([3, -0.5, 2, NaN])
    expect(lanes(a, b, f32x4.sub)).toEqual([-1, -4.5, 4, NaN])
    expect(lanes(a, b, f32x4.mul)).toEqual([2, -5, -3, NaN])
    expect(lanes(a, b, f32x4.div)).toEqual([0.5, -1.25, -3, NaN])
    expect(lanes(a, b, f32x4.min)).toEqual([1, -2.5, -1, NaN])
    expect(lanes(a, b, f32x4.max)).toEqual([2, 2, 3, NaN])
    expect(lanes(a, b, f32x4.pmin)).toEqual([1, -2.5, -1, 2.5])
    expect(lanes(a, b, f32x4.pmax)).toEqual([2, 2, 3, 2.5])
    expect(lanes(a, b, x => f32x4.floor(x))).toEqual([1, -3, 3, 2])
    expect(lanes(a, b, x => f32x4.ceil(x))).toEqual([1, -2, 3, 3])
    expect(lanes(a, b, x => f32x4.nearest(x))).toEqual([1, -2, 3, 2])
    expect(lanes(a, b, x => f32x4.abs(x))).toEqual([1, 2.5, 3, 2.5])
    expect(lanes(a, b, x => f32x4.neg(x))).toEqual([-1, 2.5, -3, -2.5])
    expect(lanes([4, 9, 16, 25], b, x => f32x4.sqrt(x))).toEqual([2, 3, 4, 5])
  })
  it('comparisons and masks', () => {
    const one = f32x4.const(1)
    expect(lanes(a, b, (x, y) => v128.and(f32x4.lt(x, y), one))).toEqual([1, 1, 0, 0])
    expect(lanes(a, b, (x, y) => v128.and(f32x4.gt(x, y), one))).toEqual([0, 0, 1, 0])
    expect(lanes(a, b, (x, y) => v128.and(f32x4.ne(x, y), one))).toEqual([1, 1, 1, 1])
    expect(lanes(a, a, (x, y) => v128.and(v128.and(f32x4.le(x, y), f32x4.ge(x, y)), one))).toEqual([1, 1, 1, 1])
    expect(lanes(a, b, (x, y) => v128.bitselect(x, y, f32x4.eq(x, x)))).toEqual(a)
    expect(lanes(a, b, (x, y) => v128.andnot(x, f32x4.lt(x, y)))).toEqual([0, 0, 3, 2.5])
    expect(lanes([12, 12, 0, -1], [10, 10, 5, 0], v128.xor, 'i')).toEqual([6, 6, 5, -1])
    expect(lanes([12, 12, 0, -1], [10, 10, 5, 0], v128.or, 'i')).toEqual([14, 14, 5, -1])
    expect(lanes([12, 0, -1, 1], a, x => v128.not(x), 'i')).toEqual([-13, -1, 0, -2])
  })
  it('integers', () => {
    const p = [1, -2, 3, 4]
    const q = [2, 2, -3, 4]
    expect(lanes(p, q, i32x4.add, 'i')).toEqual([3, 0, 0, 8])
    expect(lanes(p, q, i32x4.sub, 'i')).toEqual([-1, -4, 6, 0])
    expect(lanes(p, q, i32x4.mul, 'i')).toEqual([2, -4, -9, 16])
    expect(lanes(p, q, i32x4.eq, 'i')).toEqual([0, 0, 0, -1])
    expect(lanes(p, q, i32x4.ltS, 'i')).toEqual([-1, -1, 0, 0])
    expect(lanes(p, q, i32x4.gtS, 'i')).toEqual([0, 0, -1, 0])
    expect(lanes(p, q, i32x4.minS, 'i')).toEqual([1, -2, -3, 4])
    expect(lanes(p, q, i32x4.maxS, 'i')).toEqual([2, 2, 3, 4])
    expect(lanes(p, q, x => i32x4.abs(i32x4.neg(x)), 'i')).toEqual([1, 2, 3, 4])
    expect(lanes(p, q, x => i32x4.shl(x, i32.const(3)), 'i')).toEqual([8, -16, 24, 32])
    expect(lanes(p, q, x => i32x4.shrS(x, i32.const(1)), 'i')).toEqual([0, -1, 1, 2])
    expect(lanes(p, q, x => i32x4.shrU(x, i32.const(28)), 'i')).toEqual([0, 15, 0, 0])
    expect(lanes(p, q, x => i32x4.truncSatF32x4S(f32x4.convertI32x4S(x)), 'i')).toEqual(p)
  })
  it('lanes, splats, shuffles', () => {
    expect(lanes(a, a, (x, y) => v128.shuffle(x, y, [3, 4, 1, 6]))).toEqual([2.5, 1, -2.5, 3])
    expect(lanes([1, 2, 3, 4], a, x => i32x4.splat(i32x4.extractLane(x, 2)), 'i')).toEqual([3, 3, 3, 3])
    const at = i32.const(16)
    expect(lanes(a, a, () => v128.load32Splat(at, 8))).toEqual([3, 3, 3, 3])
    expect(lanes(a, a, () => v128.load32Zero(at, 8))).toEqual([3, 0, 0, 0])
    expect(lanes(a, a, () => v128.load64Zero(at))).toEqual([1, -2.5, 0, 0])
    expect(lanes(a, [7, 8, 9, 6], (_, y) => v128.load32Lane(at, y, 1))).toEqual([7, 1, 9, 6])
    expect(lanes(a, a, () => f32x4.const(0.5))).toEqual([0.5, 0.5, 0.5, 0.5])
  })
  it('stores lanes', () => {
    const module = new Module()
    module.function({
      name: 'f',
      params: [],
      build: () =>
        v128.store32Lane(i32.const(0), v128.const(1, 2, 3, 4), 2, 4) +
        v128.store64Lane(i32.const(0), v128.const(1, 2, 3, 4), 1, 8),
    })
    const m = instantiate(module)
    m.run.f!()
    expect([...m.i.subarray(0, 5)]).toEqual([0, 3, 3, 4, 0])
  })
})

describe('control', () => {
  it('loops, branches and calls', () => {
    const module = new Module()
    const seen: number[][] = []
    const report = module.import('report', [I32, F32])
    const square = module.function({ params: [I32], results: [I32], build: (_, x) => i32.mul(get(x), get(x)) })
    module.function({
      name: 'sumOfSquares',
      params: [I32],
      results: [I32],
      build: (f, n) => {
        const sum = f.i32()
        return all(
          f.times(get(n), set(sum, i32.add(get(sum), call(square, get(n)))) + bump(n, -1)),
          call(report, get(sum), f32.const(0.5)),
          get(sum),
        )
      },
    })
    module.function({
      name: 'sign',
      params: [I32],
      results: [I32],
      build: (_, x) =>
        ifElse(i32.ltS(get(x), i32.const(0)), returns(i32.const(-1)), ifElse(i32.eqz(get(x)), returns(i32.const(0)))) +
        choose(I32, get(x), i32.const(1), unreachable),
    })
    module.function({
      name: 'firstMultiple',
      params: [I32, I32],
      results: [I32],
      build: (_, x, of) =>
        block(loop(brIf(1, i32.eqz(i32.remU(get(x), get(of)))) + bump(x, 1) + br(0))) + drop(tee(x, get(x))) + get(x),
    })
    module.function({
      name: 'pick',
      params: [I32],
      results: [F32],
      build: (f, x) => {
        const v = f.local(V128)
        return (
          set(v, selectVector(f32x4.const(1), f32x4.const(2), get(x))) +
          f32.add(f32x4.extractLane(get(v), 3), select(f32.const(10), f32.const(20), get(x)))
        )
      },
    })
    const { run } = instantiate(module, { report: (a, b) => seen.push([a!, b!]) })
    expect(run.sumOfSquares!(5)).toBe(55)
    expect(seen).toEqual([[55, 0.5]])
    expect([-7, 0, 7].map(x => run.sign!(x))).toEqual([-1, 0, 1])
    expect(run.firstMultiple!(13, 5)).toBe(15)
    expect([run.pick!(1), run.pick!(0)]).toEqual([11, 22])
  })
  it('copies and fills memory', () => {
    const module = new Module()
    module.function({
      name: 'f',
      params: [],
      build: () =>
        memory.fill(i32.const(0), i32.const(255), i32.const(8)) + memory.copy(i32.const(8), i32.const(4), i32.const(8)),
    })
    const m = instantiate(module)
    m.i.set([1, 2, 3, 4])
    m.run.f!()
    expect([...m.i.subarray(0, 5)]).toEqual([-1, -1, -1, 3, 0])
  })
  it('interns functions and refuses late imports', () => {
    const module = new Module()
    const make = () => module.function({ params: [], build: () => '' })
    expect(module.intern('x', make)).toBe(module.intern('x', make))
    expect(module.intern('y', make)).not.toBe(module.intern('x', make))
    expect(() => module.import('late', [])).toThrow(/imports come before/)
  })
})
