/**
 * LeNet-5 as it was published: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-Based Learning Applied to Document Recognition", section
 * II-B and table I. Its third layer sees only some of the maps below, its pooling is trained, its units squash, and its outputs are
 * distances to pictures of the digits. 60,000 trainable parameters, where LeNet-5 as it is taught today has 61,706.
 */
import { OptionError } from '../errors.ts'
import { convolutionNode } from '../nn/convolution.ts'
import {
  avgPool2d,
  buffer,
  type Conv2d,
  conv2d,
  flatten,
  input,
  type Layer,
  type Linear,
  linear,
  Module,
  sequential,
  type Tanh,
  type TypedLayer,
} from '../nn/index.ts'
import { tensor, variable } from '../tensor/create.ts'
import type { Shape } from '../tensor/dimension-types.ts'
import { concat } from '../tensor/functions.ts'
import { wrap } from '../tensor/handle.ts'
import { uniform } from '../tensor/random.ts'
import type { IntTensor, Tensor, Variable } from '../tensor/types.ts'

/** U(−2.4/F, 2.4/F) with F the number of inputs of a unit; section III-B. */
const first = (fanIn: number) => (shape: Shape) => uniform(shape, { low: -2.4 / fanIn, high: 2.4 / fanIn })

/** To types, one of our layers is the layer of the library that maps shapes alike. */
type Like<L> = L extends Layer<infer F> ? TypedLayer<F> : never
const typed = <L>(layer: Module): Like<L> => layer as unknown as Like<L>

/** A tanh(S a) with f(±1) = ±1; appendix A. */
class Squash extends Module {
  forward(a: Tensor): Tensor {
    return a
      .mul(2 / 3)
      .tanh()
      .mul(1.7159)
  }
  override describe(): string {
    return 'squash()'
  }
}
const squash = () => typed<Tanh>(new Squash())

/** w · (sum of 2×2) + b, with one w and b for each map. */
class TrainedPooling extends Module {
  readonly weight
  readonly bias
  readonly mean = avgPool2d(2)
  constructor(channels: number) {
    super()
    this.weight = variable(first(4)([channels]))
    this.bias = variable(first(4)([channels]))
  }
  forward(x: Tensor): Tensor {
    const perMap = (v: Variable): Tensor => v.reshape([1, v.size, 1, 1])
    const means: Tensor = this.mean.forward(x as Tensor<[number, number, number, number]>)
    return means.mul(4).mul(perMap(this.weight)).add(perMap(this.bias))
  }
  override describe(): string {
    return `trainedPooling(${this.weight.size})`
  }
}

const trainedPooling = (channels: number) => typed<ReturnType<typeof avgPool2d<2>>>(new TrainedPooling(channels))

/** Table I: which of the six maps below each of the sixteen maps sees. */
const seen: readonly (readonly number[])[] = [
  ...[0, 1, 2, 3, 4, 5].map(i => [i, i + 1, i + 2]),
  ...[0, 1, 2, 3, 4, 5].map(i => [i, i + 1, i + 2, i + 3]),
  [0, 1, 3, 4],
  [1, 2, 4, 5],
  [0, 2, 3, 5],
  [0, 1, 2, 3, 4, 5],
].map(maps => maps.map(map => map % 6).sort())

/** Where the kernel of each pair (map, map below) is among the 60, in the order of the table; 60 for a pair that is not connected. */
function positions(): IntTensor {
  let next = 0
  const found = seen.flatMap(maps => [0, 1, 2, 3, 4, 5].map(below => (maps.includes(below) ? next++ : 60)))
  return tensor(found, { dtype: 'int32' })
}

/** A convolution of 5×5 over the maps of table I: 60 kernels where there would be 96, and 16 biases. */
class SparseConvolution extends Module {
  readonly weight
  readonly bias
  readonly #positions = positions()
  constructor() {
    super()
    const kernels = seen.map((maps): Tensor => first(25 * maps.length)([maps.length, 5, 5]))
    const biases = seen.map((maps): Tensor => first(25 * maps.length)([1]))
    this.weight = variable(concat(kernels as [Tensor]))
    this.bias = variable(concat(biases as [Tensor]))
  }
  forward(x: Tensor): Tensor {
    const padded: Tensor = this.weight.pad([[0, 1], 0, 0])
    const dense: Tensor = padded.take(this.#positions).reshape([16, 6, 5, 5])
    const one = [1, 1]
    const geometry = {
      stride: one,
      padding: [
        [0, 0],
        [0, 0],
      ] as const,
      dilation: one,
      groups: 1,
      round: 'exact' as const,
    }
    return wrap(convolutionNode('lenet5', x.node, dense.node, this.bias.node, geometry)) as unknown as Tensor
  }
}

const sparseConvolution = () => typed<Conv2d<6, 16, 5>>(new SparseConvolution())

/**
 * Each digit as a picture of 7×12, a row in two hexadecimal digits: the paper's are drawn by hand (figure 3), and so are these, which
 * are not the same.
 */
const pictures = [
  '1c 22 41 41 41 41 41 41 41 22 1c 00',
  '08 18 28 08 08 08 08 08 08 08 3e 00',
  '3e 41 01 01 02 04 08 10 20 40 7f 00',
  '3e 41 01 01 02 1c 02 01 01 41 3e 00',
  '02 06 0a 12 22 42 7f 02 02 02 02 00',
  '7f 40 40 40 5c 62 01 01 01 41 3e 00',
  '1e 20 40 40 5c 62 41 41 41 22 1c 00',
  '7f 01 02 02 04 04 08 08 10 10 10 00',
  '3e 41 41 41 22 1c 22 41 41 41 3e 00',
  '1c 22 41 41 41 23 1d 01 01 02 3c 00',
]
/** ±1 for each of the 84 pixels. */
const codes = (): number[][] =>
  pictures.map(rows =>
    rows
      .split(' ')
      .flatMap(row => Array.from({ length: 7 }, (_, x) => (Number.parseInt(row, 16) & (64 >> x) ? 1 : -1))),
  )

/** −Σ_j (x_j − w_ij)²: minus the penalty of class i, so that the best class has the largest score; equation 7. */
class RadialBasis extends Module {
  readonly codes = buffer(variable(tensor(codes())))
  forward(x: Tensor): Tensor {
    return x.unsqueeze(1).sub(this.codes).square().sum(2).neg()
  }
  override describe(): string {
    return 'radialBasis(84, 10)'
  }
}

const radial = () => typed<Linear<84, 10>>(new RadialBasis())

export interface Lenet1998Options {
  /**
   * 'radial', the paper: distances to fixed pictures of the digits, which trains nothing: 60,000 parameters. 'linear', ten units: 60,850.
   */
  readonly output?: 'radial' | 'linear'
}

/** [batch, 1, 32, 32], digits of up to 20×20 in the middle, → scores [batch, 10]. @throws OptionError for another output */
export const lenet1998 = ({ output = 'radial' }: Lenet1998Options = {}) => {
  if (output !== 'radial' && output !== 'linear')
    throw new OptionError('output', `lenet1998: output must be radial or linear, got '${output}'`)
  return sequential(
    input(1, 32, 32),
    conv2d(1, 6, 5, { weightInit: first(25), biasInit: first(25) }), // C1
    squash(),
    trainedPooling(6), // S2
    squash(),
    sparseConvolution(), // C3
    squash(),
    trainedPooling(16), // S4
    squash(),
    conv2d(16, 120, 5, { weightInit: first(400), biasInit: first(400) }), // C5
    squash(),
    flatten(),
    linear(120, 84, { weightInit: first(120), biasInit: first(120) }), // F6
    squash(),
    output === 'radial' ? radial() : linear(84, 10, { weightInit: first(84), biasInit: first(84) }),
  )
}
