/** The phases after the prediction, in numbers: loss, gradient, update. */
import { subscript } from '../../frame/network.tsx'
import { Equals, Value } from '../../frame/number.tsx'
import { exampleLoss } from './example-loss.ts'
import { biasName, slopeOf, weightName } from './names.ts'
import type { Layer } from './training.ts'
import { nameOf, type PhaseProps, type Unit, unitOf } from './unit.ts'

/** J = mean of the batch's losses + λ/2 · Σ w². */
export function Loss({ state, moment }: PhaseProps) {
  const { batchSize, loss, total, sample } = moment
  const own = sample.label === undefined ? undefined : exampleLoss(state.loss, sample.activations.at(-1)!, sample.label)
  return (
    <>
      {own && (
        <span class="group">
          <span class="quiet">first of the batch, class {moment.sample.label}:</span> ℓ = {own.words}{' '}
          <Equals x={own.value} /> <Value x={own.value} q="loss.first" />
        </span>
      )}
      <span class="group">
        <span class="quiet">mean over the {batchSize} of the batch:</span> <Value x={loss} q="loss.data" />
      </span>
      {state.l2 > 0 && (
        <span class="group">
          + λ/2·Σw² <Equals x={total - loss} /> <Value x={total - loss} q="loss.penalty" />
        </span>
      )}
      <span class="group">
        J <Equals x={total} /> <Value x={total} q="loss.total" />
      </span>
    </>
  )
}
/** ∂J/∂w of every weight that is written out. */
export function Gradient({ state, moment }: PhaseProps) {
  const unit = unitOf({ state, moment })
  const slope = moment.gradients[unit.layer - 1]!
  return (
    <>
      <span class="group quiet">{nameOf(unit, moment.sample.probabilities.length)}, of the whole batch:</span>
      {unit.written.map(i => (
        <span class="group" key={i}>
          ∂J/∂w{subscript(i + 1)} <Equals x={slope.w[unit.unit - 1]![i]!} />{' '}
          <Value
            x={slope.w[unit.unit - 1]![i]!}
            q={slopeOf(weightName(unit.layer, unit.unit, i + 1))}
            kind="gradient"
          />
        </span>
      ))}
      <More unit={unit} />
      <span class="group">
        ∂J/∂b <Equals x={slope.b[unit.unit - 1]!} />{' '}
        <Value x={slope.b[unit.unit - 1]!} q={slopeOf(biasName(unit.layer, unit.unit))} kind="gradient" />
      </span>
    </>
  )
}
const More = ({ unit }: { readonly unit: Unit }) =>
  unit.weights.length > unit.written.length ? (
    <span class="group quiet">and {unit.weights.length - unit.written.length} more</span>
  ) : null

const rules = {
  sgd: 'w ← w − η·∂J/∂w',
  momentum: 'v ← 0.9·v + ∂J/∂w, w ← w − η·v',
  rmsprop: 'w ← w − η·∂J/∂w / √(mean of its squares)',
  adam: 'w ← w − η·m̂ / √v̂, with m̂ the mean of ∂J/∂w so far and v̂ that of its squares',
} as const

/** The optimizer's rule with its numbers; for those with a memory, what came out. */
export function Update({ state, moment }: PhaseProps) {
  const unit = unitOf({ state, moment })
  const { layer } = unit
  const row = unit.unit - 1
  if (!moment.updated) return <span class="group">This step would not end with finite numbers: it is not done.</span>
  const [slope, next] = [moment.gradients, moment.updated].map(all => all[layer - 1]!) as [Layer, Layer]
  const line = (name: string, q: string, old: number, gradient: number, value: number) => (
    <span class="group" key={q}>
      {name}: <Value x={old} q={q} />
      {state.opt === 'sgd' ? (
        <>
          {' '}
          − <Value x={state.lr} q="lr" />·<Value x={gradient} q={slopeOf(q)} kind="gradient" inProduct />{' '}
          <Equals x={value} />{' '}
        </>
      ) : (
        ' → '
      )}
      <Value x={value} q={`${q}.next`} />
    </span>
  )
  return (
    <>
      <span class="group quiet">
        {nameOf(unit, moment.sample.probabilities.length)}: {rules[state.opt]}
      </span>
      {unit.written.map(i =>
        line(
          `w${subscript(i + 1)}`,
          weightName(layer, unit.unit, i + 1),
          unit.weights[i]!,
          slope.w[row]![i]!,
          next.w[row]![i]!,
        ),
      )}
      <More unit={unit} />
      {line('b', biasName(layer, unit.unit), unit.bias, slope.b[row]!, next.b[row]!)}
    </>
  )
}
