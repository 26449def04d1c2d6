/** Names of tensors: the keys under which a tree holds them. */
import { Module } from '../nn/module.ts'
import { isTensor } from '../tensor/handle.ts'
import type { AnyTensor } from '../tensor/types.ts'

const isPlain = (x: object): boolean => Object.getPrototypeOf(x) === Object.prototype

/** Every tensor of a tree by its path (`layer.0.weight`), every parameter of a module; a single tensor is called ''. */
export function namedTensors(tree: unknown): Map<string, AnyTensor> {
  const found = new Map<string, AnyTensor>()
  const walk = (value: unknown, path: string): void => {
    if (isTensor(value)) found.set(path, value)
    else if (value instanceof Module) walk(value.stateDict(), path)
    else if (value instanceof Map) for (const [key, part] of value) walk(part, join(path, key))
    else if (Array.isArray(value)) for (const [i, part] of value.entries()) walk(part, join(path, `${i}`))
    else if (typeof value === 'object' && value !== null && isPlain(value))
      for (const [key, part] of Object.entries(value)) walk(part, join(path, key))
  }
  walk(tree, '')
  return found
}
const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
