/**
 * The network: wires for weights, numbers for biases, a tile for each unit. Where inputs are points, a tile shows what the unit says of
 * every place of the board; where they are pictures, what the first units look for and what the others say.
 */
import { useSet } from '../../frame/bench.ts'
import { show } from '../../frame/format.ts'
import { gridPoints } from '../../frame/grid.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { subscript, Wire } from '../../frame/network.tsx'
import { Pixels, reachOf } from '../../frame/pixels.tsx'
import { cells, small, span } from './data.ts'
import { side } from './digits.ts'
import { type Derived, phases, type State } from './model.ts'
import type { Moment } from './moment.ts'
import { biasName, slopeOf, weightName } from './names.ts'
import { looked } from './unit.ts'

/** Units of a layer that are drawn; the others are counted. */
const most = 8
const [top, apart] = [26, 108] as const

const inputs = [0, 1].map(axis => gridPoints(small, span, span).filter((_, i) => i % 2 === axis))
interface Tile {
  readonly x: number
  readonly y: number
}
export function Graph({ state, derived: d }: { readonly state: State; readonly derived: Derived }) {
  const set = useSet<State>()
  const moment = d.moment!
  const plane = d.setup.inputs === 2
  const sizes = [d.setup.inputs, ...moment.layers.map(layer => layer.b.length)]
  const outputs = sizes.at(-1)!
  const shown = sizes.map((n, l) => (l === 0 && !plane ? 1 : l === sizes.length - 1 ? n : Math.min(most, n)))
  const tallest = Math.max(...shown)
  const [tile, gap] = tallest > most ? [30, 10] : [38, 20]
  const height = top + tallest * (tile + gap) + 8
  const width = Math.max(330, sizes.length * apart)
  /** What each class has to say stands beside its output. */
  const beside = outputs > 1 ? 48 : 0
  const at = (l: number, u: number): Tile => ({
    x: ((l + 0.5) / sizes.length) * (width - beside),
    y: top + tile / 2 + (u + (tallest - shown[l]!) / 2) * (tile + gap),
  })
  const slopes = phases[state.phase] === 'gradient'
  const parameters = slopes ? moment.gradients : moment.layers
  const wires = parameters.slice(plane ? 0 : 1).flatMap(layer => layer.w.flat().map(Math.abs))
  // many wires are thin ones
  const largest = (outputs > 1 ? 2.5 : 1) * Math.max(slopes ? 0 : 0.5, ...wires)
  const [layer, unit] = looked(state, moment)
  const pick = (l: number, u: number) => set({ look: [l, u + 1] })
  const name = (q: string): string => (slopes ? slopeOf(q) : q)
  /** What stands under or beside a unit. */
  const caption = (l: number, u: number) => {
    const { x, y } = at(l, u)
    const under = { x, y: y + tile / 2 + 13, 'text-anchor': 'middle' } as const
    if (l === 0)
      return (
        <text key={u} class="f1-bias" {...under}>
          {plane ? `x${subscript(u + 1)}` : `${side} × ${side}`}
        </text>
      )
    if (outputs > 1 && l === sizes.length - 1)
      return (
        <text key={u} class="f1-bias" x={x + tile / 2 + 5} y={y} dominant-baseline="central">
          {u}: {(100 * moment.sample.probabilities[u]!).toFixed(0)} %
        </text>
      )
    const bias = parameters[l - 1]!.b[u]!
    if (gap < 16) return null // no room
    return (
      <text
        key={u}
        class={`f1-bias ${slopes ? 'gradient' : bias < 0 ? 'minus' : 'plus'}`}
        {...under}
        data-q={name(biasName(l, u + 1))}
      >
        {slopes ? '∂b' : 'b'} {show(bias, 2)}
      </text>
    )
  }
  return (
    <div class="scroller" tabIndex={0} role="region" aria-label="the network">
      <div
        class="f1-graph"
        style={{ minWidth: `${Math.min(width, sizes.length * 70)}px`, maxWidth: `${1.5 * width}px` }}
      >
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`network with ${sizes.join(', ')} units`}>
          {parameters.map(({ w }, l) =>
            w.slice(0, shown[l + 1]).map((row, j) =>
              row.slice(0, shown[l]).map((weight, i) => {
                const [a, b] = [at(l, i), at(l + 1, j)]
                const whole = l === 0 && !plane // one wire for all of a picture
                return (
                  <Wire
                    key={`${l}.${j}.${i}`}
                    from={[a.x + tile / 2, a.y]}
                    to={[b.x - tile / 2, b.y]}
                    weight={whole ? 0 : weight}
                    largest={largest}
                    kind={slopes && !whole ? 'gradient' : 'value'}
                    {...(!whole && { q: name(weightName(l + 1, j + 1, i + 1)) })}
                  />
                )
              }),
            ),
          )}
          {sizes.map((n, l) => (
            <g key={l}>
              <text class="small" x={at(l, 0).x} y={16} text-anchor="middle">
                {l === 0
                  ? 'inputs'
                  : l === sizes.length - 1
                    ? outputs > 1
                      ? 'outputs'
                      : 'output'
                    : `hidden ${subscript(l)}`}
                {n > shown[l]! && l > 0 ? ` +${n - shown[l]!}` : ''}
              </text>
              {Array.from({ length: shown[l]! }, (_, u) => caption(l, u))}
            </g>
          ))}
        </svg>
        {sizes.flatMap((_, l) =>
          Array.from({ length: shown[l]! }, (_, u) => {
            const { x, y } = at(l, u)
            const place = {
              left: `${(100 * (x - tile / 2)) / width}%`,
              top: `${(100 * (y - tile / 2)) / height}%`,
              width: `${(100 * tile) / width}%`,
              height: `${(100 * tile) / height}%`,
            }
            const picture = plane ? (
              <PlaneTile state={state} moment={moment} layer={l} unit={u} />
            ) : (
              <PictureTile state={state} moment={moment} layer={l} unit={u} slopes={slopes} />
            )
            return l === 0 ? (
              <span key={`${l}.${u}`} class="f1-tile" style={place}>
                {picture}
              </span>
            ) : (
              <button
                key={`${l}.${u}`}
                type="button"
                class="f1-tile"
                style={place}
                aria-label={
                  l < sizes.length - 1
                    ? `explain unit ${u + 1} of hidden layer ${l}`
                    : outputs > 1
                      ? `explain the output for class ${u}`
                      : 'explain the output'
                }
                aria-pressed={l === layer && u + 1 === unit}
                onClick={() => pick(l, u)}
              >
                {picture}
              </button>
            )
          }),
        )}
      </div>
    </div>
  )
}
interface TileProps {
  readonly state: State
  readonly moment: Moment
  /** 0 for the inputs. */
  readonly layer: number
  readonly unit: number
}
/** The activation without colour, and how far from it the colour is full. */
const scaleOf = (act: State['act']): readonly [middle: number, reach: number] =>
  act === 'sigmoid' ? [0.5, 0.5] : [0, act === 'tanh' ? 1 : 2]

/** What a unit says of every place of the board. */
function PlaneTile({ state, moment, layer, unit }: TileProps) {
  if (layer === moment.layers.length) return <Heatmap values={moment.surface!} n={cells} middle={0.5} reach={0.5} />
  if (layer === 0) return <Heatmap values={inputs[unit]!} n={small} reach={3} />
  const [middle, reach] = scaleOf(state.act)
  return <Heatmap values={moment.units[layer - 1]![unit]!} n={small} middle={middle} reach={reach} />
}
/** The picture; what a unit of the first layer looks for in it, or how that would change; what the others say. */
function PictureTile({ state, moment, layer, unit, slopes }: TileProps & { readonly slopes: boolean }) {
  const { activations, probabilities } = moment.sample
  if (layer === 0)
    return <Pixels values={activations[0]!} width={side} height={side} label="the digit, as the network sees it" />
  if (layer === 1) {
    const values = (slopes ? moment.gradients : moment.layers)[0]!.w[unit]!
    const reach = reachOf(values)
    return (
      <Pixels
        values={values}
        width={side}
        height={side}
        low={-reach}
        high={reach}
        signed
        tone={slopes ? 'gradient' : 'value'}
        label={`${slopes ? 'gradient of the weights' : 'weights'} of unit ${unit + 1}`}
      />
    )
  }
  if (layer === moment.layers.length) return <Heatmap values={[probabilities[unit]!]} n={1} cells />
  const [middle, reach] = scaleOf(state.act)
  return <Heatmap values={[activations[layer]![unit]!]} n={1} middle={middle} reach={reach} cells />
}
export const graphStyles = `
.f1-graph { position: relative; margin-inline: auto }
.view .f1-tile { position: absolute; padding: 0; min-height: 0; min-width: 0; border: 1.5px solid var(--text); border-radius: 4px; overflow: hidden; background: var(--page) }
.view .f1-tile[aria-pressed="true"] { outline: 3px solid var(--focus); background: var(--page) }
.f1-tile .heatmap, .f1-tile .pixels { width: 100%; height: 100% }
.view svg .f1-bias { font-size: 12.5px; stroke: var(--page); stroke-width: 3px; paint-order: stroke }
.view svg .f1-bias.plus { fill: var(--plus) }
.view svg .f1-bias.minus { fill: var(--minus) }
.view svg .f1-bias.gradient { fill: var(--gradient) }
`
