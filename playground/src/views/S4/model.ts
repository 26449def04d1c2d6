/** S4: a kernel is as deep as its input, and every kernel makes one slice of the output. */
import { nn, random, type Tensor, tensor } from 'chainrule'
import type { Rows } from '../../frame/cells.tsx'
import type { Model } from '../../frame/define.ts'
import { integer } from '../../frame/schema.ts'

export interface State {
  readonly n: number
  readonly c: number
  readonly f: number
  readonly pad: number
  readonly kernels: number
  readonly seed: number
  /** Which kernel is looked at, and where it lies: percent of the way across. */
  readonly kernel: number
  readonly row: number
  readonly column: number
}
export interface Derived {
  /** Under the kernel, channel by channel; padding is 0. */
  readonly patch: readonly Rows[]
  readonly weights: readonly Rows[]
  /** Σ over each channel. */
  readonly partial: readonly number[]
  readonly bias: number
  readonly value: number
  /** Rows and columns of the output. */
  readonly size: number
  readonly at: { readonly row: number; readonly column: number }
  /** One map for every kernel. */
  readonly maps: readonly Float32Array[]
  readonly image: Float32Array
  readonly parameters: number
  readonly outputs: number
  /** Weights of a dense layer with the same inputs and outputs. */
  readonly dense: number
}

const data = async (x: Tensor): Promise<Float32Array> => Float32Array.from(await x.data())

export const model: Model<State, Derived> = {
  schema: {
    n: integer('input side', 32, { min: 5, max: 32 }),
    c: integer('channels', 3, { min: 1, max: 4 }),
    f: integer('kernel side', 5, { min: 1, max: 5 }),
    pad: integer('padding', 0, { min: 0, max: 2 }),
    kernels: integer('kernels', 6, { min: 1, max: 12 }),
    seed: integer('seed', 1, { min: 0, max: 999 }),
    kernel: integer('kernel that is looked at', 1, { min: 1, max: 12 }),
    row: integer('row', 12, { min: 1, max: 36 }),
    column: integer('column', 10, { min: 1, max: 36 }),
  },
  async derive(state) {
    const { n, c, f, pad, kernels, seed } = state
    random.seed(seed)
    // numbers of one digit, so that sums can be checked by hand: a disc in each channel on a slope
    const pixels = Float32Array.from({ length: c * n * n }, (_, i) => {
      const [ch, y, x] = [Math.floor(i / (n * n)), Math.floor(i / n) % n, i % n]
      const inside = Math.hypot(y / n - 0.4 - 0.08 * ch, x / n - 0.35 - 0.12 * ch) < 0.3
      return inside ? 9 - 2 * ch : Math.round((3 * (x + y)) / (2 * n)) + ((y * 7 + x * 3 + ch) % 2)
    })
    const image = tensor(pixels).reshape([1, c, n, n])
    const whole = (shape: readonly number[], reach: number): Tensor =>
      random.uniform(shape as [number], { low: -reach - 0.5, high: reach + 0.5 }).round() as unknown as Tensor
    const weight = whole([kernels, c, f, f], 2)
    const bias = whole([kernels], 3)
    const layer = nn.conv2d(c, kernels, f, {
      padding: pad,
      weightInit: () => weight as never,
      biasInit: () => bias as never,
    })
    const y = layer.forward(image as never) as unknown as Tensor
    const padded = image.pad([0, 0, pad, pad]) as unknown as Tensor
    const [out, w, b, p] = await Promise.all([data(y), data(weight), data(bias), data(padded)])
    const size = n + 2 * pad - f + 1
    const k = Math.min(state.kernel, kernels) - 1
    const [row, column] = [Math.min(state.row, size) - 1, Math.min(state.column, size) - 1]
    const wide = n + 2 * pad
    const square = (from: Float32Array, start: number, stride: number): Rows =>
      Array.from({ length: f }, (_, r) => [...from.slice(start + r * stride, start + r * stride + f)])
    const channels = Array.from({ length: c }, (_, ch) => ch)
    const patch = channels.map(ch => square(p, ch * wide * wide + row * wide + column, wide))
    const weights = channels.map(ch => square(w, (k * c + ch) * f * f, f))
    const partial = channels.map(ch =>
      patch[ch]!.reduce((sum, values, r) => sum + values.reduce((s, v, i) => s + v * weights[ch]![r]![i]!, 0), 0),
    )
    return {
      patch,
      weights,
      partial,
      bias: b[k]!,
      value: out[k * size * size + row * size + column]!,
      size,
      at: { row, column },
      maps: Array.from({ length: kernels }, (_, i) => out.slice(i * size * size, (i + 1) * size * size)),
      image: pixels,
      parameters: w.length + b.length,
      outputs: out.length,
      dense: n * n * c * out.length,
    }
  },
  table: (_, d) => ({
    caption: 'Depth',
    columns: ['quantity', 'value'],
    rows: [
      ...d.partial.map((v, i) => [`sum of channel ${i + 1}`, v] as const),
      ['bias', d.bias],
      ['value', d.value],
      ['parameters', d.parameters],
      ['outputs', d.outputs],
      ['weights of a fully connected layer instead', d.dense],
    ],
  }),
  code: ({ n, c, f, pad, kernels }) => `import { nn, zeros } from 'chainrule'

const layer = nn.conv2d(${c}, ${kernels}, ${f}, { padding: ${pad} })
const parameters = [layer.weight, layer.bias].map(p => p.shape.reduce((a, b) => a * b))
console.log(parameters[0] + parameters[1])
const y = layer.forward(zeros([1, ${c}, ${n}, ${n}]))
console.log(y.shape.reduce((a, b) => a * b))
`,
  say: (_, { value, partial }) => `The sums of ${partial.length} channels and the bias make ${value}.`,
}
