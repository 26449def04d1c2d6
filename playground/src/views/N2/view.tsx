/** N2: toggles, wires of three kinds, a threshold, and the truth table with the present row lit. */
import { useSet } from '../../frame/bench.ts'
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { Disc, subscript, Wire } from '../../frame/network.tsx'
import { Scrub, Value } from '../../frame/number.tsx'
import { type Derived, model, paired, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: { rows, active } }: Shown<State, Derived>) {
  const { a, w } = paired(state)
  const now = rows[active]!
  const y = (j: number): number => 110 + (j - (a.length - 1) / 2) * 60
  return (
    <div class="pictures n2">
      <svg viewBox="0 -20 420 260" role="img" aria-label="a threshold unit">
        {a.map((aj, j) => (
          <g key={j}>
            <Wire from={[40, y(j)]} to={[225, 110]} weight={w[j]!} largest={1.6} q={`w${j + 1}`} />
            <Disc x={40} y={y(j)} q={`a${j + 1}`} class={aj ? 'input on' : 'input'}>
              {aj}
            </Disc>
          </g>
        ))}
        <Wire from={[270, 110]} to={[360, 110]} weight={0.5} />
        <Disc x={235} y={110} r={44} q="sum">
          {show(now.sum)}
        </Disc>
        <text class="small quiet" x={235} y={176} text-anchor="middle" data-q="theta">
          {`${now.sum >= state.theta ? '≥' : '<'} θ = ${show(state.theta)}`}
        </text>
        <Disc x={375} y={110} r={30} q="o" class={now.output >= 0.5 ? 'output on' : 'output'}>
          {show(now.output, 3)}
        </Disc>
      </svg>
      <table>
        <caption>all inputs</caption>
        <thead>
          <tr>
            {a.map((_, j) => (
              <th key={j} scope="col">{`a${subscript(j + 1)}`}</th>
            ))}
            <th scope="col">sum</th>
            <th scope="col">output</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i} class={i === active ? 'lit' : ''} aria-current={i === active ? 'true' : undefined}>
              {row.inputs.map((bit, j) => (
                <td key={j}>{bit}</td>
              ))}
              <td>
                <Value x={row.sum} />
              </td>
              <td>
                <Value x={row.output} digits={3} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Line({ state, derived: { rows, active } }: Shown<State, Derived>) {
  const { a } = paired(state)
  const now = rows[active]!
  return (
    <p class="arithmetic">
      {a.map((_, j) => (
        <span class="group" key={j}>
          {j > 0 && '+ '}
          <Scrub k="w" i={j} label={`weight ${j + 1}`} q={`w${j + 1}`} />·
          <Scrub k="a" i={j} label={`input ${j + 1}`} q={`a${j + 1}`} />
        </span>
      ))}
      <span class="group">
        = <Value x={now.sum} q="sum" /> {now.sum >= state.theta ? '≥' : '<'}{' '}
        <Scrub k="theta" label="threshold" q="theta" />
      </span>
      <span class="group">
        → <Value x={now.output} q="o" />
      </span>
    </p>
  )
}

function Controls({ state }: Shown<State, Derived>) {
  const set = useSet<State>()
  const { a, w } = paired(state)
  const resize = (n: number): void =>
    set({ a: Array.from({ length: n }, (_, j) => a[j] ?? 0), w: Array.from({ length: n }, (_, j) => w[j] ?? 1) })
  return (
    <>
      <fieldset>
        <legend>inputs</legend>
        {a.map((aj, j) => (
          <label key={j}>
            <input
              type="checkbox"
              checked={aj === 1}
              onChange={event => set({ a: a.with(j, event.currentTarget.checked ? 1 : 0) })}
            />
            {` a${subscript(j + 1)}`}
          </label>
        ))}
        <button
          type="button"
          disabled={a.length === 2}
          onClick={() => resize(a.length - 1)}
          aria-label="one input less"
        >
          −
        </button>
        <button
          type="button"
          disabled={a.length === 4}
          onClick={() => resize(a.length + 1)}
          aria-label="one input more"
        >
          +
        </button>
      </fieldset>
      <Slider k="theta" />
      <Choice k="unit" />
      <p class="control">
        <Preset set={{ w: [1, 1], theta: 2, unit: 'threshold' }}>AND</Preset>
        <Preset set={{ w: [1, 1], theta: 1, unit: 'threshold' }}>OR</Preset>
        <Preset set={{ w: [1, -1], theta: 1, unit: 'threshold' }}>a₁ and not a₂</Preset>
        <Preset set={{ w: [-1, -1], theta: 0, unit: 'threshold' }}>NOR</Preset>
      </p>
    </>
  )
}

const Notes = () => (
  <p>
    The unit of 1943 gave 0 or 1 and learned nothing: somebody chose its weights and its threshold. (In the paper an
    inhibiting input even forbids firing altogether, whatever the others do.) What the slide adds is the squashing: with
    a smooth g the output tells by <em>how much</em> the threshold was passed, and has a derivative to learn with.
  </p>
)

export default defineView({ text, model, Picture, Line, Controls, Notes })
