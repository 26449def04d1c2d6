/**
 * Labelled pictures as samples: x float32 [1, 28, 28] in [0, 1], y int32. They are kept as the bytes they come in, a quarter of
 * the memory, and become numbers batch by batch.
 */
import { DataError } from '../errors.ts'
import type { IntTensor, Tensor } from '../tensor/types.ts'
import { fromHost } from './arrays.ts'
import { checkIndex, Dataset, type HostBatch } from './dataset.ts'
import type { LabelledImages } from './sources.ts'

/** One picture and its class. */
export interface ImageSample {
  readonly x: Tensor<[1, 28, 28]>
  readonly y: IntTensor<[]>
}
export interface LabelledImageSet {
  readonly train: Dataset<ImageSample>
  readonly test: Dataset<ImageSample>
  /** Names of the classes; a label is an index into them. */
  readonly classes: readonly string[]
  /** Where the data was found. */
  readonly origin: string
}

export const imageSize = 28
const pixels = imageSize * imageSize
/** byte / 255 */
const brightness = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

export class ImageDataset extends Dataset<ImageSample> {
  readonly #images: Uint8Array
  readonly #labels: Uint8Array

  /** @throws DataError when a label is not one of the classes, or the numbers of pictures and labels differ */
  constructor({ images, labels }: LabelledImages, classes: number) {
    super()
    if (images.length !== labels.length * pixels)
      throw new DataError(`${images.length / pixels} pictures do not go with ${labels.length} labels`)
    const wrong = labels.findIndex(label => label >= classes)
    if (wrong >= 0) throw new DataError(`label ${labels[wrong]} of picture ${wrong} is outside the ${classes} classes`)
    this.#images = images
    this.#labels = labels
  }
  get length(): number {
    return this.#labels.length
  }
  get(index: number): ImageSample {
    const { x, y } = this.batch(Int32Array.of(index)) as { x: HostBatch[string]; y: HostBatch[string] }
    return {
      x: fromHost({ ...x, shape: x.shape.slice(1) }) as unknown as ImageSample['x'],
      y: fromHost({ ...y, shape: [] }) as unknown as ImageSample['y'],
    }
  }
  override batch(indices: Int32Array): HostBatch {
    const images = this.#images
    const x = new Float32Array(indices.length * pixels)
    const y = new Int32Array(indices.length)
    for (let row = 0; row < indices.length; row++) {
      const index = checkIndex(indices[row]!, this.length)
      y[row] = this.#labels[index]!
      const from = index * pixels
      const to = row * pixels
      for (let i = 0; i < pixels; i++) x[to + i] = brightness[images[from + i]!]!
    }
    return {
      x: { dtype: 'float32', shape: [indices.length, 1, imageSize, imageSize], data: x },
      y: { dtype: 'int32', shape: [indices.length], data: y },
    }
  }
}
