/**
 * The order of kernels and the buffers between them. Kernels run in the order in which their work was written down, as far as
 * they do not wait for each other: forward, backward, updates. A result takes the place of an input that nobody needs any
 * more when every element is read before it is written; a variable's new value takes the place of the old one.
 */
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { numel } from '../graph/shape.ts'
import type { Fusion, Group } from './fuse.ts'
import {
  type Access,
  type BufferId,
  type Kernel,
  type Program,
  type ProgramBuffer,
  type Store,
  storesOf,
  writtenBy,
} from './kernel.ts'
import { valueLevels } from './levels.ts'
import { lower } from './lower.ts'
import { isMovement } from './place.ts'

/**
 * Groups so that each comes after those it waits for. Among the ready ones the one that leaves least memory in use runs next,
 * the oldest of equals: results that only wait to be reduced or added to a parameter do not pile up.
 */
function inOrder(
  groups: readonly Group[],
  stored: ReadonlyMap<Group, ReadonlySet<Node>>,
  waits: ReadonlyMap<Group, ReadonlySet<Group>>,
): Group[] {
  const left = new Map(groups.map(g => [g, waits.get(g)!.size]))
  const followers = new Map<Group, Group[]>()
  for (const [group, before] of waits)
    for (const other of before) followers.set(other, [...(followers.get(other) ?? []), group])
  const bytes = new Map(groups.map(g => [g, [...(stored.get(g) ?? [])].reduce((sum, n) => sum + numel(n.shape), 0)]))
  const readers = new Map<Group, number>()
  for (const group of groups) for (const read of group.reads) readers.set(read, (readers.get(read) ?? 0) + 1)
  /** Elements in use after running the group, relative to before. */
  const growth = (group: Group): number => {
    let freed = 0
    for (const read of group.reads) if (readers.get(read) === 1) freed += bytes.get(read)!
    return bytes.get(group)! - freed
  }
  const ready = groups.filter(g => left.get(g) === 0)
  const order: Group[] = []
  while (ready.length > 0) {
    let best = 0
    let least = growth(ready[0]!)
    for (let i = 1; i < ready.length; i++) {
      const g = growth(ready[i]!)
      if (g < least || (g === least && ready[i]!.last < ready[best]!.last)) {
        best = i
        least = g
      }
    }
    const [group] = ready.splice(best, 1) as [Group]
    order.push(group)
    for (const read of group.reads) readers.set(read, readers.get(read)! - 1)
    for (const follower of followers.get(group) ?? []) {
      const count = left.get(follower)! - 1
      left.set(follower, count)
      if (count === 0) ready.push(follower)
    }
  }
  if (order.length !== groups.length) throw new Error('internal: kernels wait for each other')
  return order
}

/** What each group waits for: what it reads, and before it overwrites a variable, everybody who reads the old value. */
function waitsOf(graph: Graph, outputs: readonly Node[], fusion: Fusion): Map<Group, Set<Group>> {
  const { groups, groupOf } = fusion
  const waits = new Map(groups.map(g => [g, new Set(g.reads)]))
  const reaches = (from: Group, to: Group): boolean => {
    const seen = new Set<Group>()
    const stack = [from]
    for (let group = stack.pop(); group; group = stack.pop()) {
      if (group === to) return true
      if (seen.has(group)) continue
      seen.add(group)
      stack.push(...waits.get(group)!)
    }
    return false
  }
  const readersOf = new Map<Node, Set<Group>>()
  for (const group of groups) {
    for (const node of group.nodes) {
      for (const input of node.inputs) {
        let at = input
        while (isMovement(at) && !groupOf.has(at)) at = at.inputs[0]!
        if (at.primitive === 'source') readersOf.set(at, (readersOf.get(at) ?? new Set()).add(group))
      }
    }
  }
  graph.updates.forEach((source, i) => {
    if (source < 0) return
    const writer = groupOf.get(outputs[i]!)
    if (!writer) return
    for (const reader of readersOf.get(graph.sources[source]!) ?? [])
      if (!reaches(reader, writer)) waits.get(writer)!.add(reader)
  })
  return waits
}

interface Draft {
  elements: number
  dtype: Node['dtype']
  source?: number
  label: string
}

export function schedule(graph: Graph, outputs: readonly Node[], nodes: readonly Node[], fusion: Fusion): Program {
  const { groups, groupOf, copied } = fusion
  // what must exist in memory: read by another group, or asked for
  const needed = new Map<Group, Set<Node>>()
  const need = (node: Node, by: Group | undefined): void => {
    let at = node
    while (!groupOf.has(at) && isMovement(at)) at = at.inputs[0]!
    const group = groupOf.get(at)
    if (!group || group === by) return
    if (!needed.has(group)) needed.set(group, new Set())
    needed.get(group)!.add(at)
  }
  for (const node of nodes) {
    const group = groupOf.get(node)
    if (!group || (isMovement(node) && !copied.has(node))) continue
    for (const input of node.inputs) need(input, group)
  }
  for (const output of outputs) need(output, undefined)

  const order = inOrder(groups, needed, waitsOf(graph, outputs, fusion))

  const drafts: Draft[] = []
  const bufferOf = new Map<Node, BufferId>()
  graph.sources.forEach((node, i) => {
    bufferOf.set(node, drafts.push({ elements: numel(node.shape), dtype: node.dtype, source: i, label: 'input' }) - 1)
  })
  const kernels: Kernel[] = []
  for (const group of order) {
    const stored = [...(needed.get(group) ?? [])].sort((a, b) => a.id - b.id)
    for (const node of stored) {
      const label = node.scope ? `${node.scope}: ${node.primitive}` : node.primitive
      bufferOf.set(node, drafts.push({ elements: numel(node.shape), dtype: node.dtype, label }) - 1)
    }
    kernels.push(...lower(group, stored, { of: node => bufferOf.get(node) }))
  }
  const outputBuffers = outputs.map(o => bufferOf.get(o)!)
  return finish(graph, drafts, kernels, outputBuffers)
}

const sameAccess = (a: Access, b: Access): boolean =>
  a.offset === b.offset && !a.mask && !b.mask && a.strides.every((s, i) => s === b.strides[i])

/** Whether the store may go where `argument` is read: every read of it is of the very element, and not after the store. */
function mayOverwrite(kernel: Kernel, argument: number, store: Store): boolean {
  if (kernel.kind !== 'loop' && kernel.kind !== 'contract' && kernel.kind !== 'window') return false
  if (kernel.kind === 'contract' && (kernel.a.argument === argument || kernel.b.argument === argument)) return false
  // a plane is read before its epilogue stores (see WindowKernel), so a pooling gradient may replace what was pooled
  if (
    kernel.kind === 'window' &&
    kernel.inputs.includes(argument) &&
    !(kernel.op === 'scatter' && kernel.inputs.indexOf(argument) === 0)
  )
    return false
  const [body, stores] =
    kernel.kind === 'loop' ? [kernel.body, kernel.stores] : [kernel.epilogue.body, kernel.epilogue.stores]
  if (stores.some(s => s.access.argument === argument)) return false
  const loads = body.flatMap((i, value) =>
    i.op === 'load' && i.access.argument === argument ? [{ access: i.access, value }] : [],
  )
  if (loads.length !== 1 || !sameAccess(loads[0]!.access, store.access)) return false
  if (kernel.kind !== 'loop' || kernel.reductions.length === 0) return true
  // the load must not be needed in a sweep after the one that stores
  const level = valueLevels(kernel)
  const reached = (from: number): boolean => {
    if (from === loads[0]!.value) return true
    const i = body[from]!
    return 'args' in i && i.args.some(reached)
  }
  const lastRead = Math.max(
    -1,
    ...kernel.reductions.filter(r => reached(r.value)).map(r => level[r.value]!),
    ...stores.filter(s => reached(s.value)).map(s => level[s.value]!),
  )
  return lastRead <= level[store.value]!
}

const mayFault = (kernel: Kernel): boolean =>
  kernel.kind === 'gather' || kernel.kind === 'scatter' || kernel.kind === 'host'

function finish(graph: Graph, drafts: readonly Draft[], kernels: Kernel[], outputs: BufferId[]): Program {
  /** The buffer that stands for another one now. */
  const stand = drafts.map((_, i) => i)
  const lastUse = new Array<number>(drafts.length).fill(-1)
  kernels.forEach((kernel, k) => {
    for (const buffer of kernel.buffers) lastUse[buffer] = k
  })
  const isOutput = new Set(outputs)
  let lastFault = -1
  kernels.forEach((kernel, k) => {
    if (mayFault(kernel)) lastFault = k
  })
  /** The kernel that writes a buffer; −1 where several write parts of it. */
  const writer = new Map<BufferId, number>()
  kernels.forEach((kernel, k) => {
    for (const buffer of writtenBy(kernel)) writer.set(buffer, writer.has(buffer) ? -1 : k)
  })

  // variables' new values in place of the old ones
  const copies: { from: BufferId; to: BufferId }[] = []
  const taken = new Set<BufferId>()
  graph.updates.forEach((source, i) => {
    if (source < 0) return
    const from = outputs[i]!
    const to = source // sources come first among the buffers
    if (from === to) return
    const k = writer.get(from)
    const kernel = k === undefined ? undefined : kernels[k]
    const store = kernel && storesOf(kernel).find(s => kernel.buffers[s.access.argument] === from)
    const argument = kernel?.buffers.indexOf(to) ?? -1
    const fits =
      k !== undefined &&
      kernel &&
      store &&
      !taken.has(from) &&
      !taken.has(to) &&
      k > lastFault &&
      lastUse[to]! <= k &&
      (argument < 0 || mayOverwrite(kernel, argument, store)) &&
      drafts[from]!.source === undefined
    if (fits) {
      stand[from] = to
      taken.add(from)
      taken.add(to)
    } else copies.push({ from, to })
  })

  // results in place of inputs that end here
  kernels.forEach((kernel, k) => {
    const used = new Set<BufferId>()
    for (const store of storesOf(kernel)) {
      const to = kernel.buffers[store.access.argument]!
      if (stand[to] !== to || drafts[to]!.source !== undefined || writer.get(to) !== k) continue
      const argument = kernel.buffers.findIndex(
        (from, a) =>
          from !== to &&
          drafts[from]!.source === undefined &&
          !isOutput.has(from) &&
          lastUse[from] === k &&
          !used.has(from) &&
          !taken.has(from) &&
          drafts[from]!.elements === drafts[to]!.elements &&
          drafts[from]!.dtype === drafts[to]!.dtype &&
          writer.get(from) !== k &&
          mayOverwrite(kernel, a, store),
      )
      if (argument < 0) continue
      used.add(kernel.buffers[argument]!)
      stand[to] = kernel.buffers[argument]!
    }
  })
  const root = (buffer: BufferId): BufferId => {
    let b = buffer
    while (stand[b] !== b) b = stand[b]!
    return b
  }

  // renumber
  const ids = new Map<BufferId, BufferId>()
  const kept: BufferId[] = []
  const number = (buffer: BufferId): BufferId => {
    const r = root(buffer)
    let id = ids.get(r)
    if (id === undefined) {
      id = kept.push(r) - 1
      ids.set(r, id)
    }
    return id
  }
  for (let i = 0; i < graph.sources.length; i++) number(i)
  const renumbered = kernels.map(kernel => ({ ...kernel, buffers: kernel.buffers.map(number) }))
  const finalOutputs = outputs.map(number)
  const finalCopies = copies.map(({ from, to }) => ({ from: number(from), to: number(to) }))
  const first = kept.map(() => kernels.length)
  const last = kept.map(() => -1)
  renumbered.forEach((kernel, k) => {
    for (const b of kernel.buffers) {
      first[b] = Math.min(first[b]!, k)
      last[b] = Math.max(last[b]!, k)
    }
  })
  for (const b of finalOutputs) last[b] = kernels.length
  for (const { from, to } of finalCopies) {
    last[from] = kernels.length
    last[to] = kernels.length
  }
  const buffers = kept.map((r, i): ProgramBuffer => {
    const { elements, dtype, source, label } = drafts[r]!
    return source === undefined
      ? { kind: 'temporary', elements, dtype, label, first: first[i]!, last: last[i]! }
      : { kind: 'source', source, elements, dtype, label, first: -1, last: last[i]! }
  })
  return { buffers, kernels: renumbered, outputs: finalOutputs, copies: finalCopies }
}
