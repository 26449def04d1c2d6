/**
 * What every printed file starts with: vector types, and how lanes are read, written and chosen. Pointers are `char*` and count
 * bytes; `ld`/`st` want no alignment. A mask is an `I` of all ones or zeros.
 *
 * `x - (V){}` and not `x + (V){}` puts a number into all lanes: 0 + −0 is not −0, so that the compiler would have to add.
 */
import type { Target } from './printer.ts'

const list = (n: number, item: (i: number) => string | number): string =>
  Array.from({ length: n }, (_, i) => item(i)).join(', ')

/** Vector instructions that C has no operator for, by the macro that says they exist; `x` is a vector. */
const squareRoots: readonly (readonly [lanes: number, macro: string, instruction: string])[] = [
  [16, '__AVX512F__', '__asm__("vsqrtps %1, %0" : "=v"(r) : "v"(x));'],
  [8, '__AVX__', '__asm__("vsqrtps %1, %0" : "=x"(r) : "x"(x));'],
  [4, '__AVX__', '__asm__("vsqrtps %1, %0" : "=x"(r) : "x"(x));'],
  [4, '__SSE__', '__asm__("sqrtps %1, %0" : "=x"(r) : "x"(x));'],
  [4, '__aarch64__', '__asm__("fsqrt %0.4s, %1.4s" : "=w"(r) : "w"(x));'],
]

export function prelude({ lanes }: Target): string {
  const steps = [8, 4, 2, 1].filter(n => n < lanes)
  const roots = squareRoots.filter(([n]) => n === lanes)
  return `
#define L ${lanes}
typedef float V __attribute__((vector_size(4 * L)));
typedef int I __attribute__((vector_size(4 * L)));
typedef unsigned U __attribute__((vector_size(4 * L)));
typedef float V_any __attribute__((vector_size(4 * L), aligned(4), may_alias));
typedef int I_any __attribute__((vector_size(4 * L), aligned(4), may_alias));
typedef float float_any __attribute__((may_alias));
typedef int int_any __attribute__((may_alias));
#define IN static inline __attribute__((always_inline, unused))
#ifndef OUT
#define OUT static __attribute__((noinline, unused))
#endif
#define F(p) (*(float_any*)(p))
#define N(p) (*(int_any*)(p))
#define splat(x) ((float)(x) - (V){})
#define isplat(x) ((int)(x) - (I){})
#define lane_numbers ((I){${list(lanes, i => i)}})
IN V ld(const char* p) { return *(const V_any*)p; }
IN I ldi(const char* p) { return *(const I_any*)p; }
IN void st(char* p, V x) { *(V_any*)p = x; }
IN void sti(char* p, I x) { *(I_any*)p = x; }
IN V sel(I m, V a, V b) { return (V)((m & (I)a) | (~m & (I)b)); }
IN I seli(I m, I a, I b) { return (m & a) | (~m & b); }
/* first n lanes */
IN I first_lanes(int n) { return lane_numbers < isplat(n); }
/* elements s apart; s is a constant */
IN V ld_by(const char* p, long s) { return (V){${list(lanes, i => `F(p + ${4 * i} * s)`)}}; }
IN I ldi_by(const char* p, long s) { return (I){${list(lanes, i => `N(p + ${4 * i} * s)`)}}; }
IN V ld_by_n(const char* p, long s, int n) { V x = {}; for (int i = 0; i < n; i++) x[i] = F(p + 4 * i * s); return x; }
IN I ldi_by_n(const char* p, long s, int n) { I x = {}; for (int i = 0; i < n; i++) x[i] = N(p + 4 * i * s); return x; }
/* lane l is index i + l, of which lo <= index < hi are read, the others 0 */
IN V ld_in(const char* p, long i, long lo, long hi) {
  if (i >= lo && i + L <= hi) return ld(p);
  if (i + L <= lo || i >= hi) return (V){};
  const I index = isplat((int)i) + lane_numbers;
  return sel((index >= (int)lo) & (index < (int)hi), ld(p), (V){});
}
IN I ldi_in(const char* p, long i, long lo, long hi) { return (I)ld_in(p, i, lo, hi); }
IN I ldi_by_in(const char* p, long s, long i, long lo, long hi) {
  I x = {};
  for (int l = 0; l < L; l++) if (i + l >= lo && i + l < hi) x[l] = N(p + 4 * l * s);
  return x;
}
IN V ld_by_in(const char* p, long s, long i, long lo, long hi) { return (V)ldi_by_in(p, s, i, lo, hi); }
IN V reverse(V x) { return (V){${list(lanes, i => `x[${lanes - 1 - i}]`)}}; }
IN void st_n(char* p, V x, int n) {
#if L == 16 && defined(__AVX512F__)
  __builtin_ia32_storeups512_mask((void*)p, x, (unsigned short)((1u << n) - 1));
#elif L == 8 && defined(__AVX__)
  __builtin_ia32_maskstoreps256((void*)p, first_lanes(n), x);
#else
  __builtin_memcpy(p, &x, 4 * n);
#endif
}
IN void sti_n(char* p, I x, int n) { __builtin_memcpy(p, &x, 4 * n); }
#if defined(__clang__)
#define shuffled(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define shuffled(x, y, ...) __builtin_shuffle(x, y, (I){__VA_ARGS__})
#endif
/* the first n lanes from and to every other element: lanes in between are not touched */
#if L == 16 && defined(__AVX512F__)
#define every_other(n) (0x55555555ul & ~(~0ul << (2 * (n))))
IN V ld_bits(const char* p, unsigned short m) { return __builtin_ia32_loadups512_mask((const void*)p, (V){}, m); }
IN void st_bits(char* p, V x, unsigned short m) { __builtin_ia32_storeups512_mask((void*)p, x, m); }
IN V ld_2(const char* p, int n) {
  const V low = ld_bits(p, (unsigned short)every_other(n)), high = n > L / 2 ? ld_bits(p + 4 * L, (unsigned short)(every_other(n) >> L)) : (V){};
  return shuffled(low, high, ${list(lanes, i => 2 * i)});
}
IN void st_2(char* p, V x, int n) {
  st_bits(p, shuffled(x, x, ${list(lanes, i => i >> 1)}), (unsigned short)every_other(n));
  if (n > L / 2) st_bits(p + 4 * L, shuffled(x, x, ${list(lanes, i => (lanes + i) >> 1)}), (unsigned short)(every_other(n) >> L));
}
#elif L == 8 && defined(__AVX__)
#define every_other(from, n) ((I){${list(lanes, i => (i % 2 === 0 ? -1 : 0))}} & (lane_numbers + (from) < isplat(2 * (n))))
IN V ld_2(const char* p, int n) {
  const V low = __builtin_ia32_maskloadps256((const void*)p, every_other(0, n));
  const V high = n > L / 2 ? __builtin_ia32_maskloadps256((const void*)(p + 4 * L), every_other(L, n)) : (V){};
  return shuffled(low, high, ${list(lanes, i => 2 * i)});
}
IN void st_2(char* p, V x, int n) {
  __builtin_ia32_maskstoreps256((void*)p, every_other(0, n), shuffled(x, x, ${list(lanes, i => i >> 1)}));
  if (n > L / 2)
    __builtin_ia32_maskstoreps256((void*)(p + 4 * L), every_other(L, n), shuffled(x, x, ${list(lanes, i => (lanes + i) >> 1)}));
}
#else
IN V ld_2(const char* p, int n) { return ld_by_n(p, 2, n); }
IN void st_2(char* p, V x, int n) { for (int i = 0; i < n; i++) F(p + 8 * i) = x[i]; }
#endif
IN I ldi_2(const char* p, int n) { return (I)ld_2(p, n); }
IN void sti_2(char* p, I x, int n) { st_2(p, (V)x, n); }
IN void st_by(char* p, V x, long s, int n) { for (int i = 0; i < n; i++) F(p + 4 * i * s) = x[i]; }
IN void sti_by(char* p, I x, long s, int n) { for (int i = 0; i < n; i++) N(p + 4 * i * s) = x[i]; }
#define rotated(x, n) shuffled(x, x, ${list(lanes, i => `(${i} ^ n)`)})
/* all lanes together, in every lane */
IN V sum_lanes(V x) { ${steps.map(n => `x += rotated(x, ${n});`).join(' ')} return x; }
IN I sum_lanes_i(I x) { ${steps.map(n => `x += rotated(x, ${n});`).join(' ')} return x; }
IN V v_abs(V x) { return (V)((I)x & 0x7fffffff); }
IN V with_sign(V magnitude, V of) { return (V)((I)magnitude | ((I)of & (-2147483647 - 1))); }
IN V v_max(V a, V b) { return sel((a > b) | (a != a), a, b); }
IN V v_min(V a, V b) { return sel((a < b) | (a != a), a, b); }
IN V v_relu(V x) { return sel(x < 0, (V){}, x); }
IN I i_max(I a, I b) { return seli(a > b, a, b); }
IN I i_min(I a, I b) { return seli(a < b, a, b); }
/* halves to even: next to 2^23 floats are integers */
IN V v_round(V x) { const V a = v_abs(x); return with_sign(sel(a < 0x1p23f, (a + 0x1p23f) - 0x1p23f, a), x); }
IN V v_floor(V x) { const V r = v_round(x); return with_sign(v_abs(r - sel(r > x, splat(1), (V){})), r); }
IN V v_ceil(V x) { const V r = v_round(x); return with_sign(v_abs(r + sel(r < x, splat(1), (V){})), x); }
IN V v_sqrt(V x) {
  V r;
${roots.map(([, macro, code], i) => `#${i === 0 ? 'if' : 'elif'} defined(${macro})\n  ${code}`).join('\n')}
#else
  for (int i = 0; i < L; i++) r[i] = __builtin_sqrtf(x[i]);
#endif
  return r;
}
/* NaN is 0, out of range saturates */
IN I to_int(V x) {
  const I r = __builtin_convertvector(sel((x < 0x1p31f) & (x >= -0x1p31f), x, (V){}), I);
  return seli(x >= 0x1p31f, isplat(2147483647), seli(x < -0x1p31f, isplat(-2147483647 - 1), r));
}
IN V to_float(I x) { return __builtin_convertvector(x, V); }
`
}
