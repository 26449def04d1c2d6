/** C2: the slide, alive: forward boxes, the chain of three factors, the table of σ. */
import { Choice, Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { show } from '../../frame/format.ts'
import { Disc, subscript, Wire } from '../../frame/network.tsx'
import { Equals, Scrub, Value } from '../../frame/number.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

function Picture({ state, derived: d }: Shown<State, Derived>) {
  const { step } = state
  const y = [50, 130, 210]
  return (
    <div class="pictures c2">
      <svg
        viewBox="0 0 520 290"
        role="img"
        aria-label="three inputs, one neuron, one loss; the gradient goes back to w₁"
      >
        {y.map((yi, i) => (
          <g key={i}>
            <Wire from={[36, yi]} to={[200, 130]} weight={state.w[i]!} q={`w${i + 1}`} largest={6} />
            <Disc x={36} y={yi} q={`x${i + 1}`} class="input">
              {show(state.x[i]!)}
            </Disc>
            <text class="chip" x={112} y={yi + (130 - yi) * 0.43 - 12} text-anchor="middle" data-q={`w${i + 1}`}>
              {`w${subscript(i + 1)} = ${show(state.w[i]!)}`}
            </text>
          </g>
        ))}
        <Wire from={[230, 130]} to={[330, 130]} weight={0.5} />
        <Wire from={[350, 130]} to={[470, 130]} weight={0.5} />
        <Disc x={215} y={130} r={32} q="s" class={step >= 1 ? 'sum' : 'sum unknown'}>
          {step >= 1 ? show(d.s) : 's'}
        </Disc>
        <Disc x={345} y={130} r={32} q="yhat" class={step >= 2 ? 'output' : 'output unknown'}>
          {step >= 2 ? show(d.yhat) : 'ŷ'}
        </Disc>
        <g class={`hexagon ${step >= 3 ? '' : 'unknown'}`} data-q="L">
          <path d="M442 130 l17 -30 h36 l17 30 l-17 30 h-36 z" />
          <text x={477} y={130} text-anchor="middle" dominant-baseline="central">
            {step >= 3 ? show(d.L, 3) : 'L'}
          </text>
        </g>
        <text class="small quiet" x={215} y={86} text-anchor="middle">
          sum s
        </text>
        <text class="small quiet" x={345} y={86} text-anchor="middle">
          prediction ŷ
        </text>
        <text class="small quiet" x={477} y={86} text-anchor="middle">
          loss L
        </text>
        <defs>
          <marker id="back" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" class="arrowhead" />
          </marker>
        </defs>
        {[
          { from: 470, to: 350, q: 'f1', name: '∂L/∂ŷ' },
          { from: 340, to: 220, q: 'f2', name: '∂ŷ/∂s' },
          { from: 210, to: 60, q: 'f3', name: '∂s/∂w₁' },
        ].map(({ from, to, q, name }, i) => (
          <g key={q} class={step >= 4 + i ? 'back' : 'back unknown'} data-q={q}>
            <path d={`M${from} 185 Q${(from + to) / 2} 235 ${to} 187`} marker-end="url(#back)" />
            <text x={(from + to) / 2} y={234} text-anchor="middle">
              {name}
            </text>
            <text x={(from + to) / 2} y={256} text-anchor="middle">
              {step >= 4 + i ? show(d.factors[i]!) : ''}
            </text>
          </g>
        ))}
      </svg>
      <div class="scroller" tabindex={0} role="region" aria-label="table of the sigmoid">
        <table class="sigma">
          <caption>the slide’s table</caption>
          <thead>
            <tr>
              <th scope="col">x</th>
              <th scope="col">σ(x)</th>
              <th scope="col">σ′(x)</th>
            </tr>
          </thead>
          <tbody>
            {d.sigmaTable.map(([x, value, slope]) => (
              <tr key={x} class={Math.round(d.s) === x ? 'lit' : ''}>
                <th scope="row">{show(x)}</th>
                <td data-value={String(value)} title={String(value)}>
                  {value.toFixed(2)}
                </td>
                <td data-value={String(slope)} title={String(slope)}>
                  {slope.toFixed(2)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  const product = d.gradient[0]!
  return (
    <>
      <p class="arithmetic">
        <span class="group">s = </span>
        {state.x.map((_, i) => (
          <span class="group" key={i}>
            {i > 0 && ' + '}
            <Scrub k="x" i={i} label={`input ${i + 1}`} q={`x${i + 1}`} />·
            <Scrub k="w" i={i} label={`weight ${i + 1}`} q={`w${i + 1}`} />
          </span>
        ))}{' '}
        <span class="group">
          <Equals x={d.s} /> <Value x={d.s} q="s" />
        </span>
        <span class="group">
          ŷ = {state.act === 'sigmoid' ? 'σ' : 'softmax'}(<Value x={d.s} q="s" />) <Equals x={d.yhat} />{' '}
          <Value x={d.yhat} q="yhat" />
        </span>
        <span class="group">
          y = <Scrub k="y" label="target" q="y" />, L <Equals x={d.L} /> <Value x={d.L} q="L" />
        </span>
      </p>
      <p class="arithmetic">
        <span class="group">∂L/∂w₁ = ∂L/∂ŷ · ∂ŷ/∂s · ∂s/∂w₁</span>{' '}
        <span class="group">
          <Equals x={d.factors[0]} /> <Value x={d.factors[0]} q="f1" inProduct kind="gradient" /> ·{' '}
          <Value x={d.factors[1]} q="f2" inProduct kind="gradient" /> ·{' '}
          <Value x={d.factors[2]} q="f3" inProduct kind="gradient" />
        </span>{' '}
        <span class="group">
          <Equals x={product} /> <Value x={product} q="dw1" kind="gradient" />
        </span>
        <span class="group quiet">
          by a central difference: <Value x={d.difference} q="difference" kind="gradient" />
        </span>
      </p>
    </>
  )
}

const Controls = ({ derived: d }: Shown<State, Derived>) => (
  <>
    <Choice k="act" />
    <Choice k="loss" />
    <Choice k="sigma" />
    <Slider k="y" />
    <p class="control">
      <Preset
        set={{ x: [0.1, 0.15, 0.2], w: [1, 2, 3], y: 1, act: 'sigmoid', loss: 'squared', sigma: 'exact', step: 6 }}
      >
        as on the slide
      </Preset>
    </p>
    <p>
      One step downhill with learning rate 1: w = (
      {d.next.w.map((w, i) => (
        <span key={i}>
          {i > 0 && ', '}
          <Value x={w} q={`w${i + 1}`} digits={6} />
        </span>
      ))}
      ), ŷ <Value x={d.yhat} q="yhat" /> → <Value x={d.next.yhat} q="yhat2" />, L <Value x={d.next.L} q="L2" />
    </p>
  </>
)

const Notes = () => (
  <ul>
    <li>
      The slide’s −0.0106 is the unrounded computation. From its own table it would be 2 · (0.73 − 1) · 0.20 · 0.1 =
      −0.0108: choose “rounded as in the slide’s table”.
    </li>
    <li>
      “Softmax” must be read as sigmoid: the softmax of a single number is always 1, and its gradient 0. Choose it and
      see.
    </li>
    <li>
      “2‖ŷ − y‖” is a length and never negative; the next line of the slide rightly uses 2(ŷ − y). “L2 loss” here means
      (ŷ − y)², without the ½ of many books.
    </li>
  </ul>
)

export default defineView({ text, model, Picture, Line, Controls, Notes })
