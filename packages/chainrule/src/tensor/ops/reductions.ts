/** Reductions over axes, on nodes. `axis` is one axis, a list, or undefined for all; negative axes count from the end. */
import * as build from '../../graph/build.ts'
import { isFloat } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { refuse, refuseAxis } from '../../graph/refuse.ts'
import { normalAxes, normalAxis, numel, show } from '../../graph/shape.ts'
import { add, div, finite, square, sub, where } from './elementwise.ts'
import { sliceAlong } from './movement.ts'
import { asFloat, asNumber } from './operands.ts'

export type Axes = number | readonly number[] | undefined
export interface ReduceOptions {
  /** Leaves the reduced axes in place with size 1. */
  readonly keepdims?: boolean
}
export interface VarianceOptions extends ReduceOptions {
  /** The divisor is n − correction: 1 (the default) is the unbiased estimate, 0 the population's variance. */
  readonly correction?: number
}
export interface NormOptions extends ReduceOptions {
  /** The p of the p-norm: 2 unless given; Infinity is the largest magnitude. */
  readonly p?: number
}

/** Applies `reduce` over sorted axes; the axes stay as 1 if asked. */
function over(
  operation: string,
  x: Node,
  axis: Axes,
  options: ReduceOptions | undefined,
  reduce: (x: Node, axes: readonly number[]) => Node,
): Node {
  const axes = normalAxes(operation, x.shape, axis)
  const y = reduce(x, axes)
  return options?.keepdims ? build.reshape(y, build.keptShape(x.shape, axes)) : y
}
const reduction =
  (operation: string, reduce: (x: Node, axes: readonly number[]) => Node) =>
  (x: Node, axis?: Axes, options?: ReduceOptions): Node =>
    over(operation, x, axis, options, reduce)

const countOver = (x: Node, axes: readonly number[]): number => axes.reduce((n, a) => n * x.shape[a]!, 1)
function needElements(operation: string, x: Node, axes: readonly number[]): number {
  const n = countOver(x, axes)
  if (n === 0) refuse(operation, [x.shape], `nothing to reduce over axes [${axes}] of ${show(x.shape)}`)
  return n
}
/** Largest along axes, which stay as 1; 0 where it is not finite. A constant for derivatives: it only shifts. */
function finitePeak(x: Node, axes: readonly number[]): Node {
  const peak = build.stopGradient(build.reshape(build.max(x, axes), build.keptShape(x.shape, axes)))
  return where(finite(peak), peak, 0)
}
/** −1 − x for integers, which cannot overflow; −x for floats. Turns a minimum into a maximum. */
const mirror = (x: Node): Node => (isFloat(x.dtype) ? build.neg(x) : build.sub(build.fullLike(x, -1), x))

export const sum = reduction('sum', (x, axes) => build.sum(asNumber(x), axes))
/** Σx / n */
export const mean = reduction('mean', (x, axes) => div(build.sum(asFloat(x), axes), needElements('mean', x, axes)))
export const max = reduction('max', (x, axes) => build.max(asNumber(x), axes))
export const min = reduction('min', (x, axes) => mirror(build.max(mirror(asNumber(x)), axes)))

/** Whether any element is true (not 0). */
export const any = reduction('any', (x, axes) => {
  const count = build.sum(build.cast(build.cast(x, 'bool'), 'int32'), axes)
  return build.less(build.fullLike(count, 0), count)
})
/** Whether every element is true (not 0). */
export const all = reduction('all', (x, axes) => build.not(any(build.not(build.cast(x, 'bool')), axes)))

/** Π x, as a balanced tree of multiplications: its derivative is right at zeros as well. */
export const prod = reduction('prod', (x, axes) => {
  const rest = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
  const kept = rest.map(i => x.shape[i]!)
  let n = countOver(x, axes)
  let y = build.reshape(build.permute(asNumber(x), [...rest, ...axes]), [...kept, n])
  if (n === 0) return build.full(kept, 1, y.dtype)
  const part = (from: number, to: number): Node => sliceAlong(y, kept.length, from, to)
  while (n > 1) {
    const half = n >> 1
    const products = build.mul(part(0, half), part(half, 2 * half))
    y = n % 2 === 1 ? build.concat([products, part(n - 1, n)], kept.length) : products
    n -= half
  }
  return build.reshape(y, kept)
})

/** Σ(x − mean)² / (n − correction), in two passes. */
export function variance(x: Node, axis?: Axes, { correction = 1, keepdims = false }: VarianceOptions = {}): Node {
  return over('var', asFloat(x), axis, { keepdims }, (x, axes) => {
    const n = needElements('var', x, axes)
    if (n <= correction)
      refuse(
        'var',
        [x.shape],
        `${n} element(s) over axes [${axes}] of ${show(x.shape)} with correction ${correction}; use { correction: 0 }`,
      )
    const deviation = sub(x, mean(x, axes, { keepdims: true }))
    return div(build.sum(square(deviation), axes), n - correction)
  })
}
export const std = (x: Node, axis?: Axes, options?: VarianceOptions): Node => build.sqrt(variance(x, axis, options))

/** (Σ|x|ᵖ)^(1/p). The derivative of the 2-norm at 0 is 0. */
export function norm(x: Node, axis?: Axes, { p = 2, keepdims = false }: NormOptions = {}): Node {
  return over('norm', asFloat(x), axis, { keepdims }, (x, axes) => {
    if (p === Number.POSITIVE_INFINITY) return build.max(build.abs(x), axes)
    if (p === 1) return build.sum(build.abs(x), axes)
    if (p !== 2) return build.pow(build.sum(powOf(build.abs(x), p), axes), build.fullLike(build.sum(x, axes), 1 / p))
    const squares = build.sum(square(x), axes)
    const zero = build.equal(squares, build.fullLike(squares, 0))
    return where(zero, 0, build.sqrt(where(zero, 1, squares)))
  })
}
const powOf = (x: Node, p: number): Node => build.pow(x, build.fullLike(x, p))

/** log Σ eˣ, shifted by the maximum so that nothing overflows. */
export const logsumexp = reduction('logsumexp', (x, axes) => {
  const y = asFloat(x)
  const peak = finitePeak(y, axes)
  const total = build.log(build.sum(build.exp(sub(y, peak)), axes))
  return add(total, build.reshape(peak, total.shape))
})

/** eˣ / Σ eˣ along an axis, shifted by the maximum. */
export function softmax(x: Node, axis: number): Node {
  const axes = [normalAxis('softmax', x.shape, axis)]
  const powers = build.exp(shifted(asFloat(x), axes))
  return build.div(powers, repeatedSum(powers, axes))
}
/** log softmax, computed without the quotient. */
export function logSoftmax(x: Node, axis: number): Node {
  const axes = [normalAxis('logSoftmax', x.shape, axis)]
  const y = shifted(asFloat(x), axes)
  return build.sub(y, build.log(repeatedSum(build.exp(y), axes)))
}
const repeated = (y: Node, axes: readonly number[], like: Node): Node =>
  build.expand(build.reshape(y, build.keptShape(like.shape, axes)), like.shape)
const repeatedSum = (x: Node, axes: readonly number[]): Node => repeated(build.sum(x, axes), axes, x)
/** x minus its maximum; an empty axis has none. */
const shifted = (x: Node, axes: readonly number[]): Node =>
  numel(x.shape) === 0 ? x : build.sub(x, repeated(build.stopGradient(build.max(x, axes)), axes, x))

/** Index of the first largest element; over all elements, row-major, without an axis. */
export function argmax(x: Node, axis?: number, options?: ReduceOptions): Node {
  return extremum('argmax', asNumber(x), axis, options)
}
/** Index of the first smallest element. */
export function argmin(x: Node, axis?: number, options?: ReduceOptions): Node {
  return extremum('argmin', mirror(asNumber(x)), axis, options)
}
function extremum(operation: string, x: Node, axis: number | undefined, options: ReduceOptions | undefined): Node {
  if (axis === undefined) {
    const flat = build.argmax(build.reshape(x, [x.shape.reduce((n, d) => n * d, 1)]), 0)
    return options?.keepdims
      ? build.reshape(
          flat,
          x.shape.map(() => 1),
        )
      : flat
  }
  if (typeof axis !== 'number') refuseAxis(operation, x.shape, `needs one axis, got [${axis}]; reshape first`)
  return over(operation, x, axis, options, (x, [a]) => build.argmax(x, a!))
}

/** Running sums along an axis, by doubling: after step k each element is the sum of 2ᵏ (Hillis & Steele, CACM 1986). */
export function cumsum(x: Node, axis: number): Node {
  const a = normalAxis('cumsum', x.shape, axis)
  const n = x.shape[a]!
  let y = asNumber(x)
  for (let distance = 1; distance < n; distance *= 2) {
    const before = sliceAlong(y, a, 0, n - distance)
    y = build.add(
      y,
      build.pad(
        before,
        x.shape.map((_, i) => (i === a ? [distance, 0] : [0, 0])),
      ),
    )
  }
  return y
}
/** x with its elements along `axis` scaled to unit norm where that is larger than `epsilon`. */
export const normalize = (x: Node, axis: number, epsilon = 1e-12): Node => {
  const length = norm(x, axis, { keepdims: true })
  return div(asFloat(x), where(build.less(length, build.fullLike(length, epsilon)), epsilon, length))
}
