/** The computation of a node as a formula: nested down to inputs, parameters and constants, or to names that are kept. */
import { OptionError } from '../errors.ts'
import { find, type NodeReference } from './paths.ts'
import type { Trace, TraceNode } from './trace.ts'

/** A formula; each part knows the node whose value it is. */
export type Formula = { readonly node: TraceNode } & (
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'sum'; readonly terms: readonly Term[] }
  | { readonly kind: 'product'; readonly factors: readonly Formula[] }
  | { readonly kind: 'quotient'; readonly top: Formula; readonly bottom: Formula }
  | { readonly kind: 'power'; readonly base: Formula; readonly exponent: Formula | number }
  | { readonly kind: 'transpose'; readonly of: Formula }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Formula[] }
)
export interface Term {
  readonly negative: boolean
  readonly formula: Formula
}

export interface FormulaOptions {
  /** Nodes that stay symbols instead of unfolding; 'named' keeps every node that has a name. */
  readonly keep?: 'named' | readonly NodeReference[]
  /** Numbers in place of symbols. */
  readonly values?: boolean
  /** Names of functions: `{ sigmoid: 'g' }`. */
  readonly functions?: { readonly [operation: string]: string }
}

const usual: { readonly [operation: string]: string } = { sigmoid: 'σ', log: 'ln', sqrt: '√', relu: 'relu' }
/** Functions that only change how a value is held. */
const transparent = new Set(['reshape', 'expand', 'cast'])
/** Parts of a formula that somebody could still read. */
const LIMIT = 5000

/**
 * How a node comes about, as a formula.
 * @throws OptionError when it would be longer than 5000 parts
 */
export function formula(
  trace: Trace,
  reference: NodeReference,
  { keep = [], values = false, functions = {} }: FormulaOptions = {},
): Formula {
  const root = find(trace, reference)
  const kept = new Set(keep === 'named' ? trace.nodes.filter(n => n.named) : keep.map(k => find(trace, k)))
  const operands = new Map<number, number[]>()
  for (const { from, to, operand } of trace.edges) {
    if (!operands.has(from)) operands.set(from, [])
    operands.get(from)![operand] = to
  }
  let size = 0

  const leaf = (node: TraceNode): Formula => {
    const isNumber = typeof node.value === 'number' && (values || node.operation === 'constant')
    return isNumber ? { kind: 'number', value: node.value as number, node } : { kind: 'symbol', name: node.name, node }
  }

  const unfold = (node: TraceNode): Formula => {
    if (++size > LIMIT)
      throw new OptionError(
        'keep',
        `expression: the formula of '${root.name}' has more than ${LIMIT} parts; keep some of its nodes as symbols`,
      )
    const parts = operands.get(node.id)
    if (!parts || (node !== root && kept.has(node))) return leaf(node)
    const constant = onlyConstant(node)
    if (constant !== undefined) return { kind: 'number', value: constant, node }
    const build = (i: number): Formula => unfold(trace.nodes[parts[i]!]!)
    const all = (): Formula[] => parts.map((_, i) => build(i))
    const [a, b] = parts
    switch (node.operation) {
      case 'add':
        return sum(node, [term(build(0)), term(build(1))])
      case 'sub':
        return sum(node, [term(build(0)), term(build(1), true)])
      case 'neg':
        return sum(node, [term(build(0), true)])
      case 'mul':
        return a === b
          ? { kind: 'power', base: build(0), exponent: 2, node }
          : { kind: 'product', factors: weightFirst([build(0), build(1)]), node }
      case 'div':
        return { kind: 'quotient', top: build(0), bottom: build(1), node }
      case 'pow':
        return { kind: 'power', base: build(0), exponent: build(1), node }
      case 'dot':
      case 'conv':
        if (node.shape.length > 0) break
        return sum(
          node,
          pairs(all()).map(pair => term({ kind: 'product', factors: weightFirst(pair), node })),
        )
      case 'sum':
      case 'windowSum':
        if (parts.length > 1)
          return sum(
            node,
            all().map(f => term(f)),
          )
        break
      case 'permute':
        if (node.shape.length === 2) return { kind: 'transpose', of: build(0), node }
        break
    }
    if (transparent.has(node.operation)) return build(0)
    if (node.operation === 'dot') return { kind: 'product', factors: all(), node }
    const name = functions[node.operation] ?? usual[node.operation] ?? node.operation
    return { kind: 'call', name, operands: all(), node }
  }

  /** The number that a repeated or reshaped constant is. */
  const onlyConstant = (node: TraceNode): number | undefined => {
    let below: TraceNode | undefined = node
    while (below && transparent.has(below.operation)) below = trace.nodes[operands.get(below.id)?.[0] ?? -1]
    return below?.operation === 'constant' && typeof below.value === 'number' ? below.value : undefined
  }

  return unfold(root)
}

const term = (formula: Formula, negative = false): Term => ({ formula, negative })

/** Sums of sums are one sum. */
function sum(node: TraceNode, terms: readonly Term[]): Formula {
  const flat = terms.flatMap(({ formula, negative }): Term[] =>
    formula.kind === 'sum' && !negative ? [...formula.terms] : [{ formula, negative }],
  )
  return flat.length === 1 && !flat[0]!.negative ? flat[0]!.formula : { kind: 'sum', terms: flat, node }
}

/** w·x rather than x·w: of two scalar factors the parameter is written first. */
function weightFirst(factors: readonly [Formula, Formula]): readonly Formula[] {
  const [a, b] = factors
  const scalar = a.node.shape.length === 0 && b.node.shape.length === 0
  return scalar && b.node.operation === 'parameter' && a.node.operation !== 'parameter' ? [b, a] : factors
}

const pairs = (list: readonly Formula[]): [Formula, Formula][] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!])
