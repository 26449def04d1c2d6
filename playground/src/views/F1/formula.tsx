/** One phase of the coming step in numbers, for the unit that is looked at; and the scores. */
import { later } from '../../frame/later.tsx'
import { subscript } from '../../frame/network.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { phases } from './model.ts'
import { biasName, weightName } from './names.ts'
import { nameOf, type PhaseProps, unitOf } from './unit.ts'

const Loss = later(() => import('./learning.tsx').then(m => m.Loss))
const Gradient = later(() => import('./learning.tsx').then(m => m.Gradient))
const Update = later(() => import('./learning.tsx').then(m => m.Update))

const signs = { relu: 'max(0, ', tanh: 'tanh(', sigmoid: 'σ(', identity: '(' } as const

export function Formula(props: PhaseProps) {
  const { state, moment } = props
  const Phase = [Predict, Loss, Gradient, Update][state.phase]!
  return (
    <>
      <p class="arithmetic" data-phase={phases[state.phase]}>
        <Phase {...props} />
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
/** a = f(Σ wᵢ·xᵢ + b). */
function Predict({ state, moment }: PhaseProps) {
  const unit = unitOf({ state, moment })
  const { last, layer, weights, inputs, value, written, bias } = unit
  const { label, probabilities } = moment.sample
  const outputs = probabilities.length
  const letter = layer === 1 ? 'x' : 'h'
  const rest = weights.reduce((sum, v, i) => (written.includes(i) ? sum : sum + v * inputs[i]!), 0)
  const one = outputs === 1
  const p = probabilities[one ? 0 : unit.unit - 1]!
  return (
    <>
      <span class="group quiet">
        {nameOf(unit, outputs)}, for {label === undefined ? 'the digit on the paper' : `an example of class ${label}`}:
      </span>
      <span class="group">
        {last ? `z${one ? '' : subscript(unit.unit - 1)}` : `h${subscript(unit.unit)}`} = {last ? '' : signs[state.act]}
      </span>
      {written.map((i, n) => (
        <span class="group" key={i}>
          {n > 0 ? '+ ' : ''}
          <Value x={weights[i]!} q={weightName(layer, unit.unit, i + 1)} inProduct />·
          <Value x={inputs[i]!} inProduct />
          <small class="quiet">
            {' '}
            {letter}
            {subscript(i + 1)}
          </small>
        </span>
      ))}
      {weights.length > written.length && (
        <span class="group">
          + <Value x={rest} inProduct /> <small class="quiet">of {weights.length - written.length} more</small>
        </span>
      )}
      <span class="group">
        + <Value x={bias} q={biasName(layer, unit.unit)} inProduct />
        <small class="quiet"> b</small>
        {last || state.act === 'identity' ? '' : ')'}
      </span>
      <span class="group">
        <Equals x={value} /> <Value x={value} q="value" />
      </span>
      {last && (
        <span class="group">
          {one ? 'σ(z)' : `softmax(z)${subscript(unit.unit - 1)}`} <Equals x={p} /> <Value x={p} q="probability" /> for
          class {one ? 1 : unit.unit - 1}
        </span>
      )}
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
