/** P1: board, truth table, the rule's updates with numbers. */
import { useSet } from '../../frame/bench.ts'
import { Choice, Preset } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { factor, show } from '../../frame/format.ts'
import { subscript } from '../../frame/network.tsx'
import { Scrub, Value } from '../../frame/number.tsx'
import { Plot } from '../../frame/plot.tsx'
import { Board, boardStyles } from './board.tsx'
import { type Derived, type Gate, inputsOf, known, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const n = inputsOf(state.gate)
  return (
    <div class="pictures even">
      {n === 2 ? (
        <Board
          w={[d.w[0]!, d.w[1]!]}
          b={d.b}
          targets={d.rows.map(r => r.target)}
          outputs={d.rows.map(r => r.output)}
          lit={d.update?.sample}
          {...(state.by === 'hand' ? { move: (w: readonly [number, number], b: number) => set({ w, b }) } : {})}
        />
      ) : (
        <Axis state={state} d={d} />
      )}
      <TruthTable d={d} />
    </div>
  )
}
/** One input, or a majority: what counts is the sum, and whether it is above 0. */
function Axis({ state, d }: { readonly state: State; readonly d: Derived }) {
  const reach = Math.max(1.5, ...d.rows.map(r => Math.abs(r.sum))) * 1.2
  return (
    <Plot
      width={340}
      height={220}
      x={[-reach, reach]}
      y={[0, 2]}
      ticks={6}
      xLabel="Σ wⱼxⱼ + b"
      label="the sums of all rows; those above 0 fire"
    >
      {(sx, sy) => (
        <>
          <rect class="fires" x={sx(0)} y={sy(2)} width={sx(reach) - sx(0)} height={sy(0) - sy(2)} />
          <line class="separator" x1={sx(0)} x2={sx(0)} y1={sy(0)} y2={sy(2)} />
          {d.rows.map((row, i) => {
            // rows of the same sum are stacked
            const below = d.rows.slice(0, i).filter(r => Math.abs(r.sum - row.sum) < 1e-6).length
            return (
              <g key={i}>
                <circle
                  class={`sample ${row.target ? 'filled' : ''} ${d.update?.sample === i ? 'lit' : ''}`}
                  cx={sx(row.sum)}
                  cy={sy(0.35 + 0.5 * below)}
                  r={8}
                />
                <text class="small" x={sx(row.sum) + 11} y={sy(0.35 + 0.5 * below) + 4}>
                  {row.inputs.join('')}
                </text>
              </g>
            )
          })}
          <title>{state.gate}</title>
        </>
      )}
    </Plot>
  )
}
export const TruthTable = ({ d }: { readonly d: { readonly rows: Derived['rows'] } }) => (
  <table>
    <caption>truth table</caption>
    <thead>
      <tr>
        {d.rows[0]!.inputs.map((_, j) => (
          <th key={j} scope="col">{`x${subscript(j + 1)}`}</th>
        ))}
        <th scope="col">sum</th>
        <th scope="col">output</th>
        <th scope="col">target</th>
      </tr>
    </thead>
    <tbody>
      {d.rows.map((row, i) => (
        <tr key={i}>
          {row.inputs.map((x, j) => (
            <td key={j}>{x}</td>
          ))}
          <td>
            <Value x={row.sum} digits={3} />
          </td>
          <td data-value={String(Number(row.output))}>{Number(row.output)}</td>
          <td>
            {Number(row.target)}{' '}
            <span class={row.output === row.target ? 'good' : 'bad'}>{row.output === row.target ? '✓' : '✗'}</span>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
function Line({ state, derived: d }: Shown<State, Derived>) {
  const sum = (
    <>
      {d.w.map((w, j) => (
        <span class="group" key={j}>
          {j > 0 && '+ '}
          {state.by === 'hand' && j < state.w.length ? (
            <Scrub k="w" i={j} label={`weight ${j + 1}`} q={`w${j + 1}`} />
          ) : (
            <Value x={w} q={`w${j + 1}`} inProduct />
          )}
          {`·x${subscript(j + 1)} `}
        </span>
      ))}
      <span class="group">
        + {state.by === 'hand' ? <Scrub k="b" label="bias" q="b" /> : <Value x={d.b} q="b" inProduct />} &gt; 0
      </span>
    </>
  )
  return (
    <>
      <p class="arithmetic">
        <span class="group">fires when</span> {sum}
        <span class={d.correct === d.rows.length ? 'group good' : 'group'}>
          : <Value x={d.correct} q="correct" /> of {d.rows.length} right
        </span>
      </p>
      {d.update && (
        <p class="arithmetic">
          <span class="group">
            w ← w {d.update.sign > 0 ? '+' : '−'} x: ({d.update.before.map(v => show(v)).join(', ')}){' '}
            {d.update.sign > 0 ? '+' : '−'} ({d.rows[d.update.sample]!.inputs.join(', ')}) = (
            {d.w.map(v => show(v)).join(', ')})
          </span>
          <span class="group">
            b ← {show(d.update.biasBefore)} {d.update.sign > 0 ? '+' : '−'} 1 = {factor(d.b)}
          </span>
        </p>
      )}
    </>
  )
}
const Controls = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <p class="control">
      {(Object.keys(known) as Gate[]).map(gate => (
        <Preset key={gate} set={{ gate }}>
          {gate === 'majority' ? 'majority' : gate.toUpperCase()}
        </Preset>
      ))}
    </p>
    <Choice k="by" />
    {state.by === 'hand' && (
      <p class="control">
        <Preset set={known[state.gate]}>
          the lecture’s: {known[state.gate].w.map(v => show(v)).join(', ')}; {show(known[state.gate].b)}
        </Preset>
      </p>
    )}
    {state.by === 'rule' && (
      <p>
        From zero weights the rule has no mistake left after <Value x={d.updates} q="updates" /> updates.
      </p>
    )}
  </>
)
const Notes = () => (
  <p>
    The lecture writes Σⱼ Wⱼxⱼ &gt; 0. The sum must include j = 0, the bias: without it AND would need w₁ ≤ 0 and w₂ ≤ 0
    and yet w₁ + w₂ &gt; 0. The rule changes nothing while the answer is right; after a mistake it adds the sample to
    the weights, or takes it away: w ← w + (t − o)x.
  </p>
)
export default defineView({ text, model, Picture, Line, Controls, Notes, styles: boardStyles })
