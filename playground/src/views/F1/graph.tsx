/** The network: a tile for each unit with what it says of every place of the board, wires for weights, numbers for biases. */
import { useSet } from '../../frame/bench.ts'
import { show } from '../../frame/format.ts'
import { gridPoints } from '../../frame/grid.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { subscript, Wire } from '../../frame/network.tsx'
import { cells, small, span } from './data.ts'
import type { Derived, State } from './model.ts'
import type { Moment } from './moment.ts'

/** Units of a layer that are drawn; the others are counted. */
const most = 8
const [tile, gap, top, apart] = [38, 20, 26, 108] as const

const inputs = [0, 1].map(axis => gridPoints(small, span, span).filter((_, i) => i % 2 === axis))
/** Names of quantities: one for each weight and bias, everywhere. */
export const weightName = (layer: number, unit: number, input: number): string => `w${layer}.${unit}.${input}`
export const biasName = (layer: number, unit: number): string => `b${layer}.${unit}`

interface Tile {
  readonly x: number
  readonly y: number
}
export function Graph({ state, derived: d }: { readonly state: State; readonly derived: Derived }) {
  const set = useSet<State>()
  const moment = d.moment!
  const sizes = [2, ...moment.layers.map(layer => layer.b.length)]
  const shown = sizes.map(n => Math.min(most, n))
  const tallest = Math.max(...shown)
  const height = top + tallest * (tile + gap) + 8
  const width = Math.max(330, sizes.length * apart)
  const at = (l: number, u: number): Tile => ({
    x: ((l + 0.5) / sizes.length) * width,
    y: top + tile / 2 + (u + (tallest - shown[l]!) / 2) * (tile + gap),
  })
  const largest = Math.max(0.5, ...moment.layers.flatMap(layer => layer.w.flat().map(Math.abs)))
  const [layer, unit] = looked(state, moment)
  const pick = (l: number, u: number) => set({ look: [l, u + 1] })
  return (
    <div class="scroller" tabIndex={0} role="region" aria-label="the network">
      <div
        class="f1-graph"
        style={{ minWidth: `${Math.min(width, sizes.length * 70)}px`, maxWidth: `${1.5 * width}px` }}
      >
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`network with ${sizes.join(', ')} units`}>
          {moment.layers.map(({ w }, l) =>
            w.slice(0, most).map((row, j) =>
              row.slice(0, most).map((weight, i) => {
                const [a, b] = [at(l, i), at(l + 1, j)]
                return (
                  <Wire
                    key={`${l}.${j}.${i}`}
                    from={[a.x + tile / 2, a.y]}
                    to={[b.x - tile / 2, b.y]}
                    weight={weight}
                    largest={largest}
                    q={weightName(l + 1, j + 1, i + 1)}
                  />
                )
              }),
            ),
          )}
          {sizes.map((n, l) => (
            <g key={l}>
              <text class="small" x={at(l, 0).x} y={16} text-anchor="middle">
                {l === 0 ? 'inputs' : l === sizes.length - 1 ? 'output' : `hidden ${subscript(l)}`}
                {n > most ? ` +${n - most}` : ''}
              </text>
              {Array.from({ length: shown[l]! }, (_, u) => {
                const { x, y } = at(l, u)
                return (
                  <text
                    key={u}
                    class={l === 0 ? 'f1-bias' : `f1-bias ${moment.layers[l - 1]!.b[u]! < 0 ? 'minus' : 'plus'}`}
                    x={x}
                    y={y + tile / 2 + 13}
                    text-anchor="middle"
                    data-q={l === 0 ? undefined : biasName(l, u + 1)}
                  >
                    {l === 0 ? `x${subscript(u + 1)}` : `b ${show(moment.layers[l - 1]!.b[u]!, 2)}`}
                  </text>
                )
              })}
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
            const last = l === sizes.length - 1
            const map = last ? (
              <Heatmap values={moment.surface} n={cells} middle={0.5} reach={0.5} />
            ) : (
              <Heatmap
                values={l === 0 ? inputs[u]! : moment.units[l - 1]![u]!}
                n={small}
                middle={state.act === 'sigmoid' && l > 0 ? 0.5 : 0}
                reach={l === 0 ? 3 : state.act === 'sigmoid' ? 0.5 : state.act === 'tanh' ? 1 : 2}
              />
            )
            return l === 0 ? (
              <span key={`${l}.${u}`} class="f1-tile" style={place}>
                {map}
              </span>
            ) : (
              <button
                key={`${l}.${u}`}
                type="button"
                class="f1-tile"
                style={place}
                aria-label={last ? 'explain the output' : `explain unit ${u + 1} of hidden layer ${l}`}
                aria-pressed={l === layer && u + 1 === unit}
                onClick={() => pick(l, u)}
              >
                {map}
              </button>
            )
          }),
        )}
      </div>
    </div>
  )
}
/** Layer and unit that are explained, from 1: those of the state, where the network has them. */
export function looked({ look }: State, { layers }: Moment): readonly [layer: number, unit: number] {
  const layer = Math.min(look[0]!, layers.length)
  return [layer, Math.min(look[1]!, layers[layer - 1]!.b.length)]
}
export const graphStyles = `
.f1-graph { position: relative; margin-inline: auto }
.view .f1-tile { position: absolute; padding: 0; min-height: 0; min-width: 0; border: 1.5px solid var(--text); border-radius: 4px; overflow: hidden; background: var(--page) }
.view .f1-tile[aria-pressed="true"] { outline: 3px solid var(--focus); background: var(--page) }
.f1-tile .heatmap { width: 100%; height: 100% }
.view svg .f1-bias { font-size: 12.5px; stroke: var(--page); stroke-width: 3px; paint-order: stroke }
.view svg .f1-bias.plus { fill: var(--plus) }
.view svg .f1-bias.minus { fill: var(--minus) }
`
