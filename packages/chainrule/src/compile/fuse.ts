/**
 * Which nodes become one kernel. Walks the graph once in order; each node joins the groups it reads from when the merged
 * group still is one kernel: one iteration space with at most one set of reduced axes (softmax, layer norm, Adam), or a
 * contraction or window with elementwise work on its result. A merge that would make two groups wait for each other is refused.
 */
import type { Node, NodeOf, Primitive } from '../graph/node.ts'
import { range, type Shape, sameShape } from '../graph/shape.ts'
import type { ScalarOp } from './kernel.ts'
import { identityPlace, isMovement, type Place, placeOver, samePlace, throughMovement } from './place.ts'

/** What a node is to the compiler. */
type Kind = 'inline' | 'movement' | 'map' | 'reduce' | 'contract' | 'window' | 'alone'
const kinds: { readonly [P in Exclude<Primitive, ScalarOp>]: Kind } = {
  constant: 'inline',
  iota: 'inline',
  source: 'inline',
  random: 'map',
  cast: 'map',
  reshape: 'movement',
  permute: 'movement',
  expand: 'movement',
  pad: 'movement',
  slice: 'movement',
  flip: 'movement',
  stopGradient: 'movement',
  custom: 'movement',
  concat: 'alone',
  sum: 'reduce',
  max: 'reduce',
  argmax: 'reduce',
  dot: 'contract',
  conv: 'contract',
  windowSum: 'window',
  windowMax: 'window',
  windowPick: 'window',
  windowScatter: 'window',
  gather: 'alone',
  scatterAdd: 'alone',
  argsort: 'alone',
  host: 'alone',
}
const kindOf = ({ primitive }: Node): Kind => (kinds as { readonly [P in Primitive]?: Kind })[primitive] ?? 'map'

/** Elementwise work that a contraction or window does on its way to memory. */
const epilogueOps: ReadonlySet<Primitive> = new Set<Primitive>([
  'add',
  'sub',
  'mul',
  'neg',
  'maximum',
  'minimum',
  'relu',
  'less',
  'lessEqual',
  'equal',
  'where',
  'not',
  'and',
  'or',
  'cast',
  'tanh',
  'sigmoid',
])
const epilogueLimit = 8
/** A kernel of more nodes would gain nothing; printers may recurse over its body. */
const loopLimit = 256

const real = (shape: Shape): number[] => shape.filter(n => n !== 1)

const reductions: ReadonlySet<Primitive> = new Set<Primitive>(['sum', 'max', 'argmax'])

/** The iteration space of a loop group: sizes > 1, and which of them are reduced. */
class Frame {
  readonly full: readonly number[]
  readonly reduced: readonly boolean[] | undefined
  /** Sizes of the rows: what is left of `full` after reducing. */
  readonly rows: readonly number[]
  /** Iteration dimensions: rows first, then the reduced ones. */
  readonly dims: readonly number[]
  /** For each of `full`, which of `dims` it is. */
  readonly #order: number[]
  readonly #places = new Map<Node, Place>()

  constructor(full: readonly number[], reduced?: readonly boolean[]) {
    this.full = full
    this.reduced = reduced
    this.rows = full.filter((_, i) => !reduced?.[i])
    this.dims = [...this.rows, ...full.filter((_, i) => reduced?.[i])]
    let row = 0
    let swept = this.rows.length
    this.#order = full.map((_, i) => (reduced?.[i] ? swept++ : row++))
  }

  /** Where a node is looked at: over everything, or once per row. */
  placeOf(node: Node): Place {
    let place = this.#places.get(node)
    if (!place) {
      const whole = !reductions.has(node.primitive) && sameShape(real(node.shape), this.full)
      place = placeOver(node.shape, whole ? this.#order : range(this.rows.length))
      this.#places.set(node, place)
    }
    return place
  }
}
const sameFrame = (p: Frame, q: Frame): boolean =>
  sameShape(p.full, q.full) && p.full.every((_, i) => (p.reduced?.[i] ?? false) === (q.reduced?.[i] ?? false))

/** The nodes of one kernel. */
export class Group {
  readonly kind: 'loop' | 'contract' | 'window' | 'alone'
  /** In order of creation; movement nodes are not listed unless they are computed (copied). */
  nodes: Node[]
  /** Of a loop. */
  frame = new Frame([])
  /** Some member is read through movement by another one. */
  moves = false
  /** Contract, window: what is stored last; a permute when the result is stored in another order. */
  tail: Node
  /** Groups this one reads from, not through others. */
  readonly reads = new Set<Group>()
  /** Those of them that are read elsewhere than at the reader's own place: shifted, padded, transposed. */
  readonly displaced = new Set<Group>()
  constructor(kind: Group['kind'], node: Node) {
    this.kind = kind
    this.nodes = [node]
    this.tail = node
  }
  /** The node that makes the group what it is. */
  get root(): Node {
    return this.nodes[0]!
  }
  get first(): number {
    return this.nodes[0]!.id
  }
  get last(): number {
    return this.nodes[this.nodes.length - 1]!.id
  }
}

export interface Fusion {
  readonly groups: readonly Group[]
  /** The group that computes a node; undefined for movement that is only looked through, constants and sources. */
  readonly groupOf: ReadonlyMap<Node, Group>
  /** Movement nodes (and constants) that must exist in memory because no kernel can look through them. */
  readonly copied: ReadonlySet<Node>
}

export function fuse(order: readonly Node[], outputs: readonly Node[]): Fusion {
  const copied = copies(order, outputs)
  const uses = new Map<Node, number>()
  for (const node of order) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1)
  for (const output of outputs) uses.set(output, (uses.get(output) ?? 0) + 1)
  const groupOf = new Map<Node, Group>()
  const groups = new Set<Group>()
  const isView = (node: Node): boolean => isMovement(node) && !copied.has(node) && !groupOf.has(node)

  /** The group behind an input, through movement; and whether there was any, and whether nobody else uses what is on the way. */
  const behind = (input: Node): { group: Group | undefined; producer: Node; moved: boolean; alone: boolean } => {
    let alone = uses.get(input) === 1
    let moved = false
    let producer = input
    while (isView(producer)) {
      moved ||= producer.primitive !== 'stopGradient' && producer.primitive !== 'custom'
      producer = producer.inputs[0]!
      alone &&= uses.get(producer) === 1
    }
    return { group: groupOf.get(producer), producer, moved, alone }
  }
  const inputsOf = (node: Node): readonly Node[] =>
    node.primitive === 'custom' ? node.inputs.slice(0, 1) : node.inputs

  /** Whether `from` waits for `to`, directly or not. Inputs have smaller ids than users, which bounds the search. */
  const waits = (from: Group, to: Group): boolean => {
    const seen = new Set<Group>()
    const stack = [from]
    for (let group = stack.pop(); group; group = stack.pop()) {
      if (group === to) return true
      if (seen.has(group) || group.last < to.first) continue
      seen.add(group)
      stack.push(...group.reads)
    }
    return false
  }
  /** Neither waits for the other through a third. */
  const mayJoin = (consumer: Group, producer: Group): boolean => {
    if (waits(producer, consumer)) return false
    for (const between of consumer.reads) if (between !== producer && waits(between, producer)) return false
    return true
  }
  const absorb = (into: Group, other: Group): void => {
    for (const node of other.nodes) groupOf.set(node, into)
    into.nodes = [...into.nodes, ...other.nodes].sort((a, b) => a.id - b.id)
    for (const read of other.reads) if (read !== into) into.reads.add(read)
    into.reads.delete(other)
    for (const read of other.displaced) if (read !== into) into.displaced.add(read)
    into.displaced.delete(other)
    groups.delete(other)
    for (const group of groups) {
      if (group.reads.delete(other) && group !== into) group.reads.add(into)
      if (group.displaced.delete(other) && group !== into) group.displaced.add(into)
    }
  }

  /**
   * Every node sees every other one where that one is computed. Groups that are so by themselves in this frame are looked at for
   * what they read of each other.
   */
  const coherent = (frame: Frame, mine: Group, other: Group): boolean => {
    const settled = [mine, other].filter(g => !g.moves || sameFrame(g.frame, frame))
    for (const group of [mine, other])
      for (const node of group.nodes) {
        const reads = reductions.has(node.primitive)
        if (reads && real(node.inputs[0]!.shape).length !== frame.full.length) return false
        const copied = isMovement(node) && throughMovement(node, frame.placeOf(node), frame.dims)
        if (copied === undefined) return false
        for (const input of inputsOf(node)) {
          const { group: from, producer } = behind(input)
          if ((from !== mine && from !== other) || (from === group && settled.includes(group))) continue
          let place: Place | undefined = copied || frame.placeOf(reads ? node.inputs[0]! : node)
          for (let at = input; place && at !== producer; at = at.inputs[0]!)
            place = throughMovement(at, place, frame.dims)
          if (!place || place.bounds.length > 0 || !samePlace(place, frame.placeOf(producer))) return false
        }
      }
    return true
  }

  const joinLoops = (mine: Group, other: Group): boolean => {
    if (mine.nodes.length + other.nodes.length > loopLimit) return false
    const [p, q] = [mine.frame, other.frame]
    let frame = p
    if (sameShape(p.full, q.full)) {
      if (p.reduced && q.reduced && !sameFrame(p, q)) return false
      if (q.reduced) frame = q
    } else if (q.reduced && !p.reduced && sameShape(q.rows, p.full)) frame = q
    else if (!(p.reduced && !q.reduced && sameShape(p.rows, q.full))) return false
    if (!mayJoin(mine, other)) return false
    const displaced = mine.displaced.has(other) || other.displaced.has(mine)
    if ((displaced || frame.reduced) && !coherent(frame, mine, other)) return false
    mine.moves ||= other.moves || displaced
    absorb(mine, other)
    mine.frame = frame
    return true
  }

  /** Makes `group` (one elementwise node so far) the last step of a contraction or window. */
  const joinEpilogue = (group: Group): boolean => {
    const node = group.root
    if (group.nodes.length !== 1 || isMovement(node)) return false
    for (const input of node.inputs) {
      const { group: host, producer, alone } = behind(input)
      if (!host || (host.kind !== 'contract' && host.kind !== 'window') || host.tail !== producer || !alone) continue
      if (!sameShape(real(node.shape), real(host.root.shape)) || isMovement(host.tail)) continue
      // masks and the like that only this node needs come along
      const helpers: Group[] = []
      const collect = (n: Node): boolean =>
        epilogueOps.has(n.primitive) &&
        n.inputs.every(i => {
          const { group: g, alone: only } = behind(i)
          if (!g || g === host) return true
          if (
            g.kind === 'loop' &&
            !g.frame.reduced &&
            only &&
            g.nodes.length === 1 &&
            sameShape(g.frame.full, group.frame.full) &&
            epilogueOps.has(g.root.primitive) &&
            collect(g.root)
          )
            helpers.push(g)
          return true
        })
      if (!collect(node) || host.nodes.length + helpers.length >= epilogueLimit) continue
      const nodes = [...host.nodes, ...helpers.flatMap(h => h.nodes), node]
      // a full-size value of a variable is about to be updated: leave that to a kernel that can do it in place
      if (
        nodes.some(
          n =>
            n !== host.root &&
            n.inputs.some(i => i.primitive === 'source' && sameShape(real(i.shape), group.frame.full) && isVariable(i)),
        )
      )
        continue
      if (!epilogueCoherent(host, nodes)) continue
      if (
        host.kind === 'window' &&
        !nodes.every(n => n === host.root || n.inputs.every(i => simple(i, nodes, group.frame.full)))
      )
        continue
      if (!mayJoin(group, host)) continue
      let legal = true
      for (const helper of helpers) legal &&= !waits(helper, host)
      if (!legal) continue
      for (const helper of helpers) absorb(group, helper)
      const { root } = host
      absorb(host, group)
      host.nodes = [root, ...host.nodes.filter(n => n !== root)]
      host.tail = node
      return true
    }
    return false
  }

  /** A member, a constant, or a value of full size as it lies in memory: what a window's epilogue can read. */
  const simple = (input: Node, members: readonly Node[], full: Shape): boolean => {
    const { producer, moved } = behind(input)
    return (
      members.includes(producer) ||
      producer.primitive === 'constant' ||
      (!moved && sameShape(real(producer.shape), full))
    )
  }

  /** Members are read where they are written, with the root's shape as iteration space. */
  const epilogueCoherent = (host: Group, nodes: readonly Node[]): boolean => {
    const frame = new Frame(real(host.root.shape))
    const members = new Set(nodes)
    return nodes.every(
      n =>
        n === host.root ||
        n.inputs.every(input => {
          let place: Place | undefined = frame.placeOf(n)
          let target = input
          while (place && isView(target) && !members.has(target)) {
            place = throughMovement(target, place, frame.full)
            target = target.inputs[0]!
          }
          if (members.has(target))
            return place !== undefined && place.bounds.length === 0 && samePlace(place, frame.placeOf(target))
          return place === undefined || place.bounds.length === 0
        }),
    )
  }

  for (const node of order) {
    let kind = kindOf(node)
    if (copied.has(node)) kind = 'map'
    if (kind === 'inline') continue
    if (kind === 'movement') {
      // a permuted result is stored permuted
      if (node.primitive === 'permute') {
        const input = node.inputs[0]!
        const host = groupOf.get(input)
        if (host?.kind === 'contract' && host.tail === input && uses.get(input) === 1) {
          host.tail = node
          groupOf.set(node, host)
        }
      }
      continue
    }
    const group = new Group(kind === 'map' || kind === 'reduce' ? 'loop' : kind, node)
    groups.add(group)
    for (const input of inputsOf(node)) {
      const { group: read, moved } = behind(input)
      if (read) group.reads.add(read)
      if (read && moved) group.displaced.add(read)
    }
    groupOf.set(node, group)
    if (group.kind !== 'loop') continue
    if (kind === 'reduce') {
      const axes = node.primitive === 'argmax' ? [node.attributes.axis] : (node as NodeOf<'sum'>).attributes.axes
      const { shape } = node.inputs[0]!
      group.frame = new Frame(
        real(shape),
        shape.map((_, i) => axes.includes(i)).filter((_, i) => shape[i] !== 1),
      )
    } else {
      group.frame = new Frame(real(node.shape))
      if (joinEpilogue(group)) continue
    }
    for (const input of inputsOf(node)) {
      const { group: other } = behind(input)
      if (other && other !== group && other.kind === 'loop') joinLoops(group, other)
    }
  }
  return { groups: [...groups], groupOf, copied }
}

/** A source that is not host data: the storage of a variable knows no values. */
const isVariable = (node: Node): boolean => node.primitive === 'source' && !('values' in node.attributes.storage)

/** Movement that cannot be looked through, and outputs that nobody computes. */
function copies(order: readonly Node[], outputs: readonly Node[]): Set<Node> {
  const copied = new Set<Node>()
  const trace = (input: Node, start: Place, dims: Shape, needsWhole: boolean): void => {
    let node = input
    let place: Place = start
    while (isMovement(node) && !copied.has(node)) {
      const next = throughMovement(node, place, dims)
      if (!next) {
        if (node.primitive === 'reshape') {
          if (isMovement(node.inputs[0]!)) copied.add(node.inputs[0]!)
          else if (node.inputs[0]!.primitive === 'iota' || node.inputs[0]!.primitive === 'constant')
            copied.add(node.inputs[0]!)
        } else copied.add(node)
        return
      }
      if (needsWhole && node.primitive === 'pad' && next.bounds.length > 0) {
        copied.add(node)
        return
      }
      place = next
      node = node.inputs[0]!
    }
    const known = node.primitive === 'constant' || node.primitive === 'iota'
    if (known && (needsWhole || place.bounds.length > 0)) copied.add(node)
  }
  /** Contiguous in memory: only reshapes between it and what is stored. */
  const whole = (input: Node): void => {
    let node = input
    while (
      (node.primitive === 'reshape' || node.primitive === 'stopGradient' || node.primitive === 'custom') &&
      !copied.has(node)
    )
      node = node.inputs[0]!
    if (isMovement(node) || node.primitive === 'constant' || node.primitive === 'iota') copied.add(node)
  }
  for (const node of order) {
    switch (kindOf(node)) {
      case 'map':
        for (const input of node.inputs)
          if (node.primitive !== 'random') trace(input, identityPlace(node.shape), node.shape, false)
        if (node.primitive === 'random') whole(node.inputs[0]!)
        break
      case 'reduce':
      case 'contract':
        for (const input of node.inputs)
          trace(input, identityPlace(input.shape), input.shape, kindOf(node) === 'contract')
        break
      case 'window':
        for (const input of node.inputs) whole(input)
        break
      case 'alone':
        if (node.primitive === 'concat')
          for (const input of node.inputs) trace(input, identityPlace(input.shape), input.shape, false)
        else for (const input of node.inputs) whole(input)
        break
      default:
    }
  }
  for (const output of outputs) if (isMovement(output)) copied.add(output)
  // a copied node reads its own input (the set grows while it is walked)
  for (const node of copied) {
    if (!isMovement(node)) continue
    const place = throughMovement(node, identityPlace(node.shape), node.shape)
    if (place) trace(node.inputs[0]!, place, node.shape, false)
    else if (node.primitive === 'reshape' && isMovement(node.inputs[0]!)) copied.add(node.inputs[0]!)
  }
  return copied
}
