/** N1: wires, body and curve of one neuron. */
import { activations } from '../../frame/activations.ts'
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { Disc, subscript, Wire } from '../../frame/network.tsx'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { curvePath, Plot } from '../../frame/plot.tsx'
import { type Derived, inputsAndWeights, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: { sum, output, curve, terms } }: Shown<State, Derived>) {
  const { x, w } = inputsAndWeights(state)
  const height = Math.max(220, 64 * x.length + 30)
  const middle = height / 2
  const y = (i: number): number => middle + (i - (x.length - 1) / 2) * 64
  const top = Math.max(1.2, ...curve.y.map(Math.abs))
  return (
    <div class="pictures">
      <svg viewBox={`0 0 440 ${height}`} role="img" aria-label="the neuron: inputs, weights, sum, output">
        {x.map((_, i) => (
          <Wire key={i} from={[40, y(i)]} to={[225, middle]} weight={w[i]!} q={`w${i + 1}`} />
        ))}
        <Wire from={[310, middle]} to={[395, middle]} weight={0.6} />
        {x.map((xi, i) => (
          <g key={i}>
            <Disc x={40} y={y(i)} q={`x${i + 1}`} class="input">
              {show(xi)}
            </Disc>
            <text class="chip" x={118} y={y(i) + (middle - y(i)) * 0.42 - 10} text-anchor="middle" data-q={`w${i + 1}`}>
              {`w${subscript(i + 1)} = ${show(w[i]!)}`}
            </text>
          </g>
        ))}
        <g class="body">
          <path d={`M265 ${middle - 52} a52 52 0 0 0 0 104 z`} data-q="sum" />
          <path d={`M265 ${middle - 52} a52 52 0 0 1 0 104 z`} data-q="act" />
          <text x={239} y={middle - 8} text-anchor="middle">
            Σ
          </text>
          <text class="small" x={239} y={middle + 14} text-anchor="middle">
            {show(sum)}
          </text>
          <text class="small" x={290} y={middle + 4} text-anchor="middle">
            {activations[state.act].sign}
          </text>
          <text class="small quiet" x={265} y={middle + 74} text-anchor="middle">
            {`bias ${show(state.b)}`}
          </text>
        </g>
        <Disc x={405} y={middle} r={30} q="o" class="output">
          {show(output, 3)}
        </Disc>
        <desc>{terms.map((t, i) => `input ${i + 1} contributes ${show(t)}`).join(', ')}</desc>
      </svg>
      <Plot
        label={`the activation function, at ${show(sum)} it is ${show(output)}`}
        x={[-8, 8]}
        y={[Math.min(-0.2, ...curve.y) * 1.05, top * 1.05]}
        xLabel="sum"
        yLabel="output"
      >
        {(sx, sy) => {
          const at = Math.min(8, Math.max(-8, sum))
          return (
            <>
              <path class="curve" d={curvePath(sx, sy, curve.z, curve.y)} />
              <path class="guide" d={`M${sx(at)} ${sy(0)} V${sy(output)} H${sx(0)}`} />
              <circle class="point" cx={sx(at)} cy={sy(output)} r={6} data-q="o" />
            </>
          )
        }}
      </Plot>
    </div>
  )
}

function Line({ state, derived: { sum, output } }: Shown<State, Derived>) {
  const { x } = inputsAndWeights(state)
  return (
    <p class="arithmetic">
      {x.map((_, i) => (
        <span class="group" key={i}>
          {i > 0 && ' + '}
          <Scrub k="x" i={i} label={`input ${i + 1}`} q={`x${i + 1}`} />·
          <Scrub k="w" i={i} label={`weight ${i + 1}`} q={`w${i + 1}`} />
        </span>
      ))}{' '}
      <span class="group">
        + <Scrub k="b" label="bias" q="b" />
      </span>{' '}
      <span class="group">
        <Equals x={sum} /> <Value x={sum} q="sum" />
      </span>{' '}
      <span class="group">
        → {activations[state.act].sign} → <Value x={output} q="o" />
      </span>
    </p>
  )
}

const Controls = () => (
  <>
    <Choice k="act" />
    <Slider k="b" />
    <p class="control">
      <Preset set={{ x: [0.1, 0.15, 0.2], w: [1, 2, 3], b: 0, act: 'sigmoid' }}>the worked example</Preset>
      <Preset set={{ x: [1, 1], w: [1, 1], b: -1.5, act: 'step' }}>AND of two ones</Preset>
    </p>
  </>
)

const Notes = () => (
  <p>
    The lecture calls the <em>sum</em> “the activation”. Most books call it the <em>pre-activation</em> and keep
    “activation” for the output; so do the lecture’s later slides when they speak of activation maps. Weights start at
    random, biases usually at 0.
  </p>
)

export default defineView({ text, model, Picture, Line, Controls, Notes })
