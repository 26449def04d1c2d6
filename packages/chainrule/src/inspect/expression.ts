/** Formulas as text: `a5 = g(w35·g(w13·a1 + w23·a2) + w45·g(w14·a1 + w24·a2))`. */
import { type Formula, type FormulaOptions, formula } from './formula.ts'
import { find, type NodeReference } from './paths.ts'
import type { Trace } from './trace.ts'

export interface ExpressionOptions extends FormulaOptions {
  /** Significant digits of numbers; 4 */
  readonly digits?: number
}

/** A number with a true minus. */
export const showNumber = (x: number, digits: number): string =>
  `${Number.isFinite(x) ? Number(x.toPrecision(digits)) : x}`.replaceAll('-', '−')

/** How tightly a formula holds together, beside others. */
const bindings = { sum: 0, product: 1, quotient: 1, power: 2, transpose: 2, call: 3, symbol: 3, number: 3 } as const
export const isLoose = (f: Formula, beside: 'product' | 'quotient' | 'power'): boolean =>
  (f.kind === 'number' && f.value < 0) || bindings[f.kind] < bindings[beside] + (beside === 'quotient' ? 1 : 0)

/**
 * The computation of a node as text, its name in front. With `values` numbers stand in place of symbols and the result behind.
 * @throws OptionError when the trace has no such node, or the formula is too long
 */
export function expression(trace: Trace, reference: NodeReference, options: ExpressionOptions = {}): string {
  const { digits = 4, values = false } = options
  const node = find(trace, reference)
  const right = textOf(formula(trace, node, options), digits)
  const result = values && typeof node.value === 'number' ? ` = ${showNumber(node.value, digits)}` : ''
  return `${node.name} = ${right}${result}`
}

function textOf(f: Formula, digits: number): string {
  const text = (inner: Formula): string => textOf(inner, digits)
  const within = (inner: Formula, beside: 'product' | 'quotient' | 'power'): string =>
    isLoose(inner, beside) ? `(${text(inner)})` : text(inner)
  switch (f.kind) {
    case 'symbol':
      return f.name
    case 'number':
      return showNumber(f.value, digits)
    case 'sum':
      return f.terms
        .map(({ formula: inner, negative }, i) => {
          const bracketed = (negative && inner.kind === 'sum') || (i > 0 && inner.kind === 'number' && inner.value < 0)
          const part = bracketed ? `(${text(inner)})` : text(inner)
          if (i === 0) return negative ? `−${part}` : part
          return negative ? ` − ${part}` : ` + ${part}`
        })
        .join('')
    case 'product':
      return f.factors.map(factor => within(factor, 'product')).join('·')
    case 'quotient':
      return `${within(f.top, 'product')}/${within(f.bottom, 'quotient')}`
    case 'power':
      if (f.exponent === 2) return `${within(f.base, 'power')}²`
      return `${within(f.base, 'power')}^${typeof f.exponent === 'number' ? f.exponent : within(f.exponent, 'power')}`
    case 'transpose':
      return `${within(f.of, 'power')}ᵀ`
    case 'call':
      return `${f.name}(${f.operands.map(text).join(', ')})`
  }
}
