/** H2: the input square with the hidden units' lines; the hidden space with the same points and one line. */
import { Choice, Preset, Slider, Toggle } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { Scrub, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { cells, corners, type Derived, handBuilt, model, type State, seedsAtOnce, span, targets } from './model.ts'
import text from './text.json' with { type: 'json' }

/** Where a·x + b·y + c = 0 leaves a square. */
function ends([a, b, c]: readonly number[], [low, high]: readonly [number, number]): [number, number][] {
  const points: [number, number][] = []
  for (const edge of [low, high]) {
    if (b !== 0) points.push([edge, -(a! * edge + c!) / b!])
    if (a !== 0) points.push([-(b! * edge + c!) / a!, edge])
  }
  const inside = points.filter(([x, y]) => x >= low - 1e-9 && x <= high + 1e-9 && y >= low - 1e-9 && y <= high + 1e-9)
  return inside.length < 2 ? [] : [inside[0]!, inside.at(-1)!]
}
function Samples({
  at,
  sx,
  sy,
  outputs,
}: {
  readonly at: readonly (readonly number[])[]
  sx(x: number): number
  sy(y: number): number
  readonly outputs: readonly number[]
}) {
  return (
    <>
      {at.map(([x, y], i) => {
        // points that fall together are drawn beside each other
        const same = at.slice(0, i).filter(p => Math.hypot(p[0]! - x!, p[1]! - y!) < 1e-3).length
        const right = outputs[i]! > 0.5 === (targets[i] === 1)
        return (
          <g key={i} data-q={`point${i}`}>
            <circle class={targets[i] ? 'sample filled' : 'sample'} cx={sx(x!) + 14 * same} cy={sy(y!)} r={8} />
            <text class="small" x={sx(x!) + 14 * same + 10} y={sy(y!) + (same % 2 === 0 ? -9 : 22)}>
              {corners[i]!.join('')}
              {right ? '' : ' ✗'}
            </text>
          </g>
        )
      })}
    </>
  )
}
function Picture({ state, derived: d }: Shown<State, Derived>) {
  const flat = d.hidden.flat()
  const hiddenSpan = [Math.min(-0.3, ...flat) - 0.2, Math.max(1.3, ...flat) + 0.3] as const
  const above = state.act === 'relu' && state.by === 'hand' ? 0.5 : 0
  const line = ends([d.o[0]!, d.o[1]!, d.o[2]! - above], hiddenSpan)
  return (
    <div class="pictures even">
      <Plot
        width={340}
        height={320}
        x={span}
        y={span}
        ticks={4}
        xLabel="x₁"
        yLabel="x₂"
        label="input space: the lines of both hidden units, blue where the output is above one half"
        under={<Heatmap values={d.surface} n={cells} middle={0.5} reach={0.5} />}
      >
        {(sx, sy) => (
          <>
            {[0, 1].map(u => {
              const line_ = ends(d.h.slice(3 * u, 3 * u + 3), span)
              return (
                <path
                  key={u}
                  class={`hidden-line h${u + 1}`}
                  d={curvePath(
                    sx,
                    sy,
                    line_.map(p => p[0]),
                    line_.map(p => p[1]),
                  )}
                  data-q={`h${u + 1}`}
                />
              )
            })}
            <Samples at={corners} sx={sx} sy={sy} outputs={d.outputs} />
          </>
        )}
      </Plot>
      <Plot
        width={340}
        height={320}
        x={hiddenSpan}
        y={hiddenSpan}
        ticks={4}
        xLabel="h₁"
        yLabel="h₂"
        label="hidden space: the same four points, and the output's line"
      >
        {(sx, sy) => (
          <>
            <path
              class="out-line"
              d={curvePath(
                sx,
                sy,
                line.map(p => p[0]),
                line.map(p => p[1]),
              )}
            />
            <Samples at={d.hidden} sx={sx} sy={sy} outputs={d.outputs} />
          </>
        )}
      </Plot>
    </div>
  )
}
function Line({ state, derived: d }: Shown<State, Derived>) {
  const hand = state.by === 'hand'
  const number = (k: 'h' | 'o', i: number, label: string) =>
    hand ? <Scrub k={k} i={i} label={label} q={`${k}${i}`} /> : <Value x={d[k][i]!} q={`${k}${i}`} inProduct />
  const g = { step: 'step', relu: 'max(0, ', sigmoid: 'σ', tanh: 'tanh' }[
    hand ? state.act : state.act === 'step' ? 'sigmoid' : state.act
  ]
  const open = g.endsWith(' ') ? g : `${g}(`
  return (
    <>
      {[0, 1].map(u => (
        <p class="arithmetic" key={u}>
          <span class="group">
            h{u ? '₂' : '₁'} = {open}
            {number('h', 3 * u, `hidden unit ${u + 1}, weight of x1`)}·x₁
          </span>
          <span class="group">+ {number('h', 3 * u + 1, `hidden unit ${u + 1}, weight of x2`)}·x₂</span>
          <span class="group">+ {number('h', 3 * u + 2, `hidden unit ${u + 1}, bias`)})</span>
        </p>
      ))}
      <p class="arithmetic">
        <span class="group">output from {number('o', 0, 'output, weight of h1')}·h₁</span>
        <span class="group">+ {number('o', 1, 'output, weight of h2')}·h₂</span>
        <span class="group">+ {number('o', 2, 'output, bias')}:</span>
        {d.outputs.map((o, i) => (
          <span class="group" key={i}>
            {corners[i]!.join('⊕')} → <Value x={o} q={`out${i}`} digits={3} />
          </span>
        ))}
        <span class={d.correct === 4 ? 'group good' : 'group'}>
          <Value x={d.correct} q="correct" /> of 4 right
        </span>
        {d.loss !== undefined && (
          <span class="group">
            loss <Value x={d.loss} q="loss" />
          </span>
        )}
      </p>
    </>
  )
}
const Controls = ({ state, derived: d }: Shown<State, Derived>) => (
  <>
    <p class="control">
      {Object.entries(handBuilt).map(([name, preset]) => (
        <Preset key={name} set={{ ...preset, by: 'hand' }}>
          {name}
        </Preset>
      ))}
    </p>
    <Choice k="by" />
    <Choice k="act" />
    {state.by === 'training' && (
      <>
        <Slider k="seed" />
        <Slider k="lr" />
        <Toggle k="many" />
        {d.successes !== undefined && (
          <p>
            After {state.step} steps <Value x={d.successes} q="successes" /> of {seedsAtOnce} seeds ({state.seed} to{' '}
            {state.seed + seedsAtOnce - 1}) have all four points right: {show((100 * d.successes) / seedsAtOnce, 3)} %.
          </p>
        )}
      </>
    )}
  </>
)
const Notes = () => (
  <p>
    Each hidden unit draws one line. In the hidden space the four points lie so that a single line parts them: that is
    what “the output layer can represent combinations of the activations of the hidden neurons” means. That weights
    exist does not mean that training finds them: let it train many seeds and count. Two ReLUs fail more often than two
    sigmoid units, because a unit that is 0 for all four points has no slope to come back with.
  </p>
)
const styles = `
.sample { fill: var(--page); stroke: var(--text); stroke-width: 2.5 }
.sample.filled { fill: var(--text) }
.hidden-line { stroke: var(--text); stroke-width: 2.5; fill: none }
.hidden-line.h2 { stroke-dasharray: 8 5 }
.out-line { stroke: var(--plus); stroke-width: 3; fill: none }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
