/** N3: the curve, its derivative, a handle on the threshold. */
import { useSet } from '../../frame/bench.ts'
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { draggable, inSvg, stepped, tidy } from '../../frame/drag.ts'
import { show } from '../../frame/format.ts'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const limits = { min: -5, max: 5, step: 0.1 }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const low = state.act === 'tanh' ? -1.2 : -0.2
  const high = state.act === 'relu' ? 5 : 1.25
  const clip = (v: number): number => Math.min(high, v)
  return (
    <div class="pictures one">
      <Plot
        width={460}
        height={300}
        x={[-6, 6]}
        y={[low, high]}
        xLabel="weighted sum Σ"
        label={`the function ${state.act} with its threshold at ${show(state.t)}`}
        ticks={7}
      >
        {(sx, sy) => (
          <>
            <path class="curve second" d={curvePath(sx, sy, d.xs, d.slopes.map(clip))} />
            <path class="curve" d={curvePath(sx, sy, d.xs, d.ys.map(clip))} />
            <path class="guide" d={`M${sx(state.z)} ${sy(0)} V${sy(clip(d.value))}`} />
            <circle class="point" cx={sx(state.z)} cy={sy(clip(d.value))} r={6} data-q="g" />
            <text class="small" x={sx(5.9)} y={sy(clip(d.ys.at(-1)!)) + 18} text-anchor="end">
              g
            </text>
            <line class="threshold" x1={sx(state.t)} x2={sx(state.t)} y1={sy(low)} y2={sy(high)} data-q="t" />
            <g
              role="slider"
              tabindex={0}
              aria-label="threshold"
              aria-valuemin={limits.min}
              aria-valuemax={limits.max}
              aria-valuenow={state.t}
              data-q="t"
              onKeyDown={event => {
                const next = stepped(event, state.t, limits)
                if (next === undefined) return
                event.preventDefault()
                set({ t: next })
              }}
              {...draggable({
                move: (_, __, event) => {
                  const x = sx.invert(inSvg(event, event.target as SVGGraphicsElement).x)
                  set({ t: tidy(Math.round(x * 10) / 10, limits) })
                },
              })}
            >
              <circle class="handle" cx={sx(state.t)} cy={sy(low) - 12} r={12} />
              <text class="small" x={sx(state.t)} y={sy(low) - 8} text-anchor="middle" aria-hidden="true">
                ↔
              </text>
            </g>
          </>
        )}
      </Plot>
    </div>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          g(
          {state.k !== 1 && (
            <>
              <Scrub k="k" label="steepness" q="k" /> · (
            </>
          )}
          <Scrub k="z" label="weighted sum" q="z" /> {state.sign === 'a0' ? '+ W₀ · (−1)' : '+ b'}
          {state.k !== 1 && ')'})
        </span>{' '}
        <span class="group">
          {state.sign === 'a0' ? (
            <>
              with W₀ = <Scrub k="t" label="W₀, the threshold" q="t" />
            </>
          ) : (
            <>
              with b = <Value x={state.t === 0 ? 0 : -state.t} q="t" />
            </>
          )}
        </span>{' '}
        <span class="group">
          = g(
          <Value x={d.argument} q="argument" />) <Equals x={d.value} /> <Value x={d.value} q="g" />
        </span>{' '}
        <span class="group">
          slope <Value x={d.slope} q="slope" kind="gradient" />
        </span>
      </p>
      <p class="arithmetic">
        {state.sign === 'a0'
          ? `It fires when Σ > W₀ = ${show(state.t)}.`
          : `It fires when Σ > −b = ${show(state.t)}: the same place, the other sign.`}
      </p>
    </>
  )
}

const Controls = () => (
  <>
    <Choice k="act" />
    <Choice k="sign" />
    <Slider k="z" />
    <Slider k="t" />
    <Slider k="k" />
    <p class="control">
      <Preset set={{ act: 'sigmoid', k: 20 }}>a sigmoid that is nearly a step</Preset>
      <Preset set={{ act: 'sigmoid', k: 1, t: 0, z: 0 }}>σ itself</Preset>
    </p>
  </>
)

const Notes = () => (
  <p>
    The lecture uses two conventions: a bias weight W₀ on an input fixed at −1, whose threshold is W₀, and a bias b that
    is added, whose threshold is −b. Switch between them: the numbers change their sign, the picture does not move. The
    dashed curve is the derivative; that of the step is 0 wherever it exists, which is why nothing learns through it.
  </p>
)
const styles = `.threshold { stroke: var(--minus); stroke-width: 1.5; stroke-dasharray: 2 3 }`

export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
