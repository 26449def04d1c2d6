/**
 * Algebra before compilation: simplification and canonical forms, as data. A rule is a pattern and its replacement, below the
 * equation both stand for; `rewrite` applies the rules bottom-up until none fits and shares equal subexpressions.
 */
import * as b from '../graph/build.ts'
import { type Attributes, inScope, makeNode, type Node, type Primitive, topological } from '../graph/node.ts'
import { numel, sameShape } from '../graph/shape.ts'
import { cropOutputs, dilateInput, evenPhases } from './phases.ts'

/** A variable's name, the value of a (repeated) constant, or a primitive with patterns for its inputs. */
export type Pattern = string | number | readonly [Primitive, ...Pattern[]]
export type Match = Readonly<Record<string, Node>>

export interface Rule {
  readonly pattern: readonly [Primitive, ...Pattern[]]
  /** undefined: the rule does not apply after all. */
  readonly replace: (match: Match, node: Node) => Node | undefined
}

/** The value of a constant behind reshapes and expands. */
export function constantValue(node: Node): number | undefined {
  while (node.primitive === 'expand' || node.primitive === 'reshape') node = node.inputs[0]!
  return node.primitive === 'constant' ? node.attributes.value : undefined
}

function matches(pattern: Pattern, node: Node, bound: Record<string, Node>): boolean {
  if (typeof pattern === 'string') {
    const before = bound[pattern]
    bound[pattern] = node
    return before === undefined || before === node
  }
  if (typeof pattern === 'number') return constantValue(node) === pattern
  const [primitive, ...inputs] = pattern
  return node.primitive === primitive && inputs.every((p, i) => matches(p, node.inputs[i]!, bound))
}

const x = (m: Match): Node => m.x!
const attributesOf = <P extends Primitive>(node: Node, _: P): Attributes[P] => node.attributes as Attributes[P]

/** Sums over axes of size 1, repeated permutes and the like are in canonical form when no rule fits. */
export const rules: readonly Rule[] = [
  // x + 0 = x
  { pattern: ['add', 'x', 0], replace: x },
  // 0 + x = x
  { pattern: ['add', 0, 'x'], replace: x },
  // x − 0 = x
  { pattern: ['sub', 'x', 0], replace: x },
  // 0 − x = −x
  { pattern: ['sub', 0, 'x'], replace: m => b.neg(x(m)) },
  // x · 1 = x
  { pattern: ['mul', 'x', 1], replace: x },
  // 1 · x = x
  { pattern: ['mul', 1, 'x'], replace: x },
  // x / 1 = x
  { pattern: ['div', 'x', 1], replace: x },
  // x · −1 = −x
  { pattern: ['mul', 'x', -1], replace: m => b.neg(x(m)) },
  // −(−x) = x
  { pattern: ['neg', ['neg', 'x']], replace: x },
  // x + (−y) = x − y
  { pattern: ['add', 'x', ['neg', 'y']], replace: m => b.sub(x(m), m.y!) },
  // x − (−y) = x + y
  { pattern: ['sub', 'x', ['neg', 'y']], replace: m => b.add(x(m), m.y!) },
  // x¹ = x
  { pattern: ['pow', 'x', 1], replace: x },
  // x² = x·x
  { pattern: ['pow', 'x', 2], replace: m => b.mul(x(m), x(m)) },
  // x³ = x·x·x
  { pattern: ['pow', 'x', 3], replace: m => b.mul(b.mul(x(m), x(m)), x(m)) },
  // x⁻¹ = 1/x
  { pattern: ['pow', 'x', -1], replace: m => b.div(b.fullLike(x(m), 1), x(m)) },
  // max(x, 0) = relu(x)
  { pattern: ['maximum', 'x', 0], replace: m => b.relu(x(m)) },
  // max(0, x) = relu(x)
  { pattern: ['maximum', 0, 'x'], replace: m => b.relu(x(m)) },
  // relu(relu(x)) = relu(x)
  { pattern: ['relu', ['relu', 'x']], replace: m => b.relu(x(m)) },
  // ¬¬x = x
  { pattern: ['not', ['not', 'x']], replace: x },
  // true ? x : y = x
  { pattern: ['where', 1, 'x', 'y'], replace: x },
  // false ? x : y = y
  { pattern: ['where', 0, 'x', 'y'], replace: m => m.y },
  // c ? x : x = x
  { pattern: ['where', 'c', 'x', 'x'], replace: x },
  // reshape(reshape(x)) = reshape(x)
  {
    pattern: ['reshape', ['reshape', 'x']],
    replace: (m, n) => b.reshape(x(m), n.shape),
  },
  // reshape to the same shape = x
  {
    pattern: ['reshape', 'x'],
    replace: (m, n) => (sameShape(x(m).shape, n.shape) ? x(m) : undefined),
  },
  // expand(expand(x)) = expand(x)
  {
    pattern: ['expand', ['expand', 'x']],
    replace: (m, n) => b.expand(x(m), n.shape),
  },
  // expand to the same shape = x
  {
    pattern: ['expand', 'x'],
    replace: (m, n) => (sameShape(x(m).shape, n.shape) ? x(m) : undefined),
  },
  // permute(permute(x)) = permute(x)
  {
    pattern: ['permute', ['permute', 'x']],
    replace: (m, n) => {
      const inner = attributesOf(n.inputs[0]!, 'permute').axes
      return b.permute(
        x(m),
        attributesOf(n, 'permute').axes.map(a => inner[a]!),
      )
    },
  },
  // permute of size-1 axes only = reshape
  {
    pattern: ['permute', 'x'],
    replace: (m, n) => {
      const moving = attributesOf(n, 'permute').axes.filter(a => x(m).shape[a] !== 1)
      return moving.every((a, i) => i === 0 || moving[i - 1]! < a) ? b.reshape(x(m), n.shape) : undefined
    },
  },
  // flip(flip(x)) = x on equal axes
  {
    pattern: ['flip', ['flip', 'x']],
    replace: (m, n) => {
      const outer = attributesOf(n, 'flip').axes
      const inner = attributesOf(n.inputs[0]!, 'flip').axes
      return sameShape(outer, inner) ? x(m) : undefined
    },
  },
  // padding around nothing = 0
  { pattern: ['pad', 'x'], replace: (m, n) => ofNothing(x(m), n) },
  // a product over nothing = 0
  { pattern: ['dot', 'x', 'y'], replace: (m, n) => ofNothing(x(m), n) },
  // a convolution over nothing = 0
  { pattern: ['conv', 'x', 'w'], replace: (m, n) => ofNothing(x(m), n) },
  // nothing scattered = 0
  { pattern: ['scatterAdd', 'x', 'y'], replace: (m, n) => ofNothing(x(m), n) },
  // sum over axes of size 1 = reshape
  {
    pattern: ['sum', 'x'],
    replace: (m, n) => dropUnitAxes(x(m), n, 'sum'),
  },
  // max over axes of size 1 = reshape
  {
    pattern: ['max', 'x'],
    replace: (m, n) => dropUnitAxes(x(m), n, 'max'),
  },
  // Σ Σ x = Σ x
  { pattern: ['sum', ['sum', 'x']], replace: (m, n) => b.sum(x(m), joinedAxes(n, 'sum')) },
  // max max x = max x
  {
    pattern: ['max', ['max', 'x']],
    replace: (m, n) => b.max(x(m), joinedAxes(n, 'max')),
  },
  // Σ of n equal values = n · value
  {
    pattern: ['sum', ['expand', 'x']],
    replace: (m, n) => sumOfExpand(x(m), n),
  },
  // cast(x) to its own dtype = x
  {
    pattern: ['cast', 'x'],
    replace: (m, n) => (x(m).dtype === n.dtype ? x(m) : undefined),
  },
  // input dilation = zeros put in between
  { pattern: ['conv', 'x', 'w'], replace: (_, n) => dilateInput(n) },
  // outputs that see only padding = 0
  { pattern: ['conv', 'x', 'w'], replace: (_, n) => cropOutputs(n) },
  // taps of weight 0 around the others change nothing
  { pattern: ['conv', 'x', 'w'], replace: (_, n) => evenPhases(n) },
]

/** What `full(shape, 0)` is. */
const isZeros = (node: Node): boolean =>
  node.primitive === 'expand' && numel(node.inputs[0]!.shape) > 0 && constantValue(node) === 0
const ofNothing = (input: Node, node: Node): Node | undefined =>
  numel(input.shape) === 0 ? b.full(node.shape, 0, node.dtype) : undefined

function dropUnitAxes(input: Node, node: Node, name: 'sum' | 'max'): Node | undefined {
  const { axes } = attributesOf(node, name)
  const real = axes.filter(a => input.shape[a] !== 1)
  if (real.length === axes.length) return undefined
  return b.reshape(name === 'sum' ? b.sum(input, real) : b.max(input, real), node.shape)
}

function joinedAxes(node: Node, name: 'sum' | 'max'): number[] {
  const inner = attributesOf(node.inputs[0]!, name).axes
  const kept = node.inputs[0]!.inputs[0]!.shape.map((_, i) => i).filter(i => !inner.includes(i))
  return [...inner, ...attributesOf(node, name).axes.map(a => kept[a]!)].sort((p, q) => p - q)
}

function sumOfExpand(input: Node, node: Node): Node | undefined {
  const { axes } = attributesOf(node, 'sum')
  const repeated = axes.filter(a => input.shape[a] === 1)
  if (repeated.length === 0) return undefined
  const whole = node.inputs[0]!.shape
  const count = repeated.reduce((n, a) => n * whole[a]!, 1)
  const partly = b.expand(
    input,
    whole.map((d, i) => (repeated.includes(i) ? 1 : d)),
  )
  const rest = b.reshape(
    b.sum(
      partly,
      axes.filter(a => !repeated.includes(a)),
    ),
    node.shape,
  )
  return b.mul(rest, b.fullLike(rest, count))
}

/** What folding a primitive over constants gives; only those that are exact in float64 before rounding. */
const folds: { readonly [P in Primitive]?: (...args: number[]) => number } = {
  neg: p => -p,
  add: (p, q) => p + q,
  sub: (p, q) => p - q,
  mul: (p, q) => p * q,
  div: (p, q) => p / q,
  sqrt: Math.sqrt,
  abs: Math.abs,
  maximum: Math.max,
  minimum: Math.min,
}

function fold(node: Node): Node | undefined {
  const f = folds[node.primitive]
  if (!f || !node.dtype.startsWith('float')) return undefined
  const values = node.inputs.map(constantValue)
  return values.every(v => v !== undefined) ? b.full(node.shape, f(...(values as number[])), node.dtype) : undefined
}

const byPrimitive = new Map<Primitive, Rule[]>()
for (const rule of rules) {
  const [primitive] = rule.pattern
  if (!byPrimitive.has(primitive)) byPrimitive.set(primitive, [])
  byPrimitive.get(primitive)!.push(rule)
}

const identities = new WeakMap<object, number>()
let nextIdentity = 0
function identity(value: unknown): string {
  if (typeof value !== 'object' && typeof value !== 'function') return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `[${value.map(identity).join()}]`
  let id = identities.get(value as object)
  if (id === undefined) {
    id = nextIdentity++
    identities.set(value as object, id)
  }
  return `#${id}`
}

/** Equal graphs in canonical form: same values, fewer nodes. */
export function rewrite(outputs: readonly Node[]): Node[] {
  const done = new Map<Node, Node>()
  const shared = new Map<string, Node>()

  const simplify = (node: Node): Node => {
    // nothing is computed where there is nothing
    if (numel(node.shape) === 0)
      return node.primitive === 'source' || isZeros(node) ? node : settle(b.full(node.shape, 0, node.dtype))
    const folded = fold(node)
    if (folded) return settle(folded)
    for (const rule of byPrimitive.get(node.primitive) ?? []) {
      const bound: Record<string, Node> = {}
      if (!matches(rule.pattern, node, bound)) continue
      const replacement = inScope(node.scope, () => rule.replace(bound, node))
      if (replacement && replacement !== node) return settle(replacement)
    }
    return node
  }
  /** Shares and simplifies a replacement and everything new below it. */
  const settle = (top: Node): Node => {
    for (const node of topological([top], n => done.has(n))) {
      if (done.has(node)) continue
      const inputs = node.inputs.map(i => done.get(i)!)
      const same = inputs.every((input, i) => input === node.inputs[i])
      const rebuilt = same
        ? node
        : makeNode(node.primitive, inputs, node.attributes as never, node.shape, node.dtype, node.scope)
      const attributes = Object.entries(rebuilt.attributes).map(([name, value]) => `${name}=${identity(value)}`)
      const key = `${rebuilt.primitive}(${rebuilt.inputs.map(i => i.id)})${attributes.join()}:${rebuilt.dtype}[${rebuilt.shape}]`
      let result = shared.get(key)
      if (!result) {
        result = simplify(rebuilt)
        shared.set(key, result)
      }
      done.set(node, result)
      done.set(result, result)
    }
    return done.get(top)!
  }
  for (const node of topological(outputs).sort((p, q) => p.id - q.id)) settle(node)
  return outputs.map(o => done.get(o)!)
}
