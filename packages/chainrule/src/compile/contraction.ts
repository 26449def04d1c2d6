/**
 * The normal form of a contraction: loops of size 1 are gone, loops that step through memory together are merged, and every
 * loop knows its stride in both operands and in all accesses of the epilogue. The strategies (gemm, convolution, …) read this.
 */

import type { DType } from '../graph/dtype.ts'
import type { Access, ContractKernel, Operand, Role } from './kernel.ts'

/** One loop. Strides are in elements. */
export interface Dim {
  readonly role: Role
  readonly size: number
  readonly a: number
  readonly b: number
  /** One per entry of `Contraction.sites`. */
  readonly sites: readonly number[]
}

/** A place in memory that the epilogue reads or writes. */
export interface Site {
  readonly access: Access
  readonly store: boolean
  readonly dtype: DType
}

/** An axis of b whose coordinate start + Σ step·index may leave [0, size), or is shared by several loops. */
export interface WindowAxis {
  readonly size: number
  readonly stride: number
  readonly start: number
  readonly terms: readonly { readonly dim: Dim; readonly step: number }[]
  /** Whether a coordinate can leave [0, size): then the operand is 0 there. */
  readonly leaves: boolean
}

export interface Base {
  readonly argument: number
  /** Element of index 0 of all loops; outside the buffer where an axis leaves it. */
  readonly offset: number
}

export interface Contraction {
  readonly kernel: ContractKernel
  readonly a: Base
  readonly b: Base
  readonly dims: readonly Dim[]
  readonly windows: readonly WindowAxis[]
  readonly sites: readonly Site[]
}

export const withRole = (c: Contraction, role: Role): Dim[] => c.dims.filter(d => d.role === role)
export const sizeOf = (dims: readonly Dim[]): number => dims.reduce((n, d) => n * d.size, 1)
/** The longest loop, the first of them. */
export const largest = (dims: readonly Dim[]): Dim | undefined =>
  dims.reduce<Dim | undefined>((best, d) => (best && best.size >= d.size ? best : d), undefined)
/** A loop that turns once. */
export const unitDim = (c: Contraction, role: Role): Dim => ({ role, size: 1, a: 0, b: 0, sites: c.sites.map(() => 0) })

/** Stride of each kernel dimension in an operand, and the element at index 0. */
function linear(operand: Operand, rank: number): { strides: number[]; offset: number } {
  const strides = new Array<number>(rank).fill(0)
  let offset = operand.offset
  for (const axis of operand.axes) {
    offset += axis.stride * axis.start
    for (const { dim, step } of axis.terms) strides[dim]! += axis.stride * step
  }
  return { strides, offset }
}

/** Loads and stores of an epilogue: first the loads in order of the body, then the stores. */
export function sitesOf(kernel: ContractKernel): Site[] {
  const { body, stores } = kernel.epilogue
  const sites: Site[] = []
  for (const instruction of body)
    if (instruction.op === 'load') sites.push({ access: instruction.access, store: false, dtype: instruction.dtype })
  for (const store of stores) sites.push({ access: store.access, store: true, dtype: body[store.value]!.dtype })
  return sites
}

export function normalize(kernel: ContractKernel): Contraction {
  const rank = kernel.dims.length
  const sites = sitesOf(kernel)
  const a = linear(kernel.a, rank)
  const b = linear(kernel.b, rank)
  const dims: Dim[] = kernel.dims.map(({ size, role }, i) => ({
    role,
    size,
    a: a.strides[i]!,
    b: b.strides[i]!,
    sites: sites.map(s => s.access.strides[i]!),
  }))
  const windows: WindowAxis[] = []
  for (const axis of kernel.b.axes) {
    const terms = axis.terms.map(t => ({ dim: dims[t.dim]!, step: t.step })).filter(t => t.dim.size > 1 && t.step !== 0)
    const [low, high] = rangeOf(axis.start, terms)
    const leaves = low < 0 || high >= axis.size
    if (leaves || terms.length > 1)
      windows.push({ size: axis.size, stride: axis.stride, start: axis.start, terms, leaves })
  }
  return {
    kernel,
    a: { argument: kernel.a.argument, offset: a.offset },
    b: { argument: kernel.b.argument, offset: b.offset },
    dims: merge(
      dims.filter(d => d.size !== 1),
      new Set(windows.flatMap(w => w.terms.map(t => t.dim))),
    ),
    windows,
    sites,
  }
}

/** Smallest and largest coordinate. */
export function rangeOf(start: number, terms: WindowAxis['terms']): [low: number, high: number] {
  let low = start
  let high = start
  for (const { dim, step } of terms) {
    const reach = step * (dim.size - 1)
    if (reach < 0) low += reach
    else high += reach
  }
  return [low, high]
}

/** Joins loops p, q where p steps exactly over all of q, everywhere. */
function merge(dims: Dim[], fixed: ReadonlySet<Dim>): Dim[] {
  const result = [...dims]
  const over = (p: Dim, q: Dim): boolean =>
    p.role === q.role &&
    !fixed.has(p) &&
    !fixed.has(q) &&
    p.a === q.a * q.size &&
    p.b === q.b * q.size &&
    p.sites.every((s, i) => s === q.sites[i]! * q.size)
  for (let i = 0; i < result.length; i++) {
    const p = result[i]!
    const j = result.findIndex((q, k) => k !== i && over(p, q))
    if (j < 0) continue
    result[j] = { ...result[j]!, size: p.size * result[j]!.size }
    result.splice(i, 1)
    i = -1
  }
  return result
}

/** The same product with the operands exchanged; only without windows, which b alone may have. */
export function swapOperands(c: Contraction): Contraction {
  const roles: Record<Role, Role> = { batch: 'batch', m: 'n', n: 'm', k: 'k' }
  return { ...c, a: c.b, b: c.a, dims: c.dims.map(d => ({ ...d, role: roles[d.role], a: d.b, b: d.a })) }
}

/**
 * Along an axis of size 1 the coordinate must be 0, so start + p·o + q·t = 0 says which tap t belongs to an output o: the loop
 * over taps goes, and a is read at that tap. The output loop then no longer moves through b, which makes it one of m.
 */
export function withoutFixedTaps(kernel: ContractKernel): ContractKernel {
  let { a, b } = kernel
  const dims = [...kernel.dims]
  for (const [i, axis] of b.axes.entries()) {
    if (axis.size !== 1) continue
    const terms = axis.terms.filter(t => dims[t.dim]!.size > 1 && t.step !== 0)
    const tap = terms.find(t => dims[t.dim]!.role === 'k')
    const others = terms.filter(t => t !== tap)
    if (!tap || others.length > 1 || others.some(t => dims[t.dim]!.role !== 'n')) continue
    const first = -axis.start / tap.step
    const moves = others.map(t => ({ dim: t.dim, step: -t.step / tap.step }))
    const last = moves.reduce((t, { dim, step }) => t + step * (dims[dim]!.size - 1), first)
    const size = dims[tap.dim]!.size
    if (![first, last, ...moves.map(t => t.step)].every(Number.isInteger)) continue
    if (Math.min(first, last) < 0 || Math.max(first, last) >= size) continue
    const fixed = a.axes.map(old => {
      const term = old.terms.find(t => t.dim === tap.dim)
      return term
        ? {
            ...old,
            start: old.start + term.step * first,
            terms: moves.map(t => ({ dim: t.dim, step: t.step * term.step })),
          }
        : old
    })
    a = { ...a, axes: fixed }
    b = { ...b, axes: b.axes.map((old, j) => (j === i ? { ...old, start: 0, terms: [] } : old)) }
    dims[tap.dim] = { size: 1, role: 'k' }
    for (const { dim } of moves) dims[dim] = { size: dims[dim]!.size, role: 'm' }
  }
  return { ...kernel, a, b, dims }
}
