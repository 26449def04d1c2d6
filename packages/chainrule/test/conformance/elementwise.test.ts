import { expect, test } from 'vitest'
import { type AnyTensor, DTypeError, tensor, where, zeros } from '../../src/index.ts'
import { expectValues, numbers, onEachDevice } from './devices.ts'

const x = numbers(37, -3, 3)
const y = numbers(37, 0.2, 3, 2)
const mod = (a: number, b: number) => a - b * Math.floor(a / b)
/** erf by its Maclaurin series. */
function erf(v: number): number {
  let term = v
  let sum = v
  for (let n = 1; n < 80; n++) {
    term *= -(v * v) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
function halfEven(v: number): number {
  const low = Math.floor(v)
  if (v - low !== 0.5) return Math.round(v)
  return low % 2 === 0 ? low : low + 1
}

const unary: readonly (readonly [keyof AnyTensor, (v: number) => number, readonly number[]])[] = [
  ['neg', v => -v, x],
  ['abs', Math.abs, x],
  ['sign', Math.sign, [...x, 0]],
  ['floor', Math.floor, x],
  ['ceil', Math.ceil, x],
  ['round', halfEven, [...x, 0.5, 1.5, 2.5, -0.5, -1.5]],
  ['trunc', Math.trunc, x],
  ['relu', v => Math.max(0, v), x],
  ['square', v => v * v, x],
  ['sqrt', Math.sqrt, y],
  ['rsqrt', v => 1 / Math.sqrt(v), y],
  ['reciprocal', v => 1 / v, y],
  ['exp', Math.exp, x],
  ['expm1', Math.expm1, [...x, 1e-6, -1e-6, 0]],
  ['log', Math.log, y],
  ['log1p', Math.log1p, [...y, 1e-6, -1e-6, 0, -0.9]],
  ['sin', Math.sin, x],
  ['cos', Math.cos, x],
  ['tan', Math.tan, numbers(20, -1.4, 1.4)],
  ['tanh', Math.tanh, x],
  ['sigmoid', v => 1 / (1 + Math.exp(-v)), x],
  ['erf', erf, x],
]
const binary: readonly (readonly [keyof AnyTensor, (a: number, b: number) => number | boolean])[] = [
  ['add', (a, b) => a + b],
  ['sub', (a, b) => a - b],
  ['mul', (a, b) => a * b],
  ['div', (a, b) => a / b],
  ['mod', mod],
  ['floorDiv', (a, b) => Math.floor(a / b)],
  ['maximum', Math.max],
  ['minimum', Math.min],
  ['eq', (a, b) => a === b],
  ['ne', (a, b) => a !== b],
  ['lt', (a, b) => a < b],
  ['le', (a, b) => a <= b],
  ['gt', (a, b) => a > b],
  ['ge', (a, b) => a >= b],
]
const call = (t: AnyTensor, method: keyof AnyTensor, ...rest: unknown[]): AnyTensor =>
  (t[method] as unknown as (...rest: unknown[]) => AnyTensor).apply(t, rest)
const rounded = (values: readonly number[]) => values.map(Math.fround)

onEachDevice('elementwise functions', () => {
  test('quotients of the largest integers, rounded down', async () => {
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1]
    const a = tensor([least, most, most, least, least, 7, -7, -6, 5, 0, -5], { dtype: 'int32' })
    const b = tensor([-1, -2, -1, 2, 3, -2, 2, 2, 0, -3, 0], { dtype: 'int32' })
    // −2³¹ // −1 does not fit and wraps around
    await expectValues(a.floorDiv(b), [least, -(2 ** 30), -most, -(2 ** 30), -715827883, -4, -4, -3, 0, 0, 0], 0)
  })
  test.each(unary)('%s', async (method, f, values) => {
    await expectValues(call(tensor(values), method), rounded(values).map(f), 1e-5)
  })
  test('small arguments keep their digits', async () => {
    const tiny = [1e-3, -1e-4, 3e-6, -1e-7, 1e-30]
    for (const [method, f] of [
      ['expm1', Math.expm1],
      ['log1p', Math.log1p],
    ] as const) {
      const values = (await call(tensor(tiny), method).data()) as Float32Array
      rounded(tiny).forEach((v, i) => {
        expect(Math.abs(values[i]! / f(v) - 1), `${method}(${v})`).toBeLessThan(1e-6)
      })
    }
    await expectValues(tensor([-1, 1e30, Number.POSITIVE_INFINITY]).log1p(), [-Infinity, Math.log1p(1e30), Infinity])
    await expectValues(tensor([-Infinity, 100]).expm1(), [-1, Infinity])
  })
  test.each(binary)('%s', async (method, f) => {
    await expectValues(call(tensor(x), method, tensor(y)), rounded(x).map((a, i) => f(a, rounded(y)[i]!)) as number[])
    const whole = [7, -7, 7, -7, 0, 5]
    const by = [3, 3, -3, -3, 4, 5]
    await expectValues(
      call(tensor(whole, { dtype: 'int32' }), method, tensor(by, { dtype: 'int32' })),
      whole.map((a, i) => f(a, by[i]!)) as number[],
    )
  })
  test('pow', async () => {
    await expectValues(
      tensor(y).pow(1.5),
      rounded(y).map(v => v ** 1.5),
    )
    await expectValues(
      tensor(x).pow(2),
      rounded(x).map(v => v * v),
    )
    await expectValues(tensor([2, 3]).pow(tensor([3, -1])), [8, 1 / 3])
  })
  test('operands broadcast', async () => {
    const column = tensor([[1], [2]])
    const row = tensor([10, 20, 30])
    await expectValues(column.add(row), [
      [11, 21, 31],
      [12, 22, 32],
    ])
    await expectValues(row.sub(column), [
      [9, 19, 29],
      [8, 18, 28],
    ])
    await expectValues(tensor(1).add(tensor([[[1]]])), [[[2]]])
    await expectValues(zeros([0, 3]).add(row), [])
  })
  test('element types promote', async () => {
    const whole = tensor([3, 4], { dtype: 'int32' })
    const truth = tensor([true, false])
    expect(whole.add(1).dtype).toBe('int32')
    expect(whole.add(0.5).dtype).toBe('float32')
    expect(whole.add(2 ** 31).dtype).toBe('float32')
    expect(whole.div(2).dtype).toBe('float32')
    expect(whole.add(tensor(1)).dtype).toBe('float32')
    expect(truth.add(truth).dtype).toBe('int32')
    expect(truth.mul(whole).dtype).toBe('int32')
    expect(whole.exp().dtype).toBe('float32')
    expect(whole.eq(3.5).dtype).toBe('bool')
    await expectValues(whole.div(2), [1.5, 2])
    await expectValues(truth.add(truth), [2, 0])
    await expectValues(whole.eq(3.5), [false, false])
    await expectValues(whole.floorDiv(0), [0, 0])
    expect(() => (whole as unknown as { and(x: unknown): void }).and(truth)).toThrow(DTypeError)
  })
  test('logic and choice', async () => {
    const p = tensor([true, true, false, false])
    const q = tensor([true, false, true, false])
    await expectValues(p.and(q), [true, false, false, false])
    await expectValues(p.or(q), [true, true, true, false])
    await expectValues(p.xor(q), [false, true, true, false])
    await expectValues(p.not(), [false, false, true, true])
    await expectValues(where(p, 1, tensor([5, 6, 7, 8])), [1, 1, 7, 8])
    await expectValues(where(p, tensor([[1], [2]]), 0), [
      [1, 1, 0, 0],
      [2, 2, 0, 0],
    ])
  })
  test('NaN and infinities', async () => {
    const special = tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0])
    await expectValues(special.isNaN(), [true, false, false, false])
    await expectValues(special.isFinite(), [false, false, false, true])
    await expectValues(special.maximum(1), [Number.NaN, Infinity, 1, 1])
    await expectValues(special.minimum(1), [Number.NaN, 1, -Infinity, 0])
    await expectValues(special.eq(special), [false, true, true, true])
    await expectValues(special.relu(), [Number.NaN, Infinity, 0, 0])
    await expectValues(tensor([1, 2], { dtype: 'int32' }).isFinite(), [true, true])
  })
  test('clamp, lerp, casts', async () => {
    await expectValues(tensor([-2, 0.5, 3]).clamp(-1, 1), [-1, 0.5, 1])
    await expectValues(tensor([-2, 0.5, 3]).clamp(undefined, 1), [-2, 0.5, 1])
    await expectValues(tensor([0, 10]).lerp(tensor([10, 20]), 0.25), [2.5, 12.5])
    await expectValues(tensor([-1.7, 1.7, 0]).toInt(), [-1, 1, 0])
    await expectValues(tensor([-1.7, 0]).toBool(), [true, false])
    await expectValues(tensor([true, false]).toFloat(), [1, 0])
  })
})
