/** A plane with axes: ticks from d3-array. (The scales of d3-scale and the lines of d3-shape would add 14 kB to every view.) */
import { ticks as tickValues } from 'd3-array'
import type { ComponentChildren } from 'preact'
import { show } from './format.ts'

/** From the plot's own coordinates to those of the drawing, and back. */
export interface Scale {
  (value: number): number
  invert(position: number): number
}
/** The straight line that takes the ends of `domain` to the ends of `range`. */
export function linearScale([a, b]: readonly [number, number], [u, v]: readonly [number, number]): Scale {
  const scale = (value: number): number => u + ((value - a) / (b - a)) * (v - u)
  return Object.assign(scale, { invert: (position: number) => a + ((position - u) / (v - u)) * (b - a) })
}
export interface PlotProps {
  readonly width?: number
  readonly height?: number
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
  readonly xLabel?: string
  readonly yLabel?: string
  /** What a screen reader calls the picture. */
  readonly label: string
  readonly ticks?: number
  /** Keeps a unit equally long on both axes. */
  /** A `Heatmap` under the axes. */
  readonly under?: ComponentChildren
  children(x: Scale, y: Scale): ComponentChildren
}
export const margin = { left: 42, right: 14, top: 14, bottom: 36 }

export function Plot({
  width = 340,
  height = 260,
  x,
  y,
  xLabel,
  yLabel,
  label,
  ticks = 5,
  under,
  children,
}: PlotProps) {
  const sx = linearScale(x, [margin.left, width - margin.right])
  const sy = linearScale(y, [height - margin.bottom, margin.top])
  const inside = (value: number, [a, b]: readonly [number, number]): number => Math.min(b, Math.max(a, value))
  const x0 = sx(inside(0, x))
  const y0 = sy(inside(0, y))
  const drawing = (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="group" aria-label={label}>
      <g class="grid" aria-hidden="true">
        {tickValues(...x, ticks).map(t => (
          <g key={t}>
            <line x1={sx(t)} x2={sx(t)} y1={margin.top} y2={height - margin.bottom} />
            <text x={sx(t)} y={height - margin.bottom + 16} text-anchor="middle">
              {show(t)}
            </text>
          </g>
        ))}
        {tickValues(...y, ticks).map(t => (
          <g key={t}>
            <line x1={margin.left} x2={width - margin.right} y1={sy(t)} y2={sy(t)} />
            <text x={margin.left - 6} y={sy(t) + 4} text-anchor="end">
              {show(t)}
            </text>
          </g>
        ))}
        <line class="axis" x1={x0} x2={x0} y1={margin.top} y2={height - margin.bottom} />
        <line class="axis" x1={margin.left} x2={width - margin.right} y1={y0} y2={y0} />
        {xLabel && (
          <text class="name" x={width - margin.right} y={height - 4} text-anchor="end">
            {xLabel}
          </text>
        )}
        {yLabel && (
          <text class="name" x={margin.left + 6} y={margin.top + 10}>
            {yLabel}
          </text>
        )}
      </g>
      {children(sx, sy)}
    </svg>
  )
  if (!under) return drawing
  const inset = {
    left: `${(100 * margin.left) / width}%`,
    right: `${(100 * margin.right) / width}%`,
    top: `${(100 * margin.top) / height}%`,
    bottom: `${(100 * margin.bottom) / height}%`,
  }
  return (
    <div class="plot-box">
      <div class="under" style={inset}>
        {under}
      </div>
      {drawing}
    </div>
  )
}

/** Points joined by straight lines, in the plot's own coordinates; what is not finite is left out. */
export const curvePath = (sx: Scale, sy: Scale, xs: readonly number[], ys: readonly number[]): string =>
  xs
    .flatMap((x, i) => (Number.isFinite(ys[i]) ? `${sx(x).toFixed(2)},${sy(ys[i]!).toFixed(2)}` : []))
    .join('L')
    .replace(/^(?=.)/, 'M')
