/** Shapes changed without arithmetic, on nodes: reshape, permute, slice, join. */
import * as build from '../../graph/build.ts'
import { promote } from '../../graph/dtype.ts'
import type { Node, Padding } from '../../graph/node.ts'
import { needCount, needList, refuse, refuseAxis, refuseOption } from '../../graph/refuse.ts'
import { needAxes, normalAxes, normalAxis, numel, range, type Shape, show } from '../../graph/shape.ts'
import { where } from './elementwise.ts'

/** The same elements in another shape; one −1 stands for whatever is left. */
export function reshape(x: Node, shape: Shape): Node {
  needList('reshape', shape, '[2, -1]')
  const [first, second] = shape.flatMap((d, i) => (d === -1 ? [i] : []))
  const wrong = shape.find(d => !Number.isInteger(d) || d < -1)
  if (second !== undefined || wrong !== undefined)
    refuse('reshape', [x.shape, shape], `${show(shape)} is not a shape: sizes >= 0 and at most one -1`)
  if (first === undefined) return build.reshape(x, [...shape])
  const known = shape.reduce((n, d) => (d === -1 ? n : n * d), 1)
  const total = numel(x.shape)
  if (known === 0 || total % known !== 0)
    refuse(
      'reshape',
      [x.shape, shape],
      `cannot view ${show(x.shape)} as ${show(shape)}: ${total} is not divisible by ${known}`,
    )
  return build.reshape(
    x,
    shape.map(d => (d === -1 ? total / known : d)),
  )
}

/** Joins the axes from `start` on into one. */
export function flatten(x: Node, start = 1): Node {
  if (x.shape.length === 0) refuse('flatten', [x.shape], 'rank 0')
  if (start === x.shape.length) return build.reshape(x, [...x.shape, 1])
  const a = normalAxis('flatten', x.shape, start)
  return build.reshape(x, [...x.shape.slice(0, a), numel(x.shape.slice(a))])
}

/** Axis i of the result is axis axes[i] of x. */
export function permute(x: Node, axes: Shape): Node {
  needList('permute', axes, '[1, 0]')
  const rank = x.shape.length
  needAxes('permute', x.shape, axes.length)
  return build.permute(
    x,
    axes.map(a => (a < 0 ? a + rank : a)),
  )
}
/** Exchanges two axes. */
export function transpose(x: Node, first = -2, second = -1): Node {
  const a = normalAxis('transpose', x.shape, first)
  const b = normalAxis('transpose', x.shape, second)
  return build.permute(
    x,
    x.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  )
}

/** Drops axes of size 1: the given ones, or all. */
export function squeeze(x: Node, axis?: number | readonly number[]): Node {
  if (axis === undefined)
    return build.reshape(
      x,
      x.shape.filter(d => d !== 1),
    )
  const axes = normalAxes('squeeze', x.shape, axis)
  for (const a of axes)
    if (x.shape[a] !== 1) refuseAxis('squeeze', x.shape, `axis ${a} of ${show(x.shape)} has size ${x.shape[a]}, not 1`)
  return build.reshape(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  )
}
/** Where a new axis goes: negative counts from the end of the result. */
const newAxis = (operation: string, shape: Shape, axis: number): number =>
  normalAxis(operation, shape, axis, shape.length + 1)
/** Puts an axis of size 1 where `axis` will be. */
export function unsqueeze(x: Node, axis: number): Node {
  const a = newAxis('unsqueeze', x.shape, axis)
  return build.reshape(x, [...x.shape.slice(0, a), 1, ...x.shape.slice(a)])
}

/** Repeats axes of size 1, and puts new ones in front, up to `shape`; −1 keeps a size. */
export function expand(x: Node, shape: Shape): Node {
  needList('expand', shape, '[2, -1]')
  const lead = shape.length - x.shape.length
  const full = shape.map((d, i) => (d === -1 && i >= lead ? x.shape[i - lead]! : d))
  if (lead < 0 || full.some((d, i) => i >= lead && x.shape[i - lead] !== d && x.shape[i - lead] !== 1))
    refuse('expand', [x.shape, shape], `${show(x.shape)} cannot be repeated to ${show(shape)}`)
  return build.broadcastTo(x, full)
}

/** Puts `value` around: two amounts for each axis, or one pair for all axes. Negative amounts crop. */
export function pad(x: Node, padding: number | readonly (number | Padding)[], value = 0): Node {
  const list = typeof padding === 'number' ? x.shape.map(() => padding) : padding
  needList('pad', list, '[[1, 1], [0, 2]]')
  needAxes('pad', x.shape, list.length)
  const amounts = list.map((p): Padding => (typeof p === 'number' ? [p, p] : p))
  if (!amounts.flat().every(Number.isInteger))
    refuseOption('pad', 'padding', `amounts must be integers, got ${amounts}`)
  const around = amounts.map(([low, high]): Padding => [Math.max(0, low), Math.max(0, high)])
  const cropped = amounts.some(([low, high]) => low < 0 || high < 0)
    ? slice(
        x,
        amounts.map(([low, high], i) => [Math.max(0, -low), x.shape[i]! - Math.max(0, -high)]),
      )
    : x
  const padded = build.pad(cropped, around)
  if (value === 0) return padded
  const inside = build.pad(build.full(cropped.shape, 1, 'int32'), around)
  return where(build.cast(inside, 'bool'), padded, value)
}

/** [start, stop) of an axis, every step-th; negative counts from the end. Missing: the whole axis. */
export type Range = readonly [start?: number | undefined, stop?: number | undefined, step?: number | undefined]

/** Bounds as in JavaScript's and Python's slices: clipped to the axis. */
function bounds(operation: string, n: number, range: Range): [number, number, number] {
  needList(operation, range, operation === 'at' ? "[0, 2], ':'" : "[[0, 2], ':']")
  const [start = 0, stop = n, step = 1] = range
  if (![start, stop, step].every(Number.isInteger) || step < 1)
    refuseOption(
      operation,
      'step',
      `[${start}, ${stop}, ${step}] needs whole numbers and step >= 1; use flip() to reverse`,
    )
  const clip = (i: number) => Math.min(n, Math.max(0, i < 0 ? i + n : i))
  const from = clip(start)
  return [from, Math.max(from, clip(stop)), step]
}

const cut = (x: Node, bounds: readonly (readonly [number, number, number])[]): Node =>
  build.slice(
    x,
    bounds.map(b => b[0]),
    bounds.map(b => b[1]),
    bounds.map(b => b[2]),
  )
/** start … stop of one axis, the others whole. */
export const sliceAlong = (x: Node, axis: number, start: number, stop: number, step = 1): Node =>
  cut(
    x,
    x.shape.map((n, i) => (i === axis ? [start, stop, step] : [0, n, 1])),
  )

/** One range per axis; further axes stay whole. */
export function slice(x: Node, ranges: readonly (Range | ':')[]): Node {
  needList('slice', ranges, "[[0, 2], ':']")
  if (ranges.length > x.shape.length) needAxes('slice', x.shape, ranges.length)
  return cut(
    x,
    x.shape.map((n, i) => {
      const r = ranges[i]
      return bounds('slice', n, r === undefined || r === ':' ? [] : r)
    }),
  )
}

/** A position, a range, ':' for a whole axis, '...' for as many whole axes as are left, null for a new axis of size 1. */
export type Index = number | Range | ':' | '...' | null

/** Positions drop their axis, ranges keep it: `at(0)`, `at(':', [1, 4])`, `at('...', -1)`. */
export function at(x: Node, ...indices: readonly Index[]): Node {
  const used = indices.filter(i => i !== null && i !== '...').length
  const rank = x.shape.length
  if (used > rank || indices.filter(i => i === '...').length > 1)
    refuseAxis('at', x.shape, `${show(x.shape)} has ${rank} axes but ${used} were given`)
  const rest: Index[] = new Array<Index>(rank - used).fill(':')
  const spread = indices.includes('...') ? indices.flatMap(i => (i === '...' ? rest : [i])) : [...indices, ...rest]
  const ranges: [number, number, number][] = []
  const shape: number[] = []
  for (const index of spread) {
    if (index === null) {
      shape.push(1)
      continue
    }
    const n = x.shape[ranges.length]!
    if (typeof index === 'number') {
      const i = index < 0 ? index + n : index
      if (!Number.isInteger(index) || i < 0 || i >= n)
        refuseAxis('at', x.shape, `index ${index} is out of range for axis ${ranges.length} of ${show(x.shape)}`)
      ranges.push([i, i + 1, 1])
      continue
    }
    const range = bounds('at', n, index === ':' || index === '...' ? [] : index)
    ranges.push(range)
    shape.push(Math.ceil((range[1] - range[0]) / range[2]))
  }
  return build.reshape(cut(x, ranges), shape)
}

/** Reverses axes; all without `axis`. */
export const flip = (x: Node, axis?: number | readonly number[]): Node =>
  build.flip(x, normalAxes('flip', x.shape, axis))

/** Joined along an existing axis; dtypes promote. */
export function concat(inputs: readonly Node[], axis = 0): Node {
  const [first] = inputs
  if (!first) refuse('concat', [], 'needs at least one tensor')
  const a = normalAxis('concat', first.shape, axis)
  const dtype = inputs.reduce((d, x) => promote(d, x.dtype), first.dtype)
  return build.concat(
    inputs.map(x => build.cast(x, dtype)),
    a,
  )
}
/** Joined along a new axis. */
export function stack(inputs: readonly Node[], axis = 0): Node {
  const [first] = inputs
  if (!first) refuse('stack', [], 'needs at least one tensor')
  for (const { shape } of inputs)
    if (show(shape) !== show(first.shape))
      refuse('stack', [first.shape, shape], `shapes ${show(first.shape)} and ${show(shape)} differ`)
  const a = newAxis('stack', first.shape, axis)
  return concat(
    inputs.map(x => unsqueeze(x, a)),
    a,
  )
}

/** Pieces of `size` along an axis (the last may be smaller), or of the given sizes. */
export function split(x: Node, size: number | readonly number[], axis = 0): Node[] {
  const a = normalAxis('split', x.shape, axis)
  const n = x.shape[a]!
  if (typeof size === 'number') needCount('split', 'size', size)
  const sizes = typeof size === 'number' ? range(Math.ceil(n / size)).map(i => Math.min(size, n - i * size)) : size
  needList('split', sizes, '[1, 2]')
  if (sizes.reduce((s, d) => s + d, 0) !== n)
    refuse('split', [x.shape], `sizes ${show(sizes)} do not add up to ${n} (axis ${a} of ${show(x.shape)})`)
  let start = 0
  return sizes.map(d => {
    start += d
    return sliceAlong(x, a, start - d, start)
  })
}
/** `count` pieces along an axis, as equal as can be. */
export function chunk(x: Node, count: number, axis = 0): Node[] {
  needCount('chunk', 'count', count)
  return split(x, Math.max(1, Math.ceil(x.shape[normalAxis('chunk', x.shape, axis)]! / count)), axis)
}

/** The whole tensor repeated: repeats[i] times along axis i; new axes go in front. PyTorch's `repeat`. */
export function tile(x: Node, repeats: Shape): Node {
  needList('tile', repeats, '[2, 1]')
  const rank = Math.max(repeats.length, x.shape.length)
  const times = [...range(rank - repeats.length).map(() => 1), ...repeats]
  const shape = [...range(rank - x.shape.length).map(() => 1), ...x.shape]
  if (!times.every(t => Number.isInteger(t) && t >= 0))
    refuseOption('tile', 'repeats', `repeats must be integers >= 0, got ${show(repeats)}`)
  const spread = build.reshape(
    x,
    shape.flatMap(d => [1, d]),
  )
  return build.reshape(
    build.expand(
      spread,
      shape.flatMap((d, i) => [times[i]!, d]),
    ),
    shape.map((d, i) => d * times[i]!),
  )
}
/** Each element repeated `times` times along an axis. */
export function repeat(x: Node, times: number, axis = 0): Node {
  const a = normalAxis('repeat', x.shape, axis)
  const head = x.shape.slice(0, a + 1)
  const tail = x.shape.slice(a + 1)
  const spread = build.reshape(x, [...head, 1, ...tail])
  return build.reshape(build.expand(spread, [...head, times, ...tail]), [
    ...x.shape.slice(0, a),
    x.shape[a]! * times,
    ...tail,
  ])
}
/** Shifted along an axis; what leaves at the end comes in at the beginning. */
export function roll(x: Node, shift: number, axis = 0): Node {
  const a = normalAxis('roll', x.shape, axis)
  const n = x.shape[a]!
  if (n === 0) return x
  const first = n - (((shift % n) + n) % n)
  return first === n ? x : build.concat([sliceAlong(x, a, first, n), sliceAlong(x, a, 0, first)], a)
}
