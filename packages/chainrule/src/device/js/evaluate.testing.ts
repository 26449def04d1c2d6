/** For tests: leaves that know their data, and their values on the reference device. */
import { source } from '../../graph/build.ts'
import { type DType, hostArray, type TypedArray } from '../../graph/dtype.ts'
import { type Node, type NodeOf, topological } from '../../graph/node.ts'
import { numel, type Shape } from '../../graph/shape.ts'
import type { Graph } from '../device.ts'
import { jsDevice } from './device.ts'

const data = new WeakMap<Node, TypedArray>()

/** A source that holds these values. */
export function leaf(values: ArrayLike<number>, shape: Shape = [values.length], dtype: DType = 'float64'): Node {
  if (values.length !== numel(shape)) throw new Error(`${values.length} values for [${shape}]`)
  const node = source({ shape, dtype })
  const array = hostArray(dtype, values.length)
  array.set(values)
  data.set(node, array)
  return node
}

export const sourcesOf = (outputs: readonly Node[]): NodeOf<'source'>[] =>
  topological(outputs).filter(node => node.primitive === 'source')

/** The closed graph of some outputs, and what to run it with; `changed` replaces the data of leaves. */
export function closed(
  outputs: readonly Node[],
  changed?: ReadonlyMap<Node, TypedArray>,
): { readonly graph: Graph; readonly feeds: TypedArray[] } {
  const sources = sourcesOf(outputs)
  return {
    graph: { sources, outputs, updates: outputs.map(() => -1) },
    feeds: sources.map(node => changed?.get(node) ?? dataOf(node)),
  }
}

/** Values of the outputs on the reference device. */
export function evaluateAll(outputs: readonly Node[], changed?: ReadonlyMap<Node, TypedArray>): readonly TypedArray[] {
  const { graph, feeds } = closed(outputs, changed)
  return jsDevice().prepare(graph).run(feeds) as TypedArray[]
}
export const evaluateNode = (output: Node, changed?: ReadonlyMap<Node, TypedArray>): number[] =>
  Array.from(evaluateAll([output], changed)[0]!)

/** The data of a leaf. */
export const dataOf = (node: Node): TypedArray => data.get(node)!

/** Reproducible numbers in [low, high), no two equal. */
export function numbers(count: number, seed = 1, low = -1, high = 1): number[] {
  let state = seed * 2654435761
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return low + ((state >>> 0) / 2 ** 32) * (high - low)
  })
}
/** A leaf of such numbers. */
export const some = (shape: Shape, seed = 1, low = -1, high = 1, dtype: DType = 'float64'): Node =>
  leaf(numbers(numel(shape), seed, low, high), shape, dtype)
