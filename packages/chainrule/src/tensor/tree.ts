/** Trees: a tensor, or arrays, maps and plain objects of trees. What gradients, optimizers and compiled functions work on. */
import { TensorHandle } from './handle.ts'
import type { AnyTensor, TensorLike } from './types.ts'

export type Tree = TensorLike | readonly Tree[] | ReadonlyMap<string, Tree> | { readonly [name: string]: Tree }

const isPlain = (x: unknown): x is Record<string, unknown> => {
  if (typeof x !== 'object' || x === null) return false
  const prototype = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

/** The same structure with each tensor replaced; anything that is no tensor stays. */
export function mapTensors(tree: unknown, change: (tensor: AnyTensor) => unknown): unknown {
  if (tree instanceof TensorHandle) return change(tree as unknown as AnyTensor)
  if (Array.isArray(tree)) return tree.map(t => mapTensors(t, change))
  if (tree instanceof Map) return new Map([...tree].map(([k, t]) => [k, mapTensors(t, change)]))
  if (isPlain(tree)) return Object.fromEntries(Object.entries(tree).map(([k, t]) => [k, mapTensors(t, change)]))
  return tree
}

/** Every tensor of a tree, in order, each time it occurs. */
export function tensorsOf(tree: unknown): AnyTensor[] {
  const found: AnyTensor[] = []
  mapTensors(tree, t => found.push(t))
  return found
}
