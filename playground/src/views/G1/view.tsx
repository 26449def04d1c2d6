/** G1: the five lines lit one after the other; the points with their line; the valley with the trail. */
import { useSet } from '../../frame/bench.ts'
import { Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { draggable, inSvg, stepped, tidy } from '../../frame/drag.ts'
import { factor, show } from '../../frame/format.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { cells, type Derived, model, phases, type State, span } from './model.ts'
import text from './text.json' with { type: 'json' }

const lines = {
  predict: '1. Make prediction',
  loss: '2. Calculate loss',
  gradient: '3. Calculate gradient of the loss function w.r.t. parameters',
  update: '4. Update parameters by taking a step in the opposite direction',
  iterate: '5. Iterate',
} as const

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const now = d.trail.at(-1)!
  const at = d.phase === undefined ? -1 : phases.indexOf(d.phase)
  const updated = d.phase === 'update'
  const here = updated ? d.next : ([now.w, now.b] as const)
  // the square roots of losses have evenly spread colours
  const roots = Array.from(d.surface, Math.sqrt)
  const lowest = Math.min(...roots)
  const inside = ([w, b]: readonly [number, number]): [number, number] => [
    Math.min(2 * span.w[1], Math.max(2 * span.w[0], w)),
    Math.min(2 * span.b[1], Math.max(2 * span.b[0], b)),
  ]
  const startAt = (w: number, b: number): void =>
    set({
      w: tidy(Math.round(w * 10) / 10, { min: span.w[0], max: span.w[1], step: 0.1 }),
      b: tidy(Math.round(b * 10) / 10, { min: span.b[0], max: span.b[1], step: 0.1 }),
      step: 0,
    })
  return (
    <>
      <ol class="five">
        {phases.map(phase => (
          <li key={phase} class={phase === d.phase ? 'now' : ''} aria-current={phase === d.phase ? 'step' : undefined}>
            {lines[phase]}
          </li>
        ))}
      </ol>
      <div class="pictures even">
        <Plot
          width={340}
          height={300}
          x={[-3, 3]}
          y={[-6, 9]}
          xLabel="x"
          yLabel="y"
          label="the points and the present line"
        >
          {(sx, sy) => (
            <>
              <path
                class="curve"
                d={curvePath(
                  sx,
                  sy,
                  [-3, 3],
                  [-3, 3].map(x => here[0] * x + here[1]),
                )}
              />
              {state.xs.slice(0, state.ys.length).map((x, i) => (
                <g key={i}>
                  {at >= 1 && <path class="residual" d={`M${sx(x)} ${sy(state.ys[i]!)} V${sy(now.predictions[i]!)}`} />}
                  {at >= 0 && <circle class="prediction" cx={sx(x)} cy={sy(now.predictions[i]!)} r={4} />}
                  <circle class="point" cx={sx(x)} cy={sy(state.ys[i]!)} r={5} />
                </g>
              ))}
            </>
          )}
        </Plot>
        <Plot
          width={340}
          height={300}
          x={span.w}
          y={span.b}
          xLabel="w"
          yLabel="b"
          label="the loss over w and b, with the trail of the descent"
          under={<Heatmap values={roots} n={cells} middle={lowest} reach={(Math.max(...roots) - lowest) * 0.8} />}
        >
          {(sx, sy) => {
            const trail = [...d.trail.map(m => inside([m.w, m.b])), ...(updated ? [inside(d.next)] : [])]
            const [nx, ny] = inside(d.next)
            return (
              <>
                <path
                  class="trail"
                  d={curvePath(
                    sx,
                    sy,
                    trail.map(p => p[0]),
                    trail.map(p => p[1]),
                  )}
                />
                {trail.slice(0, -1).map(([w, b], i) => (
                  <circle key={i} class="was" cx={sx(w)} cy={sy(b)} r={3} />
                ))}
                {at >= 2 && !updated && d.phase !== 'iterate' && (
                  <path
                    class="ahead"
                    d={`M${sx(inside([now.w, now.b])[0])} ${sy(inside([now.w, now.b])[1])} L${sx(nx)} ${sy(ny)}`}
                  />
                )}
                <g
                  role="slider"
                  tabindex={0}
                  aria-label="the parameters; arrow keys or dragging start anew from there"
                  aria-valuemin={span.w[0]}
                  aria-valuemax={span.w[1]}
                  aria-valuenow={Number(here[0].toPrecision(4))}
                  aria-valuetext={`w ${show(here[0])}, b ${show(here[1])}`}
                  data-q="parameters"
                  onKeyDown={event => {
                    const sideways = event.key === 'ArrowLeft' || event.key === 'ArrowRight'
                    const limits = {
                      min: sideways ? span.w[0] : span.b[0],
                      max: sideways ? span.w[1] : span.b[1],
                      step: 0.1,
                    }
                    const next = stepped(event, sideways ? state.w : state.b, limits)
                    if (next === undefined) return
                    event.preventDefault()
                    startAt(sideways ? next : state.w, sideways ? state.b : next)
                  }}
                  {...draggable({
                    move: (_, __, event) => {
                      const p = inSvg(event, event.target as SVGGraphicsElement)
                      startAt(sx.invert(p.x), sy.invert(p.y))
                    },
                  })}
                >
                  <circle
                    class="handle"
                    cx={sx(inside(here as [number, number])[0])}
                    cy={sy(inside(here as [number, number])[1])}
                    r={10}
                  />
                </g>
              </>
            )
          }}
        </Plot>
      </div>
    </>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  const now = d.trail.at(-1)!
  const n = now.predictions.length
  switch (d.phase) {
    case undefined:
      return (
        <p class="arithmetic">
          w = <Value x={now.w} q="w" />, b = <Value x={now.b} q="b" />. Press step: each press does one of the five
          lines.
        </p>
      )
    case 'predict':
      return (
        <p class="arithmetic">
          {now.predictions.map((p, i) => (
            <span class="group" key={i}>
              {factor(now.w)} · {factor(state.xs[i]!)} + {factor(now.b)} <Equals x={p} />{' '}
              <Value x={p} q={`p${i + 1}`} />
            </span>
          ))}
        </p>
      )
    case 'loss':
      return (
        <p class="arithmetic">
          <span>
            J = ({now.predictions.map((p, i) => `(${show(p)} − ${factor(state.ys[i]!)})²`).join(' + ')}) / {n}{' '}
            <Equals x={now.loss} /> <Value x={now.loss} q="loss" />
          </span>
        </p>
      )
    case 'gradient':
      return (
        <p class="arithmetic">
          <span class="group">
            ∂J/∂w = 2/{n} Σ (ŷ − y)x <Equals x={now.gradient[0]} /> <Value x={now.gradient[0]} q="dw" kind="gradient" />
          </span>
          <span class="group">
            ∂J/∂b = 2/{n} Σ (ŷ − y) <Equals x={now.gradient[1]} /> <Value x={now.gradient[1]} q="db" kind="gradient" />
          </span>
        </p>
      )
    case 'update':
      return (
        <p class="arithmetic">
          <span class="group">
            w ← {factor(now.w)} − {show(state.lr)} · {factor(now.gradient[0])} <Equals x={d.next[0]} />{' '}
            <Value x={d.next[0]} q="w" />
          </span>
          <span class="group">
            b ← {factor(now.b)} − {show(state.lr)} · {factor(now.gradient[1])} <Equals x={d.next[1]} />{' '}
            <Value x={d.next[1]} q="b" />
          </span>
        </p>
      )
    case 'iterate':
      return (
        <p class="arithmetic">
          After {d.trail.length - 1} steps: w <Equals x={now.w} /> <Value x={now.w} q="w" />, b <Equals x={now.b} />{' '}
          <Value x={now.b} q="b" />, J <Equals x={now.loss} /> <Value x={now.loss} q="loss" />. And again from the first
          line.
        </p>
      )
  }
}
const Controls = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <Slider k="lr" />
    <p class={state.lr > d.bound ? 'bad' : 'quiet'}>
      Above 2/curvature ≈ <Value x={d.bound} q="bound" /> every step overshoots the bottom to a place higher up.
    </p>
    <p class="control">
      <Preset set={{ lr: 0.1 }}>calm</Preset>
      <Preset set={{ lr: 0.3 }}>zigzag</Preset>
      <Preset set={{ lr: 0.4, step: 100 }}>runs away</Preset>
    </p>
    {d.divergence !== undefined && (
      <p class="bad" role="alert">
        {d.divergence}
      </p>
    )}
  </>
)
const Notes = () => (
  <p>
    Drag the ball in the right picture to begin elsewhere. The colour is the loss: the paler, the lower. The dashed
    arrow shows the step before it is taken; it points straight downhill, which is not towards the bottom of a narrow
    valley.
  </p>
)
const styles = `
.five { list-style: none; margin: 0 0 .8rem; padding: 0; display: grid; gap: .15rem; font-size: .98rem }
.five li { padding: .1rem .6rem; border-left: 4px solid var(--edge); color: var(--quiet) }
.five li.now { border-color: var(--focus); color: var(--text); font-weight: 700; background: var(--raised) }
.residual { stroke: var(--minus); stroke-width: 2.5; stroke-dasharray: 4 3 }
.prediction { fill: var(--plus); stroke: var(--page) }
.trail { fill: none; stroke: var(--text); stroke-width: 1.6 }
.was { fill: var(--text) }
.ahead { fill: none; stroke: var(--gradient); stroke-width: 3; stroke-dasharray: 6 4 }
@container (min-width: 46rem) { .five { grid-template-columns: 1fr 1fr } }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
