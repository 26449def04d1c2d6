/** X1: the curves of the losses with the triangle of the slope. */
import { useSet } from '../../frame/bench.ts'
import { Choice, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { draggable, inSvg, stepped, tidy } from '../../frame/drag.ts'
import { show } from '../../frame/format.ts'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { type LossName, lossNames, slopeFormula } from '../../networks/losses.ts'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const limits = { min: 0.01, max: 0.99, step: 0.01 }
const top = 2

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const run = state.yhat > 0.7 ? -0.2 : 0.2
  return (
    <div class="pictures one">
      <Plot
        width={460}
        height={320}
        x={[0, 1]}
        y={[0, top]}
        xLabel="prediction ŷ"
        yLabel="loss L"
        label={`the loss over the prediction; at ${show(state.yhat)} it is ${show(d.value)}`}
      >
        {(sx, sy) => (
          <>
            {(Object.keys(lossNames) as LossName[]).map(name => (
              <path
                key={name}
                class={name === state.loss ? 'curve' : 'curve faint'}
                d={curvePath(
                  sx,
                  sy,
                  d.xs,
                  d.curves[name].map(v => Math.min(top, v)),
                )}
              />
            ))}
            <path
              class="triangle"
              d={`M${sx(state.yhat)} ${sy(d.value)} H${sx(state.yhat + run)} V${sy(d.value + run * d.slope)} z`}
            />
            <text class="small gradient" x={sx(state.yhat + run / 2)} y={sy(d.value) + 18} text-anchor="middle">
              {show(run)}
            </text>
            <text
              class="small gradient"
              x={sx(state.yhat + run) + (run < 0 ? -6 : 6)}
              y={sy(d.value + (run * d.slope) / 2)}
              text-anchor={run < 0 ? 'end' : 'start'}
            >
              {show(run * d.slope, 3)}
            </text>
            <g
              role="slider"
              tabindex={0}
              aria-label="prediction"
              aria-valuemin={limits.min}
              aria-valuemax={limits.max}
              aria-valuenow={state.yhat}
              data-q="yhat"
              onKeyDown={event => {
                const next = stepped(event, state.yhat, limits)
                if (next === undefined) return
                event.preventDefault()
                set({ yhat: next })
              }}
              {...draggable({
                move: (_, __, event) =>
                  set({
                    yhat: tidy(
                      Math.round(sx.invert(inSvg(event, event.target as SVGGraphicsElement).x) * 100) / 100,
                      limits,
                    ),
                  }),
              })}
            >
              <circle class="handle" cx={sx(state.yhat)} cy={sy(Math.min(top, d.value))} r={11} />
            </g>
          </>
        )}
      </Plot>
    </div>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  return (
    <p class="arithmetic">
      <span class="group">
        ŷ = <Scrub k="yhat" label="prediction" q="yhat" />, y = <Scrub k="y" label="target" q="y" />:
      </span>
      <span class="group">
        L <Equals x={d.value} /> <Value x={d.value} q="L" />,
      </span>
      <span class="group">
        ∂L/∂ŷ = {slopeFormula[state.loss]} <Equals x={d.slope} /> <Value x={d.slope} q="slope" kind="gradient" />
      </span>
    </p>
  )
}
const Controls = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <Choice k="loss" />
    <Slider k="yhat" />
    <Slider k="y" />
    <table>
      <caption>all losses here</caption>
      <thead>
        <tr>
          <th scope="col">loss</th>
          <th scope="col">L</th>
          <th scope="col">slope</th>
        </tr>
      </thead>
      <tbody>
        {(Object.keys(lossNames) as LossName[]).map(name => (
          <tr key={name} class={name === state.loss ? 'lit' : ''}>
            <th scope="row">{name}</th>
            <td>
              <Value x={d.all[name].value} q={`L-${name}`} digits={3} />
            </td>
            <td>
              <Value x={d.all[name].slope} q={`slope-${name}`} digits={3} kind="gradient" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </>
)
const Notes = () => (
  <p>
    The loss turns “how wrong” into one number; training only ever feels its slope. Cross entropy is steep exactly where
    a sigmoid is flat: its slope times σ′ is just ŷ − y, which is why the lecture’s equations have that factor. A
    squared error behind a sigmoid keeps the flatness, and learns slowly where it is most wrong.
  </p>
)
const styles = `
.curve.faint { stroke: var(--edge); stroke-width: 1.5 }
.triangle { fill: color-mix(in srgb, var(--gradient) 15%, transparent); stroke: var(--gradient); stroke-width: 2 }
.view svg .gradient { fill: var(--gradient) }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
