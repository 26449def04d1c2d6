/** K3: two bars on a logarithmic axis, and wires that share their weights. */
import { Preset, Slider } from '../../frame/controls.tsx'
import { defineView, type Shown } from '../../frame/define.ts'
import { grouped, show } from '../../frame/format.ts'
import { Disc, subscript, Wire } from '../../frame/network.tsx'
import { Scrub, Value } from '../../frame/number.tsx'
import { type Derived, model, type State } from './model.ts'
import text from './text.json' with { type: 'json' }

const bytes = (n: number): string => {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const i = Math.min(units.length - 1, n < 1000 ? 0 : Math.floor(Math.log10(n) / 3))
  return `${show(n / 1000 ** i)} ${units[i]}`
}
/** 10⁰ … 10¹³ on 300 units of the drawing. */
const log = (n: number): number => (300 * Math.log10(Math.max(1, n))) / 13
const power = (n: number): string => String(n).replace(/\d/g, d => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(d)]!)

function Picture({ state: { w }, derived: d }: Shown<State, Derived>) {
  const y = (i: number): number => 24 + i * 38
  const out = (i: number): number => y(i) + 38
  return (
    <div class="pictures k3">
      <svg
        viewBox="0 0 340 190"
        role="img"
        aria-label={`weights on a logarithmic axis: fully connected ${d.dense.weights}, convolution ${d.conv.weights}`}
      >
        {[0, 3, 6, 9, 12].map(n => (
          <g key={n} class="axis-mark">
            <line x1={20 + log(10 ** n)} x2={20 + log(10 ** n)} y1={6} y2={160} />
            <text class="small quiet" x={20 + log(10 ** n)} y={178} text-anchor="middle">{`10${power(n)}`}</text>
          </g>
        ))}
        <text x={20} y={26}>
          fully connected
        </text>
        <rect class="bar dense" x={20} y={34} width={Math.max(2, log(d.dense.weights))} height={30} data-q="dense" />
        <text x={20} y={104}>
          convolution
        </text>
        <rect class="bar conv" x={20} y={112} width={Math.max(2, log(d.conv.weights))} height={30} data-q="conv" />
      </svg>
      <svg viewBox="0 0 340 316" role="img" aria-label="eight inputs, six outputs, three weights shared by all outputs">
        {d.small.y.flatMap((_, i) =>
          w.map((weight, k) => (
            <Wire key={`${i},${k}`} from={[60, y(i + k)]} to={[270, out(i)]} weight={weight} q={`w${k + 1}`} />
          )),
        )}
        {d.small.x.map((v, i) => (
          <Disc key={i} x={50} y={y(i)} r={15} class="input">
            {show(v)}
          </Disc>
        ))}
        {d.small.y.map((v, i) => (
          <Disc key={i} x={286} y={out(i)} r={17} class="output">
            {show(v, 2)}
          </Disc>
        ))}
      </svg>
    </div>
  )
}

function Line({ state, derived: d }: Shown<State, Derived>) {
  return (
    <>
      <p class="arithmetic">
        <span class="group quiet">inputs</span>
        <span class="group">
          <Scrub k="side" label="image side" /> · {state.side} · <Scrub k="channels" label="channels" /> ={' '}
          <Value x={d.inputs} q="inputs" text={grouped(d.inputs)} />
        </span>
      </p>
      <p class="arithmetic">
        <span class="group quiet">fully connected</span>
        <span class="group">
          <Value x={d.inputs} text={grouped(d.inputs)} /> · <Value x={d.hidden} q="hidden" text={grouped(d.hidden)} /> ={' '}
          <Value x={d.dense.weights} q="dense" text={grouped(d.dense.weights)} /> weights,
        </span>
        <span class="group">
          <Value x={d.dense.bytes} q="bytes" text={bytes(d.dense.bytes)} />
        </span>
        <span class="group quiet">and {grouped(d.dense.biases)} biases</span>
      </p>
      <p class="arithmetic">
        <span class="group quiet">convolution</span>
        <span class="group">
          <Scrub k="kernels" label="kernels" /> · (<Scrub k="f" label="kernel side" /> · {state.f} · {state.channels}) ={' '}
          <Value x={d.conv.weights} q="conv" text={grouped(d.conv.weights)} /> weights,
        </span>
        <span class="group">
          <Value x={d.conv.bytes} text={bytes(d.conv.bytes)} />
        </span>
        <span class="group quiet">and {d.conv.biases} biases</span>
      </p>
      <p class="arithmetic">
        <span class="group quiet">in the drawing, shared by all six outputs:</span>
        {state.w.map((_, i) => (
          <span class="group" key={i}>
            {`w${subscript(i + 1)} = `}
            <Scrub k="w" i={i} label={`shared weight ${i + 1}`} q={`w${i + 1}`} />
          </span>
        ))}
      </p>
    </>
  )
}

const Controls = () => (
  <>
    <Slider k="side" />
    <Slider k="channels" />
    <Slider k="hidden" />
    <Slider k="f" />
    <Slider k="kernels" />
    <p class="control">
      <Preset set={{ side: 200, channels: 3, hidden: 0, f: 5, kernels: 10 }}>as on the slide</Preset>
      <Preset set={{ side: 28, channels: 1, hidden: 128, f: 5, kernels: 6 }}>MNIST, 128 units</Preset>
    </p>
  </>
)

const Notes = () => (
  <ul>
    <li>
      Hover or focus a shared weight: all its wires light up. One weight is used at six places, so its gradient is the
      sum of six contributions.
    </li>
    <li>The slide squares the number of inputs: it assumes as many hidden units as inputs.</li>
    <li>The slide says MNIST pictures are 32 × 32. They are 28 × 28; 32 × 32 is what LeNet-5 pads them to.</li>
  </ul>
)

const styles = `
.bar.dense { fill: var(--minus); }
.bar.conv { fill: var(--plus); }
.axis-mark line { stroke: var(--edge); }
.k3 { align-items: start; }
`
export default defineView({ text, model, Picture, Line, Controls, Notes, styles })
