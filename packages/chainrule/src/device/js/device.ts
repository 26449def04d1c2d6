/**
 * The reference device: interprets the graph as it was written, node by node, in float64. Slow on purpose: it is what the
 * others are compared with, and what shows a person every value on the way.
 */
import { DeviceError, ShapeError } from '../../errors.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { dtypeOf, hostArray } from '../../graph/dtype.ts'
import { type Node, topological } from '../../graph/node.ts'
import { printGraph } from '../../graph/print.ts'
import { numel, type Shape, show } from '../../graph/shape.ts'
import type { Device, Executable, Graph, KernelFacts, Resident, Watch } from '../device.ts'
import { evaluate } from './references.ts'
import { allocate, toHost, toValues, type Values } from './values.ts'

/** A device that interprets; nothing is fused and nothing is cached. */
export function jsDevice(): Device {
  let residentBytes = 0
  return {
    name: 'js',
    dtypes: ['bool', 'int32', 'float32', 'float64'],
    prepare: (graph, watch) => new Interpretation(graph, watch),
    resident(shape, dtype) {
      const resident = new JsResident(shape, dtype, bytes => {
        residentBytes -= bytes
      })
      residentBytes += resident.bytes
      return resident
    },
    get residentBytes() {
      return residentBytes
    },
  }
}

/** Throws unless `data` is a host array of this dtype and number of elements. */
function checkHostArray(operation: string, data: TypedArray, shape: Shape, dtype: DType): void {
  if (dtypeOf(data) === dtype && data.length === numel(shape)) return
  throw new ShapeError(
    operation,
    [shape, [data.length]],
    `${operation}: needs ${numel(shape)} values of ${dtype} for ${show(shape)}, got ${data.length} in a ${data.constructor.name}`,
  )
}

class JsResident implements Resident {
  readonly shape: Shape
  readonly dtype: DType
  readonly #released: (bytes: number) => void
  #data: TypedArray | undefined

  constructor(shape: Shape, dtype: DType, released: (bytes: number) => void) {
    this.shape = shape
    this.dtype = dtype
    this.#data = hostArray(dtype, numel(shape))
    this.#released = released
  }

  get data(): TypedArray {
    if (this.#data === undefined)
      throw new DeviceError('js', `js: a ${show(this.shape)} value was used after dispose()`)
    return this.#data
  }
  get bytes(): number {
    return this.data.byteLength
  }
  write(values: TypedArray): void {
    checkHostArray('write', values, this.shape, this.dtype)
    this.data.set(values)
  }
  read(): Promise<TypedArray> {
    return Promise.resolve(this.data.slice())
  }
  dispose(): void {
    if (this.#data === undefined) return
    this.#released(this.bytes)
    this.#data = undefined
  }
}

class Interpretation implements Executable {
  readonly peakBytes: number
  readonly #graph: Graph
  readonly #order: readonly Node[]
  /** After the k-th node, the values of lastUses[k] are not needed any more. */
  readonly #lastUses: readonly (readonly Node[])[]
  readonly #watch: Watch | undefined

  constructor(graph: Graph, watch?: Watch) {
    this.#watch = watch
    this.#graph = graph
    this.#order = topological(graph.outputs)
    const last = new Map<Node, number>()
    this.#order.forEach((node, k) => {
      for (const input of node.inputs) last.set(input, k)
    })
    for (const output of graph.outputs) last.delete(output)
    const lastUses = this.#order.map((): Node[] => [])
    for (const [node, k] of last) lastUses[k]!.push(node)
    this.#lastUses = lastUses
    this.peakBytes = this.#peak()
  }

  #peak(): number {
    let live = 0
    let peak = 0
    this.#order.forEach((node, k) => {
      live += valueBytes(node)
      peak = Math.max(peak, live)
      for (const dead of this.#lastUses[k]!) live -= valueBytes(dead)
    })
    return peak
  }

  async facts(): Promise<readonly KernelFacts[]> {
    return this.#order.map(node => ({
      kind: 'node',
      name: node.scope === '' ? node.primitive : `${node.scope}: ${node.primitive}`,
      shape: node.shape.join('×') || '1',
      flops: undefined,
      bytes: [node, ...node.inputs].reduce((n, x) => n + valueBytes(x), 0),
    }))
  }

  run(sources: readonly (Resident | TypedArray)[]): TypedArray[] {
    const { outputs, updates } = this.#graph
    const values = new Map<Node, Values>()
    this.#graph.sources.forEach((node, i) => {
      const given = sources[i]
      if (given === undefined)
        throw new DeviceError('js', `js: got ${sources.length} values for ${this.#graph.sources.length} sources`)
      const data = given instanceof JsResident ? given.data : given
      if (!ArrayBuffer.isView(data))
        throw new DeviceError('js', `js: source ${i} lives on another device; read() it and pass the host array`)
      checkHostArray(`source ${i}`, data, node.shape, node.dtype)
      values.set(node, toValues(data, node.dtype))
    })
    this.#watch?.(-1)
    this.#order.forEach((node, k) => {
      if (!values.has(node))
        values.set(
          node,
          evaluate(
            node,
            node.inputs.map(x => values.get(x)!),
          ),
        )
      for (const dead of this.#lastUses[k]!) values.delete(dead)
      this.#watch?.(k)
    })
    const results = outputs.map(node => toHost(values.get(node)!, node.dtype))
    for (const source of updates)
      if (source >= 0 && !(sources[source] instanceof JsResident))
        throw new DeviceError('js', `js: source ${source} is updated, so it must be a resident of this device`)
    // only now that nothing can fail any more do residents change
    updates.forEach((source, i) => {
      if (source >= 0) (sources[source] as JsResident).write(results[i]!)
    })
    return results.filter((_, i) => updates[i] === -1)
  }

  async explain(): Promise<string> {
    return `js: ${this.#order.length} nodes, each interpreted by itself\n${printGraph(this.#graph.outputs)}`
  }
}

const valueBytes = (node: Node): number =>
  allocate({ shape: [], dtype: node.dtype }).BYTES_PER_ELEMENT * numel(node.shape)
