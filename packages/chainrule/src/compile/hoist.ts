/** Which values of a loop kernel are computed where: in the outermost loop that knows everything they depend on. */
import { costOf, stepCost } from './cost.ts'
import type { Store, Value } from './kernel.ts'
import { argumentsOf, type Dims, type LoopPlan, type Sweep, within } from './loop-plan.ts'

/** Computes a value where it stands, unless it is known already. */
interface Scope {
  value(v: Value): unknown
}

/** What a sweep has to compute. */
export const rootsOf = (plan: LoopPlan, { reductions, stores, keeps }: Sweep): Value[] => [
  ...reductions.map(r => plan.reductions[r]!.value),
  ...stores.map(s => s.value),
  ...keeps,
]
/** What the kernel has to compute. */
export const allRoots = (plan: LoopPlan): Value[] => [
  ...plan.sweeps.flatMap(s => rootsOf(plan, s)),
  ...plan.rowStores.map(s => s.value),
]

/**
 * Computes in `scope` what is needed for `roots` and depends on nothing but `available` dimensions and `level` finished
 * sweeps; not what lies behind `stop`. Returns what it computed.
 */
export function hoist(
  plan: LoopPlan,
  scope: Scope,
  roots: readonly Value[],
  available: Dims,
  level: number,
  stop: readonly Value[] = [],
): Value[] {
  const { body, depends, levels } = plan
  const seen = new Set<Value>(stop)
  const computed: Value[] = []
  const visit = (v: Value): void => {
    if (seen.has(v)) return
    seen.add(v)
    if (within(depends[v]!, available) && levels[v]! <= level) {
      scope.value(v)
      computed.push(v)
    } else for (const a of argumentsOf(body[v]!)) visit(a)
  }
  for (const v of roots) visit(v)
  return computed
}

/** Vector instructions per element for those values behind `roots` that depend on `dims`, and for `stores`. */
function costAmong(
  plan: LoopPlan,
  roots: readonly Value[],
  dims: Dims,
  stores: readonly Store[],
  reads: readonly Value[],
): number {
  const seen = new Set<Value>()
  let cost = stores.length
  const visit = (v: Value): void => {
    if (seen.has(v) || (plan.depends[v]! & dims) === 0) return
    seen.add(v)
    if (reads.includes(v)) return
    cost += costOf(plan.body[v]!)
    for (const a of argumentsOf(plan.body[v]!)) visit(a)
  }
  for (const v of roots) visit(v)
  return cost
}
export const kernelCost = (plan: LoopPlan): number =>
  costAmong(plan, allRoots(plan), 1 << plan.vector, plan.rowStores, [])
export const sweepCost = (plan: LoopPlan, sweep: Sweep): number =>
  sweep.reductions.reduce((sum, r) => sum + stepCost[plan.reductions[r]!.op], 0) +
  costAmong(plan, rootsOf(plan, sweep), 1 << plan.vector, sweep.stores, sweep.reads)
