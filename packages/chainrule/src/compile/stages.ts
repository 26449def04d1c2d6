/**
 * A program as stages: what is in one stage may run at the same time, and each stage waits for the one before. Kernels keep
 * their order; one joins the stage before it where it touches nothing that is written there, and is not given memory that was
 * still in use there.
 */
import type { BufferId, Kernel, Program } from './kernel.ts'
import { type SliceLimits, type Slices, slice, sliceLimits } from './slice.ts'

export interface Stage {
  /** Kernels (indices) that run one after the other: small ones, or such as cannot be cut. They are one piece of work. */
  readonly chain: readonly number[]
  readonly cut: readonly { readonly kernel: number; readonly slices: readonly Slices[] }[]
}

const written = (kernel: Kernel): readonly BufferId[] =>
  kernel.kind === 'loop'
    ? kernel.stores.map(s => kernel.buffers[s.access.argument]!)
    : kernel.kind === 'contract' || kernel.kind === 'window'
      ? kernel.epilogue.stores.map(s => kernel.buffers[s.access.argument]!)
      : [kernel.buffers.at(-1)!]

/** Kernels of which `alone` holds run one after the other, and at the same time as nothing else. */
export function stagesOf(
  program: Program,
  alone: (kernel: Kernel) => boolean,
  limits: SliceLimits = sliceLimits,
): Stage[] {
  const { kernels, buffers } = program
  /** Whether kernel k must wait for an earlier one. */
  const waits = (k: number, earlier: number): boolean => {
    const [one, two] = [kernels[earlier]!, kernels[k]!]
    const touches = (kernel: Kernel, ids: readonly BufferId[]): boolean => ids.some(id => kernel.buffers.includes(id))
    const ends = one.buffers.some(id => buffers[id]!.last < k)
    const begins = two.buffers.some(id => buffers[id]!.kind === 'temporary' && buffers[id]!.first === k)
    return touches(two, written(one)) || touches(one, written(two)) || (ends && begins)
  }
  const stages: { chain: number[]; cut: { kernel: number; slices: readonly Slices[] }[] }[] = []
  for (const [k, kernel] of kernels.entries()) {
    const single = alone(kernel)
    const slices = single ? [] : slice(kernel, limits)
    const isCut = slices.length > 1 || (slices[0]?.count ?? 1) > 1
    const stage = stages.at(-1)
    const others = stage?.cut.map(c => c.kernel) ?? []
    const joins = isCut
      ? [...(stage?.chain ?? []), ...others].every(other => !alone(kernels[other]!) && !waits(k, other))
      : others.length === 0 || (!single && others.every(other => !waits(k, other)))
    const target = stage && joins ? stage : { chain: [], cut: [] }
    if (isCut) target.cut.push({ kernel: k, slices })
    else target.chain.push(k)
    if (target !== stage) stages.push(target)
  }
  return stages
}
