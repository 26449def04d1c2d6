/** G2: aligned tables, the present row and column lit, the dot product written out. */
import type { ComponentChildren } from 'preact'
import { Choice } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { factor, show } from '../../frame/format.ts'
import { asColumn, MatrixTable } from '../../frame/matrix.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { type Derived, model, type State, stages } from './model.ts'
import text from './text.json' with { type: 'json' }

const layers = [
  { w: 'w1', W: 'W⁽¹⁾', input: 'x', z: 'z2', Z: 'z⁽²⁾', a: 'a2', A: 'a⁽²⁾' },
  { w: 'w2', W: 'W⁽²⁾', input: 'a2', z: 'z3', Z: 'z⁽³⁾', a: 'a3', A: 'a⁽³⁾' },
  { w: 'w3', W: 'W⁽³⁾', input: 'a3', z: 'z4', Z: 'z⁽⁴⁾', a: 'yhat', A: 'ŷ' },
] as const
const inputName = { x: 'x', a2: 'a⁽²⁾', a3: 'a⁽³⁾' } as const
const squash = { softmax: 'softmax', linear: 'as it is', sigmoid: 'σ' } as const
const columnOf = (state: State, d: Derived, name: 'x' | 'a2' | 'a3'): number[][] =>
  name === 'x' ? asColumn(state.x) : d[name].map(r => [...r])

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const now = stages[state.step - 1]
  /** Whether a stage is done. */
  const done = (layer: number, row?: number): boolean =>
    stages.findIndex(
      s => s.layer === layer && (row === undefined ? s.kind === 'squash' : s.kind === 'dot' && s.row === row),
    ) < state.step
  return (
    <div class="layers">
      {layers.map(({ w, W, input, z, Z, a, A }, layer) => {
        const here = now?.layer === layer ? now : undefined
        const dot = here?.kind === 'dot' ? here.row : undefined
        const known = layer === 0 || done(layer - 1)
        const sign: ComponentChildren = layer < 2 ? 'σ' : squash[state.pair]
        return (
          <div class={here ? 'layer now' : 'layer'} key={w}>
            <MatrixTable name={W} label={w} values={state[w]} k={w} q={w} lit={r => r === dot} />
            <span class="op">·</span>
            <MatrixTable
              name={inputName[input]}
              label={input}
              values={columnOf(state, d, input)}
              {...(input === 'x' ? { k: 'x', list: true } : {})}
              q={input}
              lit={() => dot !== undefined}
              unknown={() => !known}
            />
            <span class="op">=</span>
            <MatrixTable name={Z} label={z} values={d[z]} q={z} lit={r => r === dot} unknown={r => !done(layer, r)} />
            <span class="op">→ {sign} →</span>
            <MatrixTable
              name={A}
              label={a}
              values={d[a]}
              q={a}
              lit={() => here?.kind === 'squash'}
              unknown={() => !done(layer)}
            />
          </div>
        )
      })}
    </div>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  const now = stages[state.step - 1]
  if (!now) return <p class="arithmetic">The input waits: press step.</p>
  const { w, Z, z, input, a, A } = layers[now.layer]
  if (now.kind === 'dot') {
    const column = columnOf(state, d, input)
    const result = d[z][now.row]![0]!
    return (
      <p class="arithmetic">
        <span class="group">
          {Z}
          <sub>{now.row + 1}</sub> =
        </span>
        {state[w][now.row]!.map((weight, j) => (
          <span class="group" key={j}>
            {j > 0 && '+ '}
            {factor(weight)} · {factor(column[j]![0]!)}
          </span>
        ))}
        <span class="group">
          <Equals x={result} /> <Value x={result} q={`${z}-${now.row}-0`} />
        </span>
      </p>
    )
  }
  return (
    <p class="arithmetic">
      {d[z].map(([value], i) => (
        <span class="group" key={i}>
          {A}
          <sub>{i + 1}</sub> ={' '}
          {now.layer < 2 || state.pair === 'sigmoid'
            ? `σ(${show(value!)})`
            : state.pair === 'linear'
              ? show(value!)
              : `e^${factor(value!)} / Σ`}{' '}
          ≈ <Value x={d[a][i]![0]!} q={`${a}-${i}-0`} />
        </span>
      ))}
    </p>
  )
}
const Controls = ({ derived: d }: Shown<State, Derived>) => (
  <>
    <Choice k="pair" />
    <p>
      loss J <Equals x={d.J} /> <Value x={d.J} q="J" />
    </p>
  </>
)
const Notes = () => (
  <p>
    Each row of a weight matrix belongs to one unit of the next layer: its dot product with the column of inputs is that
    unit’s sum. Drag any number and everything after it changes; nothing before it does.
  </p>
)
export const layerStyles = `
.stage.with-controls:has(.layers) { grid-template-columns: minmax(0, 1fr) }
.layers { display: grid; gap: .8rem }
.layer { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: center; padding: .4rem .6rem; border: 2px solid var(--edge); border-radius: 8px }
.layer.now { border-color: var(--text) }
.layer .op { font-size: 1.1rem }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles: layerStyles })
