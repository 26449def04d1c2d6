/** Plans, found again by the structure of the graph: a loop compiles nothing in its second step. */
import type { Device, Executable } from '../device/device.ts'
import type { Graph } from '../graph/graph.ts'
import { type Node, topological } from '../graph/node.ts'
import { VariableVersion } from './variables.ts'

const plans = new WeakMap<Device, Map<string, Executable>>()
let plansMade = 0
/** How many plans were prepared so far; a loop in its second step must not raise it. */
export const planCount = (): number => plansMade

/** Plans kept per device; the least recently used one goes first. */
const PLAN_LIMIT = 256

/** The finished plan for a graph of this structure, or a new one. */
export function planFor(target: Device, graph: Graph): Executable {
  const cache = plans.get(target) ?? new Map<string, Executable>()
  plans.set(target, cache)
  const key = structureOf(graph)
  let plan = cache.get(key)
  if (plan) cache.delete(key)
  else {
    plan = target.prepare(graph)
    plansMade++
    if (cache.size >= PLAN_LIMIT) cache.delete(cache.keys().next().value!)
  }
  cache.set(key, plan)
  return plan
}

const functionIds = new WeakMap<object, number>()
let nextFunctionId = 0
function functionId(f: object): number {
  const known = functionIds.get(f)
  if (known !== undefined) return known
  functionIds.set(f, nextFunctionId)
  return nextFunctionId++
}

function attributeKey(attributes: object): string {
  let key = ''
  for (const name in attributes) {
    const value = (attributes as Record<string, unknown>)[name]
    if (typeof value === 'function') key += name === 'backward' ? '' : `f${functionId(value)};`
    else if (typeof value === 'number' && Object.is(value, -0)) key += '-0;'
    else key += `${value};` // numbers, strings, and (nested) arrays, whose depth the primitive fixes
  }
  return key
}

/** Equal strings exactly for graphs that a device would compile to the same plan. */
function structureOf(graph: Graph): string {
  const index = new Map<Node, number>()
  graph.sources.forEach((node, i) => {
    index.set(node, i)
  })
  const parts: string[] = graph.sources.map(
    s => `${s.dtype}[${s.shape}]${s.attributes.storage instanceof VariableVersion ? 'v' : ''}`,
  )
  for (const node of topological(graph.outputs)) {
    if (index.has(node)) continue
    index.set(node, index.size)
    let part: string = node.primitive
    for (const input of node.inputs) part += `,${index.get(input)}`
    parts.push(`${part}|${attributeKey(node.attributes)}${node.inputs.length === 0 ? node.dtype : ''}`)
  }
  parts.push(graph.outputs.map(o => index.get(o)).join(), graph.updates.join())
  return parts.join('\n')
}
