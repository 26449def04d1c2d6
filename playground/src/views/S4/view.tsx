/** S4: brick and kernel, taken apart into their channels. */
import { useSet } from '../../frame/bench.ts'
import { Cells } from '../../frame/cells.tsx'
import { Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { grouped } from '../../frame/format.ts'
import { Value } from '../../frame/number.tsx'
import { PixelPicker, Pixels, reachOf } from '../../frame/pixels.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const size = 26
const names: Readonly<Record<number, readonly string[]>> = {
  1: ['grey'],
  2: ['first', 'second'],
  3: ['red', 'green', 'blue'],
  4: ['cyan', 'magenta', 'yellow', 'black'],
}

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const { c, f, n, pad } = state
  const middle = Math.floor(f / 2)
  /** The place at which the middle of the kernel is on this pixel, from 1. */
  const place = (pixel: number): number => Math.min(d.size, Math.max(1, pixel + pad - middle + 1))
  const chosen = Math.min(state.kernel, state.kernels)
  const box = { viewBox: `-2 -2 ${f * size + 4} ${f * size + 4}`, style: { maxWidth: `${f * size + 8}px` } }
  return (
    <div>
      {d.patch.map((patch, i) => (
        <div class="slice" key={i}>
          <div class="plane">
            <p class="title">
              {names[c]![i]} {n}×{n}
            </p>
            <PixelPicker
              rows={n}
              columns={n}
              row={d.at.row - pad + middle}
              column={d.at.column - pad + middle}
              around={{ before: middle, size: f }}
              label={`place of the kernel, on channel ${i + 1}`}
              valueText={`row ${d.at.row + 1}, column ${d.at.column + 1}: ${d.value}`}
              onPick={(row, column) => set({ row: place(row), column: place(column) })}
            >
              <Pixels
                values={d.image.subarray(i * n * n, (i + 1) * n * n)}
                width={n}
                height={n}
                high={9}
                label={`channel ${i + 1} of the input`}
              />
            </PixelPicker>
          </div>
          <div>
            <p class="title">under it</p>
            <svg {...box} role="group" aria-label={`pixels of channel ${i + 1}`}>
              <Cells values={patch} label={`pixels of channel ${i + 1}`} size={size} reach={9} />
            </svg>
          </div>
          <span class="sign">·</span>
          <div>
            <p class="title">kernel {chosen}</p>
            <svg {...box} role="group" aria-label={`weights for channel ${i + 1}`}>
              <Cells values={d.weights[i]!} label={`weights for channel ${i + 1}`} size={size} reach={4} />
            </svg>
          </div>
          <span class="sign">
            = <Value x={d.partial[i]!} q={`partial${i + 1}`} />
          </span>
        </div>
      ))}
      <p class="title">
        output: {d.size}×{d.size}×{d.maps.length}
      </p>
      <div class="maps">
        {d.maps.map((map, i) => (
          <button
            type="button"
            key={i}
            aria-pressed={i + 1 === chosen}
            aria-label={`kernel ${i + 1}`}
            onClick={() => set({ kernel: i + 1 })}
          >
            <Pixels
              values={map}
              width={d.size}
              height={d.size}
              signed
              high={reachOf(map)}
              label={`map of kernel ${i + 1}`}
            />
          </button>
        ))}
      </div>
    </div>
  )
}

function Line({ state: { f, c, kernels }, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          {d.partial.map((v, i) => (
            <span key={i}>
              {i > 0 && ' + '}
              <Value x={v} q={`partial${i + 1}`} inProduct={i > 0} />
            </span>
          ))}{' '}
          + <Value x={d.bias} q="bias" inProduct /> = <Value x={d.value} q="value" />
        </span>
        <span class="group quiet">the sums of the channels and the bias</span>
      </p>
      <p class="arithmetic">
        <span class="group">
          {f}·{f}·{c} = <Value x={f * f * c} q="weights" /> weights, + 1 bias;
        </span>
        <span class="group">
          {kernels} kernels: {kernels}·({f * f * c} + 1) = <Value x={d.parameters} q="parameters" /> parameters
        </span>
        <span class="group quiet">
          fully connected: <Value x={d.dense} q="dense" text={grouped(d.dense)} /> weights
        </span>
      </p>
    </>
  )
}

const Controls = () => (
  <>
    <Slider k="kernels" />
    <Slider k="c" />
    <Slider k="f" />
    <Slider k="pad" />
    <Slider k="n" />
    <Slider k="kernel" />
    <Slider k="row" />
    <Slider k="column" />
    <Slider k="seed" />
    <p class="control">
      <Preset set={{ n: 32, c: 3, f: 5, pad: 0, kernels: 6 }}>32×32×3 → 28×28×6</Preset>
      <Preset set={{ n: 32, c: 3, f: 5, pad: 2, kernels: 10 }}>→ 32×32×10</Preset>
      <Preset set={{ n: 32, c: 4, f: 5, pad: 0, kernels: 6 }}>CMYK</Preset>
    </p>
  </>
)

const Notes = () => (
  <ul>
    <li>
      The picture is made by a rule, the kernels are drawn at random as whole numbers, so that a sum can be checked by
      hand. Move over a channel to lay the kernel elsewhere; choose one of the maps to look at its kernel.
    </li>
    <li>The slide counts 75 weights for 5 × 5 on RGB. With the bias there are 76 parameters.</li>
  </ul>
)

const styles = `
.slice { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; margin-bottom: 0.8rem; }
.slice .plane { width: 7.5rem; }
.slice svg { width: 8.5rem; }
.slice .sign { font-size: 1.2rem; }
.maps { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.view .maps button { padding: 3px; width: 4.6rem; }
.view .maps button[aria-pressed="true"] { outline: 2px solid var(--plus); }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
