/**
 * Which contractions are convolutions with outputs of some width, and which loop plays which part in them.
 */
import { type Contraction, type Dim, largest, unitDim, type WindowAxis, withRole } from './contraction.ts'

export interface ConvolutionPlan {
  readonly c: Contraction
  readonly m: Dim
  readonly otherM: readonly Dim[]
  /** The loop whose neighbours are lanes, and the axis of b along which it moves. */
  readonly columns: Dim
  readonly columnAxis: WindowAxis
  readonly columnStep: number
  /** Other output positions, outermost first. */
  readonly rows: readonly Dim[]
  /** Loops over images: n that is no position. */
  readonly images: readonly Dim[]
  readonly outerTaps: readonly { readonly dim: Dim; readonly axis: WindowAxis; readonly step: number }[]
  readonly channels: readonly Dim[]
  readonly columnTap: { readonly dim: Dim; readonly step: number } | undefined
  readonly axes: readonly WindowAxis[]
}

/** Whether, and how, the contraction is a convolution whose rows have at least `width` outputs. */
export function planConvolution(c: Contraction, width: number): ConvolutionPlan | undefined {
  const terms = c.windows.flatMap(axis => axis.terms.map(t => ({ ...t, axis })))
  const taps = terms.filter(t => t.dim.role === 'k')
  const positions = terms.filter(t => t.dim.role === 'n')
  if (taps.length + positions.length !== terms.length) return undefined
  if (new Set(terms.map(t => t.dim)).size !== terms.length) return undefined
  if (c.windows.some(w => w.terms.filter(t => t.dim.role === 'k').length > 1)) return undefined
  if (c.windows.some(w => w.terms.filter(t => t.dim.role === 'n').length > 1)) return undefined
  const n = withRole(c, 'n')
  const stores = c.sites.flatMap((s, i) => (s.store ? [i] : []))
  // outputs side by side in memory, or at least inputs
  const inner = n.filter(d => {
    const own = positions.find(t => t.dim === d)
    return own ? own.axis.stride === 1 : d.b === 1
  })
  const columns = largest(n.filter(d => d.size >= width && stores.every(i => d.sites[i] === 1))) ?? largest(inner)
  if (!columns || columns.size < width) return undefined
  const own = positions.find(t => t.dim === columns)
  if (own && own.step < 0) return undefined
  const columnAxis: WindowAxis = own?.axis ?? {
    size: columns.size,
    stride: columns.b,
    start: 0,
    terms: [{ dim: columns, step: 1 }],
    leaves: false,
  }
  const columnTap = taps.find(t => t.axis === columnAxis)
  if (columnTap && columnTap.step < 0) return undefined
  const rows = positions.filter(t => t.dim !== columns).map(t => t.dim)
  const tapDims = new Set(taps.map(t => t.dim))
  const ms = withRole(c, 'm')
  const m = largest(ms) ?? unitDim(c, 'm')
  return {
    c,
    m,
    otherM: ms.filter(d => d !== m),
    columns,
    columnAxis,
    columnStep: own?.step ?? 1,
    rows,
    images: n.filter(d => d !== columns && !rows.includes(d)),
    outerTaps: taps.filter(t => t.axis !== columnAxis),
    channels: withRole(c, 'k').filter(d => !tapDims.has(d)),
    columnTap,
    axes: own ? c.windows : [...c.windows, columnAxis],
  }
}
