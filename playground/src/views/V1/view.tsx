/** V1–V3: the ConvNet studio. Every map of a network while it learns; click a pixel to see where it comes from. */
import { useBench, useSet } from '../../frame/bench.ts'
import { Choice, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { brightness, unpackDrawing } from '../../frame/drawing.ts'
import { grouped } from '../../frame/format.ts'
import { later } from '../../frame/later.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { Pixels, reachOf } from '../../frame/pixels.tsx'
import { LabControls } from '../../lab/controls.tsx'
import { centred, digitSide } from '../../lab/digit-file.ts'
import { loadDigits } from '../../lab/digits.ts'
import { type Lab, useLab } from '../../lab/use-lab.ts'
import type { Look, News, Settings, Unit } from './experiment.ts'
import { architectureOf, type Derived, keyOf, model, type State } from './model.ts'
import { cone, type LayerInfo } from './network.ts'
import text from './text.json' with { type: 'json' }

const DrawPad = later(() => import('../../frame/draw-pad.tsx').then(m => m.DrawPad))
const Curves = later(() => import('./curves.tsx').then(m => m.Curves))

/** Picture and line of one view watch the same training. */
const labs = new WeakMap<object, Lab<News>>()

/** The chosen unit, kept inside the network. */
function unitOf(state: State, layers: readonly LayerInfo[]): Look['unit'] {
  const layer = Math.min(state.layer, layers.length - 1)
  const [maps = 1, height = 1, width = 1] = layers[layer]!.shape
  return {
    layer,
    map: Math.min(state.map, maps) - 1,
    row: Math.min(state.row, height) - 1,
    column: Math.min(state.column, width) - 1,
  }
}
const lookOf = (state: State, layers: readonly LayerInfo[]): Look => ({
  picture: state.look === 'digit' ? state.digit - 1 : centred(brightness(unpackDrawing(state.draw, digitSide))),
  what: state.show,
  unit: unitOf(state, layers),
})

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const bench = useBench()
  const set = useSet<State>()
  const look = lookOf(state, d.layers)
  const begin = async (): Promise<Settings> => {
    const now = bench.state.peek() as unknown as State
    return { architecture: architectureOf(now), lr: now.lr, seed: now.seed, digits: await loadDigits() }
  }
  const lab = useLab<News>('convnet', keyOf(state), begin, look)
  labs.set(bench, lab)
  const news = lab.news.value
  const { unit } = look
  return (
    <div class="studio" ref={lab.watch}>
      <LabControls lab={lab} disabled={d.misfit !== undefined} />
      <div class="pictures even">
        <div>
          <p class="title">what the network says{news?.label === undefined ? '' : ` (it is a ${news.label})`}</p>
          <Bars probabilities={news?.probabilities} label={news?.label} />
        </div>
        <Curves news={news} />
      </div>
      <div class="strip">
        {d.layers.map((layer, i) => (
          <Layer
            key={`${i} ${layer.name}`}
            layer={layer}
            index={i}
            values={news?.maps[i]}
            weights={state.show === 'weights' ? news?.weights[i] : undefined}
            before={d.layers[i - 1]}
            tone={state.show === 'gradients' ? 'gradient' : 'value'}
            chosen={unit.layer === i ? unit : undefined}
            box={i < unit.layer && layer.shape.length === 3 ? coneAt(d.layers, unit, i) : undefined}
            onPick={(map, row, column) => set({ layer: i, map: map + 1, row: row + 1, column: column + 1 })}
          />
        ))}
        {d.misfit && (
          <p class="bad" role="status">
            {d.misfit.name} does not fit. {d.misfit.message}
          </p>
        )}
      </div>
    </div>
  )
}
const coneAt = (layers: readonly LayerInfo[], unit: Look['unit'], to: number) =>
  cone(layers, unit.layer, to, unit.row, unit.column)

interface LayerProps {
  readonly layer: LayerInfo
  readonly before: LayerInfo | undefined
  readonly index: number
  readonly values: Float32Array | undefined
  readonly weights: Float32Array | undefined
  readonly tone: 'value' | 'gradient'
  readonly chosen: Look['unit'] | undefined
  readonly box: ReturnType<typeof cone> | undefined
  readonly onPick: (map: number, row: number, column: number) => void
}
function Layer({ layer, before, index, values, weights, tone, chosen, box, onPick }: LayerProps) {
  const flat = layer.shape.length === 1
  const [maps, height, width] = (flat ? [1, 1, layer.shape[0]!] : layer.shape) as [number, number, number]
  const asInput = index === 0 && tone === 'value'
  const reach = values && !asInput ? reachOf(values) : 1
  return (
    <section class="layer" aria-label={layer.name}>
      <p class="title">
        {layer.name} <span class="quiet">{flat ? layer.shape[0] : `${height}×${width}×${maps}`}</span>
        {layer.parameters > 0 && <span class="quiet count">{grouped(layer.parameters)} parameters</span>}
      </p>
      <div class={flat ? 'maps flat' : 'maps'}>
        {values &&
          Array.from({ length: maps }, (_, m) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: a pointer's shortcut; the keyboard has sliders for the same
            // biome-ignore lint/a11y/useKeyWithClickEvents: as above
            <div
              key={m}
              class={`tile ${chosen && (flat || chosen.map === m) ? 'on' : ''}`}
              style={{ width: flat ? '100%' : `${Math.max(30, 2.1 * width + 10)}px` }}
              onClick={event => {
                const area = event.currentTarget.getBoundingClientRect()
                const at = (part: number, n: number): number => Math.min(n - 1, Math.max(0, Math.floor(part * n)))
                const row = at((event.clientY - area.top) / area.height, height)
                const column = at((event.clientX - area.left) / area.width, width)
                if (index === 0) return
                if (flat) onPick(column, 0, 0)
                else onPick(m, row, column)
              }}
            >
              <Pixels
                values={values.subarray(m * height * width, (m + 1) * height * width)}
                width={width}
                height={height}
                high={reach}
                signed={!asInput}
                tone={tone}
                label={flat ? layer.name : `${layer.name}, map ${m + 1}`}
              />
              {chosen && (flat || chosen.map === m) && (
                <Frame
                  box={
                    flat
                      ? { top: 0, left: chosen.map, bottom: 1, right: chosen.map + 1 }
                      : { top: chosen.row, left: chosen.column, bottom: chosen.row + 1, right: chosen.column + 1 }
                  }
                  height={height}
                  width={width}
                />
              )}
              {box && <Frame box={box} height={height} width={width} />}
            </div>
          ))}
      </div>
      {weights && before && <Weights layer={layer} before={before} weights={weights} />}
    </section>
  )
}
function Frame(props: { readonly box: ReturnType<typeof cone>; readonly height: number; readonly width: number }) {
  const { box, height, width } = props
  return (
    <span
      class="picked"
      style={{
        left: `${(100 * box.left) / width}%`,
        top: `${(100 * box.top) / height}%`,
        width: `${(100 * (box.right - box.left)) / width}%`,
        height: `${(100 * (box.bottom - box.top)) / height}%`,
      }}
    />
  )
}
/** Kernels as small pictures, or the matrix of a fully connected layer as one. */
function Weights(props: { readonly layer: LayerInfo; readonly before: LayerInfo; readonly weights: Float32Array }) {
  const { layer, before, weights } = props
  const reach = reachOf(weights)
  if (!layer.window) {
    const inputs = weights.length / layer.shape[0]!
    return (
      <div class="matrix">
        <Pixels
          values={weights}
          width={inputs}
          height={layer.shape[0]!}
          signed
          high={reach}
          label={`weights of ${layer.name}`}
        />
      </div>
    )
  }
  const n = layer.window.size
  const channels = before.shape[0]!
  const count = layer.shape[0]!
  return (
    <div class="kernels">
      {Array.from({ length: count * channels }, (_, i) => (
        <Pixels
          key={i}
          values={weights.subarray(i * n * n, (i + 1) * n * n)}
          width={n}
          height={n}
          signed
          high={reach}
          label={`${layer.name}: kernel ${Math.floor(i / channels) + 1}, slice ${(i % channels) + 1}`}
        />
      ))}
    </div>
  )
}

function Bars({
  probabilities,
  label,
}: {
  readonly probabilities: Float32Array | undefined
  readonly label: number | undefined
}) {
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1
  return (
    <ol class="bars" start={0}>
      {Array.from({ length: 10 }, (_, i) => {
        const p = probabilities?.[i] ?? 0
        return (
          <li key={i} class={`${i === best ? 'best' : ''} ${i === label ? 'true' : ''}`}>
            <b>{i}</b>
            <span class="bar">
              <span style={{ width: `${100 * p}%` }} />
            </span>
            <Value x={p} q={`p${i}`} digits={2} />
          </li>
        )
      })}
    </ol>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  const bench = useBench()
  const news = labs.get(bench)?.news.value
  const { layer, map, row, column } = unitOf(state, d.layers)
  const info = d.layers[layer]!
  const accuracy = news?.accuracies.at(-1)
  const loss = news?.losses.at(-1)
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          step <Value x={news?.step ?? 0} q="step" />
        </span>
        <span class="group">
          {loss ? (
            <>
              loss <Equals x={loss[1]} /> <Value x={loss[1]} q="loss" digits={3} />
            </>
          ) : (
            'not trained yet'
          )}
        </span>
        {accuracy && (
          <span class="group">
            held-out accuracy <Value x={accuracy[1]} q="accuracy" />
          </span>
        )}
        <span class="group quiet">
          parameters <Value x={d.parameters} q="parameters" text={grouped(d.parameters)} />; conv 1 as a fully connected
          layer: <Value x={d.dense} q="dense" text={grouped(d.dense)} /> weights
        </span>
      </p>
      {news?.unit && layer > 0 && (
        <p class="arithmetic unit">
          <span class="group quiet">
            {info.shape.length === 1
              ? `${info.name}, unit ${map + 1}:`
              : `${info.name}, map ${map + 1}, row ${row + 1}, column ${column + 1}:`}
          </span>
          <Explained unit={news.unit} info={info} />
        </p>
      )}
    </>
  )
}
/** The sum behind one unit, with every number where there are not too many. */
function Explained({ unit, info }: { readonly unit: Unit; readonly info: LayerInfo }) {
  const result = (
    <span class="group">
      <Equals x={unit.value} digits={3} /> <Value x={unit.value} q="unit" digits={3} />
    </span>
  )
  const inputs = unit.parts[0]!.inputs.flat()
  if (info.kind === 'relu' || info.kind === 'max' || info.kind === 'average')
    return (
      <>
        <span class="group">
          {info.kind === 'relu' ? 'max(0, ' : info.kind === 'max' ? 'max(' : '('}
          {inputs.map((v, i) => (
            <span key={i}>
              {i > 0 && (info.kind === 'average' ? ' + ' : ', ')}
              <Value x={v} digits={3} inProduct={info.kind === 'average'} />
            </span>
          ))}
          ){info.kind === 'average' && ` / ${inputs.length}`}
        </span>{' '}
        {result}
      </>
    )
  const many = unit.parts.length > 1
  const terms = many
    ? unit.parts.map(p => ({ text: undefined, sum: p.sum }))
    : inputs.map((x, i) => ({ x, w: unit.parts[0]!.weights.flat()[i]!, i })).filter(t => t.x !== 0)
  const zeros = many ? 0 : inputs.length - terms.length
  const shown = many
    ? terms
    : [...(terms as { x: number; w: number }[])].sort((a, b) => Math.abs(b.x * b.w) - Math.abs(a.x * a.w)).slice(0, 25)
  const rest = many ? 0 : unit.parts[0]!.sum - (shown as { x: number; w: number }[]).reduce((s, t) => s + t.x * t.w, 0)
  return (
    <>
      {shown.map((t, i) => (
        <span class="group" key={i}>
          {i > 0 && '+ '}
          {'sum' in t ? (
            <Value x={t.sum} digits={3} inProduct />
          ) : (
            <>
              <Value x={t.x} digits={3} />·<Value x={t.w} digits={3} inProduct />
            </>
          )}
        </span>
      ))}{' '}
      {terms.length > shown.length && (
        <span class="group">
          + <Value x={rest} digits={3} inProduct /> (the other {terms.length - shown.length})
        </span>
      )}{' '}
      <span class="group">
        + <Value x={unit.bias} digits={3} inProduct />
      </span>{' '}
      {result}
      <span class="group quiet">
        {many
          ? `one sum of ${inputs.length} products for each map below, and the bias`
          : zeros > 0
            ? `products and the bias; ${zeros} more inputs are 0`
            : 'products and the bias'}
      </span>
    </>
  )
}

const Controls = ({ state }: Shown<State, Derived>) => (
  <>
    <Choice k="look" />
    {state.look === 'digit' ? <Slider k="digit" /> : <DrawPad k="draw" pen={1.3} />}
    <Choice k="show" />
    <details>
      <summary>look at a unit</summary>
      <Slider k="layer" />
      <Slider k="map" />
      <Slider k="row" />
      <Slider k="column" />
    </details>
    <details>
      <summary>change the network</summary>
      {(['c1', 'f1', 's1', 'p1'] as const).map(k => (
        <Slider key={k} k={k} />
      ))}
      <Choice k="pool1" />
      {(['c2', 'f2', 'p2'] as const).map(k => (
        <Slider key={k} k={k} />
      ))}
      <Choice k="pool2" />
      {(['h1', 'h2', 'lr', 'seed'] as const).map(k => (
        <Slider key={k} k={k} />
      ))}
    </details>
  </>
)

const Notes = () => (
  <ul>
    <li>
      Real handwritten digits (MNIST, in four greys): 4,000 to learn from, 1,000 held out. The network trains in a
      Worker of this page; nothing is sent anywhere. The same seed gives the same network again, bit for bit.
    </li>
    <li>
      Click a pixel of any map: frames show everything it depends on, the line below writes out its sum. Blue is
      positive, orange negative; gradients are magenta and green.
    </li>
    <li>Drawings are shifted so that their weight is in the middle, as MNIST’s digits are.</li>
  </ul>
)

const styles = `
.layer { margin: 0 0 0.6rem; }
.layer .maps { display: flex; flex-wrap: wrap; gap: 3px; min-height: 1.6rem; }
.layer .count { margin-left: 0.8rem; font-weight: 400; }
.layer .quiet { font-weight: 400; }
.tile { position: relative; overflow: hidden; cursor: crosshair; }
.tile.on { outline: 2px solid var(--focus); }
.maps.flat .pixels { height: 18px; }
.kernels { display: flex; flex-wrap: wrap; gap: 2px; margin-top: 4px; }
.kernels .pixels { width: 22px; }
.matrix .pixels { max-height: 8rem; image-rendering: auto; }
.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; }
.bars li { display: grid; grid-template-columns: 1.2rem minmax(0, 1fr) 5.2rem; gap: 0.4rem; align-items: center; }
.bars .bar { display: block; height: 0.9rem; background: var(--raised); border: 1px solid var(--edge); }
.bars .bar span { display: block; height: 100%; background: var(--quiet); }
.bars .best .bar span { background: var(--plus); }
.bars .true b::after { content: " ✓"; color: var(--good); }
.bars .true b { white-space: nowrap; }
.curve.thin { stroke-width: 1.2; }
.curve.accuracy { stroke: var(--good); }
.key::before { content: ""; display: inline-block; width: 1.2rem; height: 3px; background: var(--plus); vertical-align: middle; margin-right: 0.3rem; }
.key.second::before { background: var(--good); }
.unit { line-height: 1.7; font-size: 1rem; }
.studio .pictures { margin: 0.4rem 0 1rem; align-items: start; }
.controls { align-self: start; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
