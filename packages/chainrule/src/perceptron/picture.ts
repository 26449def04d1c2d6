/** Samples on a line or in a plane with what separates them, or with the point that nothing can. */
import { ShapeError } from '../errors.ts'
import type { Samples } from './samples.ts'
import type { Inseparable, Separable } from './separability.ts'

const SIZE = 320
const MARGIN = 30
const POSITIVE = '#0072b2'
const NEGATIVE = '#d55e00'

type Point = readonly [x: number, y: number]
const n = (x: number): string => `${Math.round(x * 10) / 10}`

/**
 * An SVG: filled points should fire, hollow ones should not; the half plane where the unit fires is tinted. Where the samples
 * cannot be separated, the mixtures of either side that meet in one point are drawn.
 * @throws ShapeError for points that have neither one nor two features
 */
export function svg(samples: Samples, decision: Separable | Inseparable): string {
  const features = samples.points[0]?.length
  if (features !== 1 && features !== 2)
    throw new ShapeError(
      'svg',
      [[samples.points.length, features ?? 0]],
      `svg: draws points of 1 or 2 features, got ${features}`,
    )
  const points = samples.points.map(([x, y]): Point => [x!, y ?? 0])
  const range = (values: readonly number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const room = Math.max(high - low, 1) * 0.25
    return [low - room, high + room]
  }
  const xs = range(points.map(p => p[0]))
  const ys = features === 1 ? ([-1, 1] as const) : range(points.map(p => p[1]))
  const span = SIZE - 2 * MARGIN
  const at = ([x, y]: Point): Point => [
    MARGIN + ((x - xs[0]) / (xs[1] - xs[0])) * span,
    SIZE - MARGIN - ((y - ys[0]) / (ys[1] - ys[0])) * span,
  ]
  const polygon = (corners: readonly Point[], style: string): string =>
    `<polygon points="${corners.map(c => at(c).map(n).join(',')).join(' ')}" ${style}/>`

  const frame: Point[] = [
    [xs[0], ys[0]],
    [xs[1], ys[0]],
    [xs[1], ys[1]],
    [xs[0], ys[1]],
  ]
  const drawn: string[] = []
  if (decision.separable) {
    const [w1, w2 = 0] = decision.weights
    const height = ([x, y]: Point): number => w1! * x + w2 * y + decision.bias
    const fires = clipped(frame, height)
    if (fires.length > 2) drawn.push(polygon(fires, `fill="${POSITIVE}" fill-opacity="0.12"`))
    const line = fires.filter(p => Math.abs(height(p)) < 1e-9 * (1 + Math.abs(decision.bias)))
    if (line.length === 2) drawn.push(polygon(line, 'stroke="currentColor" stroke-width="1.5" fill="none"'))
  } else {
    const { positives, negatives, point } = decision.certificate
    const meet: Point = [point[0]!, point[1] ?? 0]
    for (const [shares, colour] of [
      [positives, POSITIVE],
      [negatives, NEGATIVE],
    ] as const)
      for (const { sample } of shares)
        drawn.push(
          polygon([points[sample]!, meet], `stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 3" fill="none"`),
        )
    const [x, y] = at(meet)
    drawn.push(`<path d="M${n(x - 5)} ${n(y - 5)}l10 10m0-10l-10 10" stroke="currentColor" stroke-width="2"/>`)
  }
  const dots = points.map((point, i) => {
    const [x, y] = at(point)
    const wanted = Boolean(samples.labels[i])
    const [colour, fill] = wanted ? [POSITIVE, POSITIVE] : [NEGATIVE, 'white']
    return `<circle cx="${n(x)}" cy="${n(y)}" r="6" stroke="${colour}" stroke-width="2" fill="${fill}"/>`
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}" role="img">` +
    `<title>${decision.sentence}</title>${polygon(frame, 'fill="none" stroke="currentColor" stroke-opacity="0.3"')}` +
    `${drawn.join('')}${dots.join('')}</svg>\n`
  )
}

/** The part of a polygon where height > 0 (Sutherland and Hodgman 1974). */
function clipped(corners: readonly Point[], height: (p: Point) => number): Point[] {
  return corners.flatMap((p, i) => {
    const next = corners[(i + 1) % corners.length]!
    const [a, b] = [height(p), height(next)]
    const kept = a > 0 ? [p] : []
    if (a > 0 === b > 0) return kept
    const t = a / (a - b)
    return [...kept, [p[0] + t * (next[0] - p[0]), p[1] + t * (next[1] - p[1])] as Point]
  })
}
