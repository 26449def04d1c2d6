/** The unit square with its four points, the line w·x + b = 0, its normal: line and normal can be dragged and turned. */
import { draggable, inSvg, stepped, tidy } from '../../frame/drag.ts'
import { show } from '../../frame/format.ts'
import { Plot } from '../../frame/plot.tsx'

type Point = readonly [number, number]
const span: Point = [-0.6, 1.6]

/** The part of the board where w·x + b > 0, by clipping its corners (Sutherland and Hodgman 1974). */
export function positiveSide([w1, w2]: Point, b: number, [low, high]: Point = span): Point[] {
  const value = ([x, y]: Point): number => w1 * x + w2 * y + b
  const corners: Point[] = [[low, low], [high, low], [high, high], [low, high]] // biome-ignore format: corners
  return corners.flatMap((p, i): Point[] => {
    const q = corners[(i + 1) % 4]!
    const [a, c] = [value(p), value(q)]
    const cut = (): Point => [p[0] + (a / (a - c)) * (q[0] - p[0]), p[1] + (a / (a - c)) * (q[1] - p[1])]
    return a > 0 ? (c > 0 ? [p] : [p, cut()]) : c > 0 ? [cut()] : []
  })
}
/** The point of the line nearest to the middle of the board. */
export function foot([w1, w2]: Point, b: number): Point | undefined {
  const length2 = w1 * w1 + w2 * w2
  if (length2 === 0) return undefined
  const t = (w1 * 0.5 + w2 * 0.5 + b) / length2
  return [0.5 - t * w1, 0.5 - t * w2]
}

interface BoardProps {
  readonly w: Point
  readonly b: number
  readonly targets: readonly boolean[]
  readonly outputs: readonly boolean[]
  /** Undefined when the numbers are not the reader's to change. */
  move?(w: Point, b: number): void
  /** The sample that was just learned. */
  readonly lit?: number | undefined
}
const weightLimits = { min: -3, max: 3, step: 0.1 }
const biasLimits = { min: -5, max: 5, step: 0.1 }

export function Board({ w, b, targets, outputs, move, lit }: BoardProps) {
  const middle = foot(w, b)
  const length = Math.hypot(...w)
  const samples: Point[] = [[0, 0], [0, 1], [1, 0], [1, 1]] // biome-ignore format: points
  const clampView = (p: Point): Point => [Math.min(1.5, Math.max(-0.5, p[0])), Math.min(1.5, Math.max(-0.5, p[1]))]
  return (
    <Plot
      width={340}
      height={320}
      x={span}
      y={span}
      xLabel="x₁"
      yLabel="x₂"
      ticks={4}
      label="the four points and the separating line"
    >
      {(sx, sy) => {
        const side = positiveSide(w, b)
        const ends = side.filter(([x, y]) => Math.abs(w[0] * x + w[1] * y + b) < 1e-9 * (length + Math.abs(b)))
        const at = middle && clampView(middle)
        const tip: Point | undefined = at && [at[0] + (0.35 * w[0]) / length, at[1] + (0.35 * w[1]) / length]
        return (
          <>
            {side.length > 0 && <path class="fires" d={`M${side.map(([x, y]) => `${sx(x)} ${sy(y)}`).join('L')}z`} />}
            {ends.length === 2 && (
              <path class="separator" d={`M${ends.map(([x, y]) => `${sx(x)} ${sy(y)}`).join('L')}`} />
            )}
            {samples.map((p, i) => (
              <g key={i}>
                <circle
                  class={`sample ${targets[i] ? 'filled' : ''} ${lit === i ? 'lit' : ''}`}
                  cx={sx(p[0])}
                  cy={sy(p[1])}
                  r={9}
                />
                <text class={`mark ${outputs[i] === targets[i] ? 'good' : 'bad'}`} x={sx(p[0]) + 14} y={sy(p[1]) - 8}>
                  {outputs[i] === targets[i] ? '✓' : '✗'}
                </text>
              </g>
            ))}
            {at && tip && (
              <>
                <path class="normal" d={`M${sx(at[0])} ${sy(at[1])} L${sx(tip[0])} ${sy(tip[1])}`} />
                {move && (
                  <>
                    <g
                      role="slider"
                      tabindex={0}
                      aria-label="place of the line (the bias)"
                      aria-valuemin={biasLimits.min}
                      aria-valuemax={biasLimits.max}
                      aria-valuenow={b}
                      data-q="b"
                      onKeyDown={event => {
                        const next = stepped(event, b, biasLimits)
                        if (next === undefined) return
                        event.preventDefault()
                        move(w, next)
                      }}
                      {...draggable({
                        move: (_, __, event) => {
                          const p = inSvg(event, event.target as SVGGraphicsElement)
                          move(
                            w,
                            tidy(Number((-(w[0] * sx.invert(p.x) + w[1] * sy.invert(p.y))).toFixed(2)), biasLimits),
                          )
                        },
                      })}
                    >
                      <circle class="handle" cx={sx(at[0])} cy={sy(at[1])} r={10} />
                    </g>
                    <g
                      role="slider"
                      tabindex={0}
                      aria-label="direction of the line (the weights)"
                      aria-valuemin={-180}
                      aria-valuemax={180}
                      aria-valuenow={Math.round((Math.atan2(w[1], w[0]) * 180) / Math.PI)}
                      aria-valuetext={`weights ${show(w[0])} and ${show(w[1])}`}
                      data-q="w"
                      onKeyDown={event => {
                        const angle = (Math.atan2(w[1], w[0]) * 180) / Math.PI
                        const next = stepped(event, angle, { min: -540, max: 540, step: 5 })
                        if (next === undefined) return
                        event.preventDefault()
                        turn(next)
                      }}
                      {...draggable({
                        move: (_, __, event) => {
                          const p = inSvg(event, event.target as SVGGraphicsElement)
                          turn((Math.atan2(sy.invert(p.y) - at[1], sx.invert(p.x) - at[0]) * 180) / Math.PI)
                        },
                      })}
                    >
                      <circle class="handle tip" cx={sx(tip[0])} cy={sy(tip[1])} r={9} />
                    </g>
                  </>
                )}
              </>
            )}
          </>
        )
      }}
    </Plot>
  )
  /** Turns the normal around the line's middle. */
  function turn(degrees: number): void {
    const rounded = (x: number): number => tidy(Number(x.toFixed(2)), weightLimits)
    const next: Point = [
      rounded(length * Math.cos((degrees * Math.PI) / 180)),
      rounded(length * Math.sin((degrees * Math.PI) / 180)),
    ]
    move?.(next, tidy(Number((-(next[0] * middle![0] + next[1] * middle![1])).toFixed(2)), biasLimits))
  }
}
export const boardStyles = `
.fires { fill: var(--plus-soft) }
.separator { stroke: var(--text); stroke-width: 2.5 }
.normal { stroke: var(--plus); stroke-width: 3 }
.handle.tip { fill: var(--plus) }
.sample { fill: var(--page); stroke: var(--text); stroke-width: 2.5 }
.sample.filled { fill: var(--text) }
.sample.lit { stroke: var(--focus); stroke-width: 5 }
.view svg .mark { font-weight: 700 }
.view svg .mark.good { fill: var(--good) }
.view svg .mark.bad { fill: var(--bad) }
`
