/** One board with picture, padding ring, kernel and output. */
import { useSet } from '../../frame/bench.ts'
import { Cells, SizeSlider, Window } from '../../frame/cells.tsx'
import { Choice, Slider } from '../../frame/controls.tsx'
import type { Shown } from '../../frame/define.ts'
import { draggable, inSvg } from '../../frame/drag.ts'
import { Scrub, Value } from '../../frame/number.tsx'
import type { Derived, State } from './model.ts'

const size = 38

export function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const { x, pad } = state
  const [height, width] = [d.padded.length, d.padded[0]!.length]
  const { row, column, top, left } = d.at
  const across = d.out[0]?.length ?? 0
  const go = (r: number, c: number): void => {
    const y = Math.min(d.out.length - 1, Math.max(0, r))
    set({ step: y * across + Math.min(across - 1, Math.max(0, c)) + 1 })
  }
  const [f, g] = [d.kernel.length, d.kernel[0]!.length]
  const box = width * size + 20
  return (
    <div class="pictures board">
      <div>
        <p class="title">picture {pad > 0 && 'with padding'}</p>
        <svg
          viewBox={`-10 -10 ${box} ${height * size + 20}`}
          style={{ maxWidth: `${box * 1.25}px` }}
          role="group"
          aria-label="picture with padding and kernel"
        >
          <g class="ring" aria-hidden="true">
            {d.padded.flatMap((values, r) =>
              values.map((_, c) =>
                r < pad || c < pad || r >= pad + x.length || c >= pad + x[0]!.length ? (
                  <g key={`${r},${c}`}>
                    <rect x={c * size} y={r * size} width={size} height={size} />
                    <text x={(c + 0.5) * size} y={(r + 0.5) * size} text-anchor="middle" dominant-baseline="central">
                      0
                    </text>
                  </g>
                ) : null,
              ),
            )}
          </g>
          <Cells
            values={x}
            k="x"
            label="picture"
            x={pad * size}
            y={pad * size}
            size={size}
            q={(r, c) => `x${r + 1},${c + 1}`}
            kind={(r, c) =>
              across > 0 && r + pad >= top && r + pad < top + f && c + pad >= left && c + pad < left + g ? 'under' : ''
            }
            mark={(r, c) => (d.reads[r]![c] === 0 ? 'hatch' : d.centres?.[r]?.[c] === false ? 'dot' : undefined)}
          />
          {across > 0 && (
            <>
              <Window x={left * size} y={top * size} rows={f} columns={g} size={size} />
              {d.kernel.flatMap((weights, r) =>
                weights.map((w, c) => (
                  <text
                    key={`${r},${c}`}
                    class={`weight ${w < 0 ? 'minus' : 'plus'}`}
                    x={(left + c + 1) * size - 3}
                    y={(top + r + 1) * size - 4}
                    text-anchor="end"
                    aria-hidden="true"
                  >
                    {w < 0 ? `×−${-w}` : `×${w}`}
                  </text>
                )),
              )}
              <circle
                class="handle"
                role="slider"
                tabindex={0}
                aria-label="place of the kernel"
                aria-valuemin={1}
                aria-valuemax={d.out.length * across}
                aria-valuenow={row * across + column + 1}
                aria-valuetext={`row ${row + 1}, column ${column + 1} of the output: ${d.sum}`}
                cx={left * size}
                cy={top * size}
                r={8}
                onKeyDown={event => {
                  const by: Record<string, readonly [number, number]> = {
                    ArrowUp: [-1, 0],
                    ArrowDown: [1, 0],
                    ArrowLeft: [0, -1],
                    ArrowRight: [0, 1],
                  }
                  const change = by[event.key]
                  if (!change) return
                  event.preventDefault()
                  go(row + change[0], column + change[1])
                }}
                {...draggable({
                  move: (_dx, _dy, event) => {
                    const p = inSvg(event, event.target as SVGGraphicsElement)
                    go(Math.round(p.y / size / state.sy), Math.round(p.x / size / state.sx))
                  },
                })}
              />
            </>
          )}
        </svg>
      </div>
      <div class="small-boards">
        <div>
          <p class="title">kernel</p>
          <svg
            viewBox={`-2 -2 ${g * size + 4} ${f * size + 4}`}
            style={{ maxWidth: `${(g * size + 4) * 1.1}px` }}
            role="group"
            aria-label="kernel"
          >
            <Cells values={state.k} k="k" label="kernel" size={size} q={(r, c) => `k${r + 1},${c + 1}`} />
          </svg>
        </div>
        <div>
          <p class="title">output</p>
          {across > 0 ? (
            <svg
              viewBox={`-2 -2 ${across * size + 4} ${d.out.length * size + 4}`}
              style={{ maxWidth: `${(across * size + 4) * 1.1}px` }}
              role="group"
              aria-label="output"
            >
              <Cells
                values={d.out}
                label="output: choose a place of the kernel"
                size={size}
                onPick={go}
                q={(r, c) => `out${r + 1},${c + 1}`}
                kind={(r, c) => (r * across + c < state.step ? '' : 'later')}
              >
                <Window x={column * size} y={row * size} rows={1} columns={1} size={size} />
              </Cells>
            </svg>
          ) : (
            <p>none: the kernel is larger than the padded picture</p>
          )}
        </div>
        <div>
          <p class="title">how often read</p>
          <svg
            viewBox={`-2 -2 ${x[0]!.length * 24 + 4} ${x.length * 24 + 4}`}
            style={{ maxWidth: `${(x[0]!.length * 24 + 4) * 1.1}px` }}
            role="group"
            aria-label="how often each pixel is read"
          >
            <Cells
              values={d.reads}
              label="how often each pixel is read"
              size={24}
              q={(r, c) => `reads${r + 1},${c + 1}`}
            />
          </svg>
        </div>
      </div>
    </div>
  )
}

export function Line({ state, derived: d }: Shown<State, Derived>) {
  const [rows, columns] = d.size
  const whole = Number.isInteger(rows) && Number.isInteger(columns)
  return (
    <>
      {d.out.length > 0 && (
        <p class="arithmetic products">
          {d.products.map(({ pixel, weight }, i) => (
            <span class="group" key={i}>
              {i > 0 && '+ '}
              <Value x={pixel} />·<Value x={weight} inProduct />
            </span>
          ))}{' '}
          <span class="group">
            = <Value x={d.sum} q="sum" />
          </span>
        </p>
      )}
      <p class="arithmetic">
        <span class="group quiet">rows</span>
        <span class="group">
          ({state.x.length} + 2·
          <Scrub k="pad" label="padding" q="pad" /> − {state.k.length}) / <Scrub k="sy" label="stride down" q="sy" /> +
          1 = <Value x={rows} q="rows" />
        </span>
        <span class="group quiet">columns</span>
        <span class="group">
          ({state.x[0]!.length} + 2·{state.pad} − {state.k[0]!.length}) / <Scrub k="sx" label="stride across" q="sx" />{' '}
          + 1 = <Value x={columns} q="columns" />
        </span>
        {!whole && d.out.length > 0 && (
          <span class="group bad">
            does not fit: {d.out.length} × {d.out[0]!.length}, the hatched pixels are never read
          </span>
        )}
      </p>
    </>
  )
}

export const Controls = ({ state }: Shown<State, Derived>) => (
  <>
    <Slider k="pad" />
    <Slider k="sy" />
    <Slider k="sx" />
    <SizeSlider k="k" axis="rows" min={1} max={7} title="kernel height" />
    <SizeSlider k="k" axis="columns" min={1} max={7} title="kernel width" />
    <SizeSlider k="x" axis="both" min={1} max={7} title="picture" />
    <Choice k="mode" />
    {(state.k.length % 2 === 0 || state.k[0]!.length % 2 === 0) && (
      <p class="quiet">An even kernel has no pixel in its middle: that is why odd sizes are usual.</p>
    )}
  </>
)

export const styles = `
.under text { translate: -6px -6px; }
.ring rect { fill: none; stroke: var(--edge); stroke-dasharray: 3 4; }
.view svg .ring text { fill: var(--quiet); }
.view svg .weight { font-size: 11px; font-weight: 700; pointer-events: none; }
.view svg .weight.plus { fill: var(--plus); }
.view svg .weight.minus { fill: var(--minus); }
.small-boards { display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; }
.small-boards svg { min-width: 5rem; }
.small-boards > div { flex: 0 1 auto; min-width: 6rem; width: 8.4rem; }
.products { line-height: 1.7; }
.board { align-items: start; }
`
