/**
 * Reading a value does not end its derivatives: where a tensor came from is remembered beside its value. Not for ever, because
 * whoever keeps a value would keep everything that led to it: an update of a variable forgets (what was computed from the variable
 * is out of date then anyway), and so does a long row of readings.
 */
import { makeNode, type Node } from '../graph/node.ts'

/** Readings remembered at a time. */
const LIMIT = 256
let origins = new WeakMap<Node, Node>()
let remembered = 0
/** Values that were computed from variables. */
const readings = new WeakSet<Node>()

/** `value` (a source) is known to be the value of `origin`. */
export function remember(value: Node, origin: Node, isVariable: (node: Node) => boolean): void {
  if (remembered === LIMIT) forget()
  remembered++
  origins.set(value, origin)
  if (leadsTo(origin, node => isVariable(node) || readings.has(node))) readings.add(value)
}
function leadsTo(output: Node, found: (node: Node) => boolean): boolean {
  const seen = new Set<Node>()
  const stack = [output]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue
    if (found(node)) return true
    seen.add(node)
    stack.push(...node.inputs)
  }
  return false
}
export function forget(): void {
  if (remembered === 0) return
  origins = new WeakMap()
  remembered = 0
}

/**
 * The outputs as they were computed: variables in the place of nodes that became theirs, and remembered computations in the place
 * of values, where these lead to one of `inputs`.
 */
export function unread(
  outputs: readonly Node[],
  inputs: readonly Node[],
  replacementOf: (node: Node) => Node | undefined,
): Node[] {
  const originOf = (node: Node): Node | undefined => replacementOf(node) ?? origins.get(node)
  const leads = new Set<Node>(inputs.flatMap(n => [n, originOf(n) ?? n]))
  const made = new Map<Node, Node>()
  const visit = (node: Node): void => {
    const origin = originOf(node)
    if (origin) {
      if (leads.has(origin)) leads.add(node)
      made.set(node, leads.has(origin) || replacementOf(node) ? made.get(origin)! : node)
      return
    }
    if (node.inputs.some(i => leads.has(i))) leads.add(node)
    const parts = node.inputs.map(i => made.get(i)!)
    const same = parts.every((part, i) => part === node.inputs[i])
    made.set(
      node,
      same ? node : makeNode(node.primitive, parts, node.attributes as never, node.shape, node.dtype, node.scope),
    )
  }
  const stack = [...outputs]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    const origin = originOf(node)
    const missing = made.has(node) ? [] : (origin ? [origin] : node.inputs).filter(n => !made.has(n))
    if (missing.length > 0) {
      for (const n of missing) stack.push(n)
      continue
    }
    stack.pop()
    if (!made.has(node)) visit(node)
  }
  return outputs.map(o => made.get(o)!)
}
/** Whether `output` depends on a value that was computed from variables, and how is forgotten. */
export const isCut = (output: Node): boolean => leadsTo(output, n => readings.has(n) && !origins.has(n))
