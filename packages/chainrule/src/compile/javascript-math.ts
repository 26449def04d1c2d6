/** Scalar functions that JavaScript's Math lacks; what printed kernels call. */
import { threefry2x32, uniformAt } from '../graph/threefry.ts'

/** To the nearest integer, halves to even: adding 2⁵² leaves no room for a fraction. */
export function round(x: number): number {
  const magnitude = Math.abs(x)
  if (!(magnitude < 2 ** 52)) return x
  const nearest = magnitude + 2 ** 52 - 2 ** 52
  return x < 0 || Object.is(x, -0) ? -nearest : nearest
}

/** Remainder with the sign of the divisor. */
export function mod(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}
/** The same for int32; modulo 0 is 0. */
export const modInt = (a: number, b: number): number => (b === 0 ? 0 : mod(a, b) | 0)

/** Truncates; NaN is 0, out of range saturates. */
export const toInt = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(x))) | 0

/** erf(x) = 2x/√π · e^(−x²) · Σ (2x²)ⁿ / (1·3·…·(2n+1)); all terms are positive. Abramowitz & Stegun 7.1.6 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = 1
  let total = 1
  for (let n = 1; term > 1e-17 * total; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    total += term
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
}

/** Does `x` replace `best` as the first maximum? NaN counts as largest. */
export const argmaxStep = (best: number, x: number): boolean => x > best || (Number.isNaN(x) && !Number.isNaN(best))

/** Word 0 of Threefry-2x32-20. */
export const threefry = (key0: number, key1: number, counter0: number, counter1: number): number =>
  threefry2x32([key0, key1], [counter0, counter1])[0]

/** Element `counter` of the random stream of a key. */
export const uniform = (key0: number, key1: number, counter: number): number => uniformAt([key0, key1], counter)
