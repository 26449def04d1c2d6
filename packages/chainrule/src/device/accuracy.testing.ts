/** How exact an elementary function is: errors in units in the last place, and the places to look at. */

/** Distance in units in the last place of float32 at `exact`. */
export function ulps(got: number, exact: number): number {
  if (Object.is(got, exact) || (Number.isNaN(got) && Number.isNaN(exact))) return 0
  const rounded = Math.fround(exact)
  if (!Number.isFinite(rounded) || !Number.isFinite(got)) return got === rounded ? 0 : Infinity
  const magnitude = Math.max(Math.abs(rounded), 2 ** -126)
  return Math.abs(got - exact) / 2 ** (Math.floor(Math.log2(magnitude)) - 23)
}

const count = 1 << 19
/** Evenly spaced numbers, and numbers of every exponent between 2^low and 2^high. */
export function points(from: number, to: number, low = -149, high = 127): Float32Array {
  const x = new Float32Array(count * 2)
  const [smallest, largest] = [Math.max(low, -149), Math.min(high, 127)]
  for (let i = 0; i < count; i++) {
    x[i] = from + ((to - from) * i) / count
    const p = smallest + ((largest - smallest) * i) / count
    x[count + i] = Math.min(Math.max((i % 2 ? 1 : -1) * 2 ** p * 1.0001, from < 0 ? -3.4e38 : 0), 3.4e38)
  }
  return x
}
