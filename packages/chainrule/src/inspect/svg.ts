/** A trace as a picture: data flows to the right, numbers in magenta are derivatives. */
import { edgeLabel, nodeLabel, type PictureOptions } from './label.ts'
import { layout, type Point } from './layout.ts'
import type { Trace } from './trace.ts'
import { escapeXml } from './xml.ts'

const LINE = 16
const CHARACTER = 7.3
const MARGIN = 12
const GRADIENT = '#b5179e'

const n = (x: number): string => `${Math.round(x * 10) / 10}`

/**
 * Boxes with name, creator, value and gradient; arrows from operand to result with the derivative of the result by the operand.
 * Inputs and parameters are round, the output has a thick border.
 */
export function svg(trace: Trace, options: PictureOptions = {}): string {
  const made = new Set(trace.edges.map(edge => edge.from))
  const cards = trace.nodes.map(node => {
    const { title, creator, value, gradient } = nodeLabel(node, options)
    const lines = [title, creator === title ? '' : creator, value, gradient && `∂ ${gradient}`].filter(Boolean)
    return {
      node,
      lines,
      width: Math.max(...lines.map(line => line.length)) * CHARACTER + 18,
      height: lines.length * LINE + 10,
    }
  })
  const placed = layout(
    cards,
    trace.edges.map(e => [e.to, e.from] as const),
    { across: edgeRoom(trace, options) },
  )

  // an operand used twice has two arrows, side by side
  const twins = new Map<string, number>()
  const arrows = trace.edges.map((edge, i) => {
    const key = `${edge.to} ${edge.from}`
    const twin = twins.get(key) ?? 0
    twins.set(key, twin + 1)
    const [from, to] = [cards[edge.to]!, cards[edge.from]!]
    const start = placed.nodes[edge.to]!
    const end = placed.nodes[edge.from]!
    const offset = twin * 16 - (trace.edges.filter(e => e.to === edge.to && e.from === edge.from).length - 1) * 8
    const points = [
      { x: start.x + from.width / 2, y: start.y + offset },
      ...placed.edges[i]!.map(p => ({ x: p.x, y: p.y + offset })),
      { x: end.x - to.width / 2 - 2, y: end.y + offset },
    ]
    const text = edgeLabel(edge, options)
    const [a, b] = [points.at(-2)!, points.at(-1)!]
    const label =
      text === ''
        ? ''
        : `<text x="${n((a.x + b.x) / 2)}" y="${n((a.y + b.y) / 2 - 4)}" text-anchor="middle" fill="${GRADIENT}" stroke="Canvas" stroke-width="3" paint-order="stroke" font-size="11">${escapeXml(text)}</text>`
    return `<g data-edge="${edge.from} ${edge.to}"><path d="${curve(points)}" fill="none" stroke="currentColor" marker-end="url(#arrow)"/>${label}</g>`
  })

  const boxes = cards.map(({ node, lines, width, height }, i) => {
    const { x, y } = placed.nodes[i]!
    const radius = made.has(node.id) ? 4 : 18
    const stroke = node.id === trace.output ? 2.5 : 1
    const texts = lines.map((line, k) => {
      const style = k === 0 ? ' font-weight="bold"' : line.startsWith('∂') ? ` fill="${GRADIENT}"` : ''
      return `<text x="${n(x)}" y="${n(y - height / 2 + 5 + (k + 0.75) * LINE)}" text-anchor="middle"${style}>${escapeXml(line)}</text>`
    })
    return (
      `<g data-node="${node.id}"><rect x="${n(x - width / 2)}" y="${n(y - height / 2)}" width="${n(width)}" height="${n(height)}" ` +
      `rx="${n(radius)}" fill="none" stroke="currentColor" stroke-width="${stroke}"/>${texts.join('')}</g>`
    )
  })

  const width = placed.width + 2 * MARGIN
  const height = placed.height + 2 * MARGIN
  const output = trace.nodes[trace.output]!
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="${-MARGIN} ${-MARGIN} ${n(width)} ${n(height)}" ` +
    `font-family="ui-monospace, monospace" font-size="12" fill="currentColor" role="img">` +
    `<title>Computational graph of ${escapeXml(output.name)}: ${trace.nodes.length} nodes, ${trace.edges.length} edges</title>` +
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
    '<path d="M0 0 8 4 0 8z"/></marker></defs>' +
    `${arrows.join('')}${boxes.join('')}</svg>\n`
  )
}

/** Between layers there is room for the longest text on an edge. */
function edgeRoom(trace: Trace, options: PictureOptions): number {
  const longest = Math.max(0, ...trace.edges.map(edge => edgeLabel(edge, options).length))
  return Math.max(50, longest * CHARACTER + 10)
}

/** Through all points, level at each of them. */
function curve(points: readonly Point[]): string {
  return points.reduce((path, p, i) => {
    if (i === 0) return `M${n(p.x)} ${n(p.y)}`
    const before = points[i - 1]!
    const middle = (before.x + p.x) / 2
    return `${path}C${n(middle)} ${n(before.y)} ${n(middle)} ${n(p.y)} ${n(p.x)} ${n(p.y)}`
  }, '')
}
