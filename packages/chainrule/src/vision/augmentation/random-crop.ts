/**
 * Pictures moved by up to `padding` pixels in each direction; zeros come in at the border. It is a crop of the old size out of the
 * padded picture (He et al. 2016, section 4.2); torchvision's `RandomCrop`.
 */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuseOption } from '../../graph/refuse.ts'
import { numel } from '../../graph/shape.ts'
import type { DrawOptions } from '../../nn/tensors.ts'
import { add, mul } from '../../tensor/ops/elementwise.ts'
import { type Augmentation, augmentation } from './augmentation.ts'

/** @param padding pixels, a whole number */
export function randomCrop(padding: number, options: DrawOptions = {}): Augmentation {
  if (!(Number.isInteger(padding) && padding >= 0))
    refuseOption('randomCrop', 'padding', `padding must be a whole number of pixels, got ${padding}`)
  return augmentation('randomCrop', `${padding}`, options, (x, draw) => {
    const [n, , h, w] = x.shape as readonly [number, number, number, number]
    const padded = build.pad(x, [
      [0, 0],
      [0, 0],
      [padding, padding],
      [padding, padding],
    ])
    /** Whole numbers 0 … 2 padding, one for each picture. */
    const offset = (): Node =>
      build.reshape(build.cast(build.floor(mul(draw(), 2 * padding + 1)), 'int32'), [n, 1, 1, 1])
    return pick(padded, offset(), offset(), [h, w])
  })
}

/** y[n, c, i, j] = x[n, c, i + top[n], j + left[n]]. */
function pick(x: Node, top: Node, left: Node, [h, w]: readonly [number, number]): Node {
  const [n, c, height, width] = x.shape as readonly [number, number, number, number]
  const at = (axis: number, step: number): Node => {
    const size = [n, c, h, w][axis]!
    const shape = [1, 1, 1, 1].map((one, i) => (i === axis ? size : one))
    return build.reshape(mul(build.iota(size), step), shape)
  }
  const start = add(add(at(0, c * height * width), at(1, height * width)), add(mul(top, width), left))
  return build.gather(build.reshape(x, [numel(x.shape)]), add(start, add(at(2, width), at(3, 1))), 0)
}
