/** K3: how many weights a fully connected layer needs for a picture, and how many a convolution. */
import { nn, type Tensor, tensor } from 'chainrule'
import type { Model } from '../../frame/define.ts'
import { integer, list } from '../../frame/schema.ts'

export interface State {
  readonly side: number
  readonly channels: number
  /** Units of the dense layer; 0 is as many as there are inputs. */
  readonly hidden: number
  readonly f: number
  readonly kernels: number
  /** The shared weights of the small drawing. */
  readonly w: readonly number[]
}
export interface Derived {
  readonly inputs: number
  readonly hidden: number
  readonly dense: { readonly weights: number; readonly biases: number; readonly bytes: number }
  readonly conv: { readonly weights: number; readonly biases: number; readonly bytes: number }
  /** Eight inputs, and what a shared kernel of three makes of them. */
  readonly small: { readonly x: readonly number[]; readonly y: readonly number[] }
}
/** Bytes of a float32. */
const float = 4

export const model: Model<State, Derived> = {
  schema: {
    side: integer('image side', 200, { min: 4, max: 1000 }),
    channels: integer('channels', 3, { min: 1, max: 4 }),
    hidden: integer('hidden units (0: as many as inputs)', 0, { min: 0, max: 4000 }),
    f: integer('kernel side', 5, { min: 1, max: 11 }),
    kernels: integer('kernels', 10, { min: 1, max: 64 }),
    w: list('shared weights', [1, -1, 2], { min: -3, max: 3, step: 0.5 }),
  },
  async derive({ side, channels, hidden, f, kernels, w }) {
    const inputs = side * side * channels
    const units = hidden === 0 ? inputs : hidden
    const layer = nn.conv2d(channels, kernels, f)
    const x = [1, 0, 2, 1, 3, 0, 1, 2]
    const shared = nn.conv1d(1, 1, 3, { bias: false, weightInit: () => tensor([...w]).reshape([1, 1, 3]) })
    const y = await (shared.forward(tensor(x).reshape([1, 1, 8])) as unknown as Tensor).data()
    const size = (v: { readonly shape: readonly number[] } | undefined): number => v!.shape.reduce((a, b) => a * b, 1)
    const conv = { weights: size(layer.weight), biases: size(layer.bias) }
    return {
      inputs,
      hidden: units,
      dense: { weights: inputs * units, biases: units, bytes: float * inputs * units },
      conv: { ...conv, bytes: float * conv.weights },
      small: { x, y: [...y] },
    }
  },
  table: (_, { inputs, hidden, dense, conv, small }) => ({
    caption: 'Parameters',
    columns: ['quantity', 'fully connected', 'convolution'],
    rows: [
      ['inputs', inputs, inputs],
      ['units or kernels', hidden, conv.biases],
      ['weights', dense.weights, conv.weights],
      ['biases', dense.biases, conv.biases],
      ['bytes of the weights', dense.bytes, conv.bytes],
      ...small.y.map((v, i) => [`output ${i + 1} of the small drawing`, '', v] as const),
    ],
  }),
  code: ({ side, channels, f, kernels, w }) => `import { nn, tensor } from 'chainrule'

console.log(${side} * ${side} * ${channels})
const layer = nn.conv2d(${channels}, ${kernels}, ${f})
console.log(layer.weight.shape.reduce((a, b) => a * b), layer.bias.shape[0])
// the small drawing: three weights, shared by six outputs
const shared = nn.conv1d(1, 1, 3, { bias: false, weightInit: () => tensor([[[${w.join(', ')}]]]) })
console.log(await shared.forward(tensor([[[1, 0, 2, 1, 3, 0, 1, 2]]])).array())
`,
  say: (_, { dense, conv }) => `Fully connected there are ${dense.weights} weights, with convolution ${conv.weights}.`,
}
