/**
 * A computation with its numbers: every node between inputs and output with its value, its gradient and the derivatives of its
 * operands. One plan on the present device computes all of them.
 */
import { ChainruleError } from '../errors.ts'
import { gradients } from '../grad/backward.ts'
import { type GradientRule, gradientRules } from '../grad/rules.ts'
import { fullLike } from '../graph/build.ts'
import { isFloat, type TypedArray } from '../graph/dtype.ts'
import { makeNode, type Node, type Primitive, topological } from '../graph/node.ts'
import { numel } from '../graph/shape.ts'
import type { Module } from '../nn/module.ts'
import { unread } from '../tensor/history.ts'
import { evaluate, isVariableNode, replacementOf, valuesOf } from '../tensor/runtime.ts'
import type { Tree } from '../tensor/tree.ts'
import type { TensorLike } from '../tensor/types.ts'
import { namedTensors } from './names.ts'

/** What is looked at: a tensor, or several by name, of which the last is the output. */
export type Traced = TensorLike | { readonly [name: string]: TensorLike }

export interface Recorded {
  /** Inputs before users. */
  readonly order: readonly Node[]
  readonly output: Node
  readonly names: ReadonlyMap<Node, string>
  readonly inputs: ReadonlySet<Node>
  readonly values: ReadonlyMap<Node, TypedArray>
  /** Σ over the output's elements of ∂output/∂node; missing where no derivative leads there. */
  readonly gradients: ReadonlyMap<Node, TypedArray>
  /** For each operand the derivative that the rule gives for a seed of ones, where that is ∂node/∂operand by element. */
  readonly partials: ReadonlyMap<Node, readonly (TypedArray | undefined)[]>
}

/** The same computation with custom functions replaced by how they compute their value. */
function opened(outputs: readonly Node[]): Node[] {
  const made = new Map<Node, Node>()
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map(i => made.get(i)!)
    if (node.primitive === 'custom') made.set(node, inputs[0]!)
    else if (inputs.every((input, i) => input === node.inputs[i])) made.set(node, node)
    else made.set(node, makeNode(node.primitive, inputs, node.attributes as never, node.shape, node.dtype, node.scope))
  }
  return outputs.map(o => made.get(o)!)
}

/** What a node was made of. A function with a derivative of its own (`custom`) hides how it computes its value. */
export const operandsOf = (node: Node): readonly Node[] =>
  node.primitive === 'custom' ? node.inputs.slice(1) : node.inputs

/** Primitives that may use an element of an operand in several elements of the result. */
const spreading: ReadonlySet<Primitive> = new Set([
  'expand',
  'dot',
  'conv',
  'windowSum',
  'windowMax',
  'windowPick',
  'windowScatter',
  'gather',
  'scatterAdd',
  'custom',
])
const isByElement = (node: Node): boolean => numel(node.shape) === 1 || !spreading.has(node.primitive)

/** @param inside whether custom functions are opened */
export async function record(
  what: Traced | ((inputs: never) => Traced),
  inputs: Tree | Module | undefined,
  inside: boolean,
): Promise<Recorded> {
  const given = namedTensors(inputs)
  if (typeof what === 'function') await evaluate([...given.values()])
  else await evaluate([]) // pending variables become their values
  const looked: Traced = typeof what === 'function' ? what(inputs as never) : what
  const named = namedTensors(looked)
  const last = [...named.values()].at(-1)
  if (last === undefined) throw new ChainruleError('trace: nothing to look at; give a tensor, or several by name')

  const nodesOf = (tensors: Iterable<TensorLike>): Node[] => [...tensors].map(t => t.node)
  const starts = nodesOf(given.values())
  const computed = unread([last.node, ...nodesOf(named.values()), ...starts], starts, replacementOf)
  const [output, ...rest] = (inside ? opened(computed) : computed) as [Node, ...Node[]]
  // what is both looked at and an input keeps the input's name; a single tensor has none
  const labels = [...named.keys(), ...given.keys()]
  const names = new Map(rest.flatMap((node, i) => (labels[i] === '' ? [] : [[node, labels[i]!] as const])))
  const cut = new Set(rest.slice(named.size))

  const order = reachable(rest.slice(0, named.size), cut)
  const floats = order.filter(n => isFloat(n.dtype))
  const found = isFloat(output.dtype) ? gradients(output, floats) : []
  const gradientNodes = new Map(floats.flatMap((n, i) => (found[i] ? [[n, found[i]] as const] : [])))
  const partialNodes = new Map(order.filter(n => !cut.has(n)).map(n => [n, localDerivatives(n)]))

  const handles = new Map<Node, { node: Node }>()
  for (const node of [...order, ...gradientNodes.values(), ...[...partialNodes.values()].flat()])
    if (node && !handles.has(node)) handles.set(node, { node })
  await evaluate([...handles.values()])
  const known = new Map<Node, TypedArray>()
  for (const [node, handle] of handles) known.set(node, await valuesOf(handle))

  return {
    order,
    output,
    names,
    inputs: cut,
    values: new Map(order.map(n => [n, known.get(n)!])),
    gradients: new Map([...gradientNodes].map(([n, g]) => [n, known.get(g)!])),
    partials: new Map([...partialNodes].map(([n, list]) => [n, list.map(p => p && known.get(p))])),
  }
}

/** Nodes that matter to a person: nothing above an input, nothing inside a custom function. */
function reachable(outputs: readonly Node[], cut: ReadonlySet<Node>): Node[] {
  const seen = new Set<Node>()
  const stack = [...outputs]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (!cut.has(node) && !isVariableNode(node)) stack.push(...operandsOf(node))
  }
  return topological(outputs).filter(n => seen.has(n))
}

/** ∂node/∂operand for each operand, as nodes: the engine's own rule with a seed of ones. */
function localDerivatives(node: Node): (Node | undefined)[] {
  const operands = operandsOf(node)
  if (!isFloat(node.dtype) || node.primitive === 'host' || operands.length === 0) return operands.map(() => undefined)
  const rule = gradientRules[node.primitive] as GradientRule<Primitive>
  const all = rule(fullLike(node, 1), node, ...node.inputs)
  const found = node.primitive === 'custom' ? all.slice(1) : all
  return operands.map((operand, i) => (isByElement(node) && isFloat(operand.dtype) ? found[i] : undefined))
}

export const isLeaf = (node: Node, inputs: ReadonlySet<Node>): boolean =>
  inputs.has(node) || isVariableNode(node) || operandsOf(node).length === 0

/** The function that made a node, as people call it. */
export function creatorOf(node: Node, inputs: ReadonlySet<Node>): string {
  if (isVariableNode(node)) return 'parameter'
  if (inputs.has(node)) return 'input'
  if (node.primitive === 'source') return 'value'
  if (node.primitive === 'custom') return node.attributes.name
  return node.primitive
}

/** Gives every node a name of its own. */
export function namer({ names, inputs }: Recorded): (node: Node) => { readonly name: string; readonly named: boolean } {
  const taken = new Set(names.values())
  const counts = new Map<string, number>()
  return node => {
    const given = names.get(node)
    if (given !== undefined) return { name: given, named: true }
    const creator = creatorOf(node, inputs)
    let name: string
    do {
      const count = (counts.get(creator) ?? 0) + 1
      counts.set(creator, count)
      name = `${creator}${count}`
    } while (taken.has(name))
    taken.add(name)
    return { name, named: false }
  }
}
