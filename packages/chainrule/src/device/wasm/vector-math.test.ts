/** Largest errors of the vector functions against float64, and their special values. */
import { describe, expect, it } from 'vitest'
import { erf, mod, modInt, uniform } from '../../compile/javascript-math.ts'
import { points, ulps } from '../accuracy.testing.ts'
import { brIf, bump, type Code, get, I32, i32, loop, tee, v128 } from './assembler.ts'
import { createEmitter, hasRelaxedSimd } from './emitter.ts'
import { Lanes } from './lanes.ts'
import * as vector from './vector-math.ts'

type Function = (s: Lanes, ...x: Code[]) => Code

/** Runs `f` over arrays of equal length, a multiple of 4. */
function run(f: Function, inputs: readonly (Float32Array | Int32Array)[], fma: boolean): Float32Array {
  const n = inputs[0]!.length
  const pages = Math.ceil(((inputs.length + 1) * n * 4) / 65536)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const e = createEmitter({ fma, preset: 'modern' }, { initial: pages, maximum: pages })
  e.module.function({
    name: 'run',
    params: [I32, ...inputs.map(() => I32 as typeof I32), I32],
    build: (builder, out, ...rest) => {
      const count = rest.pop()!
      const s = new Lanes(builder, e.target)
      const body = s.block(() => s.emit(v128.store(get(out), f(s, ...rest.map(p => v128.load(get(p)))))))
      const next = [out, ...rest].map(p => bump(p, 16)).join('')
      return s.prologue + loop(body + next + brIf(0, tee(count, i32.sub(get(count), i32.const(4)))))
    },
  })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(e.module.assemble()), {
    env: { memory, fault: () => {} },
  })
  const views = inputs.map((x, i) => {
    const view = new Int32Array(memory.buffer, (i + 1) * n * 4, n)
    view.set(new Int32Array(x.buffer, x.byteOffset, n))
    return view.byteOffset
  })
  ;(instance.exports.run as (...a: number[]) => void)(0, ...views, n)
  return new Float32Array(memory.buffer, 0, n).slice()
}

const unary: Record<string, { f: Function; exact: (x: number) => number; bound: number; at: Float32Array }> = {
  exp: { f: vector.exp, exact: Math.exp, bound: 1, at: points(-105, 90) },
  log: { f: vector.log, exact: Math.log, bound: 0.9, at: points(0, 4) },
  sigmoid: { f: vector.sigmoid, exact: x => 1 / (1 + Math.exp(-x)), bound: 2.2, at: points(-105, 30) },
  tanh: { f: vector.tanh, exact: Math.tanh, bound: 1.3, at: points(-10, 10) },
  erf: { f: vector.erf, exact: erf, bound: 1.2, at: points(-5, 5) },
  sin: { f: vector.sin, exact: Math.sin, bound: 1.6, at: points(-1e5, 1e5, -149, 16) },
  cos: { f: vector.cos, exact: Math.cos, bound: 1.6, at: points(-1e5, 1e5, -149, 16) },
}
const modes = hasRelaxedSimd() ? [false, true] : [false]

describe.each(modes)('errors with fused multiply-add: %s', fma => {
  it.each(Object.keys(unary))('%s', name => {
    const { f, exact, bound, at } = unary[name]!
    const got = run(f, [at], fma)
    let worst = 0
    let where = 0
    for (let i = 0; i < at.length; i++) {
      const error = ulps(got[i]!, exact(at[i]!))
      if (error > worst) {
        worst = error
        where = at[i]!
      }
    }
    if (process.env.SHOW_ULPS) console.log(name, fma, worst, where)
    expect(worst, `at ${where}`).toBeLessThanOrEqual(bound)
  })

  it('pow', () => {
    const x = points(0, 100)
    const y = new Float32Array(x.length)
    let seed = 1
    for (let i = 0; i < x.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0
      const limit = 150 / Math.max(Math.abs(Math.log2(x[i]!)), 0.1)
      y[i] = ((seed >> 8) / 2 ** 23) * Math.min(limit, 1000)
      if (i % 4 === 0) {
        x[i] = -x[i]!
        y[i] = Math.round(y[i]!)
      }
    }
    const got = run(vector.pow, [x, y], fma)
    let worst = 0
    for (let i = 0; i < x.length; i++) worst = Math.max(worst, ulps(got[i]!, x[i]! ** y[i]!))
    if (process.env.SHOW_ULPS) console.log('pow', fma, worst)
    expect(worst).toBeLessThanOrEqual(1.1)
  })
})

const specials = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, Infinity, -Infinity, NaN, 1e-45, -1e-45, 3.4e38, -3.4e38]
const padded = (x: readonly number[]) => new Float32Array([...x, ...Array((4 - (x.length % 4)) % 4).fill(1)])

describe('special values', () => {
  it.each(Object.keys(unary))('%s', name => {
    const { f, exact, bound } = unary[name]!
    const x = padded(specials).filter(v => !(name === 'sin' || name === 'cos') || !(Math.abs(v) > 1e9 && v < Infinity))
    const at = padded([...x])
    const got = run(f, [at], false)
    at.forEach((v, i) => {
      const expected = exact(v)
      expect(ulps(got[i]!, expected), `${name}(${v}) = ${got[i]}, not ${expected}`).toBeLessThanOrEqual(bound)
      if (expected === 0 && v === 0) expect(Object.is(got[i], expected), `${name}(${v})`).toBe(true)
    })
  })
  const pairs = specials.flatMap(a => specials.map(b => [a, b] as const))
  const [left, right] = [padded(pairs.map(p => p[0])), padded(pairs.map(p => p[1]))]
  it.each([
    ['pow', vector.pow, (a: number, b: number) => a ** b],
    ['mod', vector.mod, mod],
  ] as const)('%s', (name, f, exact) => {
    const got = run(f, [left, right], false)
    left.forEach((a, i) => {
      const b = right[i]!
      if (name === 'mod' && Math.abs(a / b) >= 2 ** 29) return
      const expected = exact(a, b)
      expect(ulps(got[i]!, expected), `${name}(${a}, ${b}) = ${got[i]}, not ${expected}`).toBeLessThanOrEqual(1.1)
    })
  })
  it('bounds sin and cos of huge numbers', () => {
    const x = padded([1e10, -1e20, 3.4e38, -3.4e38])
    for (const f of [vector.sin, vector.cos])
      for (const y of run(f, [x], false)) expect(Math.abs(y)).toBeLessThanOrEqual(1)
  })
  it('sign', () => {
    const at = padded(specials)
    expect([...run(vector.sign, [at], false)]).toEqual([...at].map(Math.sign))
  })
})

describe('integers', () => {
  const values = [0, 1, -1, 2, -2, 7, -7, 100, -2147483648, 2147483647, 12345, -54321]
  const pairs = values.flatMap(a => values.map(b => [a, b] as const))
  const [a, b] = [new Int32Array(pairs.map(p => p[0])), new Int32Array(pairs.map(p => p[1]))]
  const ints = (f: Function, ...x: Int32Array[]) => [...new Int32Array(run(f, x, false).buffer)]
  it('divides', () => expect(ints(vector.divideInts, a, b)).toEqual(pairs.map(([x, y]) => (x / y) | 0)))
  it('mod', () => expect(ints(vector.modInts, a, b)).toEqual(pairs.map(([x, y]) => modInt(x, y))))
  it('draws the same numbers as the reference', () => {
    const n = 1024
    const counter = Int32Array.from({ length: n }, (_, i) => i * 7)
    const [k0, k1] = [new Int32Array(n).fill(-123456789), new Int32Array(n).fill(987654321)]
    const got = run(vector.uniform, [k0, k1, counter], false)
    expect([...got]).toEqual([...counter].map(i => uniform(-123456789, 987654321, i)))
  })
})
