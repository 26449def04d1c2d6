/** F1: the reader's own network on the reader's own points or digits. */
import { useBench, useSet } from '../../frame/bench.ts'
import { Choice } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { grouped } from '../../frame/format.ts'
import { later } from '../../frame/later.tsx'
import { Scrub, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { Board, boardStyles } from './board.tsx'
import { Formula } from './formula.tsx'
import { Graph, graphStyles } from './graph.tsx'
import { type Derived, model, type State } from './model.ts'
import type { Moment, Scores } from './moment.ts'
import text from './text.json' with { type: 'json' }

const Paper = later(() => import('./paper.tsx').then(m => m.Paper))
const Mistakes = later(() => import('./paper.tsx').then(m => m.Mistakes))
const Paste = later(() => import('./paste.tsx').then(m => m.Paste))
const Weights = later(() => import('./weights.tsx').then(m => m.Weights))

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const digits = state.data === 'digits'
  return (
    <>
      {d.refused && <p class="notes f1-refused">{d.refused}</p>}
      {d.moment?.divergence && (
        <p class="notes f1-refused" role="status">
          {d.moment.broken && <strong>Stopped after step {d.moment.step}, the last with finite numbers. </strong>}
          {d.moment.divergence}
        </p>
      )}
      <div class="pictures">
        {d.moment ? <Graph state={state} derived={d} /> : <div />}
        {digits ? <Paper state={state} derived={d} /> : <Board state={state} derived={d} />}
      </div>
      {d.moment && (
        <div class="pictures even">
          <Curve moment={d.moment} />
          <div class="f1-tables">
            <Confusion title="learned from" scores={d.moment.train} q="train" />
            {d.moment.test && <Confusion title="held out" scores={d.moment.test} q="test" />}
          </div>
          {digits && <Mistakes derived={d} />}
        </div>
      )}
    </>
  )
}
function Curve({ moment: { losses, step, total } }: { readonly moment: Moment }) {
  const all = [...losses, [step, total] as const]
  const top = Math.max(0.1, ...all.map(l => (Number.isFinite(l[1]) ? l[1] : 0)))
  return (
    <div>
      <p class="title">loss of the batches</p>
      <Plot
        label="loss of the batches over steps"
        x={[0, Math.max(20, step)]}
        y={[0, top]}
        height={170}
        ticks={4}
        xLabel="step"
      >
        {(sx, sy) => (
          <path
            class="curve thin"
            d={curvePath(
              sx,
              sy,
              all.map(l => l[0]),
              all.map(l => l[1]),
            )}
          />
        )}
      </Plot>
    </div>
  )
}
const shares = (scores: Scores): number => scores.confusion.flat().reduce((a, b) => a + b, 0)
/** True classes against the network's. */
function Confusion({ title, scores, q }: { readonly title: string; readonly scores: Scores; readonly q: string }) {
  const all = shares(scores)
  const few = scores.confusion.length === 2
  return (
    <table class={few ? 'f1-confusion' : 'f1-confusion many'}>
      <caption>{title}</caption>
      <thead>
        <tr>
          <td />
          {scores.confusion.map((_, says) => (
            <th key={says} scope="col">
              {few ? `says ${says}` : says}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {scores.confusion.map((row, label) => (
          <tr key={label}>
            <th scope="row">
              {few && 'is '}
              {label}
            </th>
            {row.map((count, says) => (
              <td
                key={says}
                class={says === label ? 'right' : 'wrong'}
                style={{ '--tint': `${Math.min(60, Math.round((30 * scores.confusion.length * count) / all))}%` }}
              >
                <Value x={count} q={`${q}-${label}${says}`} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
function Line({ state, derived: { moment, refused } }: Shown<State, Derived>) {
  return moment ? <Formula state={state} moment={moment} /> : <p>{refused}</p>
}
function Hidden({ state, derived: d }: Shown<State, Derived>) {
  const bench = useBench()
  const set = useSet<State>()
  if (bench.isHidden('hidden')) return null
  const { hidden } = state
  const locked = bench.isLocked('hidden')
  return (
    <p class="control">
      <span>hidden units</span>
      {hidden.map((_, l) => (
        <Scrub key={l} k="hidden" i={l} label={`units of hidden layer ${l + 1}`} />
      ))}
      <button type="button" disabled={locked || hidden.length >= 6} onClick={() => set({ hidden: [...hidden, 4] })}>
        + layer
      </button>
      <button
        type="button"
        disabled={locked || hidden.length === 0}
        onClick={() => set({ hidden: hidden.slice(0, -1) })}
      >
        − layer
      </button>
      <span class="quiet">
        <Value x={d.parameters} q="parameters" text={grouped(d.parameters)} /> parameters
      </span>
    </p>
  )
}
/** Numbers of the state, several to a line. */
const Numbers = ({ of }: { readonly of: readonly (readonly [key: string, label: string])[] }) => {
  const bench = useBench()
  return (
    <p class="control">
      {of
        .filter(([k]) => !bench.isHidden(k))
        .map(([k, label]) => (
          <span class="group" key={k}>
            {label} <Scrub k={k} q={k} label={bench.schema[k]!.title} />
          </span>
        ))}
    </p>
  )
}
/** Digits are not for so few units as points are. */
const forData =
  ({ hidden }: State) =>
  (data: string): Partial<State> =>
    data === 'digits' && String(hidden) === String(model.schema.hidden.initial) ? { hidden: [16] } : {}

const Controls = (shown: Shown<State, Derived>) => (
  <>
    <fieldset>
      <legend>examples</legend>
      <Choice k="data" also={forData(shown.state)} />
      {shown.state.data === 'digits' && <Numbers of={[['n', 'of each class']]} />}
      {shown.state.data !== 'own' && shown.state.data !== 'digits' && (
        <Numbers
          of={[
            ['n', 'of each class'],
            ['noise', 'noise'],
            ['ds', 'seed'],
          ]}
        />
      )}
      {shown.state.data !== 'digits' && <Paste />}
    </fieldset>
    <fieldset>
      <legend>network</legend>
      <Hidden {...shown} />
      <Choice k="act" />
      <Numbers of={[['seed', 'seed of the weights']]} />
    </fieldset>
    <fieldset>
      <legend>training</legend>
      <Choice k="loss" />
      <Choice k="opt" />
      <Numbers
        of={[
          ['lr', 'learning rate'],
          ['l2', 'L2, λ'],
          ['batch', 'batch size'],
          ['pace', 'steps at once, when it plays'],
        ]}
      />
    </fieldset>
  </>
)
const Notes = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    {d.moment && <Weights layers={d.moment.layers} parameters={d.parameters} />}
    {state.data === 'digits' ? (
      <p>
        Real handwritten digits of MNIST (LeCun et al. 1998), from 28 × 28 to 14 × 14 pixels; your drawing is moved into
        the middle like they are. A tile of the first layer shows its weights as a picture: blue where ink speaks for
        it, orange where it speaks against. What you let it learn from is there from the first step on. A step is one
        batch of {d.moment?.batchSize ?? state.batch}.
      </p>
    ) : (
      <p>
        Filled points are learned from, hollow ones are held out{state.data === 'own' ? ' (every fourth)' : ''}. Discs
        are class 1, diamonds class 0; your own have a dark edge, and go away when you click them. A step is one batch
        of {d.moment?.batchSize ?? state.batch}. The tiles show what a unit says of every place of the board: choose
        one, and its sum is written out. Same seeds, same numbers: the address holds them all, and going back gives the
        same bits.
      </p>
    )}
  </>
)
const styles = `${boardStyles}${graphStyles}
.f1-reading .draw-pad { max-width: 14rem }
.f1-reading { display: grid; grid-template-columns: minmax(7rem, 10rem) minmax(9rem, 1fr); gap: .6rem 1rem; align-items: start }
.view .f1-likely { width: 100%; max-width: 18rem }
.view .f1-likely td, .view .f1-likely th { padding: 0 .3rem; border: 0; line-height: 1.35 }
.view .f1-likely td:last-child { width: 4.2rem; text-align: right; white-space: nowrap }
.view .f1-likely th { width: 1.4rem }
.f1-bar span { display: block; height: .8rem; background: var(--plus); border-radius: 2px }
.f1-mistakes { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem; margin: 0; padding: 0; font-size: .9rem; text-align: center }
.f1-mistakes .pixels { width: 44px }
.view .f1-own-digit .pixels { width: 28px; display: inline-block; vertical-align: middle }
.f1-paper-side .control button { min-width: 24px; padding-inline: .45rem }
@container (max-width: 30rem) { .f1-reading { grid-template-columns: minmax(0, 1fr) } }
@container (max-width: 62rem) { .picture .pictures { grid-template-columns: minmax(0, 1fr) } .picture .plot { max-width: 30rem; margin-inline: auto } .picture .plot-box { max-width: 30rem; margin-inline: auto } }
.f1-refused { padding: .5rem .8rem; margin: 0 0 .6rem }
.f1-pens { justify-content: center }
.f1-tables { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; justify-content: center }
.view .f1-confusion td.right { background: color-mix(in srgb, var(--good) var(--tint), transparent) }
.view .f1-confusion td.wrong { background: color-mix(in srgb, var(--bad) var(--tint), transparent) }
.view .f1-confusion.many td, .view .f1-confusion.many th { padding: 0 .25rem; text-align: right; font-size: .85rem }
.f1-paste { flex: 1 1 100% }
.f1-paste textarea { width: 100% }
.curve.thin { stroke-width: 1.4 }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
