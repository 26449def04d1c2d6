/**
 * Values that exist: on the host, or on a device where they change. A variable is updated in place, so every version of its value
 * has a source node of its own, and a graph built on an old version is noticed.
 */
import type { Device, Resident } from '../device/device.ts'
import { ChainruleError } from '../errors.ts'
import { source, stopGradient } from '../graph/build.ts'
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { Node, Storage } from '../graph/node.ts'
import { type Shape, show } from '../graph/shape.ts'
import { currentDevice, type MaybePromise } from './device-choice.ts'
import { forget } from './history.ts'

/** A value on the host; `values` may arrive later from a device that answers asynchronously. */
export class HostStorage implements Storage {
  readonly shape: Shape
  readonly dtype: DType
  values: TypedArray | undefined
  readonly ready: Promise<void> | undefined
  constructor(shape: Shape, dtype: DType, values: MaybePromise<TypedArray>) {
    this.shape = shape
    this.dtype = dtype
    if (values instanceof Promise) {
      this.ready = values.then(v => {
        this.values = v
      })
      this.ready.catch(() => {}) // reported to whoever reads
    } else this.values = values
  }
}

/** Stands for an argument while a function is traced. */
export class Placeholder implements Storage {
  readonly shape: Shape
  readonly dtype: DType
  /** Gives the value anew for each run, for what is not an argument (the key of random draws). */
  readonly supply: (() => TypedArray) | undefined
  /** What every argument's values must pass before a run. */
  readonly checks: ((values: TypedArray) => void)[] = []
  constructor(shape: Shape, dtype: DType, supply?: () => TypedArray) {
    this.shape = shape
    this.dtype = dtype
    this.supply = supply
  }
}

/** One version of a variable's value. */
export class VariableVersion implements Storage {
  readonly cell: VariableCell
  readonly version: number
  constructor(cell: VariableCell, version: number) {
    this.cell = cell
    this.version = version
  }
  get shape(): Shape {
    return this.cell.shape
  }
  get dtype(): DType {
    return this.cell.dtype
  }
}

/** Variables with an assignment or a first value that is not computed yet. */
export const pending = new Set<VariableCell>()
/** Nodes whose value became a variable's (in place): graphs built on them use the variable instead. */
const replacements = new WeakMap<Node, Node>()
export const replacementOf = (node: Node): Node | undefined => replacements.get(node)
/** Nodes that a variable was given: each stands for one variable only. */
const owned = new WeakSet<Node>()
/** A node that can stand for a variable until it is settled: no value that others hold, and no other variable's. */
function ownedNode(node: Node, fresh: boolean): Node {
  const mine = fresh || node.primitive === 'source' || owned.has(node) ? stopGradient(node) : node
  owned.add(mine)
  return mine
}

/** Whether a node is 0 everywhere, as far as one can see. */
function isZero(node: Node): boolean {
  while (node.primitive === 'stopGradient' || node.primitive === 'expand' || node.primitive === 'reshape')
    node = node.inputs[0]!
  return node.primitive === 'constant' && Object.is(node.attributes.value, 0)
}

/** What `write` gave a variable that has no value yet. */
function hostValuesOf(node: Node): TypedArray | undefined {
  const [given] = node.primitive === 'stopGradient' ? node.inputs : []
  if (given?.primitive !== 'source') return undefined
  const { storage } = given.attributes
  return storage instanceof HostStorage ? storage.values : undefined
}

/** Whether a node stands for a variable, as it is or as it will be. */
export const isVariableNode = (node: Node): boolean =>
  owned.has(node) || (node.primitive === 'source' && node.attributes.storage instanceof VariableVersion)

/** A value that lives on a device and changes: parameters, optimizer state, running statistics, the random generator. */
export class VariableCell {
  readonly shape: Shape
  readonly dtype: DType
  /** What the variable is now; a source unless an assignment is pending. */
  node: Node
  version = 0
  /** An assignment is pending, not only the first value. */
  assigned = false
  #disposed = false
  #resident: Resident | undefined
  #home: Device | undefined

  /** Starts as the value of a node. */
  constructor(initial: Node) {
    this.shape = initial.shape
    this.dtype = initial.dtype
    this.node = ownedNode(initial, true)
    pending.add(this)
  }

  /** Becomes the value of `node` at the next evaluation. Shape and dtype must stay. */
  assign(node: Node): void {
    this.#checkAlive()
    if (
      node.dtype !== this.dtype ||
      node.shape.length !== this.shape.length ||
      node.shape.some((d, i) => d !== this.shape[i])
    )
      throw new ChainruleError(
        `assign: a variable keeps its shape and dtype: ${this.dtype} ${show(this.shape)}, got ${node.dtype} ${show(node.shape)}`,
      )
    this.node = ownedNode(node, false)
    this.assigned = true
    pending.add(this)
  }

  /** Becomes these values: now, or together with what is pending, which may be built on the value before. */
  write(values: TypedArray): void {
    const here = currentDevice()
    if (here instanceof Promise || pending.size > 0)
      this.assign(source(new HostStorage(this.shape, this.dtype, values.slice())))
    else {
      this.residentOn(here).write(values)
      this.settle()
    }
  }

  /** Takes its first value where that needs no computing: zeros, which residents start as, or what the host has. */
  begin(target: Device): void {
    if (this.version > 0) return
    const values = hostValuesOf(this.node)
    if (!values && (this.assigned || !isZero(this.node))) return
    const resident = this.residentOn(target)
    if (values) resident.write(values)
    this.settle()
  }

  /** Marks the resident as the present value. */
  settle(): void {
    pending.delete(this)
    this.assigned = false
    if (this.version > 0) forget() // what was computed from the old value is out of date
    const before = this.node
    this.version++
    this.node = source(new VariableVersion(this, this.version))
    if (before.primitive !== 'source') replacements.set(before, this.node)
  }

  /** The resident on a device; the value moves with it when it was elsewhere. */
  residentOn(target: Device): Resident {
    this.#checkAlive()
    if (this.#home !== target || !this.#resident) {
      this.#resident?.dispose()
      this.#resident = target.resident(this.shape, this.dtype)
      this.#home = target
      residents.register(this, this.#resident, this)
    }
    return this.#resident
  }

  /** True when the value has to be carried over from another device. */
  livesElsewhere(target: Device): boolean {
    return this.#home !== undefined && this.#home !== target
  }

  async moveTo(target: Device): Promise<void> {
    if (!this.livesElsewhere(target)) return
    const values = await this.#resident!.read()
    residents.unregister(this)
    this.residentOn(target).write(values)
  }

  /** The value on the device; what is pending has to be computed before (`readVariable`). */
  async readSettled(): Promise<TypedArray> {
    this.#checkAlive()
    return this.#resident!.read()
  }

  /** Frees the device memory now instead of when the variable is collected. */
  dispose(): void {
    pending.delete(this)
    residents.unregister(this)
    this.#resident?.dispose()
    this.#resident = undefined
    this.#home = undefined
    this.#disposed = true
  }
  #checkAlive(): void {
    if (this.#disposed) throw new ChainruleError(`a variable ${show(this.shape)} is used that was disposed of`)
  }
}
const residents = new FinalizationRegistry<Resident>(resident => resident.dispose())
