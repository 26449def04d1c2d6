/** K4: what each unit of a small ConvNet answers to, and what it is made of. */
import { useBench, useSet } from '../../frame/bench.ts'
import { Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { Equals, Value } from '../../frame/number.tsx'
import { Pixels, reachOf } from '../../frame/pixels.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { short } from '../../frame/schema.ts'
import { LabControls } from '../../lab/controls.tsx'
import { type Lab, useLab } from '../../lab/use-lab.ts'
import type { Feed, News, Picture as Pixelled, Question, Settings, Unit } from './experiment.ts'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const labs = new WeakMap<object, Lab<News>>()
/** The layer and unit that are looked at, from 0. */
const chosenOf = ({ layer, unit }: State, { layers }: Derived): Question => ({
  layer: layer - 1,
  unit: Math.min(unit, layers[layer - 1]!.maps) - 1,
})

function Picture({ state, derived }: Shown<State, Derived>) {
  const bench = useBench()
  const set = useSet<State>()
  const chosen = chosenOf(state, derived)
  const begin = (): Promise<Settings> => {
    const { lr, seed } = bench.state.peek() as unknown as State
    return Promise.resolve({ lr, seed })
  }
  const lab = useLab<News>('builtUp', JSON.stringify([state.lr, state.seed]), begin, chosen)
  labs.set(bench, lab)
  const news = lab.news.value
  return (
    <div class="built-up" ref={lab.watch}>
      <LabControls lab={lab} />
      {news && (
        <div class="pictures even">
          <div>
            {news.layers
              .map((units, l) => (
                <section key={l} aria-label={`convolution ${l + 1}`}>
                  <p class="title">
                    convolution {l + 1}{' '}
                    <span class="quiet">
                      a unit sees {derived.layers[l]!.sees}×{derived.layers[l]!.sees} pixels
                    </span>
                  </p>
                  <div class="units">
                    {units.map((unit, u) => (
                      <button
                        key={u}
                        type="button"
                        class={l === chosen.layer && u === chosen.unit ? 'unit on' : 'unit'}
                        aria-pressed={l === chosen.layer && u === chosen.unit}
                        aria-label={`convolution ${l + 1}, unit ${u + 1}`}
                        onClick={() => set({ layer: l + 1, unit: u + 1 })}
                      >
                        <Best unit={unit} name={`unit ${u + 1}`} />
                      </button>
                    ))}
                  </div>
                </section>
              ))
              .toReversed()}
          </div>
          <div>
            <Chosen chosen={chosen} news={news} />
            <Progress news={news} />
          </div>
        </div>
      )}
    </div>
  )
}
const Progress = ({ news }: { readonly news: News }) => (
  <>
    <p class="title">
      <span class="key">loss</span> <span class="key second">accuracy on 200 held-out shapes</span>
    </p>
    <Plot
      label="loss and held-out accuracy over steps"
      x={[0, Math.max(100, news.step)]}
      y={[0, 2]}
      xLabel="step"
      height={170}
      ticks={4}
    >
      {(sx, sy) => (
        <>
          <path class="curve thin" d={curvePath(sx, sy, ...columns(news.losses))} />
          <path class="curve accuracy" d={curvePath(sx, sy, ...columns(news.accuracies))} />
        </>
      )}
    </Plot>
  </>
)
const columns = (points: readonly (readonly [number, number])[]): [number[], number[]] => [
  points.map(p => p[0]),
  points.map(p => p[1]),
]
/** The four parts of pictures that a unit answers to most. */
const Best = ({ unit, name }: { readonly unit: Unit; readonly name: string }) => (
  <span class="best">
    {unit.patches.map((patch, i) => (
      <Grey
        key={i}
        picture={patch}
        label={`${name}: part of a picture that it answers to with ${short(patch.value)}`}
      />
    ))}
  </span>
)
const Grey = ({ picture, label }: { readonly picture: Pixelled; readonly label: string }) => (
  <Pixels values={picture.pixels} width={picture.width} height={picture.height} label={label} />
)

function Chosen({ chosen, news }: { readonly chosen: Question; readonly news: News }) {
  const set = useSet<State>()
  const { layer, unit } = chosen
  const strongest = news.feeds[0]?.strength || 1
  const reach = Math.max(...news.feeds.map(f => reachOf(f.kernel.pixels)))
  const { patches } = news.layers[layer]![unit]!
  return (
    <section class="chosen" aria-label="the chosen unit">
      <p class="title">
        convolution {layer + 1}, unit {unit + 1}
      </p>
      <div class="answers">
        <figure>
          <Grey
            picture={news.ascent}
            label="the picture that the unit answers to most, found by going uphill from noise"
          />
          <figcaption>
            made to please it: <Value x={news.ascent.value} q="ascent" digits={3} />
          </figcaption>
        </figure>
        {patches.map((patch, i) => (
          <figure key={i}>
            <Grey picture={patch} label={`part ${i + 1} of a picture`} />
            <figcaption>
              <Value x={patch.value} q={`patch${i}`} digits={3} />
            </figcaption>
          </figure>
        ))}
      </div>
      <p class="title">{layer === 0 ? 'it reads the picture' : `what feeds it from convolution ${layer}: Σ|w|`}</p>
      <ol class="feeds">
        {news.feeds.map(feed => (
          <li key={feed.unit}>
            {layer === 0 ? (
              <span>pixels</span>
            ) : (
              <button type="button" onClick={() => set({ layer, unit: feed.unit + 1 })}>
                unit {feed.unit + 1}
              </button>
            )}
            <Kernel feed={feed} reach={reach} />
            <span class="bar">
              <span style={{ width: `${(100 * feed.strength) / strongest}%` }} />
            </span>
            <Value x={feed.strength} q={`feed${feed.unit}`} digits={3} />
          </li>
        ))}
      </ol>
    </section>
  )
}
const Kernel = ({ feed, reach }: { readonly feed: Feed; readonly reach: number }) => (
  <Pixels
    values={feed.kernel.pixels}
    width={feed.kernel.width}
    height={feed.kernel.height}
    high={reach}
    signed
    label={`its slice of the kernel: ${Array.from(feed.kernel.pixels, v => v.toFixed(2)).join(', ')}`}
  />
)

function Line({ state, derived }: Shown<State, Derived>) {
  const news = labs.get(useBench())?.news.value
  const { layer, unit } = chosenOf(state, derived)
  const strongest = news?.feeds[0]
  const accuracy = news?.accuracies.at(-1)
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          step <Value x={news?.step ?? 0} q="step" />
        </span>
        {accuracy && (
          <span class="group">
            held-out accuracy <Value x={accuracy[1]} q="accuracy" digits={3} />
          </span>
        )}
        <span class="group">
          unit {unit + 1} of convolution {layer + 1} sees <Value x={derived.layers[layer]!.sees} q="sees" /> ×{' '}
          {derived.layers[layer]!.sees} pixels
        </span>
      </p>
      {strongest && (
        <p class="arithmetic">
          <span>
            {layer === 0 ? 'its weights' : `strongest below: unit ${strongest.unit + 1}`}, Σ|w| ={' '}
            {Array.from(strongest.kernel.pixels.slice(0, 9), (w, i) => (
              <span key={i}>
                {i > 0 && ' + '}|<Value x={w} q={`w${i}`} digits={2} />|
              </span>
            ))}
            {strongest.kernel.pixels.length > 9 && ' + …'} <Equals x={strongest.strength} digits={3} />{' '}
            <Value x={strongest.strength} q="strength" digits={3} />
          </span>
        </p>
      )}
    </>
  )
}
const Controls = () => (
  <>
    <Slider k="layer" />
    <Slider k="unit" />
    <Slider k="lr" />
    <Slider k="seed" />
  </>
)
const Notes = () => (
  <ul>
    <li>
      The pictures are generated: rings, stripes, crosses and faces at random places, sizes and angles, with noise; 600
      to learn from, 200 held out. The network trains in a Worker of this page; every twenty steps its units are looked
      at.
    </li>
    <li>
      Small pictures: the parts of held-out pictures that a unit answers to most. “Made to please it”: noise, changed by
      forty steps along the derivative of the unit’s answer in every pixel.
    </li>
    <li>
      The lecture’s cat needs larger pictures; the way is the same. Units need not be what we have words for: some
      answer to edges, some to crossings, some to several things, some to nothing.
    </li>
  </ul>
)

const styles = `
.controls { align-self: start; }
.built-up .pictures { align-items: start; margin: .6rem 0; }
.units { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: .8rem; }
.unit { padding: 3px; border: 1px solid var(--edge); border-radius: 6px; background: var(--page); cursor: pointer; }
.unit.on { outline: 3px solid var(--focus); }
.best { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; width: 64px; }
.best .pixels { width: 31px; height: 31px; }
.answers { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: .6rem; }
.answers figure { margin: 0; }
.answers .pixels { width: 76px; height: 76px; }
.answers figure:first-child .pixels { width: 112px; height: 112px; }
.answers figcaption { font-size: .85rem; }
.feeds { list-style: none; margin: 0; padding: 0; display: grid; gap: 3px; }
.feeds li { display: grid; grid-template-columns: 4.8rem 30px minmax(0, 1fr) 4rem; gap: .5rem; align-items: center; }
.feeds button { white-space: nowrap; }
.feeds .pixels { width: 28px; height: 28px; }
.feeds .bar { display: block; height: .9rem; background: var(--raised); border: 1px solid var(--edge); }
.feeds .bar span { display: block; height: 100%; background: var(--plus); }
.curve.thin { stroke-width: 1.2; }
.curve.accuracy { stroke: var(--good); }
.key::before { content: ""; display: inline-block; width: 1.2rem; height: 3px; background: var(--plus); vertical-align: middle; margin-right: .3rem; }
.key.second::before { background: var(--good); }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
