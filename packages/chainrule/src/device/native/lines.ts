/** C statements, written step by step: `let` appends a declaration and gives back the name of the value. */

/** A C expression. */
export type Code = string

/** `f` suffix, a point or an exponent, and what has no digits. */
export function floatLiteral(value: number): Code {
  const x = Math.fround(value)
  if (Number.isNaN(x)) return '__builtin_nanf("")'
  if (!Number.isFinite(x)) return x > 0 ? '__builtin_inff()' : '(-__builtin_inff())'
  const text = Object.is(x, -0) ? '-0' : `${x}`
  const literal = `${/[.e]/.test(text) ? text : `${text}.0`}f`
  return literal.startsWith('-') ? `(${literal})` : literal
}
export const intLiteral = (value: number): Code =>
  value === -0x80000000 ? '(-2147483647 - 1)' : value < 0 ? `(${value})` : `${value}`

/** `constant + Σ factors[d]·names[d]` */
export function affine(constant: number, factors: readonly number[], names: readonly string[]): Code {
  const terms = factors.flatMap((f, d) => (f === 0 ? [] : [f === 1 ? names[d]! : `${f}L * ${names[d]}`]))
  return constant !== 0 || terms.length === 0 ? [`${constant}L`, ...terms].join(' + ') : terms.join(' + ')
}

const isName = (code: Code): boolean => /^\w+$/.test(code)

export class Lines {
  readonly #prefix: string
  #text: string[] = []
  #next = 0

  /** `prefix` keeps names apart from those of the code around. */
  constructor(prefix = '') {
    this.#prefix = prefix
  }

  /** Appends a statement. */
  emit(statement: string): void {
    this.#text.push(statement)
  }
  /** Computes a value once. A name of its own is unique in this function. */
  let(type: string, value: Code): Code {
    if (isName(value)) return value
    const name = this.name('v')
    this.emit(`const ${type} ${name} = ${value};`)
    return name
  }
  /** A variable. */
  variable(type: string, value: Code): Code {
    const name = this.name('a')
    this.emit(`${type} ${name} = ${value};`)
    return name
  }
  name(prefix: string): string {
    return `${this.#prefix}${prefix}${this.#next++}`
  }
  /** `head { … }` */
  block(head: string, build: () => void): void {
    this.emit(`${head} {`)
    build()
    this.emit('}')
  }
  text(): string {
    return this.#text.join('\n')
  }
}
