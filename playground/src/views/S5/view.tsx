/** S5: a ruler with every place of the kernel. */
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const { n, p, f } = state
  const length = n + 2 * p + d.extra
  const width = 680
  const unit = Math.min(46, width / length)
  const lanes = Math.min(8, Math.max(1, Math.ceil(f / state.s)))
  const bar = unit > 12 ? 22 : 14
  const top = Math.max(14, Math.min(40, unit))
  const height = top + 18 + lanes * (bar + 4)
  const unread = new Set(d.unread)
  return (
    <svg
      viewBox={`-2 -2 ${length * unit + 4} ${height + 4}`}
      style={{ maxWidth: `${Math.max(300, (length * unit + 4) * 1.7)}px` }}
      role="img"
      aria-label={`${n} pixels with padding ${p}, the kernel at ${d.starts.length} places, ${d.unread.length} pixels never read`}
    >
      {Array.from({ length }, (_, i) => {
        const kind = i < p || i >= n + p ? (i >= n + 2 * p ? 'extra' : 'padding') : 'pixel'
        const x = i * unit
        return (
          <g key={i} class={`${kind} ${unread.has(i) ? 'unread' : ''}`}>
            <rect x={x} y={0} width={unit} height={top} />
            {unread.has(i) && (
              <path
                class="mark"
                d={`M${x} ${top}L${x + unit} 0M${x} ${top / 2}L${x + unit / 2} 0M${x + unit / 2} ${top}L${x + unit} ${top / 2}`}
              />
            )}
            {unit >= 30 && kind !== 'pixel' && (
              <text x={x + unit / 2} y={top / 2} text-anchor="middle" dominant-baseline="central">
                0
              </text>
            )}
          </g>
        )
      })}
      {d.starts.map((start, i) => {
        const y = top + 12 + (i % lanes) * (bar + 4)
        return (
          <g key={start} class="place">
            <rect x={start * unit + 1} y={y} width={f * unit - 2} height={bar} rx={4} />
            {unit * f > 24 && bar > 18 && (
              <text
                class="small"
                x={(start + f / 2) * unit}
                y={y + bar / 2}
                text-anchor="middle"
                dominant-baseline="central"
              >
                {i + 1}
              </text>
            )}
          </g>
        )
      })}
    </svg>
  )
}

function Line({ state: { n, p }, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        <span class="group">(N + 2P − F) / S + 1</span>
        <span class="group">
          = (<Scrub k="n" label="input N" /> + 2·
          <Scrub k="p" label="padding P" /> − <Scrub k="f" label="kernel F" />) / <Scrub k="s" label="stride S" /> + 1
        </span>
        <span class="group">
          <Equals x={d.exact} /> <Value x={d.exact} q="exact" />
        </span>
        {d.size !== undefined && (
          <span class="group">
            → output <Value x={d.size} q="size" />
          </span>
        )}
      </p>
      {d.refusal && <p class="bad">The engine refuses: {d.refusal}</p>}
      {d.unread.length > 0 && (
        <p>
          <Value x={d.unread.length} q="unread" /> of {n + 2 * p + d.extra} positions{' '}
          {d.refusal ? 'are left over' : 'are never read'} (hatched).
        </p>
      )}
      {d.extra > 0 && (
        <p>
          <Value x={d.extra} q="extra" /> more zeros behind make it fit.
        </p>
      )}
    </>
  )
}

const Controls = () => (
  <>
    <Slider k="n" />
    <Slider k="f" />
    <Slider k="p" />
    <Slider k="s" />
    <Choice k="policy" />
    <p class="control">
      <Preset set={{ n: 7, f: 3, p: 0, s: 1 }}>7, 3, stride 1</Preset>
      <Preset set={{ n: 7, f: 3, p: 0, s: 2 }}>stride 2</Preset>
      <Preset set={{ n: 7, f: 3, p: 0, s: 3 }}>stride 3</Preset>
      <Preset set={{ n: 32, f: 5, p: 2, s: 1 }}>32, 5, pad 2</Preset>
    </p>
    <p class="control">
      in the wild
      <Preset set={{ n: 224, f: 11, p: 0, s: 4 }}>AlexNet</Preset>
      <Preset set={{ n: 224, f: 7, p: 3, s: 2 }}>ResNet</Preset>
      <Preset set={{ n: 112, f: 3, p: 0, s: 2 }}>GoogLeNet’s pool</Preset>
    </p>
  </>
)

const Notes = () => (
  <ul>
    <li>The slide’s formula, (N − F) / S + 1, is this one without padding.</li>
    <li>
      The lecture says that a kernel that does not fit cannot be applied. Frameworks do not refuse, they round: PyTorch
      down by default, so the last pixels are never read. Here the engine refuses unless it is told to round.
    </li>
    <li>
      The lecture’s own references break its rule: AlexNet’s printed input of 224 gives 54.25 (with 227 it is 55),
      ResNet’s first layer 112.5, GoogLeNet’s pooling 55.5, which it rounds up.
    </li>
  </ul>
)

const styles = `
.pixel rect { fill: var(--plus-soft); stroke: var(--edge); }
.padding rect, .extra rect { fill: none; stroke: var(--quiet); stroke-dasharray: 3 3; }
.extra rect { stroke: var(--good); }
.unread rect { fill: var(--minus-soft); }
.place rect { fill: var(--raised); stroke: var(--text); stroke-width: 1.2; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
