/** Shapes at run time: the twins of the rules in `tensor/shape-types.ts`, with the same texts. */
import { refuse, refuseAxis } from './refuse.ts'

export type Shape = readonly number[]

export const numel = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)
export const show = (shape: Shape): string => `[${shape.join(', ')}]`
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i])
export const range = (n: number, start = 0): number[] => Array.from({ length: n }, (_, i) => start + i)

/** Row-major strides, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i]!
  }
  return strides
}

/** A non-negative axis below `rank`, or an AxisError. */
export function normalAxis(operation: string, shape: Shape, axis: number, rank = shape.length): number {
  const normal = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank)
    refuseAxis(operation, shape, `axis ${axis} is out of range for ${show(shape)}`)
  return normal
}

/**
 * One entry for each axis of `shape`.
 * @throws AxisError when there are not as many
 */
export function needAxes(operation: string, shape: Shape, count: number): void {
  if (count !== shape.length)
    refuseAxis(operation, shape, `${show(shape)} has ${shape.length} axes but ${count} were given`)
}

/** Sorted distinct non-negative axes; undefined means all. */
export function normalAxes(operation: string, shape: Shape, axes: number | readonly number[] | undefined): number[] {
  if (axes === undefined) return range(shape.length)
  const list = typeof axes === 'number' ? [axes] : axes
  if (!Array.isArray(list))
    refuseAxis(operation, shape, 'axis must be a number or an array of numbers; options come after it')
  const normal = list.map(a => normalAxis(operation, shape, a))
  if (new Set(normal).size !== normal.length)
    refuseAxis(operation, shape, `axis given twice in ${show(list)} for ${show(shape)}`)
  return normal.sort((a, b) => a - b)
}

/** NumPy's rule: align at the right; a dimension is equal, or one of the two is 1. */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  return range(rank).map(i => {
    const x = a[i - rank + a.length] ?? 1
    const y = b[i - rank + b.length] ?? 1
    if (x !== y && x !== 1 && y !== 1) refuse(operation, [a, b], `shapes ${show(a)} and ${show(b)} do not broadcast`)
    return x === 1 ? y : x
  })
}

export interface WindowOptions {
  readonly stride: number
  readonly padding: readonly [number, number]
  readonly dilation: number
}

/**
 * Positions of a window along one axis: floor((N + P − F′)/S) + 1 with F′ = D(F − 1) + 1.
 * A remainder that drops real input (not padding, not a gap that the stride skips anyway) is an error unless `round` is
 * 'floor': rem > P_high + max(0, S − F′).
 */
export function windowPositions(
  operation: string,
  n: number,
  kernel: number,
  { stride, padding: [low, high], dilation }: WindowOptions,
  round: 'exact' | 'floor' = 'exact',
): number {
  if (![n, kernel, stride, low, high, dilation].every(Number.isInteger) || stride < 1 || kernel < 1 || dilation < 1)
    refuse(
      operation,
      [[n], [kernel]],
      `kernel ${kernel}, stride ${stride}, padding ${low}: must be non-negative integers, stride >= 1`,
    )
  const extent = dilation * (kernel - 1) + 1
  const room = n + low + high - extent
  if (room < 0) refuse(operation, [[n], [kernel]], `kernel ${kernel} is larger than the input ${n} with padding ${low}`)
  const rest = room % stride
  if (round === 'exact' && rest > high + Math.max(0, stride - extent))
    refuse(
      operation,
      [[n], [kernel]],
      `${kernel}x${kernel} kernel, stride ${stride}, padding ${low} does not fit ${n}: ` +
        `last ${rest} row(s)/column(s) never read`,
    )
  return Math.floor(room / stride) + 1
}
