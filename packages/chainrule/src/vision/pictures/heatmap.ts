/** Numbers with a sign as colours: white at 0, red for positive, blue for negative. */
import * as build from '../../graph/build.ts'
import { refuse } from '../../graph/refuse.ts'
import { show } from '../../graph/shape.ts'
import { wrap } from '../../tensor/handle.ts'
import { clamp, mul, sub } from '../../tensor/ops/elementwise.ts'
import type { TensorLike } from '../../tensor/types.ts'
import type { Picture } from '../files/read.ts'
import { stretch } from './stretch.ts'

/**
 * [3, height, width] in [0, 1]; the largest magnitude has the full colour.
 * @param values [height, width], also with axes of 1 in front
 */
export function heatmap(values: TensorLike): Picture {
  const { shape } = values
  const [height, width] = shape.slice(-2)
  if (shape.length < 2 || shape.slice(0, -2).some(d => d !== 1))
    refuse('heatmap', [shape], `expected numbers [height, width], got ${show(shape)}`)
  const signed = sub(mul(build.reshape(stretch(values, 'signed').node, [1, height!, width!]), 2), 1)
  const [positive, negative] = [clamp(signed, 0), clamp(mul(signed, -1), 0)]
  const red = sub(1, negative)
  const green = sub(sub(1, positive), negative)
  const blue = sub(1, positive)
  return wrap(build.concat([red, green, blue], 0)) as unknown as Picture
}
