/**
 * `compile(fn)`: the function is run once with stand-ins for its tensors, which records the graph and the variables it assigns;
 * later calls run the finished plan. The idea is `jax.jit`'s.
 */
import { wasmDevice } from '../device/wasm/device.ts'
import { ChainruleError } from '../errors.ts'
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { TensorHandle, VariableHandle, wrap } from './handle.ts'
import { recordDraws } from './random.ts'
import { device, isTracing, realizeNow, registerDevice, type Traced, traceEpoch, traceNodes } from './runtime.ts'
import { mapTensors } from './tree.ts'

// compiled functions run at once, so that their device is here without loading
registerDevice('wasm', wasmDevice)

/** A compiled function: called like the original. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R
  /** What the latest trace compiles to: one line per kernel, and what could not be vectorised. */
  explain(): Promise<string>
  /** Bytes that the latest trace needs besides variables. */
  readonly peakBytes: number
  /** How many traces there are. */
  readonly traces: number
}

/** The trace of a compiled function for some arguments, and their nodes. */
type TraceOf = (args: readonly unknown[]) => { readonly traced: Traced; readonly inputs: () => readonly Node[] }
const tracesOf = new WeakMap<object, TraceOf>()
/** What a compiled function runs for these arguments. */
export function traceOf(compiled: object, args: readonly unknown[]): ReturnType<TraceOf> {
  const find = tracesOf.get(compiled)
  if (!find) throw new ChainruleError('profile: expected a function made by compile()')
  return find(args)
}

interface Trace {
  readonly traced: Traced
  /** The result as a tree, with each tensor's position among the outputs in its place. */
  readonly result: unknown
}
/** Stands for output `index` in a trace's result. */
class OutputSlot {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
}

/** Traces kept for one function; the least recently used one goes first. */
const TRACE_LIMIT = 64

/**
 * A function that is traced once for each combination of shapes, element types and plain values among its arguments, and once
 * more after a change of mode (train/eval), of what is frozen, or of the device. Arguments and result are trees of tensors and
 * plain values. Plain JavaScript side effects of `fn` happen while tracing only; assignments to variables happen at each call.
 * Called inside another compiled function it becomes part of that one.
 *
 * @throws ChainruleError when `fn` is asynchronous, reads a value, or creates a variable
 */
export function compile<A extends readonly unknown[], R>(fn: (...args: A) => R): Compiled<A, R> {
  const cache = new Map<string, Trace>()
  let latest: Trace | undefined

  const newTrace = (args: A, tensors: readonly TensorHandle[]): Trace => {
    let result: unknown
    const traced = recordDraws(() =>
      traceNodes(
        tensors.map(t => ({ shape: t.shape, dtype: t.dtype })),
        nodes => {
          let next = 0
          const stand = mapArguments(args, () => wrap(nodes[next++]!)) as A
          const outputs: TensorHandle[] = []
          const value = fn(...stand)
          if (value instanceof Promise) {
            value.catch(() => {}) // reported here
            throw new ChainruleError('compile: fn must not be async; await the results outside')
          }
          result = mapTensors(value, t => new OutputSlot(outputs.push(t as unknown as TensorHandle) - 1))
          return outputs.map(o => o.node)
        },
      ),
    )
    return { traced, result }
  }

  const find = (args: A, tensors: TensorHandle[]): Trace => {
    const stem = keyOf(args, tensors)
    const key = `${traceEpoch()};${identity(device())};${stem}`
    let trace = cache.get(key)
    if (trace) cache.delete(key)
    else {
      trace = newTrace(args, tensors)
      if (cache.size >= TRACE_LIMIT) cache.delete(cache.keys().next().value!)
    }
    cache.set(key, trace)
    latest = trace
    if (tensors.length > 0) realizeNow(tensors)
    return trace
  }
  const compiled = (...args: A): R => {
    if (isTracing()) return fn(...args) // inside another compiled function: part of its trace
    const tensors: TensorHandle[] = []
    const trace = find(args, tensors)
    const outputs = trace.traced.run(tensors.map(t => t.node)).map(storage => wrap(build.source(storage)))
    return filled(trace.result, outputs) as R
  }
  tracesOf.set(compiled, args => {
    const tensors: TensorHandle[] = []
    const { traced } = find(args as A, tensors)
    return { traced, inputs: () => tensors.map(t => t.node) }
  })
  const traced = (): Traced => {
    if (!latest) throw new ChainruleError('compile: nothing is compiled before the first call')
    return latest.traced
  }
  return Object.defineProperties(compiled, {
    explain: { value: async () => traced().executable.explain() },
    peakBytes: { get: () => traced().executable.peakBytes },
    traces: { get: () => cache.size },
  }) as Compiled<A, R>
}

/** Tensors that are arguments: variables are not, they are what `fn` works on. */
const mapArguments = (tree: unknown, change: (tensor: TensorHandle) => unknown): unknown =>
  mapTensors(tree, t => (t instanceof VariableHandle ? t : change(t as unknown as TensorHandle)))

const filled = (tree: unknown, outputs: readonly unknown[]): unknown => {
  if (tree instanceof OutputSlot) return outputs[tree.index]
  if (Array.isArray(tree)) return tree.map(t => filled(t, outputs))
  if (tree instanceof Map) return new Map([...tree].map(([k, t]) => [k, filled(t, outputs)]))
  if (typeof tree === 'object' && tree !== null && Object.getPrototypeOf(tree) === Object.prototype)
    return Object.fromEntries(Object.entries(tree).map(([k, t]) => [k, filled(t, outputs)]))
  return tree
}

/** What a trace depends on: structure, shapes and element types of tensors, plain values, identities of everything else. */
function keyOf(tree: unknown, tensors: TensorHandle[]): string {
  if (tree instanceof VariableHandle) return `v${identity(tree)}`
  if (tree instanceof TensorHandle) {
    tensors.push(tree)
    return `${tree.dtype}[${tree.shape}]`
  }
  if (Array.isArray(tree)) return `[${tree.map(t => keyOf(t, tensors)).join()}]`
  if (typeof tree === 'object' && tree !== null) {
    if (tree instanceof Map)
      return `m${identity(tree)}{${[...tree].map(([k, t]) => `${k}:${keyOf(t, tensors)}`).join()}}`
    if (Object.getPrototypeOf(tree) !== Object.prototype) return `o${identity(tree)}`
    return `{${Object.entries(tree)
      .map(([k, t]) => `${JSON.stringify(k)}:${keyOf(t, tensors)}`)
      .join()}}`
  }
  if (typeof tree === 'function') return `f${identity(tree)}`
  if (typeof tree === 'number' && Object.is(tree, -0)) return '-0'
  return typeof tree === 'string' ? JSON.stringify(tree) : String(tree)
}
const identities = new WeakMap<object, number>()
let nextIdentity = 0
function identity(object: object): number {
  const known = identities.get(object)
  if (known !== undefined) return known
  identities.set(object, nextIdentity)
  return nextIdentity++
}
