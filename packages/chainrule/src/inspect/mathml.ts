/** Formulas as native MathML. Every part carries `data-node`, the id of the node whose value it is. */
import { type ExpressionOptions, isLoose, showNumber } from './expression.ts'
import { type Formula, formula } from './formula.ts'
import { find, type NodeReference } from './paths.ts'
import type { Trace, TraceNode } from './trace.ts'
import { escapeXml } from './xml.ts'

/**
 * The computation of a node as a `<math>` element, as `expression` writes it. `w35` and `W[0, 1]` get indices below the line.
 * @throws OptionError when the trace has no such node, or the formula is too long
 */
export function mathml(trace: Trace, reference: NodeReference, options: ExpressionOptions = {}): string {
  const { digits = 4, values = false } = options
  const node = find(trace, reference)
  const right = part(formula(trace, node, options), digits)
  const result = values && typeof node.value === 'number' ? `<mo>=</mo>${number(node.value, digits, node)}` : ''
  return (
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' +
    `<mrow>${symbol(node.name, node)}<mo>=</mo>${right}${result}</mrow></math>`
  )
}

const mark = (node: TraceNode): string => ` data-node="${node.id}"`
const number = (x: number, digits: number, node: TraceNode): string => {
  const text = showNumber(x, digits)
  return text.startsWith('−')
    ? `<mrow${mark(node)}><mo>−</mo><mn>${text.slice(1)}</mn></mrow>`
    : `<mn${mark(node)}>${text}</mn>`
}

/** A letter with its index below: w35, w_out, 0.weight[2, 1]. */
function symbol(name: string, node: TraceNode): string {
  const [, base, index] = /^(.*?)(?:_(.+)|\[(.+)\]|(?<=\p{L})(\d+))?$/u.exec(name)!.filter(Boolean) as [
    string,
    string,
    string?,
  ]
  const letter = `<mi>${escapeXml(base)}</mi>`
  if (index === undefined) return `<mi${mark(node)}>${escapeXml(base)}</mi>`
  const below = /^[\d, ]+$/.test(index) ? `<mn>${index.replaceAll(' ', '')}</mn>` : `<mi>${escapeXml(index)}</mi>`
  return `<msub${mark(node)}>${letter}${below}</msub>`
}

function part(f: Formula, digits: number): string {
  const draw = (inner: Formula): string => part(inner, digits)
  const fenced = (inner: string): string => `<mrow><mo>(</mo>${inner}<mo>)</mo></mrow>`
  const within = (inner: Formula, beside: 'product' | 'power'): string =>
    isLoose(inner, beside) ? fenced(draw(inner)) : draw(inner)
  const row = (inner: string): string => `<mrow${mark(f.node)}>${inner}</mrow>`
  switch (f.kind) {
    case 'symbol':
      return symbol(f.name, f.node)
    case 'number':
      return number(f.value, digits, f.node)
    case 'sum':
      return row(
        f.terms
          .map(({ formula: inner, negative }, i) => {
            const bracketed =
              (negative && inner.kind === 'sum') || (i > 0 && inner.kind === 'number' && inner.value < 0)
            const drawn = bracketed ? fenced(draw(inner)) : draw(inner)
            if (i === 0) return negative ? `<mo>−</mo>${drawn}` : drawn
            return `<mo>${negative ? '−' : '+'}</mo>${drawn}`
          })
          .join(''),
      )
    case 'product':
      return row(f.factors.map(factor => within(factor, 'product')).join('<mo>·</mo>'))
    case 'quotient':
      return `<mfrac${mark(f.node)}>${row(draw(f.top))}${row(draw(f.bottom))}</mfrac>`
    case 'power': {
      const exponent = typeof f.exponent === 'number' ? `<mn>${f.exponent}</mn>` : draw(f.exponent)
      return `<msup${mark(f.node)}>${within(f.base, 'power')}${exponent}</msup>`
    }
    case 'transpose':
      return `<msup${mark(f.node)}>${within(f.of, 'power')}<mi>T</mi></msup>`
    case 'call':
      return row(`<mi>${escapeXml(f.name)}</mi><mo>&#x2061;</mo>${fenced(f.operands.map(draw).join('<mo>,</mo>'))}`)
  }
}
