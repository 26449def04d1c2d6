/** How the parts of a network are drawn: width and hue of a wire are its weight. */
import type { ComponentChildren } from 'preact'

interface WireProps {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly weight: number
  readonly q?: string
  /** The weight that is drawn thickest. */
  readonly largest?: number
}
/** Blue for positive, orange and interrupted for negative weights. */
export function Wire({ from, to, weight, q, largest = 3 }: WireProps) {
  const width = 1 + 7 * Math.min(1, Math.abs(weight) / largest)
  return (
    <line
      class={weight < 0 ? 'wire minus' : weight > 0 ? 'wire plus' : 'wire zero'}
      x1={from[0]}
      y1={from[1]}
      x2={to[0]}
      y2={to[1]}
      stroke-width={width}
      stroke-dasharray={weight < 0 ? `${2 * width} ${width}` : undefined}
      data-q={q}
    />
  )
}
interface DiscProps {
  readonly x: number
  readonly y: number
  readonly r?: number
  readonly q?: string
  readonly class?: string
  readonly children?: ComponentChildren
}
/** A circle with something written in it. */
export function Disc({ x, y, r = 26, q, class: kind = '', children }: DiscProps) {
  return (
    <g class={`disc ${kind}`} data-q={q}>
      <circle cx={x} cy={y} r={r} />
      <text x={x} y={y} text-anchor="middle" dominant-baseline="central">
        {children}
      </text>
    </g>
  )
}
/** Small digits below the line: x₁₂. */
export const subscript = (n: number | string): string => String(n).replace(/\d/g, d => '₀₁₂₃₄₅₆₇₈₉'[Number(d)]!)
