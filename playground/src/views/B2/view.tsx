/** B2: a column δ, a row xᵀ, the matrix between them. */
import { useSet } from '../../frame/bench.ts'
import { defineView, type Shown } from '../../frame/define.ts'
import { factor, show } from '../../frame/format.ts'
import { asColumn, MatrixTable } from '../../frame/matrix.tsx'
import { subscript } from '../../frame/network.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const [i, j] = [state.i - 1, state.j - 1]
  return (
    <div class="outer">
      <div class="corner quiet">choose a product</div>
      <MatrixTable name="xᵀ" label="x" values={[state.x]} k="x" list q="x" lit={(_, c) => c === j} note="local input" />
      <MatrixTable
        name="δ"
        label="delta"
        values={asColumn(d.delta)}
        q="delta"
        kind="gradient"
        lit={r => r === i}
        note="error signal"
      />
      <table class="matrix gradient" aria-label="the gradient of W">
        <caption>∂s/∂W = δxᵀ</caption>
        <tbody>
          {d.outer.map((row, r) => (
            <tr key={r}>
              {row.map((value, c) => (
                <td key={c} class={r === i && c === j ? 'lit' : r === i || c === j ? 'cross' : ''}>
                  <button
                    type="button"
                    aria-pressed={r === i && c === j}
                    data-q={`dW-${r}-${c}`}
                    data-value={String(value)}
                    title={String(value)}
                    onClick={() => set({ i: r + 1, j: c + 1 })}
                    onPointerEnter={event => event.pointerType === 'mouse' && set({ i: r + 1, j: c + 1 })}
                  >
                    {show(value, 3)}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  const [i, j] = [state.i - 1, state.j - 1]
  const value = d.outer[i]![j]!
  return (
    <p class="arithmetic">
      <span class="group">
        ∂s/∂W<sub>{`${state.i}${state.j}`}</sub> = δ{subscript(state.i)} · x{subscript(state.j)} =
      </span>
      <span class="group">
        <Value x={d.delta[i]!} q={`delta-${i}-0`} inProduct kind="gradient" /> · {factor(state.x[j]!)}{' '}
        <Equals x={value} /> <Value x={value} q="product" kind="gradient" />
      </span>
      <span class="group quiet">
        engine: <Value x={d.gradient[i]![j]!} q="engine" kind="gradient" />, central difference:{' '}
        <Value x={d.difference} q="difference" kind="gradient" />
      </span>
    </p>
  )
}
const Controls = ({ state }: Shown<State, Derived>) => (
  <div class="given">
    <MatrixTable
      name="W"
      label="W"
      values={state.W}
      k="W"
      q="W"
      lit={(r, c) => r === state.i - 1 && c === state.j - 1}
    />
    <MatrixTable name="b" label="b" values={asColumn(state.b)} k="b" list q="b" />
    <MatrixTable name="U" label="U" values={asColumn(state.U)} k="U" list q="U" />
  </div>
)
/** The slide's derivation, one line for each step, its numbers behind it. */
function Notes({ state, derived: d }: Shown<State, Derived>) {
  const i = state.i - 1
  const [I, IJ] = [subscript(state.i), subscript(`${state.i}${state.j}`)]
  const J = subscript(state.j)
  const n = (x: number, q?: string) => <Value x={x} inProduct {...(q ? { q } : {})} />
  const lines = [
    <>
      ∂/∂W{IJ} Uᵀa = ∂/∂W{IJ} U{I}a{I}{' '}
      <span class="quiet">
        only a{I} = {n(d.a[i]!)} depends on W{IJ}
      </span>
    </>,
    <>
      = U{I} · ∂a{I}/∂z{I} · ∂z{I}/∂W{IJ}{' '}
      <span class="quiet">
        U{I} = {n(state.U[i]!, `U-${i}-0`)}
      </span>
    </>,
    <>
      = U{I} · f′(z{I}) · ∂z{I}/∂W{IJ}{' '}
      <span class="quiet">
        f′({n(d.z[i]!)}) = f(1 − f) = {n(d.slope[i]!)}
      </span>
    </>,
    <>
      = U{I} · f′(z{I}) · ∂(Σₖ W{I}ₖxₖ + b{I})/∂W{IJ}{' '}
      <span class="quiet">
        z{I} = {n(d.z[i]!)}
      </span>
    </>,
    <>
      = U{I} · f′(z{I}) · x{J}{' '}
      <span class="quiet">
        x{J} = {n(state.x[state.j - 1]!, `x-0-${state.j - 1}`)}
      </span>
    </>,
    <>
      = δ{I} · x{J} with δ{I} = U{I}f′(z{I}) = {n(d.delta[i]!, `delta-${i}-0`)}
    </>,
  ]
  return (
    <>
      <ol class="derivation">
        {lines.slice(0, state.step).map((line, k) => (
          <li key={k}>{line}</li>
        ))}
      </ol>
      <p>
        Change one x and one column of the matrix scales; change one U and one row does. The slide derives ∂s/∂W and
        ends with ∂J/∂W: that needs a further factor ∂J/∂s, which is 1 only if J is s.
      </p>
    </>
  )
}
const styles = `
.outer { display: grid; grid-template-columns: auto auto; gap: .4rem .6rem; justify-content: center; align-items: center; justify-items: center }
.outer .corner { font-size: .85rem; max-width: 6rem; text-align: center }
.view .outer td { padding: 0 }
.view .outer td button { width: 100%; min-width: 2.7rem; padding: .1rem .2rem; border: 0; border-radius: 0; background: transparent; color: inherit; font-variant-numeric: tabular-nums }
.view .outer td.cross { background: color-mix(in srgb, var(--gradient) 10%, transparent) }
.given { display: flex; flex-wrap: wrap; gap: .5rem 1rem }
.derivation { list-style: none; padding: 0; margin: 0 0 .6rem }
.derivation li { padding: .15rem 0 }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
