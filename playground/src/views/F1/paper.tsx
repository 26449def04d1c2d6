/** A digit to be read, drawn by the reader, who may say what it is; and the digits that were taken for something else. */
import { useBench, useSet } from '../../frame/bench.ts'
import { later } from '../../frame/later.tsx'
import { Value } from '../../frame/number.tsx'
import { Pixels } from '../../frame/pixels.tsx'
import { classes, mostDrawn, seen, side } from './digits.ts'
import type { Derived, State } from './model.ts'

const DrawPad = later(() => import('../../frame/draw-pad.tsx').then(m => m.DrawPad))
const all = Array.from({ length: classes }, (_, k) => k)

export function Paper({ state, derived: d }: { readonly state: State; readonly derived: Derived }) {
  const bench = useBench()
  const set = useSet<State>()
  const drawn = state.draw !== ''
  const sample = d.moment?.sample
  const locked = bench.isLocked('drawn')
  const learn = (label: number): void => {
    if (state.drawn.length >= mostDrawn) {
      bench.say(`there is room for ${mostDrawn} drawings of your own`)
      return
    }
    set({ drawn: [...state.drawn, { label, pixels: state.draw }], draw: '' })
    bench.say(`learned from as a ${label}, from the first step on`)
  }
  return (
    <div class="f1-paper-side">
      <div class="f1-reading">
        {!bench.isHidden('draw') && (
          <div>
            <p class="title">draw a digit here</p>
            <DrawPad k="draw" pen={1.5} />
          </div>
        )}
        {sample && (
          <table class="f1-likely">
            <caption>{sample.label === undefined ? 'your digit is a' : `an example of class ${sample.label}`}</caption>
            <tbody>
              {all.map(k => {
                const p = sample.probabilities[k]!
                return (
                  <tr key={k}>
                    <th scope="row">{k}</th>
                    <td class="f1-bar">
                      <span style={{ width: `${100 * p}%` }} />
                    </td>
                    <td>
                      <Value x={p} q={`p${k}`} text={`${(100 * p).toFixed(1)} %`} />
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        )}
      </div>
      {!bench.isHidden('drawn') && (
        <p class="control" role="group" aria-label="learn the drawing as a">
          <span>learn it as a</span>
          {all.map(k => (
            <button key={k} type="button" disabled={locked || !drawn} onClick={() => learn(k)}>
              {k}
            </button>
          ))}
        </p>
      )}
      {state.drawn.length > 0 && (
        <p class="control">
          <span>yours:</span>
          {state.drawn.map(({ label, pixels }, i) => (
            <button
              key={i}
              type="button"
              class="f1-own-digit"
              disabled={locked}
              title="take it away"
              aria-label={`take away your ${label}, drawing ${i + 1}`}
              onClick={() => set({ drawn: state.drawn.filter((_, k) => k !== i) })}
            >
              <Pixels values={seen(pixels)} width={side} height={side} label="" /> {label}
            </button>
          ))}
        </p>
      )}
    </div>
  )
}
/** Held-out digits that the network takes for others. */
export function Mistakes({ derived: { moment } }: { readonly derived: Derived }) {
  const wrong = moment?.test?.wrong ?? []
  if (wrong.length === 0) return null
  return (
    <div>
      <p class="title">held-out digits that it takes for others</p>
      <ul class="f1-mistakes">
        {wrong.map(({ input, label, says }, i) => (
          <li key={i}>
            <Pixels values={input} width={side} height={side} label={`a ${label}`} />
            {label} <span aria-hidden="true">→</span> {says}
          </li>
        ))}
      </ul>
    </div>
  )
}
