/** N4: the network, its formula unfolded step by step, and the function it is. */
import type { ComponentChildren } from 'preact'
import { useSet } from '../../frame/bench.ts'
import { Choice, Preset, Toggle } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { factor, show } from '../../frame/format.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { Disc, subscript, Wire } from '../../frame/network.tsx'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { Plot } from '../../frame/plot.tsx'
import { cells, type Derived, model, range, type State, weightNames } from './model.ts'
import text from './text.json' with { type: 'json' }

const place: Readonly<Record<string, readonly [number, number]>> = {
  1: [40, 60],
  2: [40, 190],
  3: [190, 60],
  4: [190, 190],
  5: [330, 125],
}

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const value: Readonly<Record<string, number>> = { 1: state.a[0]!, 2: state.a[1]!, 3: d.a3, 4: d.a4, 5: d.a5 }
  const bounded = state.act === 'sigmoid'
  const reach = bounded ? 0.5 : Math.max(1e-6, ...Array.from(d.surface, Math.abs))
  return (
    <div class="pictures even">
      <svg viewBox="0 0 380 240" role="img" aria-label="two inputs, two hidden units, one output">
        {weightNames.map((name, i) => (
          <Wire
            key={name}
            from={place[name[0]!]!}
            to={place[name[1]!]!}
            weight={state.w[i]!}
            largest={5}
            q={`w${name}`}
          />
        ))}
        {weightNames.map((name, i) => {
          const [x1, y1] = place[name[0]!]!
          const [x2, y2] = place[name[1]!]!
          return (
            <text
              key={name}
              class="chip"
              x={x1 + 0.32 * (x2 - x1) + 6}
              y={y1 + 0.32 * (y2 - y1) - 5}
              data-q={`w${name}`}
            >
              {show(state.w[i]!)}
            </text>
          )
        })}
        {Object.entries(place).map(([name, [x, y]]) => (
          <g key={name}>
            <Disc x={x} y={y} q={`a${name}`} class={Number(name) < 3 ? 'input' : ''}>
              {show(value[name]!, 3)}
            </Disc>
            <text class="small quiet" x={x} y={y - 32} text-anchor="middle">{`a${subscript(name)}`}</text>
          </g>
        ))}
      </svg>
      <Plot
        width={300}
        height={270}
        x={[-range, range]}
        y={[-range, range]}
        xLabel="a₁"
        yLabel="a₂"
        label="a5 over all inputs: blue where it is large, orange where it is small"
        under={<Heatmap values={d.surface} n={cells} middle={bounded ? 0.5 : 0} reach={reach} />}
      >
        {(sx, sy) => <circle class="point" cx={sx(state.a[0]!)} cy={sy(state.a[1]!)} r={7} data-q="a5" />}
      </Plot>
    </div>
  )
}

/** The formula of one unit, as far as it is unfolded. */
function Formula({ state, d, unit }: { readonly state: State; readonly d: Derived; readonly unit: 3 | 4 | 5 }) {
  const set = useSet<State>()
  const needed = unit === 5 ? 1 : unit - 1 // a₅, then a₃, then a₄
  const value = { 3: d.a3, 4: d.a4, 5: d.a5 }[unit]
  if (state.step < needed)
    return (
      <button type="button" class="unfold" data-q={`a${unit}`} onClick={() => set({ step: needed })}>
        {state.numbers ? show(value) : `a${subscript(unit)}`}
      </button>
    )
  const from = unit === 5 ? ['35', '45'] : [`1${unit}`, `2${unit}`]
  const terms: ComponentChildren[] = from.map((name, i) => (
    <span key={name} class="term">
      {i > 0 && ' + '}
      <span data-q={`w${name}`}>
        {state.numbers ? factor(state.w[weightNames.indexOf(name as '13')]!) : `W${subscript(name)}`}
      </span>
      ·
      {unit === 5 ? (
        <Formula state={state} d={d} unit={(3 + i) as 3 | 4} />
      ) : (
        <span data-q={`a${i + 1}`}>{state.numbers ? factor(state.a[i]!) : `a${subscript(i + 1)}`}</span>
      )}
    </span>
  ))
  return (
    <span class={`unfolded u${unit}`} data-q={`a${unit}`}>
      g({terms})
    </span>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic formula">
        <span>
          a₅ = <Formula state={state} d={d} unit={5} /> <Equals x={d.a5} /> <Value x={d.a5} q="a5" />
        </span>
      </p>
      <p class="arithmetic">
        {state.a.map((_, i) => (
          <span key={i} class="group">
            {`a${subscript(i + 1)} = `}
            <Scrub k="a" i={i} label={`a${i + 1}`} q={`a${i + 1}`} />
          </span>
        ))}
        {weightNames.map((name, i) => (
          <span key={name} class="group">
            {`W${subscript(name)} = `}
            <Scrub k="w" i={i} label={`W${name}`} q={`w${name}`} />
          </span>
        ))}
      </p>
    </>
  )
}
const Controls = () => (
  <>
    <Choice k="act" />
    <Toggle k="numbers" />
    <p class="control">
      <Preset set={{ act: 'sigmoid', w: [2, 1, -1, 2, 2, -2] }}>as it began</Preset>
      <Preset set={{ act: 'sigmoid', w: [6, -6, -6, 6, 5, 5] }}>a valley along a diagonal</Preset>
      <Preset set={{ act: 'identity', w: [2, 1, -1, 2, 2, -2] }}>without g: a plane</Preset>
    </p>
  </>
)
const Notes = () => (
  <p>
    Press a letter of the formula to unfold it. Drag one weight and watch the square: the network is a family of
    functions, and its weights say which one. Without g between the layers, however many there are, the function stays a
    plane.
  </p>
)
const styles = `
.formula { font-size: 1.25rem }
.view .unfold { padding: 0 .35rem; min-height: 28px; border-style: dashed; font-size: 1em }
.unfolded { padding: .1rem .15rem; border-radius: 4px; background: color-mix(in srgb, var(--plus) 9%, transparent) }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
