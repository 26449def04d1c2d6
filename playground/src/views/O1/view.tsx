/** O1: patches, their values, where a gradient goes, and a picture that is shifted. */
import { useSet } from '../../frame/bench.ts'
import { Cells, SizeSlider, Window } from '../../frame/cells.tsx'
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { Equals, Value } from '../../frame/number.tsx'
import { type Derived, model, type State, slideInput } from './model.ts'
import text from './text.json' with { type: 'json' }

const size = 40

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const { x, f, s } = state
  const width = d.out[0]!.length
  const pick = (r: number, c: number): void => set({ step: r * width + c + 1 })
  const { row, column } = d.at
  const box = (rows: number, columns: number, cell = size) => ({
    viewBox: `-2 -2 ${columns * cell + 4} ${rows * cell + 4}`,
    style: { maxWidth: `${(columns * cell + 4) * 1.1}px` },
  })
  const patch = <Window x={column * s * size} y={row * s * size} rows={f} columns={f} size={size} />
  return (
    <div class="boards">
      <div>
        <p class="title">picture</p>
        <svg {...box(x.length, x[0]!.length)} role="group" aria-label="picture">
          <Cells
            values={x}
            k="x"
            label="picture"
            size={size}
            q={(r, c) =>
              width > 0 && r % s < f && c % s < f && s >= f
                ? `patch${Math.floor(r / s)},${Math.floor(c / s)}`
                : undefined
            }
          >
            {patch}
          </Cells>
        </svg>
      </div>
      <div>
        <p class="title">output</p>
        <svg {...box(d.out.length, width)} role="group" aria-label="output">
          <Cells
            values={d.out}
            label="output: choose a patch"
            size={size}
            onPick={pick}
            text={v => (Number.isInteger(v) ? String(v).replace('-', '−') : v.toFixed(2).replace('-', '−'))}
            q={(r, c) => `patch${r},${c}`}
          >
            <Window x={column * size} y={row * size} rows={1} columns={1} size={size} />
          </Cells>
        </svg>
      </div>
      <div>
        <p class="title back-title">∂ chosen output / ∂ pixel</p>
        <svg {...box(x.length, x[0]!.length)} role="group" aria-label="gradient of the chosen output" class="gradients">
          <Cells
            values={d.gradient}
            label="gradient of the chosen output"
            size={size}
            text={v => (v === 0 ? '0' : Number.isInteger(v) ? String(v) : v.toFixed(2))}
          >
            {patch}
          </Cells>
        </svg>
      </div>
      {state.shift > 0 && (
        <div>
          <p class="title">shifted by {state.shift}: output</p>
          <svg {...box(d.movedOut.length, width)} role="group" aria-label="output of the shifted picture">
            <Cells
              values={d.movedOut}
              label="output of the shifted picture"
              size={size}
              text={v => (Number.isInteger(v) ? String(v).replace('-', '−') : v.toFixed(2).replace('-', '−'))}
              mark={(r, c) => (Math.abs(d.out[r]![c]! - d.movedOut[r]![c]!) < 1e-6 ? undefined : 'hatch')}
            />
          </svg>
        </div>
      )}
    </div>
  )
}

const Terms = ({ values, square = false }: { readonly values: readonly number[]; readonly square?: boolean }) => (
  <>
    {values.map((v, i) => (
      <span key={i}>
        {i > 0 && (square ? ' + ' : ', ')}
        <Value x={v} inProduct={square} />
        {square && '²'}
      </span>
    ))}
  </>
)
const Sum = ({ values }: { readonly values: readonly number[] }) => (
  <>
    {values.map((v, i) => (
      <span key={i}>
        {i > 0 && ' + '}
        <Value x={v} inProduct={i > 0} />
      </span>
    ))}
  </>
)

function Line({ state, derived: d }: Shown<State, Derived>) {
  const { patch } = d
  return (
    <>
      <p class="arithmetic">
        <span class="group formula">
          {state.kind === 'max' && (
            <>
              max(
              <Terms values={patch} />)
            </>
          )}
          {state.kind === 'sum' && <Sum values={patch} />}
          {state.kind === 'average' && (
            <>
              (<Sum values={patch} />) / {patch.length}
            </>
          )}
          {state.kind === 'l2' && (
            <>
              √(
              <Terms values={patch} square />)
            </>
          )}
          {state.kind === 'rms' && (
            <>
              √((
              <Terms values={patch} square />) / {patch.length})
            </>
          )}
        </span>{' '}
        <span class="group">
          <Equals x={d.value} /> <Value x={d.value} q={`patch${d.at.row},${d.at.column}`} />
        </span>
      </p>
      {state.shift > 0 && (
        <p>
          The picture shifted by {state.shift} to the right: <Value x={d.same} q="same" /> of {d.out.flat().length}{' '}
          outputs are unchanged{d.same < d.out.flat().length ? ' (the others are hatched)' : ''}.
        </p>
      )}
    </>
  )
}

const Controls = () => (
  <>
    <Choice k="kind" />
    <Slider k="f" />
    <Slider k="s" />
    <Slider k="shift" />
    <SizeSlider k="x" axis="both" min={4} max={8} title="picture" />
    <p class="control">
      <Preset set={{ x: slideInput, kind: 'max', f: 2, s: 2, shift: 1, step: 1 }}>as on the slide</Preset>
      <Preset
        set={{
          x: [
            [0, 0, 0, 0],
            [8, 0, 0, 0],
            [0, 0, 6, 0],
            [0, 0, 0, 0],
          ],
          kind: 'max',
          f: 2,
          s: 2,
          shift: 1,
          step: 1,
        }}
      >
        a shift that max pooling survives
      </Preset>
    </p>
  </>
)

const Notes = () => (
  <ul>
    <li>
      “Invariance” is true of small shifts that keep the largest value in its patch; the table of the shifted picture
      shows what really happens. Convolution itself is <em>equivariant</em>: its output shifts along.
    </li>
    <li>
      “L2 pooling” is the norm √Σx² here; some books divide by the number of pixels first (root mean square). Both are
      in the list.
    </li>
    <li>Pooling has no parameters that are learned. Window, stride and kind are chosen by people.</li>
  </ul>
)

const styles = `
.boards { display: flex; flex-wrap: wrap; gap: 1rem 1.75rem; align-items: start; }
.boards > div { flex: 0 1 auto; min-width: 8.5rem; }
.boards svg { min-width: 6rem; width: 11.5rem; }
.boards .gradients .cell.plus .tint, .boards .gradients .cell.minus .tint { fill: var(--gradient); }
.back-title { color: var(--gradient); }
.formula { white-space: normal; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
