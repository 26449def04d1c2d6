/** R1: the network unrolled over the words that were read, and the words that may come next. */
import { useBench, useSet } from '../../frame/bench.ts'
import { Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { grouped } from '../../frame/format.ts'
import { Equals, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { TextArea } from '../../frame/text-area.tsx'
import { LabControls } from '../../lab/controls.tsx'
import { type Lab, useLab } from '../../lab/use-lab.ts'
import type { News, Settings } from './experiment.ts'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const labs = new WeakMap<object, Lab<News>>()

function Picture({ state }: Shown<State, Derived>) {
  const bench = useBench()
  const set = useSet<State>()
  const { corpus, hidden, lr, seed, prompt } = state
  const begin = (): Promise<Settings> => {
    const { corpus, hidden, lr, seed } = bench.state.peek() as unknown as State
    return Promise.resolve({ corpus, hidden, lr, seed })
  }
  const lab = useLab<News>('rnn', JSON.stringify([corpus, hidden, lr, seed]), begin, prompt)
  labs.set(bench, lab)
  const news = lab.news.value
  return (
    <div class="rnn" ref={lab.watch}>
      <LabControls lab={lab} />
      {news && (
        <>
          <div class="scroller" tabindex={0} role="region" aria-label="the network unrolled over the words">
            <Unrolled news={news} />
          </div>
          <div class="pictures even">
            <div>
              <p class="title">which word comes next? choose one to go on</p>
              <ol class="next">
                {news.next.map(([word, p], i) => (
                  <li key={word}>
                    <button type="button" onClick={() => set({ prompt: `${prompt} ${word}`.trim().slice(-200) })}>
                      {word}
                    </button>
                    <span class="bar">
                      <span style={{ width: `${100 * p}%` }} />
                    </span>
                    <Value x={p} q={`next${i}`} digits={2} />
                  </li>
                ))}
              </ol>
            </div>
            <div>
              <p class="title">loss while learning</p>
              <Plot
                label="loss over steps"
                x={[news.losses[0]?.[0] ?? 0, Math.max(50, news.step)]}
                y={[0, Math.max(1, ...news.losses.map(l => l[1]))]}
                xLabel="step"
                height={210}
                ticks={4}
              >
                {(sx, sy) => (
                  <path
                    class="curve thin"
                    d={curvePath(
                      sx,
                      sy,
                      news.losses.map(l => l[0]),
                      news.losses.map(l => l[1]),
                    )}
                  />
                )}
              </Plot>
            </div>
          </div>
        </>
      )}
    </div>
  )
}

const cell = 74
function Unrolled({ news }: { readonly news: News }) {
  const n = news.words.length
  const hidden = news.states[0]!.length
  const rows = Math.ceil(hidden / 4)
  const size = 12
  const top = 34
  const strongest = Math.max(1e-9, ...news.connectivity)
  const largest = Math.max(1e-9, ...news.copies)
  const bottom = top + rows * size
  // the captions have room, however few the words
  const width = Math.max(n * cell + 20, 400)
  return (
    <svg
      viewBox={`0 0 ${width} ${bottom + 128}`}
      style={{ width: `${width}px`, maxWidth: 'none' }}
      role="img"
      aria-label={`the words ${news.words.join(' ')}, the hidden state after each, and how much the likeliest next word depends on each`}
    >
      <defs>
        <marker id="onward" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 L8 4 L0 8 z" class="head" />
        </marker>
      </defs>
      {news.words.map((word, t) => {
        const x = t * cell + 10
        return (
          <g key={t}>
            <text class="small quiet" x={x + 24} y={22} text-anchor="middle">{`h${t + 1}`}</text>
            {Array.from(news.states[t]!, (v, i) => (
              <rect
                key={i}
                class={v < 0 ? 'unit minus' : 'unit plus'}
                x={x + (i % 4) * size}
                y={top + Math.floor(i / 4) * size}
                width={size}
                height={size}
                fill-opacity={Math.abs(v)}
              >
                <title>{v}</title>
              </rect>
            ))}
            <rect class="state" x={x} y={top} width={48} height={rows * size} />
            {t + 1 < n && (
              <path class="arrow" d={`M${x + 51} ${top + (rows * size) / 2}h${cell - 56}`} marker-end="url(#onward)" />
            )}
            <path class="arrow" d={`M${x + 24} ${bottom + 22}v-17`} marker-end="url(#onward)" />
            <text x={x + 24} y={bottom + 40} text-anchor="middle" data-q={`word${t}`}>
              {word}
            </text>
            <rect
              class="pull"
              x={x}
              y={bottom + 52}
              width={(48 * news.connectivity[t]!) / strongest}
              height={10}
              data-q={`word${t}`}
            />
            {news.copies[t] !== undefined && (
              <rect class="copy" x={x} y={bottom + 92} width={(48 * news.copies[t]!) / largest} height={10} />
            )}
          </g>
        )
      })}
      <text class="small gradient" x={10} y={bottom + 79}>
        how much the likeliest next word depends on each word
      </text>
      {news.copies.length > 0 && (
        <text class="small gradient" x={10} y={bottom + 119}>
          what each use of the same W adds to its gradient
        </text>
      )}
    </svg>
  )
}

function Line({ derived: d }: Shown<State, Derived>) {
  const news = labs.get(useBench())?.news.value
  const loss = news?.losses.at(-1)?.[1]
  return (
    <>
      <p class="arithmetic">
        <span class="group">hₜ = tanh(U xₜ + W hₜ₋₁ + b)</span>
        <span class="group">
          <Value x={d.tokens} q="tokens" /> words, <Value x={d.vocabulary} q="vocabulary" /> different,{' '}
          <Value x={d.parameters} q="parameters" text={grouped(d.parameters)} /> parameters
        </span>
        <span class="group">
          step <Value x={news?.step ?? 0} q="step" />
        </span>
        {loss !== undefined && (
          <span class="group">
            perplexity e<sup>{loss.toFixed(3)}</sup> <Equals x={Math.exp(loss)} />{' '}
            <Value x={Math.exp(loss)} q="perplexity" />
          </span>
        )}
      </p>
      {news && news.copies.length > 0 && (
        <p class="arithmetic">
          <span class="group">
            |∂L/∂W₁ + … + ∂L/∂W<sub>{news.copies.length}</sub>| <Equals x={news.summed} />{' '}
            <Value x={news.summed} q="summed" kind="gradient" />
          </span>
          <span class="group">
            |∂L/∂W| <Equals x={news.shared} /> <Value x={news.shared} q="shared" kind="gradient" />
          </span>
          <span class="group quiet">one W is used at every word; its gradient is the sum over all its uses</span>
        </p>
      )}
    </>
  )
}

const Controls = () => (
  <>
    <TextArea k="prompt" rows={2} />
    <Slider k="hidden" />
    <Slider k="lr" />
    <Slider k="seed" />
    <TextArea k="corpus" rows={7} />
  </>
)

const Notes = () => (
  <ul>
    <li>
      The text is a nursery rhyme in the public domain. Write over it: the network begins anew with your words, of which
      the first 1,500 are read.
    </li>
    <li>
      It is the plain recurrent network of the slide. Each step learns from eight pieces of sixteen words, so gradients
      reach back sixteen words.
    </li>
    <li>
      The sum over uses is the same rule as everywhere: where a weight acts along several paths, their derivatives add.
    </li>
  </ul>
)

const styles = `
.controls { align-self: start; }
.unit.plus { fill: var(--plus); }
.unit.minus { fill: var(--minus); }
.state { fill: none; stroke: var(--text); }
.arrow { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
.head { fill: var(--quiet); }
.pull, .copy { fill: var(--gradient); }
.view svg text.gradient { fill: var(--gradient); }
.next { list-style: none; margin: 0; padding: 0; display: grid; gap: 3px; }
.next li { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr) 4rem; gap: 0.5rem; align-items: center; }
.next .bar { display: block; height: 0.9rem; background: var(--raised); border: 1px solid var(--edge); }
.next .bar span { display: block; height: 100%; background: var(--plus); }
.curve.thin { stroke-width: 1.2; }
.rnn .pictures { align-items: start; margin-top: 0.5rem; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
