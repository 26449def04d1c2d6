/** What a perceptron learns from, and the same as integers: every finite float is one, divided by a power of two. */
import { DataError, ShapeError } from '../errors.ts'

/** Points with the answer wanted for each. */
export interface Samples {
  /** [samples][features]; finite numbers. */
  readonly points: readonly (readonly number[])[]
  /** Whether the unit should fire: true or 1, false or 0. */
  readonly labels: readonly (boolean | number)[]
}

export interface ExactSamples {
  /** [samples][features, then 1 for the bias], all multiplied by `scale`. */
  readonly rows: readonly (readonly bigint[])[]
  readonly labels: readonly boolean[]
  /** A power of two. */
  readonly scale: bigint
}

/**
 * @param bias whether a 1 is appended to every point
 * @throws DataError when there is nothing, a label is neither 0 nor 1, or a number is not finite; ShapeError for ragged points
 */
export function exactSamples(operation: string, { points, labels }: Samples, bias: boolean): ExactSamples {
  const features = points[0]?.length
  if (features === undefined) throw new DataError(`${operation}: there are no samples`)
  if (points.length !== labels.length)
    throw new ShapeError(
      operation,
      [[points.length], [labels.length]],
      `${operation}: ${points.length} points, but ${labels.length} labels; give one for each`,
    )
  const ragged = points.findIndex(p => p.length !== features)
  if (ragged >= 0)
    throw new ShapeError(
      operation,
      [[features], [points[ragged]!.length]],
      `${operation}: point ${ragged} has ${points[ragged]!.length} features, point 0 has ${features}`,
    )
  const answers = labels.map((label, i) => {
    if (label !== true && label !== false && label !== 0 && label !== 1)
      throw new DataError(`${operation}: label ${i} is ${label}; labels are 0 and 1 (or false and true)`)
    return Boolean(label)
  })
  points.forEach((point, i) => {
    const wrong = point.find(x => !Number.isFinite(x))
    if (wrong !== undefined) throw new DataError(`${operation}: point ${i} holds ${wrong}; drop that sample`)
  })
  const bits = points.reduce((most, point) => point.reduce((n, x) => Math.max(n, binaryPlaces(x)), most), 0)
  const scale = 1n << BigInt(bits)
  const rows = points.map(point => [...point.map(x => scaled(x, bits)), ...(bias ? [scale] : [])])
  return { rows, labels: answers, scale }
}

/** How many binary digits follow the point. */
function binaryPlaces(x: number): number {
  let places = 0
  while (!Number.isInteger(x)) {
    x *= 2
    places++
  }
  return places
}
/** x · 2^bits, which is an integer. */
function scaled(x: number, bits: number): bigint {
  const own = binaryPlaces(x)
  let whole = x
  for (let i = 0; i < own; i++) whole *= 2
  return BigInt(whole) << BigInt(bits - own)
}

/** numerator / denominator, also where neither fits a float. */
export function ratio(numerator: bigint, denominator: bigint): number {
  const sign = numerator < 0n !== denominator < 0n ? -1 : 1
  const n = numerator < 0n ? -numerator : numerator
  const d = denominator < 0n ? -denominator : denominator
  if (n === 0n) return 0
  // 64 more binary digits than the quotient's integer part
  const shift = 64 + Math.max(0, d.toString(2).length - n.toString(2).length)
  const quotient = (n << BigInt(shift)) / d
  const extra = Math.max(0, quotient.toString(2).length - 1000)
  return sign * Number(quotient >> BigInt(extra)) * 2 ** (extra - shift)
}

export const dot = (a: readonly bigint[], b: readonly bigint[]): bigint => a.reduce((sum, x, i) => sum + x * b[i]!, 0n)
