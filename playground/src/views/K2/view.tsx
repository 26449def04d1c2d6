/** K2: a picture of 9 × 9 pixels, a detector, and where it answers. */
import { useSet } from '../../frame/bench.ts'
import { Cells, Window } from '../../frame/cells.tsx'
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { Value } from '../../frame/number.tsx'
import { asKernel, type Derived, model, pictures, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const size = 32
const box = (n: number) => ({
  viewBox: `-3 -3 ${n * size + 6} ${n * size + 6}`,
  style: { maxWidth: `${(n * size + 6) * 1.15}px` },
})

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const own = state.kernel === 'own'
  return (
    <div class="boards k2">
      <div>
        <p class="title">picture: click to paint</p>
        <svg {...box(9)} role="group" aria-label="picture">
          <Cells
            values={state.x}
            k="x"
            label="picture"
            size={size}
            kind={(r, c) => (state.x[r]![c]! > 0 ? 'bright' : 'dark')}
            onPress={(r, c) => set({ x: state.x.with(r, state.x[r]!.with(c, state.x[r]![c]! > 0 ? 0 : 1)) })}
          >
            <Window x={d.column * size} y={d.row * size} rows={3} columns={3} size={size} kind="chosen" />
          </Cells>
        </svg>
      </div>
      <div class="narrow">
        <p class="title">detector</p>
        <svg {...box(3)} role="group" aria-label="detector">
          <Cells values={d.kernel} {...(own ? { k: 'own' } : {})} label="detector" size={size} />
        </svg>
        <p>
          <button type="button" onClick={() => set({ kernel: 'own', own: asKernel(d.patch) })}>
            find the framed patch
          </button>
        </p>
      </div>
      <div>
        <p class="title">response</p>
        <svg {...box(7)} role="group" aria-label="response">
          <Cells
            values={d.out}
            label="response: choose a place"
            size={size}
            onPick={(r, c) => set({ at: r * 7 + c + 1 })}
            q={(r, c) => `out${r + 1},${c + 1}`}
          >
            <Window x={d.column * size} y={d.row * size} rows={1} columns={1} size={size} />
            {d.best.length < 49 &&
              d.best.map(i => (
                <circle
                  key={i}
                  class="best"
                  cx={((i % 7) + 0.5) * size}
                  cy={(Math.floor(i / 7) + 0.5) * size}
                  r={size * 0.42}
                />
              ))}
          </Cells>
        </svg>
      </div>
    </div>
  )
}

function Line({ derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic products">
        {d.patch.flat().map((v, i) => (
          <span class="group" key={i}>
            {i > 0 && '+ '}
            <Value x={v} />·<Value x={d.kernel.flat()[i]!} inProduct />
          </span>
        ))}{' '}
        <span class="group">
          = <Value x={d.value} q="value" />
        </span>
      </p>
      <p class="arithmetic">
        <span class="group">
          greatest response <Value x={d.most} q="most" /> (ringed),
        </span>
        <span class="group">
          to its own pattern <Value x={d.itself} q="itself" />,
        </span>
        <span class="group">
          to even brightness 1 <Value x={d.sum} q="even" />
        </span>
      </p>
    </>
  )
}

const Controls = () => (
  <>
    <Choice k="kernel" />
    <Slider k="at" />
    <p class="control">
      {Object.entries(pictures).map(([name, x]) => (
        <Preset key={name} set={{ x }}>
          {name}
        </Preset>
      ))}
    </p>
  </>
)

const Notes = () => (
  <ul>
    <li>
      The slide’s detectors do not sum to 0: on even, bright ground they answer −3, −3 and −1 although nothing is there.
      They work on dark ground. With −1 2 −1 the sum is 0 and brightness does not matter.
    </li>
    <li>
      The slide’s “corner” is the bright lower right part of its kernel: the top left corner of a bright thing. Other
      corners need other kernels.
    </li>
    <li>
      A network that is trained invents its own detectors. Here you can: frame a patch, press “find the framed patch”.
    </li>
  </ul>
)

const styles = `
.boards { display: flex; flex-wrap: wrap; gap: 1rem 1.75rem; align-items: start; }
.boards > div { flex: 1 1 14rem; max-width: 22rem; }
.boards > .narrow { flex: 0 1 9rem; }
.k2 .cell.bright .ground { fill: light-dark(#fff, #e9ecf0); }
.view .k2 .cell.bright text { fill: #16191d; }
.k2 .cell.dark .ground { fill: light-dark(#3a424e, #14171c); }
.view .k2 .cell.dark text { fill: #e9ecf0; }
.k2 .cell.bright .tint, .k2 .cell.dark .tint { fill: none; }
.window.chosen { stroke: var(--focus); }
.best { fill: none; stroke: var(--good); stroke-width: 3; pointer-events: none; }
.products { line-height: 1.7; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
