/** B1: chips for the factors, matrices beside them, a check with differences. */
import type { ComponentChildren } from 'preact'
import { Choice, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { MatrixTable } from '../../frame/matrix.tsx'
import { Value } from '../../frame/number.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

/** A factor of an equation: its sign, and its shape below. */
const Chip = ({
  q,
  shape,
  children,
}: {
  readonly q: string
  readonly shape: string
  readonly children: ComponentChildren
}) => (
  <span class="factor" data-q={q}>
    {children}
    <small>{shape}</small>
  </span>
)
function Equations({ state }: { readonly state: State }) {
  const m = state.form === 'matrix'
  const T = m ? 'ᵀ' : ''
  const dot = m ? '' : ' · '
  const times = m ? ' ⊙ ' : ' · '
  const error = (
    <Chip q="delta4" shape="3×1">
      (ŷ − y)
    </Chip>
  )
  const w3 = (
    <Chip q="w3" shape={m ? '4×3' : '3×4'}>
      W⁽³⁾{T}
    </Chip>
  )
  const w2 = (
    <Chip q="w2" shape="4×4">
      W⁽²⁾{T}
    </Chip>
  )
  const s3 = (
    <Chip q="a3" shape="4×1">
      σ′(z⁽³⁾)
    </Chip>
  )
  const s2 = (
    <Chip q="a2" shape="4×1">
      σ′(z⁽²⁾)
    </Chip>
  )
  const a3 = (
    <Chip q="a3" shape={m ? '1×4' : '4×1'}>
      a⁽³⁾{T}
    </Chip>
  )
  const a2 = (
    <Chip q="a2" shape={m ? '1×4' : '4×1'}>
      a⁽²⁾{T}
    </Chip>
  )
  const x = (
    <Chip q="x" shape={m ? '1×3' : '3×1'}>
      X{T}
    </Chip>
  )
  const back3 = m ? (
    <>
      ({w3}
      {error}
      {times}
      {s3})
    </>
  ) : (
    <>
      {error}
      {dot}
      {w3}
      {dot}
      {s3}
    </>
  )
  const lines = [
    { at: 2, left: '∂J/∂W⁽³⁾', right: <>{error}{dot}{a3}</> },
    { at: 4, left: '∂J/∂W⁽²⁾', right: <>{back3}{dot}{a2}</> },
    { at: 6, left: '∂J/∂W⁽¹⁾', right: m ? <>({w2}{back3}{times}{s2}){x}</> : <>{back3}{dot}{w2}{dot}{s2}{dot}{x}</> },
  ] // biome-ignore format: one line each
  return (
    <div class="equations">
      {lines.map(({ at, left, right }) => (
        <p key={at} class={state.step >= at ? 'equation' : 'equation waiting'}>
          <span class="left">{left} =</span> {right}
        </p>
      ))}
    </div>
  )
}
function Picture({ state, derived: d }: Shown<State, Derived>) {
  const wait = (at: number) => () => state.step < at
  const blocks = [
    { delta: d.delta4, name: 'δ⁽⁴⁾', q: 'delta4', at: 1, w: 'w3', W: '∂J/∂W⁽³⁾' },
    { delta: d.delta3, name: 'δ⁽³⁾', q: 'delta3', at: 3, w: 'w2', W: '∂J/∂W⁽²⁾' },
    { delta: d.delta2, name: 'δ⁽²⁾', q: 'delta2', at: 5, w: 'w1', W: '∂J/∂W⁽¹⁾' },
  ] as const
  return (
    <div class="b1">
      <Equations state={state} />
      <div class="layers">
        {blocks.map(({ delta, name, q, at, w, W }) => (
          <div key={w} class={state.step === at || state.step === at + 1 ? 'layer now' : 'layer'}>
            <MatrixTable name={name} label={q} values={delta} q={q} kind="gradient" unknown={wait(at)} />
            <MatrixTable
              name={W}
              label={`gradient of ${w}`}
              values={d.slide[w]}
              q={`d${w}`}
              kind="gradient"
              unknown={wait(at + 1)}
            />
            <MatrixTable name={w.replace('w', 'W ')} label={w} values={state[w]} k={w} q={w} />
          </div>
        ))}
      </div>
    </div>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          ŷ − y ={' '}
          {d.delta4.map((r, i) => (
            <span key={i}>
              {i > 0 && ', '}
              <Value x={r[0]!} q={`delta4-${i}-0`} kind="gradient" />
            </span>
          ))}
        </span>
        <span class="group">
          J ≈ <Value x={d.J} q="J" />
        </span>
        <span class={d.deviation < 1e-5 ? 'good' : 'bad'}>
          largest deviation of the slide’s equations from the engine: <Value x={d.deviation} q="deviation" digits={2} />{' '}
          {d.deviation < 1e-5 ? '✓ exact' : '✗ a factor is missing'}
        </span>
      </p>
      <div class="scroller" tabindex={0} role="region" aria-label="check by differences">
        <table>
          <caption>the first weight of each matrix, checked with ε = {show(10 ** state.eps)}</caption>
          <thead>
            <tr>
              <th scope="col">weight</th>
              <th scope="col">slide</th>
              <th scope="col">engine</th>
              <th scope="col">(J(w + ε) − J(w − ε)) / 2ε</th>
            </tr>
          </thead>
          <tbody>
            {(['w3', 'w2', 'w1'] as const).map(w => (
              <tr key={w}>
                <th scope="row">
                  {w.replace('w', 'W⁽').concat('⁾').replace('3', '³').replace('2', '²').replace('1', '¹')}₁₁
                </th>
                <td>
                  <Value x={d.slide[w][0]![0]!} q={`slide-${w}`} kind="gradient" />
                </td>
                <td>
                  <Value x={d.engine[w][0]![0]!} q={`engine-${w}`} kind="gradient" />
                </td>
                <td>
                  <Value x={d.differences[w]} q={`difference-${w}`} kind="gradient" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
const Controls = () => (
  <>
    <Choice k="form" />
    <Choice k="pair" />
    <Slider k="class" />
    <Slider k="eps" />
  </>
)
const Notes = ({ state }: Shown<State, Derived>) => (
  <p>
    The slide’s equations are exact for two pairs of output and loss: softmax with cross entropy, and a linear output
    with ½‖ŷ − y‖². {state.pair === 'sigmoid' ? 'Now chosen is' : 'Choose'} the pair of the deck’s own worked example,
    sigmoid with a squared error: then δ⁽⁴⁾ lacks the factor 2σ′(z⁽⁴⁾), and every equation is off by it. The slide’s
    form leaves out which products are element by element (⊙) and what is transposed; with them the shapes fit. Too
    large an ε cuts corners, too small an ε drowns in rounding.
  </p>
)
const styles = `
.stage.with-controls:has(.layers) { grid-template-columns: minmax(0, 1fr) }
.equations { padding: .3rem 0; font-size: 1.15rem }
.equation { margin: .4rem 0; line-height: 2.4 }
.equation.waiting { opacity: .75; border-left: 3px dotted var(--edge); padding-left: .4rem }
.factor { display: inline-grid; justify-items: center; padding: 0 .3rem; margin: 0 .1rem; border: 1px solid var(--gradient); border-radius: 6px; line-height: 1.4; vertical-align: middle }
.factor small { color: var(--quiet); font-size: .7rem; line-height: 1.1 }
.layers { display: grid; gap: .8rem }
.layer { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; padding: .4rem .6rem; border: 2px solid var(--edge); border-radius: 8px }
.layer.now { border-color: var(--gradient) }
@container (min-width: 60rem) { .b1 { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); gap: 1.5rem } }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
