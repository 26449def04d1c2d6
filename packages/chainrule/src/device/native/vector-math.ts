/**
 * Elementary functions of vectors in C. Range reductions and most polynomials are those of the Cephes library (S. Moshier), erf
 * is N. Juffa's; where float32 is too narrow (range reduction of sin and cos, logarithm of pow, quotient of mod) half vectors of
 * float64 are used.
 *
 * Special values (NaN, ±∞, denormals) come out as in IEEE 754 and C99 unless said otherwise. The errors stated are the largest
 * found at a few million points with 16, 8 and 4 lanes, in units in the last place of the float32 result.
 */
import type { Printer } from './printer.ts'

interface Entry {
  readonly needs?: readonly string[]
  readonly text: string
}

/** Σ c[i]·x^(n−i): Horner's scheme, highest power first. */
const polynomial = (x: string, [first, ...rest]: readonly number[], suffix = 'f'): string =>
  rest.reduce((sum, c) => `(${sum}) * ${x} + ${literal(c, suffix)}`, literal(first!, suffix))
const literal = (x: number, suffix: string): string => {
  const text = `${x}`
  const digits = /[.e]/.test(text) ? text : `${text}.0`
  return `(${digits}${suffix})`
}

const functions = {
  wide: {
    text: `
typedef double D __attribute__((vector_size(4 * L)));
typedef long long DI __attribute__((vector_size(4 * L)));
typedef float H __attribute__((vector_size(2 * L)));
typedef int HI __attribute__((vector_size(2 * L)));
typedef union { V v; I i; H h[2]; HI hi[2]; } Halves;
IN D widened(H x) { return __builtin_convertvector(x, D); }
IN D widened_i(HI x) { return __builtin_convertvector(x, D); }
IN H narrowed(D x) { return __builtin_convertvector(x, H); }
IN HI whole(D x) { return __builtin_convertvector(x, HI); }
IN D seld(DI m, D a, D b) { return (D)((m & (DI)a) | (~m & (DI)b)); }
/* |x| < 2^51 */
IN D nearest(D x) { return (x + 0x1.8p52) - 0x1.8p52; }`,
  },
  /** p·2^k for −300 < k < 160, in two halves so that results underflow gradually and overflow to ∞. */
  scaled: {
    text: `
IN V power_of_two(I n) { return (V)((n + 127) << 23); }
IN V scaled(V p, I k) { const I half = k >> 1; return p * power_of_two(half) * power_of_two(k - half); }`,
  },
  /** eʳ for |r| ≤ ln2 / 2. */
  exp_reduced: {
    text: `
IN V exp_reduced(V r) {
  const V p = ${polynomial('r', [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1])};
  return (r * r * p + r) + 1.0f;
}`,
  },
  /** Error ≤ 1 ulp. */
  v_exp: {
    needs: ['scaled', 'exp_reduced'],
    text: `
IN V v_exp(V input) {
  V x = sel(input < -104.0f, splat(-104.0f), input);
  x = sel(x > 89.0f, splat(89.0f), x);
  const V shifted = x * ${literal(Math.LOG2E, 'f')} + 0x1.8p23f;
  const V n = shifted - 0x1.8p23f;
  const I k = (I)shifted - 0x4b400000;
  const V r = n * -1.428606820309417e-6f + (n * -0.693145751953125f + x);
  return scaled(exp_reduced(r), k);
}`,
  },
  /** |x| = m·2^k with √½ ≤ m < √2, for finite x ≠ 0. */
  split: {
    text: `
IN V split(V a, I* k) {
  const I tiny = a < 1.17549435e-38f;
  const I bits = (I)sel(tiny, a * 0x1p24f, a) - 0x3f3504f3;
  *k = (bits >> 23) + (tiny & -24);
  return (V)((bits & 0x7fffff) + 0x3f3504f3);
}`,
  },
  /** Error ≤ 0.9 ulp. */
  v_log: {
    needs: ['split'],
    text: `
IN V v_log(V x) {
  I k;
  const V f = split(x, &k) - 1.0f;
  const V n = to_float(k);
  const V z = f * f;
  const V p = ${polynomial('f', [7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1])};
  const V y = n * -2.1219444e-4f + p * f * z;
  const V result = n * 0.693359375f + (f + (z * -0.5f + y));
  const V special = sel(x > 0, x, sel((I)(x == 0), splat(-__builtin_inff()), splat(__builtin_nanf(""))));
  return sel((x > 0) & (x != __builtin_inff()), result, special);
}`,
  },
  /** 1 / (1 + e⁻ˣ), for x < 0 as eˣ / (1 + eˣ), so that small results keep their digits. Error ≤ 2.2 ulp. */
  v_sigmoid: {
    needs: ['v_exp'],
    text: `
IN V v_sigmoid(V x) {
  const V e = v_exp((V)((I)x | (-2147483647 - 1)));
  return sel(x >= 0, splat(1), e) / (1.0f + e);
}`,
  },
  /** Small |x|: odd polynomial; else 1 − 2 / (e²ˣ + 1). Error ≤ 1.3 ulp. */
  v_tanh: {
    needs: ['v_exp'],
    text: `
IN V v_tanh(V x) {
  const V a = v_abs(x), z = a * a;
  const V p = ${polynomial('z', [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1])};
  const V small = p * z * a + a;
  const V large = 1.0f - 2.0f / (v_exp(a + a) + 1.0f);
  return with_sign(sel(a < 0.625f, small, large), x);
}`,
  },
  /** Small |x|: odd polynomial; else 1 − e^−p(|x|). Error ≤ 1.2 ulp. */
  v_erf: {
    needs: ['v_exp'],
    text: `
IN V v_erf(V x) {
  const V a = v_abs(x), z = a * a;
  const V p = ${polynomial('z', [-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1])};
  const V small = p * a + a;
  const V t = sel(a > 4.5f, splat(4.5f), a);
  const V q = ${polynomial('t', [-1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1, -1.28717512e-1])};
  const V large = 1.0f - v_exp(q * t - t);
  return with_sign(sel(a < 0.927734375f, small, large), x);
}`,
  },
  /** sin(x + quarters·π/2), π/2 in 33 bits and the rest. */
  sine: {
    needs: ['wide'],
    text: `
OUT V sine(V x, int quarters) {
  Halves from = { .v = x }, r, k;
  for (int i = 0; i < 2; i++) {
    D w = widened(from.h[i]);
    const D n = nearest(seld((w < 0x1p31) & (w > -0x1p31), w, (D){}) * ${2 / Math.PI});
    r.h[i] = narrowed(w - n * 1.5707963267341256 - n * 6.077100506506192e-11);
    k.hi[i] = whole(n);
  }
  const I q = k.i + quarters;
  const V a = sel(r.v > 0.8f, splat(0.8f), sel(r.v < -0.8f, splat(-0.8f), r.v)) + x * 0.0f; /* NaN for infinity */
  const V z = a * a;
  const V odd = ${polynomial('z', [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])};
  const V sin = odd * z * a + a;
  const V even = ${polynomial('z', [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])};
  const V cos = z * z * even + (z * -0.5f + 1.0f);
  return (V)((I)sel(-(q & 1), cos, sin) ^ (q << 30 & (-2147483647 - 1)));
}`,
  },
  /** |x| ≤ 2³⁰: absolute error ≤ 1e-7; error ≤ 1.6 ulp for |x| ≤ 1e5. Beyond 2³⁰: some number in [−1, 1]. */
  v_sin: { needs: ['sine'], text: 'IN V v_sin(V x) { return sel((I)(x == 0), x, sine(x, 0)); }' },
  /** As sin. */
  v_cos: { needs: ['sine'], text: 'IN V v_cos(V x) { return sine(x, 1); }' },
  /**
   * xʸ = 2^(y·log₂x) with the logarithm in float64: error ≤ 1.1 ulp everywhere. Negative x: integer y only, else NaN.
   * As in JavaScript, (±1)^±∞ is NaN; x⁰ is 1 for every x.
   */
  v_pow: {
    needs: ['wide', 'split', 'scaled', 'exp_reduced'],
    text: `
OUT V v_pow(V x, V y) {
  const V a = v_abs(x);
  I k;
  Halves m = { .v = split(a, &k) }, e = { .v = y }, ki = { .i = k }, n, r;
  for (int i = 0; i < 2; i++) {
    const D w = widened(m.h[i]);
    const D f = (w - 1.0) / (w + 1.0), z = f * f; /* ln m = 2 artanh f, |f| <= 0.172 */
    const D series = ${polynomial(
      'z',
      [17, 15, 13, 11, 9, 7, 5, 3, 1].map(n => 2 / n / Math.LN2),
      '',
    )};
    D t = widened(e.h[i]) * (widened_i(ki.hi[i]) + series * f);
    t = seld(t < -160.0, (D){} - 160.0, t);
    t = seld(t > 160.0, (D){} + 160.0, t);
    const D whole_t = nearest(t);
    n.hi[i] = whole(seld(t == t, whole_t, (D){}));
    r.h[i] = narrowed((t - whole_t) * ${Math.LN2});
  }
  const V power = scaled(exp_reduced(r.v), n.i);
  /* |x| is 0 or infinite: infinite where exactly one of (x infinite, y negative) holds, else 0 */
  const V infinity = splat(__builtin_inff());
  const I infinite = a == infinity;
  const V ends = (V)((I)infinity & (infinite ^ (y < 0)));
  const V finite = sel(((I)(a == 0) | infinite) & (y == y), ends, power);
  const I is_whole = y == v_round(y);
  const V half = y * 0.5f;
  const I is_odd = is_whole & (half != v_floor(half));
  const V with = (V)((I)finite ^ ((I)x & is_odd & (-2147483647 - 1)));
  const I undefined = ((x < 0) & ~infinite & ~is_whole) | (x != x);
  return sel((I)(y == 0), splat(1), sel(undefined, splat(__builtin_nanf("")), with));
}`,
  },
  /**
   * a − b·⌊a / b⌋, with the sign of b; correctly rounded while |a / b| < 2²⁹. a mod 0 is NaN; a mod ±∞ is a when the signs agree
   * and ±∞ otherwise.
   */
  v_mod: {
    needs: ['wide'],
    text: `
OUT V v_mod(V a, V b) {
  Halves p = { .v = a }, q = { .v = b }, r;
  for (int i = 0; i < 2; i++) {
    const D n = widened(p.h[i]), d = widened(q.h[i]), t = n / d;
    const D near = nearest(t);
    const D below = near - (D)((near > t) & (DI)((D){} + 1.0));
    r.h[i] = narrowed(n - d * seld((t < 0x1p51) & (t > -0x1p51), below, t));
  }
  const V infinity = splat(__builtin_inff());
  const I crosses = ((a < 0) ^ (b < 0)) & (a != 0);
  return sel((v_abs(b) == infinity) & (v_abs(a) < infinity), sel(crosses, b, a), r.v);
}`,
  },
  /** −1, 0 or 1; NaN stays NaN. */
  v_sign: { text: 'IN V v_sign(V x) { return sel(v_abs(x) > 0, with_sign(splat(1), x), x); }' },
  /** Quotient, truncated; x / 0 is 0; −2³¹ / −1 wraps around. */
  i_div: {
    text: `
OUT I i_div(I a, I b) {
  const I special = (b == 0) | (b == -1);
  const I q = a / seli(special, isplat(1), b);
  return seli((I)(b == -1), -a, q & (b != 0));
}`,
  },
  /** Remainder with the sign of the divisor; mod 0 is 0. */
  i_mod: {
    needs: ['i_div'],
    text: `
OUT I i_mod(I a, I b) {
  const I r = a - i_div(a, b) * b;
  return (r + (b & ((r ^ b) < 0) & (r != 0))) & (b != 0);
}`,
  },
  /**
   * Word 0 of Threefry-2x32-20 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) with key (key0, key1) and
   * counter (counter, 0), as a float32 in [0, 1) on a grid of 2⁻²⁴.
   */
  v_uniform: {
    text: `
OUT V v_uniform(I key0, I key1, I counter) {
#define ROUND(r) x0 += x1; x1 = (x1 << r | x1 >> (32 - r)) ^ x0;
#define FOUR(a, b, c, d, i, p, q) ROUND(a) ROUND(b) ROUND(c) ROUND(d) x0 += p; x1 += q + i;
  const U k0 = (U)key0, k1 = (U)key1, k2 = k0 ^ k1 ^ 0x1bd11bdau;
  U x0 = (U)counter + k0, x1 = k1;
  FOUR(13, 15, 26, 6, 1u, k1, k2) FOUR(17, 29, 16, 24, 2u, k2, k0) FOUR(13, 15, 26, 6, 3u, k0, k1)
  FOUR(17, 29, 16, 24, 4u, k1, k2) FOUR(13, 15, 26, 6, 5u, k2, k0)
  return to_float((I)(x0 >> 8)) * 0x1p-24f;
}`,
  },
} as const satisfies Record<string, Entry>

/** Every function of this file. */
export const mathNames = Object.keys(functions)

/** Adds a function of this file, if it is one, with what it calls; returns its name. */
export function requireMath(printer: Printer, name: string): string {
  if (!Object.hasOwn(functions, name)) return name
  const { needs = [], text } = functions[name as keyof typeof functions] as Entry
  return printer.intern(name, () => {
    for (const other of needs) requireMath(printer, other)
    return text
  })
}
