/** T1: a sentence as columns of numbers, kernels that slide over its words, and the n-gram that each picks out. */
import { useRef } from 'preact/hooks'
import { useBench, useSet } from '../../frame/bench.ts'
import { Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { draggable, stepped } from '../../frame/drag.ts'
import { grouped, show } from '../../frame/format.ts'
import { Equals, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { TextArea } from '../../frame/text-area.tsx'
import { LabControls } from '../../lab/controls.tsx'
import { type Lab, useLab } from '../../lab/use-lab.ts'
import type { News, Question, Seen, Settings } from './experiment.ts'
import { type Derived, model, type State, standsAt } from './model.ts'
import text from './text.json' with { type: 'json' }

const labs = new WeakMap<object, Lab<News>>()

function Picture({ state }: Shown<State, Derived>) {
  const bench = useBench()
  const { sentence, lr, seed } = state
  const chosen = state.kernel - 1
  const begin = (): Promise<Settings> => {
    const { lr, seed } = bench.state.peek() as unknown as State
    return Promise.resolve({ lr, seed })
  }
  const question: Question = { sentence, kernel: chosen }
  const lab = useLab<News>('textCnn', JSON.stringify([lr, seed]), begin, question)
  labs.set(bench, lab)
  const news = lab.news.value
  return (
    <div class="text-cnn" ref={lab.watch}>
      <LabControls lab={lab} />
      {news && (
        <>
          <div
            class="scroller"
            tabindex={0}
            role="region"
            aria-label="the words, their vectors, and what the kernel sees"
          >
            <Sentence news={news} seen={news.kernels[chosen]!} name={chosen + 1} place={state.place} />
          </div>
          <div class="pictures even">
            <Kernels kernels={news.kernels} chosen={chosen} />
            <Result news={news} chosen={chosen} />
          </div>
        </>
      )}
    </div>
  )
}

const [cell, row, top] = [88, 14, 40]
interface SentenceProps {
  readonly news: News
  readonly seen: Seen
  readonly name: number
  readonly place: number
}
/**
 * Columns of numbers under the words, with a minus in those below 0; the n-gram that won underlined; a bracket where the kernel
 * stands; z as a ribbon.
 */
function Sentence({ news, seen, name, place }: SentenceProps) {
  const set = useSet<State>()
  const from = useRef(0)
  const { tokens, vectors } = news
  const features = vectors[0]!.length
  const bottom = top + features * row
  const width = Math.max(tokens.length, seen.width) * cell + 10
  const reach = Math.max(...vectors.flatMap(v => Array.from(v, Math.abs)), 1e-9)
  const highest = Math.max(...seen.z, 1e-9)
  const x = (t: number): number => t * cell + 8
  const best = seen.best ?? 0
  const at = standsAt(place, seen, tokens.length)
  return (
    <svg
      viewBox={`0 0 ${width} ${bottom + 112}`}
      style={{ width: `${width}px`, maxWidth: 'none' }}
      role="group"
      aria-label={`the words ${tokens.join(' ')}; kernel ${name} ${
        seen.best === undefined
          ? 'answers to none of them'
          : `answers most to: ${tokens.slice(best, best + seen.width).join(' ')}`
      }`}
    >
      {tokens.map((word, t) => {
        const won = seen.best !== undefined && t >= best && t < best + seen.width
        return (
          <g key={t} data-q={`word${t}`}>
            <text class={won ? 'word won' : 'word'} x={x(t) + 36} y={22} text-anchor="middle">
              {word}
            </text>
            {Array.from(vectors[t]!, (v, f) => (
              <g key={f}>
                <rect
                  class={v < 0 ? 'number minus' : 'number plus'}
                  x={x(t)}
                  y={top + f * row}
                  width={72}
                  height={row - 1}
                  fill-opacity={Math.abs(v) / reach}
                >
                  <title>{v}</title>
                </rect>
                {v < 0 && <path class="sign" d={`M${x(t) + 32} ${top + f * row + row / 2 - 0.5}h8`} />}
              </g>
            ))}
          </g>
        )
      })}
      {seen.best !== undefined && <path class="underline" d={`M${x(best)} 29h${(seen.width - 1) * cell + 72}`} />}
      {at !== undefined && (
        <rect
          class="bracket"
          role="slider"
          tabIndex={0}
          aria-label={`where kernel ${name} stands`}
          aria-valuemin={1}
          aria-valuemax={seen.z.length}
          aria-valuenow={at + 1}
          aria-valuetext={`at ${tokens.slice(at, at + seen.width).join(' ')}`}
          onKeyDown={event => {
            const next = stepped(event, at + 1, { min: 1, max: seen.z.length, step: 1 })
            if (next === undefined) return
            event.preventDefault()
            set({ place: Math.round(next) })
          }}
          {...draggable({
            start: () => {
              from.current = at
            },
            move: dx => {
              const to = from.current + Math.round(dx / cell)
              set({ place: 1 + Math.min(seen.z.length - 1, Math.max(0, to)) })
            },
          })}
          x={x(at) - 4}
          y={top - 4}
          width={(seen.width - 1) * cell + 80}
          height={features * row + 7}
          rx={4}
        />
      )}
      <text class="small quiet" x={8} y={bottom + 22}>
        {`zⱼ = ReLU(Vⱼ·K${name} + b) of each ${seen.width}-gram, where it begins`}
      </text>
      {seen.z.map((z, j) => (
        <g key={j} data-q={`z${j}`}>
          <rect
            class={j === seen.best ? 'z won' : 'z'}
            x={x(j)}
            y={bottom + 88 - (54 * z) / highest}
            width={72}
            height={(54 * z) / highest}
          />
          <path class="floor" d={`M${x(j)} ${bottom + 88}h72`} />
          <text class="small" x={x(j) + 36} y={bottom + 104} text-anchor="middle">
            {show(z, 3)}
          </text>
        </g>
      ))}
    </svg>
  )
}

const fixed = (x: number): string => x.toFixed(2).replace('-', '−')

/** All kernels: their ribbons, their maxima, and for what those count. */
function Kernels({ kernels, chosen }: { readonly kernels: readonly Seen[]; readonly chosen: number }) {
  const set = useSet<State>()
  const highest = Math.max(...kernels.flatMap(k => k.z), 1e-9)
  return (
    <div>
      <p class="title">all kernels: z over the words, its maximum × what it counts (+ for praise)</p>
      <ol class="kernels">
        {kernels.map((k, i) => (
          <li key={i}>
            <button
              type="button"
              aria-pressed={i === chosen}
              class={i === chosen ? 'on' : ''}
              onClick={() => set({ kernel: i + 1 })}
            >
              K{i + 1}, {k.width} words
            </button>
            <span class="ribbon" aria-hidden="true">
              {k.z.map((z, j) => (
                <span key={j} style={{ height: `${(100 * z) / highest}%` }} class={j === k.best ? 'won' : ''} />
              ))}
            </span>
            <Value x={k.maximum} q={`max${i}`} text={fixed(k.maximum)} />
            <span class="for">
              × <Value x={k.weight} q={`weight${i}`} text={fixed(k.weight)} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}

function Result({ news, chosen }: { readonly news: News; readonly chosen: number }) {
  return (
    <div>
      <p class="title">what it says</p>
      <ol class="verdict-bars">
        {[
          ['praise', news.probability],
          ['blame', 1 - news.probability],
        ].map(([name, p]) => (
          <li key={name}>
            <span>{name}</span>
            <span class="bar">
              <span style={{ width: `${100 * (p as number)}%` }} />
            </span>
            <Value x={p as number} q={name as string} text={(p as number).toFixed(4)} />
          </li>
        ))}
      </ol>
      <p class="title">n-grams of the reviews that K{chosen + 1} likes most</p>
      <ol class="favourites">
        {news.favourites.length === 0 && <li>none: it is 0 everywhere</li>}
        {news.favourites.map(([ngram, z], i) => (
          <li key={ngram}>
            <q>{ngram}</q> <Value x={z} q={`favourite${i}`} digits={3} />
          </li>
        ))}
      </ol>
      <p class="title">
        <span class="key">loss</span> <span class="key second">accuracy on 200 held-out reviews</span>
      </p>
      <Plot
        label="loss and accuracy over steps"
        x={[0, Math.max(50, news.step)]}
        y={[0, 1]}
        xLabel="step"
        height={180}
        ticks={4}
      >
        {(sx, sy) => (
          <>
            <path class="curve thin" d={curvePath(sx, sy, ...columns(news.losses))} />
            <path class="curve accuracy" d={curvePath(sx, sy, ...columns(news.accuracies))} />
          </>
        )}
      </Plot>
    </div>
  )
}
const columns = (points: readonly (readonly [number, number])[]): [number[], number[]] => [
  points.map(p => p[0]),
  points.map(p => p[1]),
]

function Line({ state, derived: d }: Shown<State, Derived>) {
  const news = labs.get(useBench())?.news.value
  const seen = news?.kernels[state.kernel - 1]
  const at = news && seen ? standsAt(state.place, seen, news.tokens.length) : undefined
  return (
    <>
      <p class="arithmetic">
        <span class="group">
          step <Value x={news?.step ?? 0} q="step" />,
        </span>
        {news && (
          <span class="group">
            held-out accuracy <Value x={news.accuracies.at(-1)![1]} q="accuracy" digits={3} />,
          </span>
        )}
        <span class="group">
          vocabulary of <Value x={d.vocabulary} q="vocabulary" />,{' '}
          <Value x={d.parameters} q="parameters" text={grouped(d.parameters)} /> parameters
        </span>
      </p>
      {news && seen && at === undefined && (
        <p class="arithmetic quiet">
          The sentence is shorter than the kernel’s {seen.width} words: there is no {seen.width}-gram, so its z is 0.
        </p>
      )}
      {news && seen && at !== undefined && news.weights.length === seen.width && (
        <p class="arithmetic">
          <span>
            z = ReLU(
            {news.weights.map((weights, t) => {
              const vector = news.vectors[at + t]!
              const sum = weights.reduce((s, w, f) => s + w * vector[f]!, 0)
              return (
                <span key={t} data-q={`word${at + t}`}>
                  {t > 0 && ' + '}
                  <Value x={sum} q={`part${t}`} digits={3} /> <span class="quiet">({news.tokens[at + t]})</span>
                </span>
              )
            })}{' '}
            + <Value x={news.bias} q="bias" digits={3} /> <span class="quiet">(b)</span>)
            <Equals x={seen.z[at]!} digits={3} /> <Value x={seen.z[at]!} q="z" digits={3} />
          </span>
        </p>
      )}
      {news &&
        seen &&
        at !== undefined &&
        news.weights.length === seen.width &&
        news.weights.map((weights, t) => {
          const vector = news.vectors[at + t]!
          return (
            <p key={t} class="arithmetic products">
              <span data-q={`word${at + t}`}>
                <span class="quiet">{news.tokens[at + t]}:</span>{' '}
                {Array.from(weights, (w, f) => (
                  <span key={f}>
                    {f > 0 && ' + '}
                    <Value x={vector[f]!} q={`vector${t} ${f}`} digits={3} />·{w < 0 && '('}
                    <Value x={w} q={`weight${t} ${f}`} digits={3} />
                    {w < 0 && ')'}
                  </span>
                ))}
              </span>
            </p>
          )
        })}
    </>
  )
}
const Controls = () => (
  <>
    <TextArea k="sentence" rows={2} />
    <Slider k="kernel" />
    <Slider k="place" />
    <Slider k="lr" />
    <Slider k="seed" />
  </>
)
const Notes = () => (
  <ul>
    <li>
      The reviews are generated: 600 to learn from, 200 held out. Half of them are denied (“not”), so that no single
      word tells praise from blame; n-grams do. Other words than theirs are all read as &lt;unk&gt;.
    </li>
    <li>
      Three kernels for each of 2, 3, 4 and 5 words; the bracket is where the chosen one stands, and slides: drag it. Of
      each only the largest z counts, wherever it is: “max over time”. The network has one number for each kernel,
      however long the sentence.
    </li>
    <li>
      It is the convolution of pictures with one direction: along the words. Real sentences are in the library’s
      text-classifier example.
    </li>
  </ul>
)

const styles = `
.controls { align-self: start; }
.text-cnn .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: start; margin-top: .5rem; }
.products { font-size: .85rem; }
.number.plus { fill: var(--plus); }
.number.minus { fill: var(--minus); }
.view svg text.word { font-size: 15px; }
.view svg text.won { font-weight: 700; }
.underline { stroke: var(--focus); stroke-width: 4; fill: none; }
.sign { stroke: var(--text); stroke-width: 1.5; pointer-events: none; }
.bracket { fill: transparent; stroke: var(--focus); stroke-width: 3; }
.z { fill: var(--quiet); }
.z.won { fill: var(--plus); }
.floor { stroke: var(--edge); fill: none; }
.kernels, .verdict-bars, .favourites { list-style: none; margin: 0 0 .8rem; padding: 0; display: grid; gap: 3px; }
.kernels li { display: grid; grid-template-columns: 7.1rem minmax(1.5rem, 1fr) 2.6rem 4.2rem; gap: .4rem; align-items: center; }
.kernels button { white-space: nowrap; padding: 0 .3rem; }
.kernels button.on { outline: 3px solid var(--focus); }
.ribbon { display: flex; align-items: flex-end; gap: 1px; height: 1.3rem; border-bottom: 1px solid var(--edge); }
.ribbon span { flex: 1; background: var(--quiet); }
.ribbon .won { background: var(--plus); }
.for { white-space: nowrap; }
.verdict-bars li { display: grid; grid-template-columns: 4rem minmax(0, 1fr) 4rem; gap: .5rem; align-items: center; }
.verdict-bars .bar { display: block; height: .9rem; background: var(--raised); border: 1px solid var(--edge); }
.verdict-bars .bar span { display: block; height: 100%; background: var(--plus); }
.curve.thin { stroke-width: 1.2; }
.curve.accuracy { stroke: var(--good); }
.key::before { content: ""; display: inline-block; width: 1.2rem; height: 3px; background: var(--plus); vertical-align: middle; margin-right: .3rem; }
.key.second::before { background: var(--good); }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
