/** Z1: lanes of bricks, and the layers of one network. */
import { useSet } from '../../frame/bench.ts'
import { Choice } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { grouped, show } from '../../frame/format.ts'
import { Value } from '../../frame/number.tsx'
import { type Derived, model, type Stage, type State, titles } from './model.ts'
import text from './text.json' with { type: 'json' }

const millions = (n: number): string =>
  n >= 1e9 ? `${show(n / 1e9, 3)} G` : n >= 1e6 ? `${show(n / 1e6, 3)} M` : grouped(n)
/** Height and width of a brick in the drawing: its side is √pixels, its thickness √channels. */
const brick = ({ side, channels }: Stage): { h: number; w: number } =>
  side === undefined
    ? { h: 10 + 8 * Math.log10(channels), w: 7 }
    : { h: 6 + 5.2 * Math.sqrt(side), w: 3 + 1.5 * Math.sqrt(channels) }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const set = useSet<State>()
  return (
    <div>
      <ul class="lanes">
        {d.families.map(family => {
          const bricks = family.stages.map(brick)
          let x = 0
          const drawn = family.stages.map((stage, i) => {
            const { h, w } = bricks[i]!
            const left = x
            const depth = stage.side === undefined ? 0 : h * 0.28
            x += w + depth + 7
            return { stage, h, w, left, depth }
          })
          const height = 8 + Math.max(...drawn.map(b => b.h + b.depth))
          return (
            <li key={family.name}>
              <button
                type="button"
                aria-pressed={state.family === family.name}
                onClick={() => set({ family: family.name })}
              >
                <b>{titles[family.name].title}</b> <span class="quiet">{titles[family.name].year}</span>
                <span>
                  <Value x={family.parameters} q={family.name} text={grouped(family.parameters)} /> parameters
                </span>
                <span class="quiet">{millions(family.multiplyAdds)} multiply-adds</span>
              </button>
              <svg
                viewBox={`0 0 340 ${height}`}
                role="img"
                aria-label={`${titles[family.name].title}: ${family.stages
                  .map(s => (s.side === undefined ? `${s.channels}` : `${s.side}×${s.side}×${s.channels}`))
                  .join(', ')}`}
              >
                {drawn.map(({ stage, h, w, left, depth }, i) => {
                  const y = (height - h + depth) / 2
                  return (
                    <g key={i} class={`brick ${stage.side === undefined ? 'dense' : ''}`}>
                      {depth > 0 && (
                        <>
                          <path d={`M${left} ${y}l${depth} ${-depth}h${w}l${-depth} ${depth}z`} />
                          <path d={`M${left + w} ${y}l${depth} ${-depth}v${h}l${-depth} ${depth}z`} />
                        </>
                      )}
                      <rect x={left} y={y} width={w} height={h} />
                    </g>
                  )
                })}
              </svg>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function Line({ derived: { chosen } }: Shown<State, Derived>) {
  const rest = chosen.parameters - chosen.dense
  return (
    <p class="arithmetic">
      <span class="group quiet">{titles[chosen.name].title}:</span>
      <span class="group">
        <Value x={rest} q="rest" text={grouped(rest)} /> +{' '}
        <Value x={chosen.dense} q="dense" text={grouped(chosen.dense)} /> ={' '}
        <Value x={chosen.parameters} q="parameters" text={grouped(chosen.parameters)} /> parameters,
      </span>
      <span class="group quiet">
        the second number in fully connected layers:{' '}
        <Value x={(100 * chosen.dense) / chosen.parameters} q="share" digits={3} /> %
      </span>
    </p>
  )
}

const Controls = () => <Choice k="family" />

function Notes({ derived: { chosen } }: Shown<State, Derived>) {
  return (
    <>
      {chosen.stages.map((stage, i) => (
        <details key={`${chosen.name}${i}`} open={chosen.layers.length < 16 && i < 9}>
          <summary>
            {stage.side === undefined ? 'vectors' : `${stage.side}×${stage.side}`}, {stage.layers.length}{' '}
            {stage.layers.length === 1 ? 'layer' : 'layers'}: {grouped(stage.parameters)} parameters,{' '}
            {millions(stage.multiplyAdds)} multiply-adds
          </summary>
          <div class="scroller" tabindex={0} role="region" aria-label={`layers of stage ${i + 1}`}>
            <table class="layers">
              <thead>
                <tr>
                  <th scope="col">layer</th>
                  <th scope="col">made as</th>
                  <th scope="col">output</th>
                  <th scope="col">parameters</th>
                  <th scope="col">multiply-adds</th>
                  <th scope="col">sees</th>
                  <th scope="col">fits</th>
                </tr>
              </thead>
              <tbody>
                {stage.layers.map(l => (
                  <tr key={l.name}>
                    <th scope="row">{l.name}</th>
                    <td class="made">{l.description}</td>
                    <td>{l.output.join('×')}</td>
                    <td data-value={String(l.parameters)}>{grouped(l.parameters)}</td>
                    <td data-value={String(l.multiplyAdds)}>{grouped(l.multiplyAdds)}</td>
                    <td>{l.receptiveField === undefined ? '' : `${l.receptiveField} px`}</td>
                    <td class={l.misfit === undefined ? '' : 'bad'}>
                      {l.misfit === undefined ? '' : `no: ${show(l.misfit, 5)}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      ))}
      <p>
        A brick is as high and wide as the root of its picture’s side, as thick as the root of its channels; the thin
        bars are vectors. LeNet-5 has 60,000 parameters as it was printed, with a sparse third layer and pooling that
        learns, and 61,706 as it is usually rebuilt. AlexNet’s first layer gives 55.25 places on 224 pixels, ResNet’s
        112.5: frameworks round down.
      </p>
    </>
  )
}

const styles = `
.lanes { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.2rem; }
.lanes li { display: grid; grid-template-columns: minmax(0, 1fr); align-items: center; border-bottom: 1px solid var(--edge); }
@container (min-width: 34rem) { .lanes li { grid-template-columns: 14rem minmax(0, 26rem); } }
.view .lanes button { display: grid; justify-items: start; text-align: left; gap: 0; border-color: transparent; background: none; }
.view .lanes button[aria-pressed="true"] { background: var(--plus-soft); border-color: var(--plus); }
.view .lanes button .quiet { color: var(--quiet); }
.brick rect, .brick path { fill: var(--plus-soft); stroke: var(--plus); stroke-width: 1; stroke-linejoin: round; }
.brick.dense rect { fill: var(--minus-soft); stroke: var(--minus); }
.layers { font-size: 0.85rem; }
.layers .made { text-align: left; }
.remarks { max-width: none; }
.remarks details { margin: 0.2rem 0; }
.controls { align-self: start; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
