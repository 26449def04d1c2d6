/**
 * Elementary functions of four float32 lanes. Range reductions and most polynomials are those of the Cephes library
 * (S. Moshier), erf is N. Juffa's; steps where float32 is too narrow (range reduction of sin and cos, logarithm of pow,
 * quotient of mod) are done in float64, two lanes at a time.
 *
 * Special values (NaN, ±∞, ±0, denormals) come out as in IEEE 754 and C99 unless said otherwise. The errors stated are the
 * largest found by `vector-math.test.ts` over about a million points each, with fused or separate multiply-add, in units in
 * the last place of the float32 result.
 */
import { type Code, f32x4, f64x2, i32, i32x4, v128 } from './assembler.ts'
import type { Lanes } from './lanes.ts'

/** Σ c[i]·x^(n−i): Horner's scheme, highest power first. */
function polynomial(s: Lanes, x: Code, coefficients: readonly [number, ...number[]]): Code {
  const [first, ...rest] = coefficients
  return rest.reduce((sum, c) => s.madd(sum, x, s.float(c)), s.float(first))
}

const signBit = (s: Lanes): Code => s.int(-0x80000000)
/** |magnitude| is assumed: its sign bit is 0. */
const withSign = (s: Lanes, magnitude: Code, signed: Code): Code => v128.or(magnitude, v128.and(signed, signBit(s)))

/** p·2^k for −300 < k < 160, in two halves so that results underflow gradually and overflow to ∞. */
function scale(s: Lanes, p: Code, k: Code): Code {
  const half = s.let(i32x4.shrS(k, i32.const(1)))
  const power = (n: Code) => i32x4.shl(i32x4.add(n, s.int(127)), i32.const(23))
  return f32x4.mul(f32x4.mul(p, power(half)), power(i32x4.sub(k, half)))
}

/** eʳ for |r| ≤ ln2 / 2. */
function expReduced(s: Lanes, r: Code): Code {
  const p = polynomial(
    s,
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  )
  return f32x4.add(s.madd(f32x4.mul(r, r), p, r), s.float(1))
}

/** Error ≤ 1 ulp. */
export function exp(s: Lanes, input: Code): Code {
  const x = s.let(f32x4.pmin(f32x4.pmax(input, s.float(-104)), s.float(89)))
  // next to 1.5·2²³ floats are integers, and their last bits count
  const shifted = s.let(f32x4.add(f32x4.mul(x, s.float(Math.LOG2E)), s.float(1.5 * 2 ** 23)))
  const n = s.let(f32x4.sub(shifted, s.float(1.5 * 2 ** 23)))
  const k = s.let(i32x4.sub(shifted, s.int(0x4b400000)))
  const r = s.let(s.madd(n, s.float(-1.428606820309417e-6), s.madd(n, s.float(-0.693145751953125), x)))
  return scale(s, s.let(expReduced(s, r)), k)
}

/** |x| = m·2^k with √½ ≤ m < √2, for finite x ≠ 0; k as int32. */
function split(s: Lanes, magnitude: Code): { m: Code; k: Code } {
  const a = s.let(magnitude)
  const tiny = s.let(f32x4.lt(a, s.float(1.17549435e-38)))
  const normal = s.let(v128.bitselect(f32x4.mul(a, s.float(2 ** 24)), a, tiny))
  const sqrtHalf = s.int(0x3f3504f3)
  const bits = s.let(i32x4.sub(normal, sqrtHalf))
  return {
    m: s.let(i32x4.add(v128.and(bits, s.int(0x7fffff)), sqrtHalf)),
    k: s.let(i32x4.add(i32x4.shrS(bits, i32.const(23)), v128.and(tiny, s.int(-24)))),
  }
}

/** Error ≤ 0.9 ulp. */
export function log(s: Lanes, input: Code): Code {
  const x = s.let(input)
  const { m, k } = split(s, x)
  const f = s.let(f32x4.sub(m, s.float(1)))
  const n = s.let(f32x4.convertI32x4S(k))
  const z = s.let(f32x4.mul(f, f))
  const p = polynomial(
    s,
    f,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  )
  const y = s.madd(n, s.float(-2.1219444e-4), f32x4.mul(f32x4.mul(p, f), z))
  const result = f32x4.add(f32x4.mul(n, s.float(0.693359375)), f32x4.add(f, s.madd(z, s.float(-0.5), y)))
  // x ≤ 0 or NaN: −∞ at 0, else NaN; ∞: ∞
  const positive = s.let(f32x4.gt(x, s.float(0)))
  const special = v128.bitselect(x, v128.bitselect(s.float(-Infinity), s.float(NaN), f32x4.eq(x, s.float(0))), positive)
  return v128.bitselect(result, special, v128.andnot(positive, f32x4.eq(x, s.float(Infinity))))
}

/** 1 / (1 + e⁻ˣ), for x < 0 as eˣ / (1 + eˣ), so that small results keep their digits. Error ≤ 2.2 ulp. */
export function sigmoid(s: Lanes, input: Code): Code {
  const x = s.let(input)
  const one = s.float(1)
  const e = s.let(exp(s, v128.or(x, signBit(s))))
  return f32x4.div(v128.bitselect(one, e, f32x4.ge(x, s.float(0))), f32x4.add(one, e))
}

/** Small |x|: odd polynomial; else 1 − 2 / (e²ˣ + 1). Error ≤ 1.3 ulp. */
export function tanh(s: Lanes, input: Code): Code {
  const x = s.let(input)
  const a = s.let(f32x4.abs(x))
  const z = s.let(f32x4.mul(a, a))
  const p = polynomial(
    s,
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  )
  const small = s.let(s.madd(f32x4.mul(p, z), a, a))
  const e = exp(s, f32x4.add(a, a))
  const large = s.let(f32x4.sub(s.float(1), f32x4.div(s.float(2), f32x4.add(e, s.float(1)))))
  return withSign(s, v128.bitselect(small, large, f32x4.lt(a, s.float(0.625))), x)
}

/** Small |x|: odd polynomial; else 1 − e^−p(|x|). Error ≤ 1 ulp fused, 1.2 separate. */
export function erf(s: Lanes, input: Code): Code {
  const x = s.let(input)
  const a = s.let(f32x4.abs(x))
  const z = s.let(f32x4.mul(a, a))
  const p = polynomial(
    s,
    z,
    [-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1],
  )
  const small = s.let(s.madd(p, a, a))
  const t = s.let(f32x4.pmin(a, s.float(4.5)))
  const q = polynomial(
    s,
    t,
    [-1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1, -1.28717512e-1],
  )
  const large = s.let(f32x4.sub(s.float(1), exp(s, s.madd(q, t, f32x4.neg(t)))))
  return withSign(s, v128.bitselect(small, large, f32x4.lt(a, s.float(0.927734375))), x)
}

const lower = (x: Code): Code => x
const upper = (x: Code): Code => v128.shuffle(x, x, [2, 3, 2, 3])
const join = (low: Code, high: Code): Code => v128.shuffle(low, high, [0, 1, 4, 5])

/** π/2 in 33 bits, and the rest. */
const HALF_PI_HIGH = 1.5707963267341256
const HALF_PI_LOW = 6.077100506506192e-11

/** sin(x + quarters·π/2). */
function sine(s: Lanes, input: Code, quarters: 0 | 1): Code {
  const x = s.let(input)
  const halves = [lower, upper].map(half => {
    const wide = s.let(f64x2.promoteLowF32x4(half(x)))
    const k = s.let(f64x2.truncSatZeroS(f64x2.nearest(f64x2.mul(wide, s.double(2 / Math.PI)))))
    const n = s.let(f64x2.convertLowI32x4S(k))
    const high = f64x2.sub(wide, f64x2.mul(n, s.double(HALF_PI_HIGH)))
    return { k, r: s.let(f64x2.demoteZero(f64x2.sub(high, f64x2.mul(n, s.double(HALF_PI_LOW))))) }
  })
  const [low, high] = halves as [(typeof halves)[0], (typeof halves)[0]]
  const k = join(low.k, high.k)
  const q = s.let(quarters === 0 ? k : i32x4.add(k, s.int(quarters)))
  const invalid = f32x4.mul(x, s.float(0)) // NaN for ∞
  const bounded = f32x4.pmin(f32x4.pmax(join(low.r, high.r), s.float(-0.8)), s.float(0.8))
  const r = s.let(f32x4.add(bounded, invalid))
  const z = s.let(f32x4.mul(r, r))
  const odd = polynomial(s, z, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])
  const sin = s.let(s.madd(f32x4.mul(odd, z), r, r))
  const even = polynomial(s, z, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
  const cos = s.let(s.madd(f32x4.mul(z, z), even, s.madd(z, s.float(-0.5), s.float(1))))
  const isOdd = i32x4.shrS(i32x4.shl(q, i32.const(31)), i32.const(31))
  const sign = v128.and(i32x4.shl(q, i32.const(30)), signBit(s))
  const result = v128.xor(v128.bitselect(cos, sin, isOdd), sign)
  return quarters === 0 ? v128.bitselect(x, s.let(result), f32x4.eq(x, s.float(0))) : result
}
/** |x| ≤ 2³⁰: absolute error ≤ 1e-7; error ≤ 1.6 ulp for |x| ≤ 1e5. Beyond 2³⁰: some number in [−1, 1]. */
export const sin = (s: Lanes, x: Code): Code => sine(s, x, 0)
/** As sin. */
export const cos = (s: Lanes, x: Code): Code => sine(s, x, 1)

/**
 * xʸ = 2^(y·log₂x) with the logarithm in float64: error ≤ 1.1 ulp everywhere. Negative x: integer y only, else NaN.
 * As in JavaScript, (±1)^±∞ is NaN; x⁰ is 1 for every x.
 */
export function pow(s: Lanes, base: Code, exponent: Code): Code {
  const x = s.let(base)
  const y = s.let(exponent)
  const a = s.let(f32x4.abs(x))
  const { m, k } = split(s, a)
  const parts = [lower, upper].map(half => {
    const wide = s.let(f64x2.promoteLowF32x4(half(m)))
    const one = s.double(1)
    // ln m = 2·artanh f, f = (m − 1) / (m + 1), |f| ≤ 0.172
    const f = s.let(f64x2.div(f64x2.sub(wide, one), f64x2.add(wide, one)))
    const z = s.let(f64x2.mul(f, f))
    let series = s.double(2 / 17 / Math.LN2)
    for (let n = 15; n >= 1; n -= 2) series = f64x2.add(f64x2.mul(series, z), s.double(2 / n / Math.LN2))
    const log2 = f64x2.add(f64x2.convertLowI32x4S(half(k)), f64x2.mul(series, f))
    const product = f64x2.mul(f64x2.promoteLowF32x4(half(y)), log2)
    const t = s.let(f64x2.pmin(f64x2.pmax(product, s.double(-160)), s.double(160)))
    const n = s.let(f64x2.nearest(t))
    return {
      n: s.let(f64x2.truncSatZeroS(n)),
      r: s.let(f64x2.demoteZero(f64x2.mul(f64x2.sub(t, n), s.double(Math.LN2)))),
    }
  })
  const [low, high] = parts as [(typeof parts)[0], (typeof parts)[0]]
  const power = scale(s, s.let(expReduced(s, s.let(join(low.r, high.r)))), s.let(join(low.n, high.n)))

  const zero = s.float(0)
  const infinity = s.float(Infinity)
  const isZero = s.let(f32x4.eq(a, zero))
  const isInfinite = s.let(f32x4.eq(a, infinity))
  // |x| is 0 or ∞: the result is ∞ where exactly one of (x infinite, y negative) holds, else 0; NaN stays NaN
  const ends = v128.and(infinity, v128.xor(isInfinite, f32x4.lt(y, zero)))
  const atEnd = v128.and(v128.or(isZero, isInfinite), f32x4.eq(y, y))
  const finite = s.let(v128.bitselect(ends, s.let(power), atEnd))
  const isInteger = f32x4.eq(y, f32x4.nearest(y))
  const half = s.let(f32x4.mul(y, s.float(0.5)))
  const isOdd = v128.andnot(isInteger, f32x4.eq(half, f32x4.floor(half)))
  const signed = s.let(v128.xor(finite, v128.and(v128.and(x, isOdd), signBit(s))))
  const negative = v128.andnot(f32x4.lt(x, zero), isInfinite)
  const undefinedResult = v128.or(v128.andnot(negative, isInteger), f32x4.ne(x, x))
  const defined = v128.bitselect(s.float(NaN), signed, undefinedResult)
  return v128.bitselect(s.float(1), s.let(defined), f32x4.eq(y, zero))
}

/**
 * a − b·⌊a / b⌋, with the sign of b; correctly rounded while |a / b| < 2²⁹. a mod 0 is NaN; a mod ±∞ is a when the signs
 * agree and ±∞ otherwise.
 */
export function mod(s: Lanes, dividend: Code, divisor: Code): Code {
  const a = s.let(dividend)
  const b = s.let(divisor)
  const halves = [lower, upper].map(half => {
    const p = s.let(f64x2.promoteLowF32x4(half(a)))
    const q = s.let(f64x2.promoteLowF32x4(half(b)))
    return s.let(f64x2.demoteZero(f64x2.sub(p, f64x2.mul(q, f64x2.floor(f64x2.div(p, q))))))
  })
  const [low, high] = halves as [Code, Code]
  const zero = s.float(0)
  const crosses = s.let(v128.xor(f32x4.lt(a, zero), f32x4.lt(b, zero)))
  const atInfinity = v128.bitselect(b, a, v128.and(crosses, f32x4.ne(a, zero)))
  const endless = v128.and(f32x4.eq(f32x4.abs(b), s.float(Infinity)), f32x4.lt(f32x4.abs(a), s.float(Infinity)))
  return v128.bitselect(s.let(atInfinity), s.let(join(low, high)), endless)
}

/** −1, 0 or 1; NaN stays NaN. */
export function sign(s: Lanes, input: Code): Code {
  const x = s.let(input)
  return v128.bitselect(withSign(s, s.float(1), x), x, f32x4.gt(f32x4.abs(x), s.float(0)))
}

/** Quotient of int32 lanes, truncated; x / 0 is 0. Done in float64, which holds it exactly. */
export function divideInts(s: Lanes, dividend: Code, divisor: Code): Code {
  const a = s.let(dividend)
  const b = s.let(divisor)
  const halves = [lower, upper].map(half =>
    s.let(f64x2.truncSatZeroS(f64x2.div(f64x2.convertLowI32x4S(half(a)), f64x2.convertLowI32x4S(half(b))))),
  )
  const [low, high] = halves as [Code, Code]
  // −2³¹ / −1 wraps around
  const quotient = v128.bitselect(i32x4.neg(a), s.let(join(low, high)), i32x4.eq(b, s.int(-1)))
  return v128.andnot(quotient, i32x4.eq(b, s.int(0)))
}

/** Remainder of int32 lanes with the sign of the divisor; mod 0 is 0. */
export function modInts(s: Lanes, dividend: Code, divisor: Code): Code {
  const a = s.let(dividend)
  const b = s.let(divisor)
  const r = s.let(i32x4.sub(a, i32x4.mul(s.let(divideInts(s, a, b)), b)))
  // r ≠ 0 has the sign of a; where that differs from b's, one divisor more
  const differs = v128.andnot(i32x4.shrS(v128.xor(r, b), i32.const(31)), i32x4.eq(r, s.int(0)))
  return v128.andnot(s.let(i32x4.add(r, v128.and(b, differs))), i32x4.eq(b, s.int(0)))
}

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const

/**
 * Word 0 of Threefry-2x32-20 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) with key (key0, key1) and
 * counter (counter, 0), as a float32 in [0, 1) on a grid of 2⁻²⁴.
 */
export function uniform(s: Lanes, key0: Code, key1: Code, counter: Code): Code {
  const k0 = s.let(key0)
  const k1 = s.let(key1)
  const keys = [k0, k1, s.let(v128.xor(v128.xor(k0, k1), s.int(0x1bd11bda)))] as const
  const key = (i: number): Code => keys[i % 3]!
  let x0 = s.let(i32x4.add(counter, k0))
  let x1 = k1
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8]!
    x0 = s.let(i32x4.add(x0, x1))
    const rotated = v128.or(i32x4.shl(x1, i32.const(r)), i32x4.shrU(x1, i32.const(32 - r)))
    x1 = s.let(v128.xor(rotated, x0))
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x0 = s.let(i32x4.add(x0, key(injection)))
      x1 = s.let(i32x4.add(i32x4.add(x1, key(injection + 1)), s.int(injection)))
    }
  }
  return f32x4.mul(f32x4.convertI32x4S(i32x4.shrU(x0, i32.const(8))), s.float(2 ** -24))
}
