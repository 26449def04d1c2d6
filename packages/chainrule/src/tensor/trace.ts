/** Functions traced once and run as a plan: what `compile(fn)` is made of, on nodes. */
import type { Device, Executable, Watch } from '../device/device.ts'
import { ChainruleError } from '../errors.ts'
import { source } from '../graph/build.ts'
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Shape } from '../graph/shape.ts'
import { device, type MaybePromise, whenHere } from './device-choice.ts'
import {
  bind,
  close,
  compute,
  forgetCompanions,
  type Handle,
  inOrder,
  isBusy,
  unready,
  whileTracing,
} from './evaluate.ts'
import { planFor } from './plans.ts'
import { HostStorage, Placeholder, pending, type VariableCell, VariableVersion } from './variables.ts'

export interface Traced {
  /** Runs the plan; one host storage per output. */
  run(inputs: readonly Node[]): HostStorage[]
  readonly executable: Executable
  readonly device: Device
  /** What it assigns. */
  readonly variables: readonly VariableCell[]
  /** The same, prepared once more; with `watch`, which is told the number of each kernel that has finished, kernel by kernel. */
  again(watch?: Watch): Traced
}

const notReady = (): ChainruleError =>
  new ChainruleError('compile: something is still being computed; await nn.ready(model) and the arguments first')

/** Bumped whenever something that a trace depends on besides its arguments changes (train/eval mode, frozen parameters). */
let epoch = 0
export const traceEpoch = (): number => epoch
export function invalidateTraces(): void {
  epoch++
}

/**
 * Traces `fn` once with placeholders for `inputs`. Assignments to variables made by `fn` become in-place updates of the plan;
 * the variables themselves do not change while tracing.
 */
export function traceNodes(
  inputs: readonly { shape: Shape; dtype: DType }[],
  fn: (nodes: Node[]) => readonly Node[],
): Traced {
  if (isBusy()) throw notReady()
  const flushed = compute([])
  if (flushed instanceof Promise) throw notReady()
  const target = device()
  const placeholders = inputs.map(i => new Placeholder(i.shape, i.dtype))
  let outputs: readonly Node[] = []
  let cells: VariableCell[] = []
  let graph: Graph
  try {
    graph = whileTracing(() => {
      outputs = fn(placeholders.map(source))
      cells = [...pending]
      return close(outputs, cells)
    })
  } finally {
    forgetCompanions()
    for (const cell of pending) {
      pending.delete(cell)
      cell.assigned = false
      if (cell.version > 0) cell.node = source(new VariableVersion(cell, cell.version))
    }
  }
  const born = cells.filter(c => c.version === 0)
  if (born.length > 0)
    throw new ChainruleError(
      'compile: a variable was created inside fn; create models, optimizers and states outside of it',
    )
  const slots = new Map(placeholders.map((p, i) => [p, i]))
  const ordinary = outputs.length
  const traced = (executable: Executable): Traced => ({
    executable,
    device: target,
    variables: cells,
    again: watch => traced(target.prepare(graph, watch)),
    run(nodes) {
      const perform = (): MaybePromise<TypedArray[]> => {
        if (pending.size > 0) {
          const flush = compute([])
          if (flush instanceof Promise) return flush.then(perform)
        }
        const wait = unready(graph, target)
        if (wait) return wait.then(perform)
        const late = nodes.map(n =>
          n.primitive === 'source' && n.attributes.storage instanceof HostStorage ? n.attributes.storage : undefined,
        )
        const missing = late.find(s => s && !s.values)
        if (missing) return missing.ready!.then(perform)
        const bound = bind(graph, target, false, p => {
          if (p.supply) return p.supply()
          const values = late[slots.get(p)!]!.values!
          for (const check of p.checks) check(values)
          return values
        })
        return whenHere(executable.run(bound), values => {
          for (const cell of cells) cell.settle()
          return values
        })
      }
      const result = inOrder(perform)
      return Array.from({ length: ordinary }, (_, i) => {
        const { shape, dtype } = outputs[i]!
        return new HostStorage(shape, dtype, result instanceof Promise ? result.then(v => v[i]!) : result[i]!)
      })
    },
  })
  return traced(planFor(target, graph))
}

/** Arguments of a traced function must be host values; anything else is computed first. */
export function realizeNow(handles: readonly Handle[]): void {
  const result = inOrder(() => compute(handles))
  if (result instanceof Promise) throw notReady()
}
