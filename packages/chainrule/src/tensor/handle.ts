/**
 * The one class behind every tensor type: a mutable reference to a node. Methods build nodes; values are asked for with `await`.
 * Once a value is known the reference points at it, so that nothing is computed twice and what led to it can be collected.
 */
import { ChainruleError } from '../errors.ts'
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { nodeOf, refuse, refuseDType } from '../graph/refuse.ts'
import { numel, type Shape, show } from '../graph/shape.ts'
import { describe } from './format.ts'
import { remember } from './history.ts'
import { methods } from './methods.ts'
import { evaluate, type Handle, isVariableNode, readVariable, type VariableCell, valuesOf } from './runtime.ts'
import type { AnyTensor, AnyVariable, Nested } from './types.ts'

export class TensorHandle implements Handle {
  #node: Node
  constructor(node: Node) {
    this.#node = node
  }
  get node(): Node {
    return this.#node
  }
  set node(node: Node) {
    remember(node, this.#node, isVariableNode)
    this.#node = node
  }
  get shape(): Shape {
    return this.node.shape
  }
  get dtype(): DType {
    return this.node.dtype
  }
  get rank(): number {
    return this.node.shape.length
  }
  get size(): number {
    return numel(this.node.shape)
  }
  /** All axes reversed; of a matrix its transpose. */
  get T(): TensorHandle {
    const axes = this.node.shape.map((_, i) => i).reverse()
    return new TensorHandle(methods.permute(this.node, axes))
  }

  t(): TensorHandle {
    return this.T
  }

  /** Computes the value; the tensor keeps it. */
  realize(): Promise<this> {
    return evaluate([this]).then(() => this)
  }
  /** The values, row-major, in an array of their own. */
  data(): Promise<TypedArray> {
    return this.values().then(values => values.slice())
  }
  /** The only value. */
  item(): Promise<number | boolean> {
    return this.values().then(values => this.#only(values))
  }
  #only([value]: TypedArray): number | boolean {
    if (this.size !== 1)
      refuse('item', [this.shape], `needs one element, ${show(this.shape)} has ${this.size}; use array() or data()`)
    return this.dtype === 'bool' ? value !== 0 : value!
  }
  /** The values as nested arrays; of a scalar the value. */
  array(): Promise<Nested> {
    return this.values().then(values => nest(values, this.shape, this.dtype === 'bool'))
  }
  /** The kept values; not to be changed. */
  protected values(): Promise<TypedArray> {
    return valuesOf(this)
  }

  toString(): string {
    return describe(this.node)
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  /** The text, not the graph behind it; the values are `await t.array()`. */
  toJSON(): string {
    return this.toString()
  }
  get [Symbol.toStringTag](): string {
    return 'Tensor'
  }
  /** A tensor has no value before it is awaited: `a + b` on tensors is a mistake. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString()
    throw new ChainruleError('a tensor is not a number; use its methods (a.add(b)) or read it (await a.item())')
  }
}

function nest(values: TypedArray, shape: Shape, truth: boolean, offset = 0, axis = 0): Nested {
  if (axis === shape.length) return truth ? values[offset] !== 0 : values[offset]!
  const step = numel(shape.slice(axis + 1))
  return Array.from({ length: shape[axis]! }, (_, i) => nest(values, shape, truth, offset + i * step, axis + 1))
}

/** A tensor whose value changes: parameters, optimizer state, running statistics. */
export class VariableHandle extends TensorHandle {
  readonly cell: VariableCell
  constructor(cell: VariableCell) {
    super(cell.node)
    this.cell = cell
  }
  override get node(): Node {
    return this.cell.node
  }
  /** A variable is not replaced by its value. */
  override set node(_: Node) {}

  /** Becomes `value` at the next evaluation; until then it is a node of the graph. Shape and dtype must stay. */
  assign(value: TensorHandle): this {
    this.cell.assign(nodeOf('assign', value))
    return this
  }
  /** Becomes these values now. */
  set(values: TypedArray | readonly number[]): this {
    const { shape, dtype } = this.cell
    if (values.length !== numel(shape))
      refuse('set', [shape], `${show(shape)} needs ${numel(shape)} values, got ${values.length}`)
    this.cell.write(hostValues(values, dtype))
    return this
  }
  override toString(): string {
    return describe(this.node, 'Variable')
  }
  override realize(): Promise<this> {
    return evaluate([]).then(() => this)
  }
  override data(): Promise<TypedArray> {
    return readVariable(this.cell)
  }
  protected override values(): Promise<TypedArray> {
    return readVariable(this.cell)
  }
  /** Frees the memory now instead of when the variable is collected. */
  dispose(): void {
    this.cell.dispose()
  }
  override get [Symbol.toStringTag](): string {
    return 'Variable'
  }
}

/** A host array of `dtype` with these values, checked: an integer type takes only integers of its range. */
export function hostValues(values: ArrayLike<number>, dtype: DType): TypedArray {
  if (dtype === 'int32' && !(values instanceof Int32Array))
    for (let i = 0; i < values.length; i++)
      if ((values[i]! | 0) !== values[i])
        refuseDType('tensor', ['int32'], `${values[i]} is not an int32; use another dtype or round first`)
  if (dtype === 'bool') return Uint8Array.from(values, v => (v ? 1 : 0))
  return hostArray(dtype, values)
}

/** Tensors among the arguments as their nodes. */
const unwrap = (x: unknown): unknown => (x instanceof TensorHandle ? x.node : x)

for (const [name, method] of Object.entries(methods) as [string, (x: Node, ...rest: unknown[]) => unknown][])
  Object.defineProperty(TensorHandle.prototype, name, {
    value(this: TensorHandle, ...rest: unknown[]) {
      return wrapAll(method(this.node, ...rest.map(unwrap)))
    },
    writable: true,
    configurable: true,
  })

const isNode = (x: unknown): x is Node => typeof x === 'object' && x !== null && 'primitive' in x
function wrapAll(result: unknown): unknown {
  if (isNode(result)) return new TensorHandle(result)
  if (Array.isArray(result)) return result.map(wrapAll)
  return Object.fromEntries(Object.entries(result as object).map(([key, x]) => [key, wrapAll(x)]))
}

/** The tensor of a node. */
export const wrap = (node: Node): AnyTensor => new TensorHandle(node) as unknown as AnyTensor
export const isTensor = (x: unknown): x is AnyTensor => x instanceof TensorHandle
export const isVariable = (x: unknown): x is AnyVariable => x instanceof VariableHandle
