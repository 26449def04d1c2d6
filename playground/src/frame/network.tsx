/** How the parts of a network are drawn: width and hue of a wire are its weight. */
import type { ComponentChildren } from 'preact'

interface WireProps {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly weight: number
  readonly q?: string
  /** The weight that is drawn thickest. */
  readonly largest?: number
  readonly kind?: 'value' | 'gradient'
}
/** Blue for positive, orange and interrupted for negative weights; gradients have a colour of their own. */
export function Wire({ from, to, weight, q, largest = 3, kind = 'value' }: WireProps) {
  const width = 1 + 7 * Math.min(1, Math.abs(weight) / (largest || 1))
  return (
    <line
      class={`wire ${weight < 0 ? 'minus' : weight > 0 ? 'plus' : 'zero'} ${kind}`}
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
