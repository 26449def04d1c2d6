/** D1: four beginnings race; each lane shows its boundary, and the gradient of every layer. */
import { useBench } from '../../frame/bench.ts'
import { Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { Heatmap } from '../../frame/heatmap.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { LabControls } from '../../lab/controls.tsx'
import { type Lab, useLab } from '../../lab/use-lab.ts'
import type { Lane, News, Settings } from './experiment.ts'
import { type Derived, hidden, lanes, model, type State, titles, widths } from './model.ts'
import text from './text.json' with { type: 'json' }

const labs = new WeakMap<object, Lab<News>>()
/** As the experiment has them. */
const [side, reach] = [40, 3]
const layers = widths.length - 1

function Picture({ state }: Shown<State, Derived>) {
  const bench = useBench()
  const { lr, noise, epochs, seed } = state
  const begin = (): Promise<Settings> => {
    const { lr, noise, epochs, seed } = bench.state.peek() as unknown as State
    return Promise.resolve({ lr, noise, epochs, seed })
  }
  const lab = useLab<News>('race', JSON.stringify([lr, noise, epochs, seed]), begin)
  labs.set(bench, lab)
  const news = lab.news.value
  return (
    <div class="race" ref={lab.watch}>
      <LabControls lab={lab} />
      {news && (
        <>
          <div class="lanes">
            {lanes.map((name, i) => (
              <section key={name} aria-label={titles[name]}>
                <p class="title">
                  <span class={`key lane${i}`}>
                    {String.fromCharCode(97 + i)}. {titles[name]}
                  </span>
                </p>
                <div class="lane">
                  <Boundary lane={news.lanes[i]!} points={news.points} label={titles[name]} />
                  <div>
                    {name === 'pretrained' && <Phases layer={news.lanes[i]!.layer} done={news.lanes[i]!.steps > 0} />}
                    <p>
                      accuracy <Value x={news.lanes[i]!.accuracy} q={`accuracy ${name}`} digits={3} />
                    </p>
                    <p class="quiet">step {news.lanes[i]!.steps} with labels</p>
                    <Gradients lane={news.lanes[i]!} name={name} />
                  </div>
                </div>
              </section>
            ))}
          </div>
          <p class="title">loss over the steps with labels</p>
          <div class="losses">
            <Plot
              label="loss over steps, for each lane"
              x={[0, Math.max(500, ...news.lanes.map(l => l.steps))]}
              y={[0, 1]}
              xLabel="step"
              height={170}
              ticks={4}
            >
              {(sx, sy) =>
                news.lanes.map(({ losses }, i) => (
                  <path
                    key={i}
                    class={`curve thin lane${i}`}
                    d={curvePath(
                      sx,
                      sy,
                      losses.map(l => l[0]),
                      losses.map(l => Math.min(1, l[1])),
                    )}
                  />
                ))
              }
            </Plot>
          </div>
        </>
      )}
    </div>
  )
}

function Boundary(props: { readonly lane: Lane; readonly points: News['points']; readonly label: string }) {
  const { lane, points, label } = props
  const at = (v: number): number => (100 * (v + reach)) / (2 * reach)
  return (
    <div class="boundary" role="img" aria-label={`${label}: blue where it says the second arm, orange the first`}>
      <Heatmap values={lane.field} n={side} middle={0.5} reach={0.5} />
      <svg viewBox="0 0 100 100" aria-hidden="true">
        {points.map(([x, y, arm], i) =>
          arm === 1 ? (
            <circle key={i} class="second" cx={at(x)} cy={100 - at(y)} r={1.2} />
          ) : (
            <rect key={i} class="first" x={at(x) - 1.1} y={98.9 - at(y)} width={2.2} height={2.2} />
          ),
        )}
      </svg>
    </div>
  )
}
/** Which layer is trained by itself; then all of them. */
const Phases = ({ layer, done }: { readonly layer: number | undefined; readonly done: boolean }) => (
  <ol class="phases" aria-label="layers trained by themselves">
    {Array.from({ length: hidden }, (_, l) => {
      const state = layer === l ? 'now' : done || (layer !== undefined && l < layer) ? 'frozen' : 'waiting'
      return (
        <li key={l} class={state} aria-label={`layer ${l + 1}: ${state === 'now' ? 'being trained' : state}`}>
          {l + 1}
        </li>
      )
    })}
    <li class={done ? 'now' : 'waiting'}>all</li>
  </ol>
)

/** Powers of ten that the bars span. */
const [least, most] = [-7, 1]
function Gradients({ lane, name }: { readonly lane: Lane; readonly name: string }) {
  return (
    <ol class="gradients" aria-label="size of the gradient in each layer, first to last, on a logarithmic scale">
      {lane.gradients.map((g, l) => (
        <li key={l}>
          <span class="bar">
            <span
              style={{ width: `${Math.min(100, Math.max(0, (100 * (Math.log10(g) - least)) / (most - least)))}%` }}
            />
          </span>
          <Value x={g} q={`gradient ${name} ${l + 1}`} text={g.toExponential(0).replace('-', '−')} />
        </li>
      ))}
      <li class="scale" aria-hidden="true">
        <span>
          <span>
            10<sup>−{-least}</sup>
          </span>
          <span>|gradient|</span>
          <span>{10 ** most}</span>
        </span>
      </li>
    </ol>
  )
}

function Line({ derived: d }: Shown<State, Derived>) {
  const news = labs.get(useBench())?.news.value
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          round <Value x={news?.step ?? 0} q="step" />
        </span>
        <span class="group">
          four networks of <Value x={d.parameters} q="parameters" /> parameters
        </span>
        <span class="group">
          σ′ ≤ ¼, through {hidden} layers: ¼⁵ ≈ <Value x={d.shrinks} q="shrinks" digits={3} />
        </span>
      </p>
      {news &&
        lanes.map((name, i) => {
          const { gradients } = news.lanes[i]!
          const [first, last] = [gradients[0]!, gradients[layers - 1]!]
          return (
            <p key={name} class="arithmetic">
              <span class="group">{String.fromCharCode(97 + i)}.</span>
              <span class="group">
                first layer / last layer = {show(first, 3)} / {show(last, 3)} <Equals x={first / last} digits={3} />{' '}
                <Value x={first / last} q={`ratio ${name}`} digits={3} />
              </span>
            </p>
          )
        })}
    </>
  )
}
const Controls = () => (
  <>
    <Slider k="lr" />
    <Slider k="epochs" />
    <Slider k="noise" />
    <Slider k="seed" />
  </>
)
const Notes = () => (
  <ul>
    <li>
      All four are 2-16-16-16-16-16-1 and learn the same 1,000 points of two spirals by gradient descent with momentum
      0.9, 50 at a time; the accuracy is on 1,000 others. Lane b first lets each layer learn to rebuild what the layers
      below give (a denoising autoencoder, no labels), then trains all.
    </li>
    <li>
      The slide is right about its time: a stays at chance, b learns. It is dated by c and d, which need no
      pre-training: what a lacks is the size of its first weights. With seeds 1, 2, 3 after 6,500 rounds: a 0.500 0.500
      0.500, b 0.987 0.976 0.985, c 0.984 0.991 0.990, d 0.985 0.988 0.976.
    </li>
    <li>With some seeds and rates d is stuck for a while, or for good: dead ReLUs.</li>
  </ul>
)

const styles = `
.controls { align-self: start; }
.lanes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: .3rem 1.2rem; margin-top: .5rem; }
.lane { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: .7rem; }
.lane p { margin: 0; }
.boundary { position: relative; width: 150px; height: 150px; border: 1px solid var(--edge); }
.boundary .heatmap, .boundary svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.boundary .second { fill: #0d4ba0; stroke: #fff; stroke-width: .3; }
.boundary .first { fill: #b35400; stroke: #fff; stroke-width: .3; }
.phases { list-style: none; display: flex; flex-wrap: wrap; gap: 3px; margin: 0 0 .3rem; padding: 0; }
.phases li { min-width: 1.3rem; text-align: center; border: 1px solid var(--edge); border-radius: 4px; font-size: .8rem; padding: 0 .2rem; color: var(--quiet); }
.phases .now { border-color: var(--focus); outline: 2px solid var(--focus); color: var(--text); font-weight: 700; }
.phases .frozen { background: var(--raised); color: var(--text); }
.gradients { list-style: none; margin: .2rem 0 0; padding: 0; display: grid; gap: 2px; font-size: .8rem; }
.gradients li { display: grid; grid-template-columns: minmax(0, 1fr) 3.2rem; gap: .4rem; align-items: center; }
.gradients .bar { display: block; height: .6rem; background: var(--raised); border: 1px solid var(--edge); }
.gradients .bar span { display: block; height: 100%; background: var(--gradient); }
.gradients .scale > span { display: flex; justify-content: space-between; color: var(--quiet); line-height: 1.2; }
@container (max-width: 26rem) { .gradients .scale > span > :nth-child(2) { display: none; } }
.losses { max-width: 26rem; }
.curve.thin { stroke-width: 1.6; }
.curve.lane0 { stroke: var(--quiet); }
.curve.lane1 { stroke: var(--minus); stroke-dasharray: 6 3; }
.curve.lane2 { stroke: var(--plus); }
.curve.lane3 { stroke: var(--good); stroke-dasharray: 2 3; }
.key::before { content: ""; display: inline-block; width: 1.4rem; border-top: 3px solid var(--quiet); vertical-align: middle; margin-right: .3rem; }
.key.lane1::before { border-top: 3px dashed var(--minus); }
.key.lane2::before { border-color: var(--plus); }
.key.lane3::before { border-top: 3px dotted var(--good); }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
