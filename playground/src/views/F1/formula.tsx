/** The sum of one unit with its numbers, for the first point of the next batch; and the scores. */
import { subscript } from '../../frame/network.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { biasName, looked, weightName } from './graph.tsx'
import type { State } from './model.ts'
import type { Moment } from './moment.ts'

/** Terms that are written out; of more, the sum. */
const most = 8
const signs = { relu: 'max(0, ', tanh: 'tanh(', sigmoid: 'σ(', identity: '(' } as const

export function Formula({ state, moment }: { readonly state: State; readonly moment: Moment }) {
  const [layer, unit] = looked(state, moment)
  const last = layer === moment.layers.length
  const { w, b } = moment.layers[layer - 1]!
  const weights = w[unit - 1]!
  const inputs = moment.sample.activations[layer - 1]!
  const value = moment.sample.activations[layer]![unit - 1]!
  const letter = layer === 1 ? 'x' : 'h'
  const rest = weights.slice(most).reduce((sum, v, i) => sum + v * inputs[most + i]!, 0)
  return (
    <>
      <p class="arithmetic">
        <span class="group quiet">
          {last ? 'output' : `hidden layer ${layer}, unit ${unit}`}, for a point of class {moment.sample.label}:
        </span>
        <span class="group">
          {last ? 'z' : `h${subscript(unit)}`} = {last ? '' : signs[state.act]}
        </span>
        {weights.slice(0, most).map((v, i) => (
          <span class="group" key={i}>
            {i > 0 ? '+ ' : ''}
            <Value x={v} q={weightName(layer, unit, i + 1)} inProduct />·
            <Value x={inputs[i]!} inProduct />
            <small class="quiet">
              {' '}
              {letter}
              {subscript(i + 1)}
            </small>
          </span>
        ))}
        {weights.length > most && (
          <span class="group">
            + <Value x={rest} inProduct /> <small class="quiet">of {weights.length - most} more</small>
          </span>
        )}
        <span class="group">
          + <Value x={b[unit - 1]!} q={biasName(layer, unit)} inProduct />
          <small class="quiet"> b</small>
          {last || state.act === 'identity' ? '' : ')'}
        </span>
        <span class="group">
          <Equals x={value} /> <Value x={value} q="value" />
        </span>
        {last && (
          <span class="group">
            σ(z) <Equals x={1 / (1 + Math.exp(-value))} /> <Value x={1 / (1 + Math.exp(-value))} q="probability" /> for
            class 1
          </span>
        )}
      </p>
      <p class="arithmetic">
        <span class="group">
          <span class="quiet">after</span> <Value x={moment.step} q="done" text={String(moment.step)} />{' '}
          <span class="quiet">steps,</span>
        </span>
        <Score name="learned from" loss={moment.train.loss} accuracy={moment.train.accuracy} q="train" />
        {moment.test && <Score name="held out" loss={moment.test.loss} accuracy={moment.test.accuracy} q="test" />}
      </p>
    </>
  )
}
interface ScoreProps {
  readonly name: string
  readonly loss: number
  readonly accuracy: number
  readonly q: string
}
const Score = ({ name, loss, accuracy, q }: ScoreProps) => (
  <span class="group">
    <span class="quiet">{name}:</span> loss <Value x={loss} q={`${q}-loss`} />, right{' '}
    <Value x={accuracy} q={`${q}-accuracy`} text={`${(100 * accuracy).toFixed(1)} %`} />
  </span>
)
