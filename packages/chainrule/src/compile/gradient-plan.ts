/** Which contractions are weight gradients of convolutions, and which loop plays which part in them. */
import {
  type Contraction,
  type Dim,
  largest,
  normalize,
  sizeOf,
  unitDim,
  type WindowAxis,
  withRole,
} from './contraction.ts'
import type { ContractKernel } from './kernel.ts'

export interface GradientPlan {
  readonly c: Contraction
  readonly m: Dim
  readonly otherM: readonly Dim[]
  /** The loop of the reduction along which a is contiguous, and the axis of b along which it moves. */
  readonly columns: Dim
  readonly columnAxis: WindowAxis
  readonly columnStep: number
  /** Other positions. */
  readonly rows: readonly { readonly dim: Dim; readonly axis: WindowAxis; readonly step: number }[]
  /** Loops of the reduction that are no positions. */
  readonly images: readonly Dim[]
  /** Faster than the general way, which copies x and g so that columns of any width do. */
  readonly worthwhile: boolean
}

export function planGradient(c: Contraction, lanes: number): GradientPlan | undefined {
  const terms = c.windows.flatMap(axis => axis.terms.map(t => ({ ...t, axis })))
  if (terms.some(t => t.dim.role !== 'n' && t.dim.role !== 'k')) return undefined
  if (new Set(terms.map(t => t.dim)).size !== terms.length) return undefined
  const positions = terms.filter(t => t.dim.role === 'k')
  const own = positions.find(t => t.dim.a === 1 && t.step > 0)
  if (!own) return undefined
  if (c.windows.some(w => w.terms.filter(t => t.dim.role === 'k').length > 1)) return undefined
  const ms = withRole(c, 'm')
  const m = largest(ms) ?? unitDim(c, 'm')
  const width = own.dim.size
  const tap = own.axis.terms.find(t => t.dim.role === 'n')?.dim.size ?? 1
  const lanesUsed = width / (Math.ceil(width / lanes) * lanes)
  // gathering costs about as much as 12 rows of m
  const general = sizeOf(ms) / (sizeOf(ms) + 12)
  return {
    worthwhile: width >= lanes && width > tap && 0.9 * lanesUsed > general,
    c,
    m,
    otherM: ms.filter(d => d !== m),
    columns: own.dim,
    columnAxis: own.axis,
    columnStep: own.step,
    rows: positions.filter(t => t !== own),
    images: withRole(c, 'k').filter(d => !positions.some(t => t.dim === d)),
  }
}

/** Whether the result itself goes to memory, with all n side by side: then images can be added up there. */
export function storesRowMajor(kernel: ContractKernel): boolean {
  const { body, stores } = kernel.epilogue
  if (body.length !== 1 || body[0]!.op !== 'result' || stores.length !== 1) return false
  let size = 1
  for (const dim of withRole(normalize(kernel), 'n').toReversed()) {
    if (dim.sites[0] !== size) return false
    size *= dim.size
  }
  return true
}
