/** The plane with its points, and a pen that sets down the reader's own: by pointer, or by arrow keys and Enter. */
import { useState } from 'preact/hooks'
import { useBench, useSet } from '../../frame/bench.ts'
import { inSvg, stepped } from '../../frame/drag.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { Plot, type Scale } from '../../frame/plot.tsx'
import { cells, mostOwn, onBoard, type Point, span } from './data.ts'
import type { Derived, State } from './model.ts'

/** Discs for class 1, diamonds for class 0: one path for all of a kind. */
function marks(points: readonly Point[], label: number, sx: Scale, sy: Scale, r: number): string {
  return points
    .filter(p => p.label === label)
    .map(p => {
      const [x, y] = [sx(p.x), sy(p.y)]
      return label === 1
        ? `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`
        : `M${x.toFixed(1)} ${(y - 1.25 * r).toFixed(1)}l${1.25 * r} ${1.25 * r} ${-1.25 * r} ${1.25 * r} ${-1.25 * r} ${-1.25 * r}z`
    })
    .join('')
}
const limits = { min: span[0], max: span[1], step: 0.1 }
const flat = new Float32Array(cells * cells).fill(0.5)

export function Board({ state, derived: d }: { readonly state: State; readonly derived: Derived }) {
  const bench = useBench()
  const set = useSet<State>()
  const [pen, setPen] = useState({ x: 0, y: 0, label: 1 })
  const locked = bench.isLocked('points')
  const own = state.points
  const add = (p: Point): void => {
    if (locked) return
    if (own.length >= mostOwn) {
      bench.say(`there is room for ${mostOwn} points of your own`)
      return
    }
    set({ points: [...own, { ...p, x: onBoard(p.x), y: onBoard(p.y) }] })
    bench.say(`point of class ${p.label} at ${onBoard(p.x)}, ${onBoard(p.y)}`)
  }
  const nearest = (x: number, y: number, within: number): Point | undefined =>
    own
      .filter(p => Math.hypot(p.x - x, p.y - y) < within)
      .sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0]
  const take = (p: Point): void => set({ points: own.filter(q => q !== p) })
  return (
    <div>
      <Plot
        width={340}
        height={330}
        x={span}
        y={span}
        xLabel="x₁"
        yLabel="x₂"
        ticks={6}
        label="the points, and what the network says of every place: blue for class 1, orange for class 0"
        under={<Heatmap values={d.moment?.surface ?? flat} n={cells} middle={0.5} reach={0.5} />}
      >
        {(sx, sy) => (
          <>
            <path class="f1-point one held" d={marks(d.test, 1, sx, sy, 3)} />
            <path class="f1-point zero held" d={marks(d.test, 0, sx, sy, 3)} />
            <path class="f1-point one" d={marks(d.train, 1, sx, sy, 3.2)} />
            <path class="f1-point zero" d={marks(d.train, 0, sx, sy, 3.2)} />
            <path class="f1-point one own" d={marks(own, 1, sx, sy, 5)} />
            <path class="f1-point zero own" d={marks(own, 0, sx, sy, 5)} />
            {!bench.isHidden('points') && (
              <g
                class="f1-pen"
                role="slider"
                tabindex={0}
                aria-label="pen: arrow keys move it, Enter sets a point down, Delete takes the nearest away, 0 and 1 choose the class"
                aria-valuemin={span[0]}
                aria-valuemax={span[1]}
                aria-valuenow={pen.x}
                aria-valuetext={`x ${pen.x}, y ${pen.y}, class ${pen.label}`}
                aria-disabled={locked}
                onClick={event => {
                  const at = inSvg(event as unknown as PointerEvent, event.currentTarget)
                  const [x, y] = [onBoard(sx.invert(at.x)), onBoard(sy.invert(at.y))]
                  setPen({ ...pen, x, y })
                  const hit = nearest(x, y, 0.12)
                  if (!hit) add({ x, y, label: pen.label })
                  else if (!locked) take(hit)
                }}
                onKeyDown={event => {
                  const { key } = event
                  if (key === 'Enter' || key === ' ') add(pen)
                  else if (key === '0' || key === '1') setPen({ ...pen, label: Number(key) })
                  else if (key === 'Delete' || key === 'Backspace') {
                    const hit = nearest(pen.x, pen.y, 1)
                    if (hit && !locked) take(hit)
                  } else {
                    const vertical = key === 'ArrowUp' || key === 'ArrowDown'
                    const next = stepped(event, vertical ? pen.y : pen.x, limits)
                    if (next === undefined) return
                    setPen(vertical ? { ...pen, y: onBoard(next) } : { ...pen, x: onBoard(next) })
                  }
                  event.preventDefault()
                }}
              >
                <rect
                  class="f1-paper"
                  x={sx(span[0])}
                  y={sy(span[1])}
                  width={sx(span[1]) - sx(span[0])}
                  height={sy(span[0]) - sy(span[1])}
                />
                <path d={`M${sx(pen.x) - 9} ${sy(pen.y)}h18M${sx(pen.x)} ${sy(pen.y) - 9}v18`} />
                <circle cx={sx(pen.x)} cy={sy(pen.y)} r={9} />
              </g>
            )}
          </>
        )}
      </Plot>
      {!bench.isHidden('points') && (
        <p class="control f1-pens">
          {[1, 0].map(label => (
            <button
              key={label}
              type="button"
              aria-pressed={pen.label === label}
              disabled={locked}
              onClick={() => setPen({ ...pen, label })}
            >
              <span class={label ? 'f1-sign one' : 'f1-sign zero'}>{label ? '●' : '◆'}</span> add class {label}
            </button>
          ))}
          {own.length > 0 && (
            <button type="button" disabled={locked} onClick={() => set({ points: [] })}>
              remove my {own.length}
            </button>
          )}
        </p>
      )}
    </div>
  )
}
export const boardStyles = `
.f1-point { stroke: var(--page); stroke-width: .8 }
.f1-point.one, .f1-sign.one { fill: var(--plus); color: var(--plus) }
.f1-point.zero, .f1-sign.zero { fill: var(--minus); color: var(--minus) }
.f1-point.held { fill: var(--page); stroke-width: 1.2 }
.f1-point.one.held { stroke: var(--plus) }
.f1-point.zero.held { stroke: var(--minus) }
.f1-point.own { stroke: var(--text); stroke-width: 1.5 }
.f1-paper { fill: transparent; cursor: crosshair }
.view .f1-pen { cursor: crosshair; touch-action: manipulation }
.f1-pen path, .f1-pen circle { fill: none; stroke: transparent; stroke-width: 1.5 }
.f1-pen:focus path, .f1-pen:focus circle { stroke: var(--text) }
`
