/**
 * What a channel or a class answers to most: a picture that is moved along the derivative of the activation, from noise. Erhan et al. 2009,
 * "Visualizing Higher-Layer Features of a Deep Network". What keeps it from filling with noise are pixels that fade and a blur in each
 * step (Yosinski et al. 2015, "Understanding Neural Networks Through Deep Visualization", section 3) and a picture that trembles
 * (Mordvintsev, Olah, Tyka 2015, "Inceptionism").
 */
import { IndexError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse, refuseOption } from '../../graph/refuse.ts'
import { range } from '../../graph/shape.ts'
import { checkOptions } from '../../nn/options.ts'
import { ready } from '../../nn/ready.ts'
import { type AnyVariable, type DrawOptions, drawUniform } from '../../nn/tensors.ts'
import { adam } from '../../optim/adam.ts'
import { compile } from '../../tensor/compile.ts'
import { hostNode, tensor, variable, zeros } from '../../tensor/create.ts'
import { grad } from '../../tensor/gradients.ts'
import { wrap } from '../../tensor/handle.ts'
import { integers } from '../../tensor/random.ts'
import type { IntTensor, Tensor } from '../../tensor/types.ts'
import { inEvaluation } from '../../train/modes.ts'
import { checkModel, forwardOf, type Trainable } from '../../train/types.ts'
import { filter } from '../filtering/filter.ts'
import { gaussianKernel } from '../filtering/kernels.ts'
import { passThrough } from './layers.ts'

export interface AscentOptions extends DrawOptions {
  /** The path of a layer; the model's output, whose channels are the classes, unless given. */
  readonly layer?: string
  /** All of the layer unless given. */
  readonly channels?: readonly number[]
  /** What counts of an activation map: its middle, or the mean of all its places; 'middle' unless given. */
  readonly place?: 'middle' | 'all'
  /** 128 unless given. */
  readonly steps?: number
  /** Of Adam, on values in [0, 1]; 0.05 unless given. */
  readonly learningRate?: number
  /** How much darker each pixel becomes in each step, as a share; 0.02 unless given. */
  readonly decay?: number
  /** σ of the Gaussian that blurs the picture in each step, in pixels; 0.3 unless given. */
  readonly blur?: number
  /** By how many pixels the picture is moved at most, anew in each step; 1 unless given. */
  readonly tremble?: number
}
export interface Ascent {
  /** One for each channel, [channels, …shape] in [0, 1]. */
  readonly pictures: Tensor<[number, number, number, number]>
  /** What their channels answer, one number each. */
  readonly activations: Float32Array
}

const names = {
  layer: true,
  channels: true,
  place: true,
  steps: true,
  learningRate: true,
  decay: true,
  blur: true,
  tremble: true,
  generator: true,
} as const

/**
 * A picture for each channel, all of them at once. The model is in evaluation mode meanwhile.
 * @param shape of one picture: [channels, height, width]
 * @throws OptionError when the model has no such layer, IndexError when it has no such channel
 */
export async function ascent(
  model: Trainable,
  shape: readonly [number, number, number],
  options: AscentOptions = {},
): Promise<Ascent> {
  checkModel('ascent', model)
  checkOptions('ascent', options, names)
  const { layer, place = 'middle', steps = 128, learningRate = 0.05, decay = 0.02, blur = 0.3, tremble = 1 } = options
  const [, height, width] = shape
  const need = (option: string, right: boolean, what: string): void => {
    if (!right)
      refuseOption('ascent', option, `${option} must be ${what}, got ${options[option as keyof AscentOptions]}`)
  }
  need('place', place === 'middle' || place === 'all', "'middle' or 'all'")
  need('steps', Number.isInteger(steps) && steps >= 1, 'a whole number >= 1')
  need('decay', decay >= 0 && decay < 1, 'in [0, 1)')
  need('blur', blur >= 0 && blur <= 10, 'in [0, 10]')
  const room = Math.min(height, width)
  need('tremble', Number.isInteger(tremble) && tremble >= 0 && tremble < room, `a whole number of pixels below ${room}`)
  const answers = (x: Tensor): Node =>
    layer === undefined ? forwardOf(model)(x).node : passThrough('ascent', model, x, [layer]).layers.get(layer)!.node

  return inEvaluation(model, async () => {
    const [, outputs = 0, ...map] = answers(zeros([1, ...shape]) as Tensor).shape
    if (outputs === 0) refuse('ascent', [[...shape]], 'the layer must give [batch, channels, …]')
    const channels = options.channels ?? range(outputs)
    for (const c of channels)
      if (!(Number.isInteger(c) && c >= 0 && c < outputs)) throw new IndexError('ascent', c, outputs)
    const wanted = hostNode(weights(channels, outputs, map, place), [channels.length, outputs, ...map], 'float32')
    /** What each picture's channel answers: [channels]. */
    const reached = (x: Tensor): Tensor =>
      wrap(build.sum(build.mul(answers(x), wanted), range(map.length + 1, 1))) as unknown as Tensor

    const start = drawUniform([channels.length, ...shape], 0.4, 0.6, options)
    const pictures = variable(start as Ascent['pictures'])
    await ready()
    const optimizer = adam({ learningRate }, [pictures as AnyVariable])
    const soft = gaussianKernel(Math.max(blur, 0.1), Math.min(2 * Math.ceil(3 * blur) + 1, room - 1 + (room % 2)))
    const step = compile((rows: IntTensor<[number]>, columns: IntTensor<[number]>): Tensor => {
      const moved = build.gather(build.gather(pictures.node, rows.node, 2), columns.node, 3)
      const height = reached(wrap(moved) as unknown as Tensor).sum()
      optimizer.step([grad(height.neg() as Tensor, pictures)])
      const faded = pictures.mul(1 - decay)
      pictures.assign((blur === 0 ? faded : filter(faded, soft, { border: 'replicate' })).clamp(0, 1) as never)
      return height as unknown as Tensor
    })
    const places = (n: number, by: number): IntTensor<[number]> =>
      tensor(Int32Array.from({ length: n }, (_, i) => (i + by + n) % n)) as IntTensor<[number]>
    const moves = await integers([steps, 2], -tremble, tremble + 1, options).data()
    for (let i = 0; i < steps; i++) await step(places(height, moves[2 * i]!), places(width, moves[2 * i + 1]!)).data()
    const found = tensor(await pictures.data(), { shape: [channels.length, ...shape] }) as Ascent['pictures']
    return { pictures: found, activations: (await reached(found as unknown as Tensor).data()) as Float32Array }
  })
}

/** How much each activation [channels.length, outputs, …map] counts: those of the i-th channel for the i-th picture. */
function weights(
  channels: readonly number[],
  outputs: number,
  map: readonly number[],
  place: 'middle' | 'all',
): Float32Array {
  const places = map.reduce((n, d) => n * d, 1)
  const middle = map.reduce((at, d) => at * d + (d >> 1), 0)
  const values = new Float32Array(channels.length * outputs * places)
  channels.forEach((channel, i) => {
    const first = (i * outputs + channel) * places
    if (place === 'all') values.fill(1 / places, first, first + places)
    else values[first + middle] = 1
  })
  return values
}
