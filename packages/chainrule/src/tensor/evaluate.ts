/**
 * From nodes to values: collects what must be computed, closes it into a graph, and runs the plan for it. An evaluation computes
 * every pending variable along with what was asked for, so that a loss and the optimizer step that follows from it are one plan.
 */
import type { Device, Resident } from '../device/device.ts'
import { ChainruleError, StaleError } from '../errors.ts'
import { source } from '../graph/build.ts'
import type { TypedArray } from '../graph/dtype.ts'
import type { Graph } from '../graph/graph.ts'
import { makeNode, type Node, type NodeOf, type Storage, topological } from '../graph/node.ts'
import { currentDevice, device, type MaybePromise, whenHere } from './device-choice.ts'
import { planFor } from './plans.ts'
import { HostStorage, Placeholder, pending, replacementOf, type VariableCell, VariableVersion } from './variables.ts'

/** Something that holds a node and takes its value in exchange once it is known (a tensor). */
export interface Handle {
  node: Node
}

/** Losses whose gradients feed pending updates: computed together with them, because afterwards they would be stale. */
const companions = new Set<WeakRef<Handle>>()
export const forgetCompanions = (): void => companions.clear()
export function accompany(handle: Handle): void {
  companions.add(new WeakRef(handle))
}

const isRealized = (node: Node): boolean =>
  node.primitive === 'source' && !(node.attributes.storage instanceof Placeholder)

/** Whether it can still be computed; if not, whoever reads it is told so. */
const isCurrent = (node: Node): boolean =>
  topological(rebuilt([node], replacementOf)).every(n => {
    if (n.primitive !== 'source') return true
    const { storage } = n.attributes
    return !(storage instanceof VariableVersion) || storage.version === storage.cell.version
  })

/** Rebuilds what lies above replaced nodes. `replace` gives a node's replacement, or undefined to keep it. */
function rebuilt(outputs: readonly Node[], replace: (node: Node) => Node | undefined): readonly Node[] {
  const order = topological(outputs, n => replace(n) !== undefined)
  if (!order.some(n => replace(n) !== undefined)) return outputs
  const made = new Map<Node, Node>()
  for (const node of order) {
    const inputs = node.inputs.map(i => made.get(i)!)
    const copy = (): Node =>
      inputs.every((input, i) => input === node.inputs[i])
        ? node
        : makeNode(node.primitive, inputs, node.attributes as never, node.shape, node.dtype, node.scope)
    made.set(node, replace(node) ?? copy())
  }
  return outputs.map(o => made.get(o)!)
}

/** What a source stands for: all versions of a variable are one. */
const identityOf = (storage: Storage): Storage => (storage instanceof VariableVersion ? storage.cell : storage)

/** The closed graph of some outputs, followed by the new values of `cells`. */
export function close(wanted: readonly Node[], cells: readonly VariableCell[]): Graph {
  const all = rebuilt([...wanted, ...cells.map(c => c.node)], replacementOf)
  const sources = new Map<Storage, NodeOf<'source'>>()
  for (const node of topological(all)) {
    if (node.primitive !== 'source') continue
    const identity = identityOf(node.attributes.storage)
    const known = sources.get(identity)
    if (known === undefined || isOlder(known, node)) sources.set(identity, node)
  }
  // one node for each source, although a variable may have been met through several
  const outputs = rebuilt(all, n => {
    if (n.primitive !== 'source') return undefined
    const kept = sources.get(identityOf(n.attributes.storage))
    return kept === n ? undefined : kept
  })
  // a variable that is written but not read needs a place as well
  for (const cell of cells)
    if (!sources.has(cell)) sources.set(cell, source(new VariableVersion(cell, cell.version)) as NodeOf<'source'>)
  const slots = new Map([...sources.keys()].map((storage, i) => [storage, i]))
  const updates = outputs.map((_, i) => (i < wanted.length ? -1 : slots.get(cells[i - wanted.length]!)!))
  return { sources: [...sources.values()], outputs, updates }
}

/** Of two versions of a variable in one graph the older one is kept, so that a stale one is noticed. */
function isOlder(known: NodeOf<'source'>, node: NodeOf<'source'>): boolean {
  const a = known.attributes.storage
  const b = node.attributes.storage
  return a instanceof VariableVersion && b instanceof VariableVersion && b.version < a.version
}

const READ_INSIDE =
  'a value was read inside compile(fn), where arguments have no values yet; return the tensor from fn and read it outside'

/** Values for the sources of a graph; `argument` supplies placeholders. */
export function bind(
  graph: Graph,
  target: Device,
  checkVersions: boolean,
  argument?: (p: Placeholder) => TypedArray,
): (Resident | TypedArray)[] {
  return graph.sources.map(({ attributes: { storage } }) => {
    if (storage instanceof VariableVersion) {
      if (checkVersions && storage.version !== storage.cell.version)
        throw new StaleError(
          'this value was computed from parameters that have been updated since; read it (await loss.item()) before the next ' +
            'optimizer step, or return it from a compiled step',
        )
      return storage.cell.residentOn(target)
    }
    if (storage instanceof Placeholder) {
      if (!argument) throw new ChainruleError(READ_INSIDE)
      return argument(storage)
    }
    return (storage as HostStorage).values!
  })
}

/** Waits for host values that are still on their way and for variables on other devices; undefined when there is nothing. */
export function unready(graph: Graph, target: Device): Promise<unknown> | undefined {
  const waits: Promise<unknown>[] = []
  for (const { attributes } of graph.sources) {
    const { storage } = attributes
    if (storage instanceof HostStorage && !storage.values) waits.push(storage.ready!)
    else if (storage instanceof VariableVersion && storage.cell.livesElsewhere(target))
      waits.push(storage.cell.moveTo(target))
  }
  return waits.length > 0 ? Promise.all(waits) : undefined
}

/** Computes handles and every pending variable in one plan; afterwards each handle's node is a source. */
export const compute = (handles: readonly Handle[]): MaybePromise<void> =>
  whenHere(currentDevice(), here => computeOn(here, handles))

function computeOn(target: Device, handles: readonly Handle[]): MaybePromise<void> {
  for (const cell of pending) cell.begin(target)
  const cells = [...pending]
  const wanted: Handle[] = handles.filter(h => !isRealized(h.node))
  if (cells.length > 0) {
    for (const reference of companions) {
      const handle = reference.deref()
      if (handle && !isRealized(handle.node) && !wanted.includes(handle) && isCurrent(handle.node)) wanted.push(handle)
    }
    companions.clear()
  }
  if (wanted.length === 0 && cells.length === 0) return
  const graph = close(
    wanted.map(h => h.node),
    cells,
  )
  const start = (): MaybePromise<void> => {
    const bound = bind(graph, target, true)
    return whenHere(planFor(target, graph).run(bound), values => {
      wanted.forEach((handle, i) => {
        handle.node = source(new HostStorage(handle.node.shape, handle.node.dtype, values[i]!))
      })
      for (const cell of cells) cell.settle()
    })
  }
  for (const cell of cells) pending.delete(cell)
  const wait = unready(graph, target)
  try {
    const done = wait ? wait.then(start) : start()
    return done instanceof Promise ? done.catch(e => restore(cells, e)) : done
  } catch (error) {
    return restore(cells, error)
  }
}

/** A failed evaluation leaves every variable as it was before the assignment. */
function restore(cells: readonly VariableCell[], error: unknown): never {
  for (const cell of cells) {
    cell.assigned = false
    if (cell.version > 0) cell.node = source(new VariableVersion(cell, cell.version))
    else pending.add(cell)
  }
  throw error
}

let tracing = false
export const isTracing = (): boolean => tracing
/** Runs `body` while a function is traced: nothing is settled meanwhile, and nothing can be read. */
export function whileTracing<T>(body: () => T): T {
  tracing = true
  try {
    return body()
  } finally {
    tracing = false
  }
}

/**
 * Computes what is pending when one of `cells` is: an optimizer calls it before it assigns again, so that steps whose loss
 * nobody reads do not pile up into one ever larger graph. Does nothing while tracing.
 */
export function settlePending(cells: Iterable<VariableCell>): void {
  if (tracing) return
  for (const cell of cells) {
    if (!cell.assigned) continue
    const result = inOrder(() => compute([]))
    if (result instanceof Promise) result.catch(() => {}) // whoever reads next is told
    return
  }
}

/** Evaluations happen one after the other. */
let queue: Promise<unknown> | undefined
export const isBusy = (): boolean => queue !== undefined
export function inOrder<T>(work: () => MaybePromise<T>): MaybePromise<T> {
  const result = queue ? queue.then(work) : work()
  if (result instanceof Promise) {
    const mine: Promise<unknown> = result
      .catch(() => {})
      .then(() => {
        if (queue === mine) queue = undefined
      })
    queue = mine
  }
  return result
}

/**
 * Computes these handles (and all pending variables).
 * @throws ChainruleError while a function is traced: at once, so that `compile` reports it although nobody awaits
 */
export function evaluate(handles: readonly Handle[]): Promise<void> {
  if (tracing) throw new ChainruleError(READ_INSIDE)
  return evaluated(handles)
}
async function evaluated(handles: readonly Handle[]): Promise<void> {
  await inOrder(() => compute(handles))
  const here = currentDevice()
  if (!(here instanceof Promise) && here.loading) await here.loading
  for (const { node } of handles)
    if (node.primitive === 'source' && node.attributes.storage instanceof HostStorage)
      await node.attributes.storage.ready
}

/** The values of a realised handle: a fresh array for variables, the kept one (do not change it) for others. */
export const valuesOf = (handle: Handle): Promise<TypedArray> => evaluate([handle]).then(() => valuesAt(handle.node))
function valuesAt(node: Node): MaybePromise<TypedArray> {
  if (node.primitive !== 'source') throw new ChainruleError('internal: evaluation left a node without a value')
  const { storage } = node.attributes
  if (storage instanceof VariableVersion) {
    if (storage.version !== storage.cell.version) bind({ sources: [node], outputs: [], updates: [] }, device(), true)
    return readVariable(storage.cell)
  }
  if (storage instanceof Placeholder) bind({ sources: [node], outputs: [], updates: [] }, device(), true)
  return (storage as HostStorage).values!
}

/** A variable's present value, computed first if it is pending; a fresh array. */
export const readVariable = (cell: VariableCell): Promise<TypedArray> =>
  tracing || pending.has(cell) ? evaluate([]).then(() => cell.readSettled()) : cell.readSettled()

/** Host values if they are there already, without waiting; for printing and for checks of arguments. */
export function valuesIfKnown(node: Node): TypedArray | undefined {
  return node.primitive === 'source' && node.attributes.storage instanceof HostStorage
    ? node.attributes.storage.values
    : undefined
}

/**
 * Checks the values behind a node (through reshapes and other movement, not arithmetic) as soon as the host has them: now, or
 * before each run when the node is an argument of a traced function. Values that exist on a device only are not checked.
 */
export function whenKnown(node: Node, check: (values: TypedArray) => void): void {
  while (node.primitive === 'reshape' || node.primitive === 'permute' || node.primitive === 'expand')
    node = node.inputs[0]!
  if (node.primitive !== 'source') return
  const { storage } = node.attributes
  if (storage instanceof Placeholder) storage.checks.push(check)
  else if (storage instanceof HostStorage && storage.values) check(storage.values)
}
