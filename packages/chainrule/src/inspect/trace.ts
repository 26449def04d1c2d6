/**
 * The computational graph of the lecture: a node holds value, gradient and the function that made it; an edge from a result u to
 * an operand v holds ∂u/∂v. The graph is the engine's own, the numbers are computed by the present device.
 */
import type { DType, TypedArray } from '../graph/dtype.ts'
import { isFloat } from '../graph/dtype.ts'
import { printAttributes } from '../graph/print.ts'
import { numel, type Shape } from '../graph/shape.ts'
import type { Module } from '../nn/module.ts'
import type { Tree } from '../tensor/tree.ts'
import type { Nested } from '../tensor/types.ts'
import { derivativeTexts } from './derivatives.ts'
import { type ElementNames, elementTrace } from './elements.ts'
import { creatorOf, isLeaf, namer, operandsOf, type Recorded, record, type Traced } from './record.ts'

export interface TraceNode {
  /** Its place in `Trace.nodes`; operands have smaller ones. */
  readonly id: number
  /** As given, or made from the function and a number (`mul2`); unique. */
  readonly name: string
  /** Whether a person gave the name. */
  readonly named: boolean
  /** The creator: a primitive, a custom function's name, or `input`, `parameter`, `constant`, `value`. */
  readonly operation: string
  /** The creator's settings (`stride [2, 2]`), '' when there are none. */
  readonly attributes: string
  /** The path of the module in whose forward it was made; '' outside of one. */
  readonly module: string
  readonly shape: Shape
  readonly dtype: DType
  /** A number for a scalar, nested arrays otherwise. */
  readonly value: Nested
  /** ∂output/∂node in the node's shape (of the output's sum, if that is no scalar); undefined where no derivative leads there. */
  readonly gradient: Nested | undefined
}

export interface TraceEdge {
  /** The result u. */
  readonly from: number
  /** The operand v. */
  readonly to: number
  /** Which operand of u it is, from 0; an operand used twice has two edges. */
  readonly operand: number
  /**
   * ∂u/∂v in v's shape, where each element of v reaches at most one element of u; undefined for others (a matrix product) and
   * where there is no derivative. Trace `elements` to have a number on every edge.
   */
  readonly partial: Nested | undefined
  /** What v receives when g = ∂L/∂u arrives at u (the vector–Jacobian product): `g · Wᵀ`; '' when nothing. */
  readonly rule: string
}

export interface Trace {
  readonly nodes: readonly TraceNode[]
  readonly edges: readonly TraceEdge[]
  /** The node whose gradient is 1. */
  readonly output: number
}

export interface TraceOptions {
  /**
   * A node for every element instead of every tensor, so that each edge is a number. Moving elements (reshape, transpose,
   * broadcast) makes no nodes. A function names the elements of named tensors; `W[0, 1]` otherwise.
   */
  readonly elements?: boolean | ElementNames
}

/**
 * Everything that is computed on the way from `inputs` to the output of `fn`, with values, gradients and the derivative on each edge.
 *
 * Names come from keys: of the inputs, and of what `fn` returns, of which the last is the output:
 * `trace(({ w, x }) => { … return { s, prediction, loss } }, { w, x })`. Nothing above an input is shown.
 * @throws ChainruleError when there is nothing to look at
 */
export function trace<const W extends Tree>(
  fn: (inputs: W) => Traced,
  inputs: W,
  options?: TraceOptions,
): Promise<Trace>
/**
 * The same for what was computed already: `trace({ loss }, model.namedParameters())`.
 * @throws StaleError when a parameter it was computed from has been updated since
 */
export function trace(output: Traced, inputs?: Tree | Module, options?: TraceOptions): Promise<Trace>
export async function trace(
  what: Traced | ((inputs: never) => Traced),
  inputs?: Tree | Module,
  { elements = false }: TraceOptions = {},
): Promise<Trace> {
  const recorded = await record(what, inputs, elements !== false)
  if (elements === false) return tensorTrace(recorded)
  return elementTrace(recorded, elements === true ? undefined : elements)
}

/** One node for each tensor. */
function tensorTrace(recorded: Recorded): Trace {
  const { order, values, gradients, partials } = recorded
  const name = namer(recorded)
  const ids = new Map(order.map((node, id) => [node, id]))
  const nodes = order.map((node, id): TraceNode => {
    const gradient = gradients.get(node)
    return {
      id,
      ...name(node),
      operation: creatorOf(node, recorded.inputs),
      attributes: node.primitive === 'constant' || node.primitive === 'custom' ? '' : printAttributes(node),
      module: node.scope,
      shape: node.shape,
      dtype: node.dtype,
      value: nested(values.get(node)!, node.shape, node.dtype),
      gradient: gradient && nested(gradient, node.shape, node.dtype),
    }
  })
  const edges = order.flatMap(node => {
    if (isLeaf(node, recorded.inputs)) return []
    const operands = operandsOf(node)
    const labels = operands.map(o => nodes[ids.get(o)!]!.name)
    const rules = derivativeTexts[node.primitive](nodes[ids.get(node)!]!.name, labels[0] ?? '', labels[1] ?? '')
    return operands.map((operand, i): TraceEdge => {
      const partial = partials.get(node)?.[i]
      const differentiable = isFloat(node.dtype) && isFloat(operand.dtype)
      return {
        from: ids.get(node)!,
        to: ids.get(operand)!,
        operand: i,
        partial: partial && nested(partial, operand.shape, operand.dtype),
        rule: differentiable ? (rules[i] ?? rules[0] ?? '') : '',
      }
    })
  })
  return { nodes, edges, output: ids.get(recorded.output)! }
}

/** Flat values as nested arrays; of a scalar the value. */
export function nested(values: TypedArray, shape: Shape, dtype: DType, offset = 0): Nested {
  const [length, ...rest] = shape
  if (length === undefined) return dtype === 'bool' ? values[offset] !== 0 : values[offset]!
  const step = numel(rest)
  return Array.from({ length }, (_, i) => nested(values, rest, dtype, offset + i * step))
}
