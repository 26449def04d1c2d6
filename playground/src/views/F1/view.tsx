/** F1: data and boundary, the network with its numbers, the loss over the steps. */
import { useBench } from '../../frame/bench.ts'
import { Choice, Preset, Slider, Toggle } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { TextLine } from '../../frame/field.tsx'
import { show } from '../../frame/format.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { Disc, Wire } from '../../frame/network.tsx'
import { Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { TextArea } from '../../frame/text-area.tsx'
import { presets } from './data.ts'
import { cells, type Derived, model, type State, says } from './model.ts'
import text from './text.json' with { type: 'json' }

const weightName = (l: number, i: number, j: number): string => `w${l}-${i}-${j}`
const biasName = (l: number, j: number): string => `b${l}-${j}`

function Network({ layers }: { readonly layers: Derived['layers'] }) {
  const sizes = [2, ...layers.map(l => l.b.length)]
  const height = 44 * Math.max(...sizes) + 20
  const at = (l: number, i: number): [number, number] => [
    36 + (l * 268) / (sizes.length - 1),
    height / 2 + 44 * (i - (sizes[l]! - 1) / 2),
  ]
  return (
    <svg class="network" viewBox={`0 0 340 ${height}`} role="img" aria-label={`a network of ${sizes.join(', ')} units`}>
      {layers.map(({ w }, l) =>
        w.map((row, i) =>
          row.map((v, j) => (
            <Wire
              key={weightName(l, i, j)}
              from={at(l, i)}
              to={at(l + 1, j)}
              weight={Number.isFinite(v) ? v : 0}
              q={weightName(l, i, j)}
            />
          )),
        ),
      )}
      {sizes.map((n, l) =>
        Array.from({ length: n }, (_, i) => {
          const [x, y] = at(l, i)
          const name = l === 0 ? `x${'₁₂'[i]}` : l === sizes.length - 1 ? 'ŷ' : `h${i + 1}`
          return (
            <Disc key={`${l}-${i}`} x={x} y={y} r={18} {...(l > 0 && { q: biasName(l - 1, i) })}>
              {name}
            </Disc>
          )
        }),
      )}
    </svg>
  )
}
function Picture({ state, derived: d }: Shown<State, Derived>) {
  const bench = useBench()
  const finite = d.losses.filter(Number.isFinite)
  const locked = bench.isLocked('csv') || bench.isLocked('data')
  const add = (x: number, y: number, label: number): void => {
    const before = state.data === 'own' ? state.csv.trimEnd() : d.points.map(p => p.join(',')).join('\n')
    const [a, b] = [x, y].map(c => Math.round(100 * c) / 100 + 0) // no −0
    const line = `${a},${b},${label}`
    bench.set({ data: 'own', csv: before === '' ? line : `${before}\n${line}` })
  }
  return (
    <div class="pictures even">
      <Plot
        width={340}
        height={320}
        x={d.span}
        y={d.span}
        xLabel="x₁"
        yLabel="x₂"
        label="the points, and what the network says everywhere: blue for class 1, orange for class 0"
        under={<Heatmap values={d.surface} n={cells} middle={0.5} reach={0.5} />}
      >
        {(sx, sy) => (
          <>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the CSV field does the same for the keyboard */}
            <rect
              class="board"
              x={sx(d.span[0])}
              y={sy(d.span[1])}
              width={sx(d.span[1]) - sx(d.span[0])}
              height={sy(d.span[0]) - sy(d.span[1])}
              onClick={event => {
                if (locked) return
                const box = event.currentTarget.getBoundingClientRect()
                const part = (at: number, from: number, size: number): number =>
                  d.span[0] + ((at - from) / size) * (d.span[1] - d.span[0])
                add(
                  part(event.clientX, box.left, box.width),
                  -part(event.clientY, box.top, box.height),
                  event.shiftKey ? 0 : 1,
                )
              }}
            />
            {d.points.map(([x, y, label], i) => (
              <g key={i} data-q={`point${i}`}>
                <circle class={label ? 'sample filled' : 'sample'} cx={sx(x)} cy={sy(y)} r={5} />
                {says(d.outputs[i]!) !== label && (
                  <text class="small" x={sx(x) + 6} y={sy(y) - 5}>
                    ✗
                  </text>
                )}
              </g>
            ))}
          </>
        )}
      </Plot>
      <Network layers={d.layers} />
      <Plot
        width={340}
        height={180}
        x={[0, Math.max(10, state.step)]}
        y={[0, Math.max(0.1, ...finite) * 1.05]}
        xLabel="step"
        yLabel="loss"
        label={`loss over the steps, now ${show(d.loss)}`}
      >
        {(sx, sy) => (
          <path
            class="curve"
            d={curvePath(
              sx,
              sy,
              finite.map((_, i) => i),
              finite,
            )}
          />
        )}
      </Plot>
    </div>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  const bench = useBench()
  const [right, all] = [d.confusion[0]![0]! + d.confusion[1]![1]!, d.points.length]
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          loss <Value x={d.loss} q="loss" />
        </span>
        <span class={right === all ? 'group good' : 'group'}>
          <Value x={right} q="right" /> of {all} points right
        </span>
      </p>
      {d.divergence && (
        <p class="bad" role="status">
          {d.divergence}{' '}
          {d.lastFinite < state.step && (
            <button type="button" onClick={() => bench.set({ step: Math.max(0, d.lastFinite) })}>
              go back to step {Math.max(0, d.lastFinite)}, the last finite one
            </button>
          )}
        </p>
      )}
      {d.layers.map(({ w, b }, l) => (
        <div class="scroller" key={l} tabIndex={0} role="region" aria-label={`weights of layer ${l + 1}`}>
          <table class="twin">
            <caption>layer {l + 1}</caption>
            <tbody>
              {w.map((row, i) => (
                <tr key={i}>
                  <th scope="row">{l === 0 ? `x${'₁₂'[i]}` : `h${i + 1}`}</th>
                  {row.map((v, j) => (
                    <td key={j}>
                      <Value x={v} q={weightName(l, i, j)} />
                    </td>
                  ))}
                </tr>
              ))}
              <tr>
                <th scope="row">bias</th>
                {b.map((v, j) => (
                  <td key={j}>
                    <Value x={v} q={biasName(l, j)} />
                  </td>
                ))}
              </tr>
            </tbody>
          </table>
        </div>
      ))}
    </>
  )
}
const Controls = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <Choice k="data" />
    {state.data === 'own' && <TextArea k="csv" rows={5} />}
    {d.problem && (
      <p class="bad" role="status">
        {d.problem}.{' '}
        {d.points === presets.xor ? 'Until then XOR stands in.' : `The ${d.points.length} points before it are used.`}
      </p>
    )}
    <TextLine k="hid" />
    <p class="control">
      <Preset set={{ hid: [] }}>no hidden layer</Preset>
      <Preset set={{ hid: [1] }}>1 unit</Preset>
      <Preset set={{ hid: [3] }}>3</Preset>
      <Preset set={{ hid: [8, 8] }}>8, 8</Preset>
    </p>
    <Choice k="act" />
    <Choice k="loss" />
    <Slider k="lr" />
    <Slider k="seed" />
    <Toggle k="one" />
  </>
)
const Notes = ({ derived: d }: Shown<State, Derived>) => (
  <>
    <table class="twin">
      <caption>Confusion matrix</caption>
      <thead>
        <tr>
          <th scope="col">true</th>
          <th scope="col">says 0</th>
          <th scope="col">says 1</th>
        </tr>
      </thead>
      <tbody>
        {d.confusion.map((row, i) => (
          <tr key={i}>
            <th scope="row">{i}</th>
            {row.map((count, j) => (
              <td key={j}>
                <Value x={count} q={`confusion-${i}-${j}`} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    <p>
      In the tables of weights a row belongs to where a wire comes from, a column to where it goes. Click the picture to
      add a point of class 1, with Shift one of class 0; or choose “your own points” and write them. Filled points are
      class 1. All points are used in every step (gradient descent on the whole set). Going back shows the very weights
      that were there.
    </p>
  </>
)
const styles = `
.sample { fill: var(--page); stroke: var(--text); stroke-width: 2; pointer-events: none }
.sample.filled { fill: var(--text) }
.board { fill: transparent; cursor: crosshair }
.view .line caption, .view .remarks caption { white-space: nowrap }
.curve { fill: none; stroke: var(--text); stroke-width: 2 }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
