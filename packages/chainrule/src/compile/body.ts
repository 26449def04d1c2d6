/**
 * The computation inside a kernel, as instructions. Starts at the nodes to be stored and walks to the inputs: elementwise
 * nodes of the group become instructions, movement becomes index arithmetic, everything else is loaded.
 */
import type { DType } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import type { Shape } from '../graph/shape.ts'
import type { Access, Argument, BufferId, Instruction, Reduction, ScalarOp, Store, Value } from './kernel.ts'
import { accessOf, identityPlace, isMovement, linear, Place, throughMovement } from './place.ts'

/** What the builder has to know about the world outside the kernel. */
export interface Surroundings {
  /** Nodes computed by this kernel. */
  readonly members: ReadonlySet<Node>
  /** Where a member is computed. */
  placeOf(node: Node): Place
  /** The buffer of a node that exists in memory, if it does. */
  bufferOf(node: Node): BufferId | undefined
  /** Contract and window kernels: the node they compute, which epilogues see as `result`. */
  readonly result?: Node
}

export class Body {
  readonly dims: Shape
  readonly buffers: BufferId[]
  readonly instructions: Instruction[] = []
  readonly reductions: Reduction[] = []
  readonly stores: Store[] = []
  readonly #around: Surroundings
  readonly #values = new Map<string, Value>()

  constructor(dims: Shape, around: Surroundings, buffers: BufferId[] = []) {
    this.dims = dims
    this.buffers = buffers
    this.#around = around
  }

  argument(buffer: BufferId): Argument {
    const known = this.buffers.indexOf(buffer)
    return known >= 0 ? known : this.buffers.push(buffer) - 1
  }

  #emit(instruction: Instruction, key: string): Value {
    let value = this.#values.get(key)
    if (value === undefined) {
      value = this.instructions.push(instruction) - 1
      this.#values.set(key, value)
    }
    return value
  }

  #load(buffer: BufferId, shape: Shape, place: Place, dtype: DType): Value {
    const access = accessOf(this.argument(buffer), shape, place, this.dims.length)
    return this.#emit({ op: 'load', access, dtype }, `load ${buffer} ${place.key} of ${shape}`)
  }

  /** A node's value at a place. */
  value(node: Node, place: Place): Value {
    const { members, placeOf, bufferOf, result } = this.#around
    if (node === result) return this.#emit({ op: 'result', dtype: node.dtype }, 'result')
    const own = members.has(node)
    if (!own) {
      const buffer = bufferOf(node)
      if (buffer !== undefined) return this.#load(buffer, node.shape, place, node.dtype)
    }
    if (isMovement(node)) {
      const [input] = node.inputs as [Node]
      const moved = throughMovement(node, place, this.dims)
      if (moved) return this.value(input, moved)
      const buffer = bufferOf(input)
      if (node.primitive !== 'reshape' || buffer === undefined)
        throw new Error(`internal: cannot look through ${node.primitive}`)
      return this.#load(buffer, node.shape, place, node.dtype) // row-major elements keep their order
    }
    const key = `${node.id}@${place.key}`
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const value = this.#compute(node, place, placeOf)
    this.#values.set(key, value)
    return value
  }

  #compute(node: Node, place: Place, placeOf: (node: Node) => Place): Value {
    const { dtype } = node
    const rank = this.dims.length
    switch (node.primitive) {
      case 'constant':
        return this.#emit(
          { op: 'const', value: node.attributes.value, dtype },
          `const ${Object.is(node.attributes.value, -0) ? '-0' : node.attributes.value} ${dtype}`,
        )
      case 'iota':
        return this.#index(linear(node.shape, place, rank))
      case 'source':
        return this.#load(this.#around.bufferOf(node)!, node.shape, place, dtype)
      case 'random': {
        const [key] = node.inputs as [Node]
        const word = (i: number): Value => this.value(key, new Place([{ start: i, terms: [] }]))
        return this.#push({
          op: 'random',
          args: [word(0), word(1), this.#index(linear(node.shape, place, rank))],
          dtype: 'float32',
        })
      }
      case 'cast':
        return this.#push({ op: 'cast', args: [this.value(node.inputs[0]!, place)], dtype })
      case 'sum':
      case 'max':
      case 'argmax': {
        const [input] = node.inputs as [Node]
        const value = this.value(input, this.#sweptPlace(input, node, place, placeOf))
        const reduction = this.reductions.push({ op: node.primitive, value, dtype }) - 1
        return this.#push({ op: 'reduced', reduction, dtype })
      }
      default:
        return this.#push({
          op: 'scalar',
          name: node.primitive as ScalarOp,
          args: node.inputs.map(i => this.value(i, place)),
          dtype,
        })
    }
  }

  /** The reduced node's place, with the reduced axes swept by the last dimensions. */
  #sweptPlace(input: Node, node: Node, place: Place, placeOf: (node: Node) => Place): Place {
    if (this.#around.members.has(input)) return placeOf(input)
    const axes =
      node.primitive === 'argmax' ? [node.attributes.axis] : (node as Node & { primitive: 'sum' }).attributes.axes
    const swept = axes.filter(a => input.shape[a] !== 1)
    const firstDim = this.dims.length - swept.length
    let kept = 0
    return new Place(
      input.shape.map((n, axis) => {
        if (axes.includes(axis))
          return n === 1
            ? { start: 0, terms: [] }
            : { start: 0, terms: [{ dim: firstDim + swept.indexOf(axis), step: 1 }] }
        return place.coordinates[kept++]!
      }),
    )
  }

  #push(instruction: Instruction): Value {
    return this.instructions.push(instruction) - 1
  }

  #index({ offset, strides }: { offset: number; strides: readonly number[] }): Value {
    return this.#emit({ op: 'index', offset, strides, dtype: 'int32' }, `index ${offset} ${strides}`)
  }

  store(buffer: BufferId, value: Value, access: Omit<Access, 'argument'>): void {
    this.stores.push({ access: { ...access, argument: this.argument(buffer) }, value })
  }

  /** Stores a member where it is computed. */
  storeNode(buffer: BufferId, node: Node): void {
    const place = this.#around.placeOf(node)
    this.store(buffer, this.value(node, place), linear(node.shape, place, this.dims.length))
  }
}

/** Strides of a node's axes in the buffer it is read from: through movement, without bounds. */
export function resolve(
  node: Node,
  bufferOf: (node: Node) => BufferId | undefined,
): { buffer: BufferId; offset: number; strides: number[] } {
  const { shape } = node
  const rank = shape.length
  let place = identityPlace(shape)
  let at = node
  for (;;) {
    const buffer = bufferOf(at)
    if (buffer !== undefined) return { buffer, ...linear(at.shape, place, rank) }
    if (!isMovement(at)) throw new Error(`internal: ${at.primitive} is not in memory`)
    const moved = throughMovement(at, place, shape)
    if (moved) {
      place = moved
      at = at.inputs[0]!
      continue
    }
    const below = bufferOf(at.inputs[0]!)
    if (below === undefined) throw new Error(`internal: cannot look through ${at.primitive}`)
    return { buffer: below, ...linear(at.shape, place, rank) }
  }
}

/** The buffer of a node that lies in memory as it is, under reshapes only. */
export function contiguous(node: Node, bufferOf: (node: Node) => BufferId | undefined): BufferId {
  for (let at = node; ; at = at.inputs[0]!) {
    const buffer = bufferOf(at)
    if (buffer !== undefined) return buffer
    if (at.inputs.length === 0) throw new Error(`internal: ${node.primitive} is not contiguous in memory`)
  }
}
