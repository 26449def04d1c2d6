/** H3: target and network, the units' parts, the error against n; the curve can be drawn. */
import { useState } from 'preact/hooks'
import { useSet } from '../../frame/bench.ts'
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { draggable, inSvg } from '../../frame/drag.ts'
import { show } from '../../frame/format.ts'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { type Derived, drawnPoints, model, type State, targetAt } from './model.ts'
import text from './text.json' with { type: 'json' }

const clamp = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v))

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  const [pen, setPen] = useState(16)
  const curve = (): number[] =>
    Array.from({ length: drawnPoints }, (_, i) =>
      Number(clamp(targetAt(state, i / (drawnPoints - 1)), -1, 1).toFixed(2)),
    )
  const put = (i: number, y: number): void =>
    set({ f: 'drawn', t: curve().with(i, Number(clamp(y, -1, 1).toFixed(2))), step: 0 })
  const reach = Math.max(0.5, ...d.parts.flat().map(Math.abs))
  return (
    <div class="h3">
      <Plot width={420} height={300} x={[0, 1]} y={[-1.2, 1.2]} xLabel="x" label="the target curve and the network">
        {(sx, sy) => (
          <>
            <g
              role="slider"
              tabindex={0}
              class="pen"
              aria-label="pen: left and right move it, up and down bend the curve there"
              aria-valuemin={-1}
              aria-valuemax={1}
              aria-valuenow={Number(targetAt(state, pen / (drawnPoints - 1)).toFixed(2))}
              onKeyDown={event => {
                const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[
                  event.key
                ]
                if (!moves) return
                event.preventDefault()
                if (moves[0] !== 0) setPen(clamp(pen + moves[0]!, 0, drawnPoints - 1))
                else put(pen, targetAt(state, pen / (drawnPoints - 1)) + moves[1]!)
              }}
              {...draggable({
                move: (_, __, event) => {
                  const p = inSvg(event, event.target as SVGGraphicsElement)
                  const i = clamp(Math.round(sx.invert(p.x) * (drawnPoints - 1)), 0, drawnPoints - 1)
                  setPen(i)
                  put(i, sy.invert(p.y))
                },
              })}
            >
              <rect class="paper" x={sx(0)} y={sy(1.2)} width={sx(1) - sx(0)} height={sy(-1.2) - sy(1.2)} />
              <circle
                class="handle"
                cx={sx(pen / (drawnPoints - 1))}
                cy={sy(targetAt(state, pen / (drawnPoints - 1)))}
                r={6}
              />
            </g>
            <path class="target" d={curvePath(sx, sy, d.xs, d.target)} />
            <path
              class="curve"
              d={curvePath(
                sx,
                sy,
                d.xs,
                d.output.map(v => clamp(v, -1.2, 1.2)),
              )}
            />
          </>
        )}
      </Plot>
      <div class="pictures even">
        <Plot
          width={320}
          height={210}
          x={[0, 1]}
          y={[-reach, reach]}
          xLabel="x"
          ticks={4}
          label="what each hidden unit adds"
        >
          {(sx, sy) => (
            <>
              {d.parts.map((part, k) => (
                <path
                  key={k}
                  class="part"
                  style={{ '--hue': String((k * 137) % 360) }}
                  d={curvePath(sx, sy, d.xs, part)}
                />
              ))}
            </>
          )}
        </Plot>
        {d.errors.length > 0 && (
          <Plot
            width={320}
            height={210}
            x={[0, 6]}
            y={[0, Math.max(0.2, ...d.errors.map(e => e.max)) * 1.1]}
            xLabel="log₂ n"
            yLabel="largest error"
            ticks={5}
            label="largest error of the built network against the number of units"
          >
            {(sx, sy) => (
              <>
                <path
                  class="curve"
                  d={curvePath(
                    sx,
                    sy,
                    d.errors.map((_, i) => i),
                    d.errors.map(e => e.max),
                  )}
                />
                {d.errors.map((e, i) => (
                  <circle
                    key={e.n}
                    class="point"
                    cx={sx(i)}
                    cy={sy(e.max)}
                    r={4}
                    data-q={`error${e.n}`}
                    data-value={String(e.max)}
                  />
                ))}
              </>
            )}
          </Plot>
        )}
      </div>
    </div>
  )
}
const Line = ({ state, derived: d }: Shown<State, Derived>) => (
  <p class="arithmetic">
    <span class="group">
      f(x) ≈ {d.parts.length < state.n ? 'the sum of' : ''} <Scrub k="n" label="hidden units" q="n" /> units:
    </span>
    <span class="group">
      largest error <Equals x={d.maxError} /> <Value x={d.maxError} q="max-error" />,
    </span>
    <span class="group">
      mean error <Equals x={d.meanError} /> <Value x={d.meanError} q="mean-error" />
    </span>
  </p>
)
const Controls = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <Choice k="f" />
    <Slider k="n" />
    <Choice k="act" />
    <Choice k="by" />
    {(state.by === 'trained' || state.act === 'square') && (
      <>
        <Slider k="seed" />
        <Slider k="lr" />
      </>
    )}
    {d.divergence !== undefined && (
      <p class="bad" role="alert">
        {d.divergence}
      </p>
    )}
    <p class="control">
      <Preset set={{ f: 'jump', act: 'relu', by: 'built' }}>a jump: never closer than half of it</Preset>
      <Preset set={{ f: 'sine', act: 'square', n: 16, lr: 0.01, step: 300 }}>a polynomial activation fails</Preset>
    </p>
  </>
)
const Notes = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <p>
      “Every function can be modeled” is too much. What is proven (Cybenko 1989, Hornik 1989, Leshno 1993): a{' '}
      <em>continuous</em> function on a closed, bounded set, to any error ε &gt; 0, with enough units, unless the
      activation is a polynomial. How many units that takes may be huge, and nothing says that training finds their
      weights.
    </p>
    {state.f === 'jump' && (
      <p>
        At the jump the largest error stays near half of it, however many units there are
        {state.by === 'built' && d.errors.length > 0 ? ` (${show(d.errors.at(-1)!.max, 3)} with 64)` : ''}: a continuous
        curve cannot jump. A step activation can.
      </p>
    )}
  </>
)
const styles = `
.target { fill: none; stroke: var(--text); stroke-width: 2; stroke-dasharray: 3 4; pointer-events: none }
.curve { pointer-events: none }
.paper { fill: transparent; cursor: crosshair }
.pen:focus-visible .handle { stroke: var(--focus); stroke-width: 4 }
.part { fill: none; stroke: light-dark(hsl(var(--hue) 65% 40%), hsl(var(--hue) 70% 70%)); stroke-width: 1.6 }
.h3 { display: grid; gap: .5rem }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
