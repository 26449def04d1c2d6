/** C1: any computation as a graph: values forward, derivatives on the edges, gradients backward one node at a time. */
import { inspect, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { integer, list, text } from '../../frame/schema.ts'
import { asTypeScript, type Program, parseProgram, SyntaxProblem, type Term } from './language.ts'

export interface State {
  readonly expr: string
  /** The inputs, in the order of their appearance. */
  readonly at: readonly number[]
  /** Whose paths are listed. */
  readonly node: string
  /** How many nodes have passed their gradient on; a large number is all of them. */
  readonly step: number
}
export interface GraphNode {
  readonly id: number
  readonly name: string
  readonly operation: string
  readonly value: number
  /** ∂L/∂node as far as it was added up; undefined where nothing has arrived. */
  readonly gradient: number | undefined
  readonly isInput: boolean
}
export interface GraphEdge {
  readonly from: number
  readonly to: number
  /** ∂from/∂to */
  readonly partial: number
  /** What the latest step sent along it. */
  readonly sent: number | undefined
}
export interface Derived {
  /** What is wrong with the expression; the graph is then that of the last good one, or of the first preset. */
  readonly problem: string | undefined
  readonly inputs: readonly string[]
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly output: number
  /** Ids in the order in which they pass their gradient on. */
  readonly order: readonly number[]
  readonly paths: readonly {
    readonly names: readonly string[]
    readonly factors: readonly number[]
    readonly product: number
  }[]
  readonly pathCount: number
  /** Σ of the products of all paths. */
  readonly pathSum: number
  /** The selected node. */
  readonly selected: string
}

export const presets = {
  'the squared error': { expr: 'e = yhat - y; L = e * e', at: [0.7310586, 1], node: 'yhat' },
  'the worked example': {
    expr: 's = x1*w1 + x2*w2 + x3*w3; yhat = sigmoid(s); e = yhat - y; L = e * e',
    at: [0.1, 1, 0.15, 2, 0.2, 3, 1],
    node: 'w1',
  },
  'one weight used twice': {
    expr: 'h1 = tanh(w*x); h2 = tanh(w*h1); L = square(h2 - y)',
    at: [0.8, 1, 0.2],
    node: 'w',
  },
  'a tree': { expr: 'L = (a + b) * c', at: [2, 1, 3], node: 'a' },
} as const
const first = presets['the squared error']

function compute(term: Term, known: ReadonlyMap<string, Tensor<[]>>): Tensor<[]> {
  const at = (t: Term): Tensor<[]> => compute(t, known)
  switch (term.kind) {
    case 'number':
      return tensor(term.value, { dtype: 'float32' })
    case 'name':
      return known.get(term.name)!
    case 'negative':
      return at(term.of).neg()
    case 'call':
      return at(term.of)[term.fn]()
    case 'binary': {
      const left = at(term.left)
      const right = at(term.right)
      switch (term.op) {
        case '+':
          return left.add(right)
        case '-':
          return left.sub(right)
        case '*':
          return left.mul(right)
        case '/':
          return left.div(right)
        case '^':
          return left.pow(right)
      }
    }
  }
}
/** The program of a state; a problem does not leave the page empty. */
function read(expr: string): { program: Program; problem: string | undefined } {
  try {
    return { program: parseProgram(expr), problem: undefined }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    return { program: parseProgram(first.expr), problem: error.message }
  }
}
const inputValue = ({ at }: State, i: number): number => at[i] ?? 1

export const model: Model<State, Derived> = {
  schema: {
    expr: text('computation', first.expr, 300),
    at: list('inputs', first.at, { min: -10, max: 10, step: 0.1, length: [1, 16] }),
    node: text('paths to', first.node, 30),
    step: integer('step', 99, { min: 0, max: 99 }),
  },
  async derive(state) {
    const { program, problem } = read(state.expr)
    const inputs = Object.fromEntries(
      program.inputs.map((name, i) => [name, tensor(inputValue(state, i), { dtype: 'float32' })] as const),
    )
    const known = new Map<string, Tensor<[]>>(Object.entries(inputs))
    for (const { name, term } of program.assignments) known.set(name, compute(term, known))
    const named = Object.fromEntries(program.assignments.map(({ name }) => [name, known.get(name)!]))
    const trace = await inspect.trace(named, inputs)

    const edges = trace.edges.flatMap(({ from, to, partial }) =>
      typeof partial === 'number' ? [{ from, to, partial }] : [],
    )
    // operands have smaller ids, so downwards is a reverse topological order; constants receive nothing
    const order = trace.nodes
      .map(n => n.id)
      .filter(id => edges.some(e => e.from === id))
      .reverse()
    const done = order.slice(0, state.step)
    const received = new Map<number, number>([[trace.output, 1]])
    let sent: readonly (number | undefined)[] = []
    for (const id of done) {
      sent = edges.map(e => (e.from === id ? received.get(id)! * e.partial : undefined))
      edges.forEach((e, i) => {
        if (sent[i] !== undefined) received.set(e.to, (received.get(e.to) ?? 0) + sent[i]!)
      })
    }
    const complete = done.length === order.length
    const nodes = trace.nodes.map(
      (n): GraphNode => ({
        id: n.id,
        name: n.operation === 'constant' ? '' : n.name,
        operation: n.operation,
        value: n.value as number,
        // when all is done: what the engine's own backward pass says
        gradient: complete ? (n.gradient as number | undefined) : received.get(n.id),
        isInput: Object.hasOwn(inputs, n.name),
      }),
    )
    const selected =
      trace.nodes.find(n => n.name === state.node && n.id !== trace.output) ??
      trace.nodes.find(n => n.name === program.inputs[0])!
    const found = inspect.paths(trace, trace.output, selected, { limit: 24 })
    return {
      problem,
      inputs: program.inputs,
      nodes,
      edges: edges.map((e, i) => ({ ...e, sent: sent[i] })),
      output: trace.output,
      order,
      paths: found.paths.map(p => ({
        names: p.nodes.map(n => n.name),
        factors: p.edges.map(e => e.partial as number),
        product: p.product!,
      })),
      pathCount: found.count,
      pathSum: found.sum ?? 0,
      selected: selected.name,
    }
  },
  steps: (_, d) => d.order.map(id => `${d.nodes[id]!.name} passes its gradient on`),
  table: (_, d) => ({
    caption: 'The graph’s nodes',
    columns: ['node', 'made by', 'value', 'gradient'],
    rows: [
      ...d.nodes.map(n => [n.name || 'constant', n.operation, n.value, n.gradient ?? '']),
      [`sum over paths to ${d.selected}`, '', '', d.pathSum],
    ],
  }),
  code(state) {
    const { program } = read(state.expr)
    const result = program.assignments.at(-1)!.name
    return `import { grad, tensor } from 'chainrule'

${program.inputs.map((name, i) => `const ${name} = tensor(${inputValue(state, i)}).toFloat()`).join('\n')}
${program.assignments.map(({ name, term }) => `const ${name} = ${asTypeScript(term)}`).join('\n')}
console.log(await ${result}.item())
const gradients = grad(${result}, [${program.inputs.join(', ')}])
for (const g of gradients) console.log(await g.item())
`
  },
  say: (_, d) =>
    `The gradient of ${d.selected} is ${d.pathSum.toPrecision(4)}, the sum over ${d.pathCount} ${d.pathCount === 1 ? 'path' : 'paths'}.`,
}
