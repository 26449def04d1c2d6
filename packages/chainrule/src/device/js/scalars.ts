/** Scalar functions that JavaScript's Math lacks, and the meaning of every elementwise primitive. */
import type { DType } from '../../graph/dtype.ts'
import type { Primitive } from '../../graph/node.ts'
import { fill, type Reference, type References } from './values.ts'

/** To the nearest integer; halves to the even one (IEEE 754 roundTiesToEven). */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const fraction = x - below
  const up = fraction > 0.5 || (fraction === 0.5 && below % 2 !== 0)
  const rounded = up ? below + 1 : below
  return rounded === 0 ? x * 0 : rounded
}

/** Remainder with the sign of the divisor. */
export function modulo(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

/** Truncates; NaN becomes 0, what is out of range the nearest int32. */
export const truncateToInt32 = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(x)))

/**
 * erf, to a few units in the last place of float64. Below 2.5 the series 2x/√π·e^(−x²)·Σ (2x²)ⁿ/(2n+1)!!, whose terms are
 * positive (Abramowitz & Stegun 7.1.6); above, 1 − e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))) (7.1.14).
 */
export function erf(x: number): number {
  const z = Math.abs(x)
  if (!(z < 6)) return Number.isNaN(x) ? x : Math.sign(x)
  if (z < 2.5) {
    let term = 1
    let total = 1
    for (let n = 1; term > total * 2 ** -60; n++) {
      term *= (2 * z * z) / (2 * n + 1)
      total += term
    }
    return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total
  }
  let fraction = z
  for (let n = 60; n > 0; n--) fraction = z + n / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction)
}

type OneInput =
  | ('neg' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'sqrt' | 'exp' | 'log' | 'sin' | 'cos')
  | ('tanh' | 'sigmoid' | 'erf' | 'relu' | 'not')
type TwoInputs =
  | ('add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'maximum' | 'minimum')
  | ('and' | 'or' | 'equal' | 'less' | 'lessEqual')

const map =
  <P extends Primitive>(f: (x: number) => number): Reference<P> =>
  (y, x) =>
    fill(y, i => f(x[i]!))
/** `integer` is the function for int32 where rounding to int32 afterwards is not enough. */
const zip =
  <P extends Primitive>(
    f: (a: number, b: number) => number | boolean,
    integer: (a: number, b: number) => number | boolean = f,
  ): Reference<P> =>
  (y, a, b) => {
    const g = y.inputs[0]!.dtype === 'int32' ? integer : f
    return fill(y, i => Number(g(a[i]!, b[i]!)))
  }

export const elementwise: References<OneInput | TwoInputs | 'where' | 'cast'> = {
  neg: map(x => -x),
  abs: map(Math.abs),
  sign: map(Math.sign),
  floor: map(Math.floor),
  ceil: map(Math.ceil),
  round: map(roundHalfEven),
  sqrt: map(Math.sqrt),
  exp: map(Math.exp),
  log: map(Math.log),
  sin: map(Math.sin),
  cos: map(Math.cos),
  tanh: map(Math.tanh),
  sigmoid: map(x => 1 / (1 + Math.exp(-x))),
  erf: map(erf),
  relu: map(x => Math.max(x, 0)),
  not: map(x => 1 - x),

  add: zip((a, b) => a + b),
  sub: zip((a, b) => a - b),
  mul: zip((a, b) => a * b, Math.imul),
  div: zip(
    (a, b) => a / b,
    (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  ),
  mod: zip(modulo, (a, b) => (b === 0 ? 0 : modulo(a, b))),
  pow: zip((a, b) => a ** b),
  maximum: zip((a, b) => Math.max(a, b)),
  minimum: zip((a, b) => Math.min(a, b)),
  and: zip((a, b) => a & b),
  or: zip((a, b) => a | b),
  equal: zip((a, b) => a === b),
  less: zip((a, b) => a < b),
  lessEqual: zip((a, b) => a <= b),
  where: (y, condition, a, b) => fill(y, i => (condition[i] ? a : b)[i]!),
  cast: (y, x) => fill(y, i => conversions[y.dtype](x[i]!)),
}

const conversions: { readonly [D in DType]: (x: number) => number } = {
  bool: x => Number(x !== 0),
  int32: truncateToInt32,
  float32: Math.fround,
  float64: x => x,
}
