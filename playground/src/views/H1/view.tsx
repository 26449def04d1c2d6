/** H1: columns of units, every wire between neighbours, matrices beside them, the count. */
import { useSet } from '../../frame/bench.ts'
import { Choice, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { MatrixTable } from '../../frame/matrix.tsx'
import { Wire } from '../../frame/network.tsx'
import { Scrub, Value } from '../../frame/number.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state: { sizes }, derived: d }: Shown<State, Derived>) {
  const tallest = Math.max(...sizes)
  const [width, height] = [90 + (sizes.length - 1) * 105, Math.max(150, tallest * 46 + 20)]
  const x = (layer: number): number => 45 + layer * 105
  const y = (layer: number, unit: number): number => height / 2 + (unit - (sizes[layer]! - 1) / 2) * 46
  const largest = Math.max(0.1, ...d.layers.flatMap(l => l.w.flat()).map(Math.abs))
  return (
    <div class="pictures one">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        style={{ maxWidth: `${1.4 * width}px`, marginInline: 'auto' }}
        role="img"
        aria-label={`a network with ${sizes.join(', ')} units per layer`}
      >
        {d.layers.map(({ w }, l) =>
          w.map((row, i) =>
            row.map((weight, j) => (
              <Wire
                key={`${l}-${i}-${j}`}
                from={[x(l), y(l, i)]}
                to={[x(l + 1), y(l + 1, j)]}
                weight={weight}
                largest={2.5 * largest}
                q={`W${l + 1}-${i}-${j}`}
              />
            )),
          ),
        )}
        {d.activations.map((units, l) =>
          units.map((a, i) => (
            <g key={`${l}-${i}`} class={l === 0 ? 'disc input' : 'disc'}>
              <circle cx={x(l)} cy={y(l, i)} r={20} />
              <text class="small" x={x(l)} y={y(l, i)} text-anchor="middle" dominant-baseline="central">
                {show(a, 2)}
              </text>
            </g>
          )),
        )}
      </svg>
    </div>
  )
}
function Line({ state: { sizes }, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        {sizes.slice(1).map((outputs, l) => (
          <span class="group" key={l}>
            {l > 0 && '+ '}({sizes[l]}+1)·{outputs}
          </span>
        ))}
        <span class="group">
          = <Value x={d.parameters} q="parameters" digits={6} /> parameters
        </span>
      </p>
      <p class="arithmetic">
        <span class="group">inputs</span>
        {d.activations[0]!.map((_, i) => (
          <span class="group" key={i}>
            <Scrub k="x" i={i} label={`input ${i + 1}`} />
          </span>
        ))}
        <span class="group">
          output{' '}
          {d.activations.at(-1)!.map((a, i) => (
            <span key={i}>
              {i > 0 && ', '}
              <Value x={a} q={`out${i}`} />
            </span>
          ))}
        </span>
      </p>
    </>
  )
}
function Controls({ state }: Shown<State, Derived>) {
  const set = useSet<State>()
  const { sizes } = state
  const resize = (l: number, units: number): void => {
    const next = sizes.with(l, units)
    set({ sizes: next, x: Array.from({ length: next[0]! }, (_, i) => state.x[i] ?? 0) })
  }
  return (
    <>
      {sizes.map((units, l) => {
        const name = l === 0 ? 'inputs' : l === sizes.length - 1 ? 'outputs' : `hidden layer ${l}`
        return (
          <p class="control" key={l}>
            <span class="name">{name}</span>
            <button
              type="button"
              aria-label={`${name}: one less`}
              disabled={units === 1}
              onClick={() => resize(l, units - 1)}
            >
              −
            </button>
            <b>{units}</b>
            <button
              type="button"
              aria-label={`${name}: one more`}
              disabled={units === 8}
              onClick={() => resize(l, units + 1)}
            >
              +
            </button>
          </p>
        )
      })}
      <p class="control">
        <button
          type="button"
          disabled={sizes.length === 2}
          onClick={() => set({ sizes: [...sizes.slice(0, -2), sizes.at(-1)!] })}
        >
          a layer less
        </button>
        <button
          type="button"
          disabled={sizes.length === 6}
          onClick={() => set({ sizes: [...sizes.slice(0, -1), 4, sizes.at(-1)!] })}
        >
          a layer more
        </button>
      </p>
      <Choice k="act" />
      <Slider k="seed" />
    </>
  )
}
const Notes = ({ derived: d }: Shown<State, Derived>) => (
  <>
    <p>
      Between fully connected layers every unit has a weight for every unit before it, and one bias: (before + 1) ·
      after. How many hidden units there are is chosen by hand, as the lecture says; nothing in the mathematics says how
      many.
    </p>
    <div class="scroller weights" tabindex={0} role="region" aria-label="weight matrices">
      {d.layers.map(({ w }, l) => (
        <MatrixTable
          key={l}
          name={`W${l + 1}`}
          label={`W${l + 1}`}
          values={w}
          q={`W${l + 1}`}
          note={`${w.length} × ${w[0]!.length}`}
        />
      ))}
    </div>
  </>
)
const styles = `.control .name { min-width: 8.5rem } .weights { display: flex; gap: 1rem; align-items: start }`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
