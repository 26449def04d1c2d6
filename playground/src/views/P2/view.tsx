/** P2: the board with XOR, the 16 functions, the contradiction, the rule that goes in circles. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSet } from '../../frame/bench.ts'
import { Choice } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { Scrub, Value } from '../../frame/number.tsx'
import { Board, boardStyles } from '../P1/board.tsx'
import { TruthTable } from '../P1/view.tsx'
import { type Derived, model, names, type State, type Times } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const done = Math.min(state.step, d.history.length)
  return (
    <div class="pictures even">
      <Board
        w={[d.w[0]!, d.w[1]!]}
        b={d.b}
        targets={d.rows.map(r => r.target)}
        outputs={d.rows.map(r => r.output)}
        lit={state.by === 'rule' ? d.history[done - 1]?.sample : undefined}
        {...(state.by === 'hand' ? { move: (w: readonly [number, number], b: number) => set({ w, b }) } : {})}
      />
      <div>
        <p class="quiet">
          All 16 functions of two inputs: <Value x={d.separable.filter(Boolean).length} q="separable" /> can be
          separated by a line, the crossed ones cannot.
        </p>
        <div class="sixteen" role="group" aria-label="functions of two inputs">
          {d.separable.map((good, f) => (
            <button
              key={f}
              type="button"
              class={good ? '' : 'not'}
              aria-pressed={f === state.f}
              aria-label={`${names[f]}${good ? '' : ', not separable'}`}
              title={names[f]}
              onClick={() => set({ f })}
            >
              <svg viewBox="0 0 24 24" aria-hidden="true">
                {[0, 1, 2, 3].map(row => (
                  <circle
                    key={row}
                    class={(f >> (3 - row)) & 1 ? 'dot on' : 'dot'}
                    cx={6 + 12 * (row >> 1)}
                    cy={18 - 12 * (row & 1)}
                    r={4}
                  />
                ))}
                {!good && <path class="cross" d="M1 1 L23 23 M23 1 L1 23" />}
              </svg>
            </button>
          ))}
        </div>
      </div>
    </div>
  )
}
/** What a row asks of w₁, w₂ and b. */
const inequality = (sample: number): string =>
  [sample & 2 ? 'w₁' : '', sample & 1 ? 'w₂' : '', 'b'].filter(Boolean).join(' + ')

function Line({ state, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        <span class="group">fires when</span>
        {[0, 1].map(j => (
          <span class="group" key={j}>
            {j > 0 && '+ '}
            {state.by === 'hand' ? (
              <Scrub k="w" i={j} label={`weight ${j + 1}`} q={`w${j + 1}`} />
            ) : (
              <Value x={d.w[j]!} inProduct q={`w${j + 1}`} />
            )}
            {j ? '·x₂' : '·x₁'}
          </span>
        ))}
        <span class="group">
          + {state.by === 'hand' ? <Scrub k="b" label="bias" q="b" /> : <Value x={d.b} inProduct q="b" />} &gt; 0:
        </span>
        <span class="group">
          <Value x={d.correct} q="correct" /> of 4 right, any line at most <Value x={d.best} q="best" />
        </span>
      </p>
      {d.contradiction && <Contradiction {...d.contradiction} />}
    </>
  )
}
function Contradiction({ fire, rest }: NonNullable<Derived['contradiction']>) {
  const sum = (list: readonly Times[]): string => {
    const count = (bit: number): number => list.reduce((n, t) => n + (t.sample & bit ? t.times : 0), 0)
    const total = list.reduce((n, t) => n + t.times, 0)
    return [
      [count(2), 'w₁'],
      [count(1), 'w₂'],
      [total, 'b'],
    ]
      .filter(([n]) => n !== 0)
      .map(([n, name]) => `${n === 1 ? '' : show(n as number)}${name}`)
      .join(' + ')
  }
  return (
    <div class="why">
      <p>
        rows that must fire: {fire.map(t => `${inequality(t.sample)} > 0`).join(', ')}; added: <b>{sum(fire)} &gt; 0</b>
      </p>
      <p>
        rows that must not: {rest.map(t => `${inequality(t.sample)} ≤ 0`).join(', ')}; added: <b>{sum(rest)} ≤ 0</b>
      </p>
      <p class="bad">The same sum cannot be both: no weights exist.</p>
    </div>
  )
}
function Controls({ state, derived: d }: Shown<State, Derived>) {
  // what the reader has reached by hand so far, for this function
  const [best, setBest] = useState(0)
  const f = useRef(state.f)
  useEffect(() => {
    if (f.current !== state.f) {
      f.current = state.f
      setBest(d.correct)
    } else if (state.by === 'hand') setBest(b => Math.max(b, d.correct))
  }, [d.correct, state.f])
  return (
    <>
      <TruthTable d={d} />
      <Choice k="by" />
      <p>
        {state.by === 'hand' ? (
          <>
            Your best so far: <Value x={best} q="reached" />
            /4.
          </>
        ) : d.cycle === undefined ? (
          'The rule finds weights and stops.'
        ) : (
          <>
            The rule never stops: its weights return after every <Value x={d.cycle} q="cycle" /> presentations
            {d.cycleStart === 0 ? ', to zero, where it began' : ''}. That proves that no weights exist.
          </>
        )}
      </p>
    </>
  )
}
const Notes = () => (
  <p>
    Minsky and Papert (1969) put this at the centre of their book. It is a limit of one unit with a threshold, not of
    networks: two hidden units are enough, as the next views show.
  </p>
)
const styles = `${boardStyles}
.sixteen { display: grid; grid-template-columns: repeat(4, minmax(44px, 64px)); gap: 6px }
.view .sixteen button { padding: 4px; display: grid; place-items: center; background: var(--plus-soft) }
.view .sixteen button.not { background: var(--minus-soft) }
.view .sixteen button[aria-pressed=true] { outline: 3px solid var(--text); outline-offset: 1px }
.view .sixteen svg { width: 32px; height: 32px }
.dot { fill: var(--page); stroke: var(--text); stroke-width: 1.2 }
.dot.on { fill: var(--text) }
.cross { stroke: var(--bad); stroke-width: 2 }
.why p { margin: .1rem 0 }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
