/** K1: picture, kernel, output; every output pixel explains itself. */
import { useState } from 'preact/hooks'
import { useBench, useSet } from '../../frame/bench.ts'
import { Cells, SizeSlider } from '../../frame/cells.tsx'
import { Choice, Preset, Slider, Toggle } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { later } from '../../frame/later.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { PixelPicker, Pixels } from '../../frame/pixels.tsx'
import { type Derived, model, presets, type State } from './model.ts'
import { readPicture } from './own.ts'
import text from './text.json' with { type: 'json' }

const DrawPad = later(() => import('../../frame/draw-pad.tsx').then(m => m.DrawPad))

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const [stretched, setStretched] = useState(false)
  const { width, height, at } = d
  const top = Math.max(1, ...(state.image === 'slide' ? d.pixels : [1]))
  const around = { before: Math.floor(d.laid.length / 2), size: d.laid.length }
  const pick = (row: number, column: number): void => set({ row: row + 1, column: column + 1 })
  const picker = {
    rows: height,
    columns: width,
    ...at,
    valueText: `row ${at.row + 1}, column ${at.column + 1}: ${show(d.value)}`,
    onPick: pick,
  }
  const size = 40
  const columns = state.k[0]!.length
  return (
    <div class={`k1 ${width > height ? '' : 'square'}`}>
      <div class="image">
        <p class="title">picture</p>
        {state.image === 'drawn' ? (
          <DrawPad k="draw" />
        ) : (
          <PixelPicker {...picker} label="pixel of the picture" around={around}>
            <Pixels values={d.pixels} width={width} height={height} high={top} label="the picture" />
          </PixelPicker>
        )}
      </div>
      <div class="kernel">
        <p class="title">kernel</p>
        <svg
          viewBox={`-2 -2 ${columns * size + 4} ${state.k.length * size + 4}`}
          style={{ maxWidth: `${columns * size + 4}px` }}
          role="group"
          aria-label="kernel"
        >
          <Cells values={state.k} k="k" label="kernel" size={size} />
        </svg>
      </div>
      <div class="image">
        <p class="title">output</p>
        <PixelPicker {...picker} label="pixel of the output">
          <Pixels
            values={d.out}
            width={width}
            height={height}
            low={stretched ? d.least : 0}
            high={stretched ? d.most : top}
            label="the output"
          />
        </PixelPicker>
        <label class="stretch">
          <input type="checkbox" checked={stretched} onChange={event => setStretched(event.currentTarget.checked)} />{' '}
          show {show(d.least, 3)} as black and {show(d.most, 3)} as white
        </label>
      </div>
    </div>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  const weights = d.laid.flat()
  return (
    <>
      <p class="arithmetic products">
        {d.divisor !== 1 && <span class="group">(</span>}
        {d.under.flat().map((v, i) => (
          <span class="group" key={i}>
            {i > 0 && '+ '}
            <Value x={v} digits={3} />·<Value x={weights[i]!} inProduct />
          </span>
        ))}
        {d.divisor !== 1 && (
          <span class="group">
            ) / <Value x={d.divisor} />
          </span>
        )}{' '}
        <span class="group">
          <Equals x={d.value} /> <Value x={d.value} q="value" />
        </span>
      </p>
      <p class="arithmetic">
        <span class="group">
          sum of the weights = <Value x={d.gain} q="gain" />
        </span>
        <span class="group quiet">
          {d.gain === 0
            ? 'even ground becomes 0: only changes are seen'
            : d.divisor !== 1 || d.gain === 1
              ? 'brightness is kept'
              : `even ground becomes ${show(d.gain)} × as bright`}
        </span>
        <span class="group">
          outputs from <Value x={d.least} q="least" /> to <Value x={d.most} q="most" />
        </span>
        {state.image !== 'slide' && d.below + d.above > 0 && (
          <span class="group quiet">
            black although below 0: <Value x={d.below} q="below" /> pixels; white although above 1:{' '}
            <Value x={d.above} q="above" />
          </span>
        )}
      </p>
    </>
  )
}

/** Takes a picture from the reader's disk. */
function OwnFile({ derived: { missing } }: { readonly derived: Derived }) {
  const bench = useBench()
  const set = useSet<State>()
  const [problem, setProblem] = useState<string>()
  if (bench.isHidden('file')) return null
  const said = problem ?? missing
  return (
    <p class="control">
      <label>
        your picture{' '}
        <input
          type="file"
          accept="image/*"
          disabled={bench.isLocked('file')}
          onChange={async event => {
            const file = event.currentTarget.files?.[0]
            if (!file) return
            try {
              await readPicture(file)
              setProblem(undefined)
              set({ image: 'own', file: file.name })
            } catch (error) {
              setProblem((error as Error).message)
            }
          }}
        />
      </label>
      {said && (
        <span class="k1-said" role="status">
          {said}
        </span>
      )}
    </p>
  )
}
const Controls = ({ state, derived }: Shown<State, Derived>) => (
  <>
    <Choice k="image" />
    {state.image === 'own' && <OwnFile derived={derived} />}
    <p class="control">
      {Object.entries(presets).map(([name, k]) => (
        <Preset key={name} set={{ k }}>
          {name}
        </Preset>
      ))}
    </p>
    <Toggle k="divide" />
    <Choice k="mode" />
    <Choice k="border" />
    <SizeSlider k="k" axis="both" min={1} max={7} title="kernel side" />
    {state.image !== 'slide' && (
      <>
        <Slider k="row" />
        <Slider k="column" />
      </>
    )}
  </>
)

const Notes = () => (
  <ul>
    <li>
      Move over a picture to see the products of one pixel. Numbers of the kernel can be changed: drag one sideways, or
      focus it and type.
    </li>
    <li>
      The slides’ smoothing kernels sum to 9 and 8: undivided they make the picture 9 and 8 times as bright. Their
      “Gaussian blur” is Gaussian-like: it has rank 2, a true Gaussian is a column times a row.
    </li>
    <li>Both sharpening kernels sum to 1 and keep brightness. “Emboss” is named on the slide, without numbers.</li>
    <li>
      The slide’s example gives 2 as the kernel is written. Turned by 180°, as convolution is defined, it gives −2. The
      kernel is Sobel’s for vertical edges.
    </li>
  </ul>
)

const styles = `
.k1 { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
.k1 .kernel svg { min-width: 7.5rem; }
.k1.square .image { max-width: 20rem; }
.stretch { display: inline-flex; gap: 0.4rem; align-items: center; font-size: 0.9rem; margin-top: 0.3rem; }
@container (min-width: 46rem) { .k1 { grid-template-columns: minmax(0, 1fr) 8rem minmax(0, 1fr); } }
.products { line-height: 1.7; }
.view input[type="file"] { max-width: 100%; font: inherit; }
.k1-said { color: var(--bad); }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
