/** Left and right exchanged in some of the pictures. torchvision's `RandomHorizontalFlip`. */
import * as build from '../../graph/build.ts'
import { refuseOption } from '../../graph/refuse.ts'
import type { DrawOptions } from '../../nn/tensors.ts'
import { lt, where } from '../../tensor/ops/elementwise.ts'
import { type Augmentation, augmentation } from './augmentation.ts'

/** @param p how many of the pictures are mirrored: 0.5 */
export function randomHorizontalFlip(p = 0.5, options: DrawOptions = {}): Augmentation {
  if (!(p >= 0 && p <= 1)) refuseOption('randomHorizontalFlip', 'p', `the probability must be in [0, 1], got ${p}`)
  return augmentation('randomHorizontalFlip', `${p}`, options, (x, draw) => {
    const chosen = build.reshape(lt(draw(), p), [x.shape[0]!, 1, 1, 1])
    return where(chosen, build.flip(x, [3]), x)
  })
}
