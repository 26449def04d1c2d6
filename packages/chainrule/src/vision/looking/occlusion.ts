/**
 * Which parts of a picture a score depends on, by covering them. Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional
 * Networks", section 4.2.
 */

import { refuseOption } from '../../graph/refuse.ts'
import { checkOptions } from '../../nn/options.ts'
import { compile } from '../../tensor/compile.ts'
import { tensor } from '../../tensor/create.ts'
import type { IntTensor, Tensor } from '../../tensor/types.ts'
import { inEvaluation } from '../../train/modes.ts'
import { checkModel, forwardOf, type Trainable } from '../../train/types.ts'
import { checkPictures } from './layers.ts'
import { type Classes, classesOf, scoresOf } from './score.ts'

export interface OcclusionOptions {
  /** One class for all pictures, or one for each; the class with the highest score unless given. */
  readonly classes?: Classes
  /** The side of the covering square in pixels; a quarter of the shorter side of the picture unless given. */
  readonly size?: number
  /** From one place to the next; 2 pixels unless given. */
  readonly stride?: number
  /** What the square is filled with; 0 unless given. */
  readonly fill?: number
}

/**
 * For each pixel how much a score falls when the pixel is covered: the mean over all squares that cover it, [batch, 1, height, width].
 * The model is in evaluation mode meanwhile.
 * @param x pictures [batch, channels, height, width]
 * @param model gives scores (logits) [batch, classes]
 */
export async function occlusion(
  model: Trainable,
  x: Tensor,
  options: OcclusionOptions = {},
): Promise<Tensor<[number, number, number, number]>> {
  checkModel('occlusion', model)
  checkPictures('occlusion', x)
  checkOptions('occlusion', options, { classes: true, size: true, stride: true, fill: true })
  const [n, , h, w] = x.shape as readonly [number, number, number, number]
  const { size = Math.max(1, Math.round(Math.min(h, w) / 4)), stride = Math.min(2, size), fill = 0 } = options
  if (!(Number.isInteger(size) && size >= 1 && size <= Math.min(h, w)))
    refuseOption('occlusion', 'size', `size must be a whole number from 1 to ${Math.min(h, w)}, got ${size}`)
  if (!(Number.isInteger(stride) && stride >= 1 && stride <= size))
    refuseOption('occlusion', 'stride', `stride must be a whole number from 1 to the size ${size}, got ${stride}`)
  const forward = forwardOf(model)
  return inEvaluation(model, async () => {
    const scores = forward(x) as Tensor
    const classes = classesOf('occlusion', scores, options.classes)
    const before = await scoresOf(scores, classes).data()
    const covered = compile((pictures: Tensor, visible: Tensor, of: IntTensor<[number]>): Tensor<[number]> => {
      const seen = pictures.mul(visible).add(visible.mul(-fill).add(fill)) as Tensor
      return scoresOf(forward(seen) as Tensor, of)
    })
    const fall = new Float32Array(n * h * w)
    const times = new Float32Array(h * w)
    for (const top of places(h, size, stride))
      for (const left of places(w, size, stride)) {
        const visible = new Float32Array(h * w).fill(1)
        eachPixel(top, left, size, w, i => {
          visible[i] = 0
          times[i] = times[i]! + 1
        })
        const after = await covered(x, tensor(visible, { shape: [1, 1, h, w] }) as unknown as Tensor, classes).data()
        for (let k = 0; k < n; k++)
          eachPixel(top, left, size, w, i => {
            fall[k * h * w + i] = fall[k * h * w + i]! + before[k]! - after[k]!
          })
      }
    return tensor(
      fall.map((sum, i) => sum / times[i % (h * w)]!),
      { shape: [n, 1, h, w] },
    )
  })
}

/** 0, stride, 2 stride, … and the last place at which the square fits, so that every pixel is covered. */
function places(length: number, size: number, stride: number): number[] {
  const last = length - size
  const starts = Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride)
  return starts.at(-1) === last ? starts : [...starts, last]
}

function eachPixel(top: number, left: number, size: number, width: number, see: (i: number) => void): void {
  for (let y = top; y < top + size; y++) for (let x = left; x < left + size; x++) see(y * width + x)
}
