/**
 * A kernel laid over every pixel of a picture, on the engine's own convolution, so it runs on every device and has derivatives.
 * Correlation lays it down as it is written, y[i, j] = Σ k[u, v] x[i + u − a, j + v − b]; true convolution turns it by 180° first,
 * y[i, j] = Σ k[u, v] x[i − u + a, j − v + b], with (a, b) its middle, rounded up where a side is even. SciPy's
 * `ndimage.correlate` and `ndimage.convolve`.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse, refuseOption } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { checkOptions } from '../../nn/options.ts'
import { hostNode } from '../../tensor/create.ts'
import type { Shape } from '../../tensor/dimension-types.ts'
import { wrap } from '../../tensor/handle.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { Tensor, TensorLike } from '../../tensor/types.ts'
import { type Border, extend } from './border.ts'
import type { Kernel, NamedKernel } from './kernels.ts'
import { type SeparatedKernel, separate } from './separate.ts'

export interface FilterOptions {
  /** Whether the kernel is laid down as it is written, or turned by 180° first; 'correlation' unless given. */
  readonly mode?: 'correlation' | 'convolution'
  /** Divides by the sum of the weights, which keeps brightness. */
  readonly normalize?: boolean
  /** What lies outside; 'zero' unless given. 'none' leaves out the pixels that the kernel does not fit on. */
  readonly border?: Border | 'none'
  /** 'each' filters every channel by itself; 'cross' adds up what the kernel gives in all of them: one channel. */
  readonly channels?: 'each' | 'cross'
  /** Whether a kernel of rank 1 is applied as a column and a row; where that saves half the work unless given. */
  readonly separable?: boolean
}

const name = 'filter'

/**
 * The picture after the kernel, in its own shape (with 'none' smaller by the kernel's size − 1, with 'cross' of one channel).
 * @param image [height, width], [channels, height, width] or [batch, channels, height, width]
 * @throws ShapeError when the kernel is larger than the picture or its rows differ in length; OptionError when the weights to be
 *   normalised sum to 0, or `separable` is asked of a kernel that is not
 */
export function filter<S extends Shape>(
  image: TensorLike<S>,
  kernel: Kernel | NamedKernel,
  options?: FilterOptions & { readonly border?: Border; readonly channels?: 'each' },
): Tensor<S>
export function filter(image: TensorLike, kernel: Kernel | NamedKernel, options?: FilterOptions): Tensor
export function filter(image: TensorLike, kernel: Kernel | NamedKernel, options: FilterOptions = {}): Tensor {
  checkOptions(name, options, { mode: true, normalize: true, border: true, channels: true, separable: true })
  const { mode = 'correlation', border = 'zero', channels = 'each' } = options
  choose('mode', mode, ['correlation', 'convolution'])
  choose('channels', channels, ['each', 'cross'])
  const { shape } = image
  if (shape.length < 2 || shape.length > 4)
    refuse(
      name,
      [shape],
      `expected a picture [height, width] or [channels, height, width], or a batch of them, got ${show(shape)}`,
    )
  const x = build.reshape(asFloat(image.node), [...[1, 1, 1, 1].slice(shape.length), ...shape])
  const weights = checked('weights' in kernel ? kernel.weights : kernel, shape)
  const laid = turned(options.normalize ? normalised(weights) : weights, mode)
  const passes = passesOf(laid, options.separable)

  // each channel is a picture of its own to the convolution
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  const apart = build.reshape(x, [n * c, 1, h, w])
  const framed = border === 'none' ? apart : frame(apart, laid, mode, border)
  const y = passes.reduce(correlate, framed)
  const [height, width] = y.shape.slice(2) as [number, number]
  const perChannel = build.reshape(y, [n, c, height, width])
  const out = channels === 'each' ? perChannel : build.reshape(build.sum(perChannel, [1]), [n, 1, height, width])
  return wrap(
    build.reshape(out, shape.length === 4 ? out.shape : out.shape.slice(4 - shape.length)),
  ) as unknown as Tensor
}

function choose(option: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value))
    refuseOption(name, option, `unknown ${option} '${value}'; there is ${choices.join(', ')}`)
}

function checked(weights: Kernel, image: Shape): Kernel {
  const [rows, columns] = [weights.length, weights[0]?.length ?? 0]
  const uneven = weights.find(row => row.length !== columns)
  if (uneven || columns === 0)
    refuse(
      name,
      [image],
      columns === 0
        ? 'the kernel is empty'
        : `the rows of the kernel differ in length: ${columns} and ${uneven!.length}`,
    )
  if (weights.some(row => row.some(w => !Number.isFinite(w))))
    refuse(name, [image], 'the weights of the kernel must be finite numbers')
  const [height, width] = image.slice(-2) as [number, number]
  if (rows > height || columns > width)
    refuse(
      name,
      [image, [rows, columns]],
      `the kernel ${show([rows, columns])} is larger than the picture ${show([height, width])}; take a smaller kernel or enlarge the picture`,
    )
  return weights
}

function normalised(weights: Kernel): Kernel {
  const all = weights.flat()
  const sum = all.reduce((a, b) => a + b)
  if (Math.abs(sum) < 1e-12 * all.reduce((a, w) => a + Math.abs(w), 0) || sum === 0)
    refuseOption(name, 'normalize', 'the weights sum to 0, so there is nothing to divide by; leave normalize out')
  return weights.map(row => row.map(w => w / sum))
}

const turned = (weights: Kernel, mode: 'correlation' | 'convolution'): Kernel =>
  mode === 'correlation' ? weights : weights.map(row => row.toReversed()).toReversed()

/** The kernel as one pass or, column and row, as two. */
function passesOf(kernel: Kernel, separable: boolean | undefined): readonly Kernel[] {
  const [rows, columns] = [kernel.length, kernel[0]!.length]
  const parts: SeparatedKernel | undefined = separable === false ? undefined : separate(kernel)
  if (separable && !parts)
    refuseOption(name, 'separable', 'the kernel has rank above 1: it is no column times a row; leave separable out')
  return parts && (separable || rows * columns >= 2 * (rows + columns))
    ? [parts.column.map(w => [w]), [parts.row]]
    : [kernel]
}

/** Adds what lies outside, so that the result has the size of the picture. */
function frame(x: Node, kernel: Kernel, mode: 'correlation' | 'convolution', border: Border): Node {
  return [kernel.length, kernel[0]!.length].reduce((y, size, i) => {
    const before = mode === 'correlation' ? Math.floor(size / 2) : Math.floor((size - 1) / 2)
    return extend(name, y, i + 2, [before, size - 1 - before], border)
  }, x)
}

/** x [N, 1, H, W] → [N, 1, H − rows + 1, W − columns + 1]. */
function correlate(x: Node, kernel: Kernel): Node {
  const shape = [1, 1, kernel.length, kernel[0]!.length]
  const weights = hostNode(Float32Array.from(kernel.flat()), shape, 'float32')
  return build.conv(x, build.cast(weights, x.dtype), {
    stride: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    inputDilation: [1, 1],
    groups: 1,
  })
}
