/**
 * A program as stages: what is in one stage may run at the same time, and each stage waits for the one before. Kernels keep
 * their order; one joins the stage before it where it touches nothing that is written there.
 */
import { type BufferId, type Kernel, type Program, writtenBy } from './kernel.ts'
import { type SliceLimits, type Slices, slice, workOf } from './slice.ts'

export interface Stage {
  /** Small kernels (indices) that run one after the other, and such as must run alone. They are one piece of work. */
  readonly chain: readonly number[]
  /** Kernels in pieces, or in one piece that is worth a thread. */
  readonly shared: readonly { readonly kernel: number; readonly slices: readonly Slices[] }[]
}

/** How a kernel is run: in pieces, small enough to be one of several that are a piece together, or alone. */
export type Work = readonly Slices[] | 'small' | 'alone'
export const worksOf = (program: Program, alone: (kernel: Kernel) => boolean, limits: SliceLimits): Work[] =>
  program.kernels.map(kernel =>
    alone(kernel) ? 'alone' : workOf(kernel) < 2 * limits.work ? 'small' : slice(kernel, limits),
  )

/**
 * Kernels that run alone do so one after the other, and at the same time as nothing else. With `frugal`, what runs at the same
 * time needs no more memory than in turn: no result begins in a stage where another one ends.
 */
export function stagesOf(program: Program, works: readonly Work[], frugal: boolean): Stage[] {
  const { kernels, buffers } = program
  /** Whether kernel k must wait for an earlier one. */
  const waits = (k: number, earlier: number): boolean => {
    const [one, two] = [kernels[earlier]!, kernels[k]!]
    const touches = (kernel: Kernel, ids: readonly BufferId[]): boolean => ids.some(id => kernel.buffers.includes(id))
    const ends = frugal && one.buffers.some(id => buffers[id]!.last < k)
    const begins = two.buffers.some(id => buffers[id]!.kind === 'temporary' && buffers[id]!.first === k)
    return touches(two, writtenBy(one)) || touches(one, writtenBy(two)) || (ends && begins)
  }
  const stages: { chain: number[]; shared: { kernel: number; slices: readonly Slices[] }[] }[] = []
  for (const [k, work] of works.entries()) {
    const stage = stages.at(-1)
    const others = stage?.shared.map(s => s.kernel) ?? []
    const isShared = typeof work !== 'string'
    const joins = isShared
      ? [...(stage?.chain ?? []), ...others].every(other => works[other] !== 'alone' && !waits(k, other))
      : others.length === 0 || (work === 'small' && others.every(other => !waits(k, other)))
    const target = stage && joins ? stage : { chain: [], shared: [] }
    if (isShared) target.shared.push({ kernel: k, slices: work })
    else target.chain.push(k)
    if (target !== stage) stages.push(target)
  }
  return stages
}

/** First and last kernel during which each buffer must keep its contents when stages run as they are. */
export function lifetimesIn({ buffers }: Program, stages: readonly Stage[]): { first: number; last: number }[] {
  // in a stage that is no chain, everything happens at once
  const from: number[] = []
  const to: number[] = []
  for (const { chain, shared } of stages) {
    const kernels = [...chain, ...shared.map(s => s.kernel)]
    const [first, last] = [Math.min(...kernels), Math.max(...kernels)]
    for (const k of kernels) {
      from[k] = shared.length > 0 ? first : k
      to[k] = shared.length > 0 ? last : k
    }
  }
  return buffers.map(({ first, last }) => ({ first: from[first] ?? first, last: to[last] ?? last }))
}
