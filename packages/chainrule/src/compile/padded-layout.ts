/**
 * Where a copy of a windowed operand with its zeros around it has its elements: im2col is then only a choice of offsets, and
 * kernels need no bounds checks. Where windows advance by more than one column, columns are sorted by phase (column mod step), so
 * that neighbouring outputs read neighbouring elements.
 *
 * Layout: [plain loops][phase][outer window axes][column of the phase]. The copy begins at the smallest coordinate that
 * anything reads; coordinates that nothing reads for being between steps are left out.
 */
import { range } from '../graph/shape.ts'
import { type Dim, rangeOf, type WindowAxis } from './contraction.ts'

/** What is copied: for all indices of `levels`, each of `rows`; elements in the copy (to) and in the operand (from). */
export interface Copies {
  readonly levels: readonly { readonly count: number; readonly to: number; readonly from: number }[]
  /** `count` elements that are `stride` apart in the operand, and in the copy `apart` (1: neighbours). */
  readonly rows: readonly {
    readonly to: number
    readonly from: number
    readonly count: number
    readonly stride: number
    readonly apart?: number
  }[]
}

export interface PaddedLayout extends Copies {
  readonly elements: number
  /** Elements per index of a plain loop. */
  readonly plain: ReadonlyMap<Dim, number>
  /** Element of a coordinate of an axis, relative to the element of the smallest coordinates. */
  position(axis: WindowAxis, coordinate: number): number
}

export const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** `plain` are the loops that are no window; `columns` is the axis whose step gives the phases, the innermost. */
export function paddedLayout(
  plain: readonly Dim[],
  axes: readonly WindowAxis[],
  columns: { readonly axis: WindowAxis; readonly step: number } | undefined,
): PaddedLayout {
  // outer axes
  const outer = axes
    .filter(axis => axis !== columns?.axis)
    .map(axis => {
      const [low, high] = rangeOf(axis.start, axis.terms)
      const step = axis.terms.reduce((g, t) => gcd(g, Math.abs(t.step)), 0) || 1
      const rows = (high - low) / step + 1
      const first = Math.max(0, Math.ceil(-low / step))
      const last = Math.min(rows - 1, Math.floor((axis.size - 1 - low) / step))
      return { axis, low, step, rows, first, count: Math.max(0, last - first + 1) }
    })
  // columns
  const phaseStep = columns?.step ?? 1
  const [low, high] = columns ? rangeOf(columns.axis.start, columns.axis.terms) : [0, 0]
  const width = Math.floor((high - low) / phaseStep) + 1
  const phases = new Set<number>()
  if (columns) {
    // phases that taps reach: all terms but those that are multiples of the step
    let reached = [(((columns.axis.start - low) % phaseStep) + phaseStep) % phaseStep]
    for (const { dim, step } of columns.axis.terms) {
      const remainder = ((step % phaseStep) + phaseStep) % phaseStep
      if (remainder === 0) continue
      const turns = Math.min(dim.size, phaseStep)
      reached = reached.flatMap(r => range(turns).map(t => (r + t * remainder) % phaseStep))
      reached = [...new Set(reached)]
    }
    for (const r of reached.sort((a, b) => a - b)) phases.add(r)
  } else phases.add(0)
  const phaseList = [...phases]

  const rowStrides = new Array<number>(outer.length)
  let size = width
  for (let i = outer.length - 1; i >= 0; i--) {
    rowStrides[i] = size
    size *= outer[i]!.rows
  }
  const phaseStride = size
  size *= phaseList.length
  const plainStrides = new Map<Dim, number>()
  for (const [i, dim] of plain.toReversed().entries()) {
    // an odd number of cache lines: neighbours in this loop do not compete for the same set
    if (i === 0 && dim.size > 1) {
      size = (size + 15) & ~15
      if ((size / 16) % 2 === 0) size += 16
    }
    plainStrides.set(dim, size)
    size *= dim.size
  }
  let toStart = 0
  let fromStart = 0
  outer.forEach((o, i) => {
    toStart += o.first * rowStrides[i]!
    fromStart += (o.low + o.first * o.step - o.axis.start) * o.axis.stride
  })
  const rows = phaseList.flatMap((phase, plane) => {
    const first = Math.max(0, Math.ceil((-low - phase) / phaseStep))
    const last = columns ? Math.min(width - 1, Math.floor((columns.axis.size - 1 - low - phase) / phaseStep)) : 0
    if (last < first || outer.some(o => o.count === 0)) return []
    const stride = columns?.axis.stride ?? 1
    return [
      {
        to: toStart + plane * phaseStride + first,
        from: fromStart + (columns ? (low + phase + first * phaseStep - columns.axis.start) * stride : 0),
        count: last - first + 1,
        stride: phaseStep * stride,
      },
    ]
  })
  return {
    elements: size,
    plain: plainStrides,
    levels: [
      ...plain.map(d => ({ count: d.size, to: plainStrides.get(d)!, from: d.b })),
      ...outer.map((o, i) => ({ count: o.count, to: rowStrides[i]!, from: o.step * o.axis.stride })),
    ],
    rows,
    position(axis, coordinate) {
      if (axis === columns?.axis) {
        const x = coordinate - low
        return phaseList.indexOf(x % phaseStep) * phaseStride + Math.floor(x / phaseStep)
      }
      const i = outer.findIndex(o => o.axis === axis)
      return ((coordinate - outer[i]!.low) / outer[i]!.step) * rowStrides[i]!
    },
  }
}

/** Where elements of a windowed operand are, in elements from index 0 of all loops. */
export interface Addresses {
  /** Of a padded copy; undefined if the operand is read where it is. */
  readonly copy: PaddedLayout | undefined
  /** From the beginning of the copy to index 0 of all loops. */
  readonly origin: number
  /** From index 0 of all loops to a coordinate of an axis. */
  position(axis: WindowAxis, coordinate: number): number
  /** From index 0 to each index of a loop. */
  element(dim: Dim): (index: number) => number
}

/** `columns` is the axis that lanes follow; `dims` are the loops that one image contains. */
export function addressesOf(
  inPlace: boolean,
  dims: readonly Dim[],
  axes: readonly WindowAxis[],
  columns: { readonly axis: WindowAxis; readonly step: number } | undefined,
): Addresses {
  const movesOf = (dim: Dim): { axis: WindowAxis; step: number }[] =>
    axes.flatMap(axis => axis.terms.filter(t => t.dim === dim).map(({ step }) => ({ axis, step })))
  const plain = dims.filter(d => d.b !== 0 && movesOf(d).length === 0)
  const copy = inPlace ? undefined : paddedLayout(plain, axes, columns)
  const position = (axis: WindowAxis, coordinate: number): number =>
    copy ? copy.position(axis, coordinate) - copy.position(axis, axis.start) : (coordinate - axis.start) * axis.stride
  const element = (dim: Dim) => {
    const moves = movesOf(dim)
    if (moves.length > 0)
      return (index: number) => moves.reduce((n, { axis, step }) => n + position(axis, axis.start + step * index), 0)
    const stride = copy ? (copy.plain.get(dim) ?? 0) : dim.b
    return (index: number) => index * stride
  }
  const origin = copy ? axes.reduce((n, axis) => n + copy.position(axis, axis.start), 0) : 0
  return { copy, origin, position, element }
}
