/**
 * The parts of a data set that a channel answers to most: for each channel the places with the highest activation, with the pixels they
 * see. Girshick et al. 2014, "Rich feature hierarchies", section 3.1; Zeiler and Fergus 2014, figure 2.
 */
import type { Dataset } from '../../data/dataset.ts'
import { loader } from '../../data/loader.ts'
import { IndexError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuseOption } from '../../graph/refuse.ts'
import { checkOptions } from '../../nn/options.ts'
import { compile } from '../../tensor/compile.ts'
import { tensor } from '../../tensor/create.ts'
import { wrap } from '../../tensor/handle.ts'
import type { Tensor } from '../../tensor/types.ts'
import { inEvaluation } from '../../train/modes.ts'
import { checkDataset, checkModel, fieldsOf, type Trainable } from '../../train/types.ts'
import { checkPictures, passThrough } from './layers.ts'
import { type Box, receptiveField } from './receptive-field.ts'

export interface Patch {
  /** Of the picture in the data set. */
  readonly index: number
  /** The activation. */
  readonly value: number
  /** Where it is in the activation map. */
  readonly place: readonly [row: number, column: number]
  /** Rows and columns of the picture that it sees; those outside are padding. */
  readonly box: Box
  /** These pixels [channels, height, width], 0 in the padding; of equal size for all patches of a layer. */
  readonly picture: Tensor<[number, number, number]>
}

export interface TopPatchesOptions {
  /** All of the layer unless given. */
  readonly channels?: readonly number[]
  /** How many for each channel, of different pictures; 9 unless given. */
  readonly count?: number
  /** 256 unless given. */
  readonly batchSize?: number
}

/**
 * For each channel of a layer the patches with the highest activations, the highest first, at most one from each picture. The model is in
 * evaluation mode meanwhile.
 * @param layer a path; its output is [batch, channels, height, width], or [batch, features], which see whole pictures
 * @throws OptionError when the model has no such layer, IndexError when it has no such channel
 */
export async function topPatches(
  model: Trainable,
  layer: string,
  dataset: Dataset<{ readonly x: unknown }>,
  options: TopPatchesOptions = {},
): Promise<Map<number, Patch[]>> {
  checkModel('topPatches', model)
  checkDataset('topPatches', dataset)
  checkOptions('topPatches', options, { channels: true, count: true, batchSize: true })
  const { count = 9, batchSize = 256 } = options
  if (!(Number.isInteger(count) && count >= 1))
    refuseOption('topPatches', 'count', `count must be a whole number >= 1, got ${count}`)

  return inEvaluation(model, async () => {
    let seen: { input: Node; output: Node } | undefined
    const highest = compile((x: Tensor): [Tensor, Tensor] => {
      const output = passThrough('topPatches', model, x, [layer]).layers.get(layer)!.node
      seen = { input: x.node, output }
      const places = build.reshape(output, [output.shape[0]!, output.shape[1]!, area(output)])
      return [wrap(build.max(places, [2])) as unknown as Tensor, wrap(build.argmax(places, 2)) as unknown as Tensor]
    })
    const tops = new Map<number, { index: number; value: number; at: number }[]>()
    let first = 0
    for await (const batch of loader(dataset, { batchSize })) {
      const { x } = fieldsOf('topPatches', batch, ['x'])
      checkPictures('topPatches', x)
      const [most, where] = highest(x as Tensor)
      const [values, ats] = [await most.data(), await where.data()]
      const channels = seen!.output.shape[1]!
      for (const channel of options.channels ?? Array.from({ length: channels }, (_, c) => c)) {
        if (!(Number.isInteger(channel) && channel >= 0 && channel < channels))
          throw new IndexError('topPatches', channel, channels)
        const top = tops.get(channel) ?? []
        for (let i = 0; i < x.shape[0]!; i++) {
          const value = values[i * channels + channel]!
          if (top.length < count || value > top.at(-1)!.value) {
            top.push({ index: first + i, value, at: ats[i * channels + channel]! })
            top.sort((a, b) => b.value - a.value)
            top.length = Math.min(top.length, count)
          }
        }
        tops.set(channel, top)
      }
      first += x.shape[0]!
    }
    const boxes = boxesOf(seen!.output, seen!.input)
    const found = new Map<number, Patch[]>()
    for (const [channel, top] of tops) {
      const patches = top.map(async ({ index, value, at }): Promise<Patch> => {
        const { place, box } = boxes(at)
        const { x } = fieldsOf('topPatches', await dataset.batch(Int32Array.of(index)), ['x'])
        return { index, value, place, box, picture: cut(x as never, box) }
      })
      found.set(channel, await Promise.all(patches))
    }
    return found
  })
}

const area = ({ shape }: Node): number => shape.slice(2).reduce((n, d) => n * d, 1)

/** From the position in a map to its place and the box it sees. */
function boxesOf(output: Node, input: Node): (at: number) => { place: readonly [number, number]; box: Box } {
  const [height, width] = input.shape.slice(2) as [number, number]
  const whole: Box = [
    [0, height - 1],
    [0, width - 1],
  ]
  return at => {
    if (output.shape.length !== 4) return { place: [0, 0], box: whole }
    const columns = output.shape[3]!
    const place = [Math.floor(at / columns), at % columns] as const
    return { place, box: receptiveField(output, input, place) ?? whole }
  }
}

/** The pixels of a box of x [1, C, H, W], 0 outside. */
function cut(
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  [[top, bottom], [left, right]]: Box,
): Patch['picture'] {
  const [, channels, height, width] = shape as readonly [number, number, number, number]
  const [h, w] = [bottom - top + 1, right - left + 1]
  const values = new Float32Array(channels * h * w)
  for (let c = 0; c < channels; c++)
    for (let y = Math.max(0, top); y <= Math.min(height - 1, bottom); y++)
      for (let x = Math.max(0, left); x <= Math.min(width - 1, right); x++)
        values[(c * h + y - top) * w + x - left] = data[(c * height + y) * width + x]!
  return tensor(values, { shape: [channels, h, w] })
}
