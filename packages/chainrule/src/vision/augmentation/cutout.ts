/**
 * A square of zeros in each picture, with its middle anywhere and cut off at the border. DeVries and Taylor 2017, "Improved
 * Regularization of Convolutional Neural Networks with Cutout".
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuseOption } from '../../graph/refuse.ts'
import type { DrawOptions } from '../../nn/tensors.ts'
import { add, and, floor, le, lt, mul, sub, where } from '../../tensor/ops/elementwise.ts'
import { type Augmentation, augmentation } from './augmentation.ts'

/** @param size the side of the square in pixels, a whole number */
export function cutout(size: number, options: DrawOptions = {}): Augmentation {
  if (!(Number.isInteger(size) && size >= 0))
    refuseOption('cutout', 'size', `size must be a whole number of pixels, got ${size}`)
  return augmentation('cutout', `${size}`, options, (x, draw) => {
    const n = x.shape[0]!
    /** Whether a row or column belongs to the square: start ≤ i < start + size. */
    const covered = (axis: number): Node => {
      const length = x.shape[axis]!
      const middle = build.reshape(floor(mul(draw(), length)), [n, 1, 1, 1])
      const start = sub(middle, Math.floor(size / 2))
      const shape = [1, 1, 1, 1].map((one, i) => (i === axis ? length : one))
      const index = build.reshape(build.cast(build.iota(length), 'float32'), shape)
      return and(le(start, index), lt(index, add(start, size)))
    }
    return where(and(covered(2), covered(3)), 0, x)
  })
}
