/**
 * A small language for computations: `e = yhat - y; L = e * e`. Sums, products, powers, parentheses, a few functions; what is not
 * assigned is an input. The last name is the result.
 */

export type Term =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly fn: FunctionName; readonly of: Term }
  | { readonly kind: 'binary'; readonly op: '+' | '-' | '*' | '/' | '^'; readonly left: Term; readonly right: Term }
  | { readonly kind: 'negative'; readonly of: Term }

export const functions = ['sigmoid', 'tanh', 'relu', 'exp', 'log', 'square', 'sqrt', 'abs', 'sin', 'cos'] as const
export type FunctionName = (typeof functions)[number]

export interface Program {
  readonly assignments: readonly { readonly name: string; readonly term: Term }[]
  /** Names that are read but not assigned, in the order of their appearance. */
  readonly inputs: readonly string[]
}
/** What is wrong and at which character, counted from 1. */
export class SyntaxProblem extends Error {}

const token = /\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z_]\w*)|([-+*/^()=;·−]))/y

/** @throws SyntaxProblem */
export function parseProgram(text: string): Program {
  const tokens: { text: string; at: number }[] = []
  token.lastIndex = 0
  while (text.slice(token.lastIndex).trim() !== '') {
    const at = token.lastIndex + text.slice(token.lastIndex).search(/\S/)
    const found = token.exec(text)
    if (!found) throw new SyntaxProblem(`“${text[at]}” at character ${at + 1} means nothing here`)
    tokens.push({
      text: found[0].trim().replace('·', '*').replace('−', '-'),
      at: token.lastIndex - found[0].trim().length,
    })
  }
  let next = 0
  const peek = (): string | undefined => tokens[next]?.text
  const where = (): string => (tokens[next] ? `at character ${tokens[next]!.at + 1}` : 'at the end')
  const expect = (wanted: string): void => {
    if (peek() !== wanted) throw new SyntaxProblem(`“${wanted}” is missing ${where()}`)
    next++
  }
  const isName = (word: string | undefined): word is string => word !== undefined && /^[A-Za-z_]/.test(word)

  /** Operators of one strength, from left to right. */
  const chain = (ops: readonly string[], deeper: () => Term): Term => {
    let left = deeper()
    while (ops.includes(peek() ?? '')) {
      const op = tokens[next++]!.text as '+'
      left = { kind: 'binary', op, left, right: deeper() }
    }
    return left
  }
  const sum = (): Term => chain(['+', '-'], product)
  const product = (): Term => chain(['*', '/'], signed)
  const signed = (): Term => {
    if (peek() !== '-') return power()
    next++
    return { kind: 'negative', of: signed() }
  }
  const power = (): Term => {
    const base = atom()
    if (peek() !== '^') return base
    next++
    return { kind: 'binary', op: '^', left: base, right: signed() }
  }
  const atom = (): Term => {
    const word = peek()
    if (word === '(') {
      next++
      const inner = sum()
      expect(')')
      return inner
    }
    if (word !== undefined && /^[\d.]/.test(word)) {
      next++
      return { kind: 'number', value: Number(word) }
    }
    if (!isName(word)) throw new SyntaxProblem(`a number, a name or “(” is missing ${where()}`)
    next++
    if (peek() !== '(') return { kind: 'name', name: word }
    if (!(functions as readonly string[]).includes(word))
      throw new SyntaxProblem(`there is no function “${word}”; there is ${functions.join(', ')}`)
    next++
    const of = sum()
    expect(')')
    return { kind: 'call', fn: word as FunctionName, of }
  }

  const assignments: { name: string; term: Term }[] = []
  while (next < tokens.length) {
    let name = 'L'
    if (isName(peek()) && tokens[next + 1]?.text === '=') {
      name = peek()!
      next += 2
    }
    if (assignments.some(a => a.name === name)) throw new SyntaxProblem(`“${name}” is assigned twice`)
    assignments.push({ name, term: sum() })
    if (next < tokens.length) expect(';')
  }
  if (assignments.length === 0) throw new SyntaxProblem('there is nothing to compute')

  const inputs: string[] = []
  const known = new Set<string>()
  const read = (term: Term): void => {
    if (term.kind === 'name' && !known.has(term.name) && !inputs.includes(term.name)) inputs.push(term.name)
    if (term.kind === 'call' || term.kind === 'negative') read(term.of)
    if (term.kind === 'binary') {
      read(term.left)
      read(term.right)
    }
  }
  for (const { name, term } of assignments) {
    read(term)
    if (inputs.includes(name)) throw new SyntaxProblem(`“${name}” is used before it is assigned`)
    known.add(name)
  }
  if (inputs.length === 0) throw new SyntaxProblem('no name is left open: there is nothing to differentiate by')
  return { assignments, inputs }
}

/** A term as TypeScript with the engine's methods. */
export function asTypeScript(term: Term): string {
  switch (term.kind) {
    case 'number':
      return `tensor(${term.value})`
    case 'name':
      return term.name
    case 'negative':
      return `${asTypeScript(term.of)}.neg()`
    case 'call':
      return `${asTypeScript(term.of)}.${term.fn}()`
    case 'binary': {
      const method = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '^': 'pow' }[term.op]
      const right = term.right.kind === 'number' ? String(term.right.value) : asTypeScript(term.right)
      return `${asTypeScript(term.left)}.${method}(${right})`
    }
  }
}
