/**
 * Einstein summation: letters name axes, a letter missing on the right is summed over, '...' stands for axes that broadcast.
 * Operands are folded from the left, two at a time, each pair by one batched `dot` (the manner of opt_einsum's contractions).
 */
import { OptionError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import { promote } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { range, show } from '../../graph/shape.ts'
import { sliceAlong } from './movement.ts'
import { toNumber } from './operands.ts'

/** A tensor whose axes have names; no name occurs twice. */
interface Named {
  readonly node: Node
  readonly names: readonly string[]
}

export function einsum(specification: string, inputs: readonly Node[]): Node {
  const { terms, output } = parse(specification, inputs)
  const sizes = sizesOf(specification, terms, inputs)
  const dtype = toNumber(inputs.reduce((d, x) => promote(d, x.dtype), inputs[0]!.dtype))
  const operands = terms.map((names, i) => diagonals({ node: build.cast(inputs[i]!, dtype), names }, sizes))
  let left = operands[0]!
  operands.slice(1).forEach((right, i) => {
    const needed = new Set([...output, ...operands.slice(i + 2).flatMap(o => o.names)])
    left = contract(
      summed(left, n => needed.has(n) || right.names.includes(n)),
      right,
      needed,
    )
  })
  const result = summed(left, n => output.includes(n))
  const missing = output.filter(n => !result.names.includes(n))
  if (missing.length > 0) throw specificationError(specification, `output axis '${missing[0]}' occurs in no operand`)
  return build.broadcastTo(
    arranged(result, output),
    output.map(n => sizes.get(n)!),
  )
}

const specificationError = (specification: string, problem: string): OptionError =>
  new OptionError('specification', `einsum: '${specification}': ${problem}`)

/** Names of the axes that '...' stands for: …1 is the last, as broadcasting aligns at the right. */
const dots = (count: number): string[] => range(count).map(i => `…${count - i}`)

function parse(specification: string, inputs: readonly Node[]): { terms: string[][]; output: string[] } {
  const fail = (problem: string) => specificationError(specification, problem)
  if (typeof specification !== 'string') throw fail(`needs a text like 'ij,jk->ik' first`)
  const [left, right, ...more] = specification.replace(/\s/g, '').split('->') as [string, string?, ...string[]]
  const parts = left.split(',')
  if (more.length > 0) throw fail("more than one '->'")
  if (parts.length !== inputs.length || inputs.length === 0)
    throw fail(`${parts.length} term(s) for ${inputs.length} tensor(s)`)
  for (const part of [...parts, right ?? ''])
    if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(part)) throw fail(`'${part}' is not letters and at most one '...'`)
  let broadcast = 0
  const terms = parts.map((part, i) => {
    const { shape } = inputs[i]!
    const letters = part.replace('...', '')
    const extra = shape.length - letters.length
    if (extra < 0 || (extra > 0 && !part.includes('...')))
      throw fail(`'${part}' names ${letters.length} axes, ${show(shape)} has ${shape.length}`)
    broadcast = Math.max(broadcast, part.includes('...') ? extra : 0)
    return named(part, extra)
  })
  if (right !== undefined) {
    const output = named(right, broadcast)
    const twice = output.find((n, i) => output.indexOf(n) !== i)
    if (twice) throw fail(`output axis '${twice}' occurs twice`)
    return { terms, output }
  }
  // without '->': the broadcast axes, then the letters that occur once, in alphabetical order
  const letters = left
    .replace(/[^A-Za-z]/g, '')
    .split('')
    .filter(l => l !== '')
  const once = [...new Set(letters)].filter(l => letters.indexOf(l) === letters.lastIndexOf(l)).sort()
  return { terms, output: [...dots(broadcast), ...once] }
}
const named = (part: string, extra: number): string[] =>
  part.split(/(\.\.\.)/).flatMap(p => (p === '...' ? dots(extra) : p.split('')))

function sizesOf(specification: string, terms: readonly string[][], inputs: readonly Node[]): Map<string, number> {
  const sizes = new Map<string, number>()
  terms.forEach((names, i) => {
    names.forEach((name, axis) => {
      const size = inputs[i]!.shape[axis]!
      const known = sizes.get(name)
      const stretches = name.startsWith('…') && (size === 1 || known === 1)
      if (known !== undefined && known !== size && !stretches)
        refuse(
          'einsum',
          inputs.map(x => x.shape),
          `'${specification}': axis '${name}' is ${known} and ${size} (${inputs.map(x => show(x.shape)).join(', ')})`,
        )
      if (known === undefined || known === 1) sizes.set(name, size)
    })
  })
  return sizes
}

/** A name that occurs twice in one operand reads its diagonal. */
function diagonals({ node, names }: Named, sizes: ReadonlyMap<string, number>): Named {
  const second = names.findIndex((n, i) => names.indexOf(n) !== i)
  if (second === -1) return { node, names }
  const first = names.indexOf(names[second]!)
  const n = sizes.get(names[second]!)!
  const others = range(names.length).filter(i => i !== first && i !== second)
  const kept = others.map(i => node.shape[i]!)
  // element (i, i) of an n × n square lies at i·(n + 1)
  const squares = build.reshape(build.permute(node, [...others, first, second]), [...kept, n * n])
  const diagonal = sliceAlong(squares, kept.length, 0, n * n, n + 1)
  return diagonals({ node: diagonal, names: [...others.map(i => names[i]!), names[first]!] }, sizes)
}

/** Sums over the axes whose names are not kept. */
function summed({ node, names }: Named, keep: (name: string) => boolean): Named {
  const axes = names.flatMap((n, i) => (keep(n) ? [] : [i]))
  return { node: build.sum(node, axes), names: names.filter(keep) }
}

/** Axes in the order of `order`; names that are missing get size 1. */
function arranged({ node, names }: Named, order: readonly string[]): Node {
  const axes = order.flatMap(n => (names.includes(n) ? [names.indexOf(n)] : []))
  const present = build.permute(node, axes)
  let next = 0
  return build.reshape(
    present,
    order.map(n => (names.includes(n) ? present.shape[next++]! : 1)),
  )
}

/** Names of both that stay are batch axes, names of one are rows or columns, names of both that go are summed by the dot. */
function contract(a: Named, b: Named, needed: ReadonlySet<string>): Named {
  const right = summed(b, n => needed.has(n) || a.names.includes(n))
  const shared = a.names.filter(n => right.names.includes(n))
  const batch = shared.filter(n => needed.has(n))
  const inner = shared.filter(n => !needed.has(n))
  const rows = a.names.filter(n => !right.names.includes(n))
  const columns = right.names.filter(n => !a.names.includes(n))
  const sizeIn = (x: Named, n: string) => x.node.shape[x.names.indexOf(n)]!
  // a broadcast axis of size 1 takes the other's size
  const size = (n: string) => {
    const [first = 1, second = 1] = [a, right].flatMap(x => (x.names.includes(n) ? [sizeIn(x, n)] : []))
    return first === 1 ? second : first
  }
  const common = batch.map(size)
  const count = (names: readonly string[]) => names.reduce((m, n) => m * size(n), 1)
  const matrix = (x: Named, first: readonly string[], second: readonly string[]): Node => {
    const order = [...batch, ...first, ...second]
    const full = build.expand(arranged(x, order), order.map(size))
    return build.reshape(full, [...common, count(first), count(second)])
  }
  const y = build.dot(matrix(a, rows, inner), matrix(right, inner, columns))
  const names = [...batch, ...rows, ...columns]
  return { node: build.reshape(y, names.map(size)), names }
}
