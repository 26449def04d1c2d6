/** Any numbers as brightness in [0, 1], for looking at them. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuseOption } from '../../graph/refuse.ts'
import { range } from '../../graph/shape.ts'
import type { Shape } from '../../tensor/dimension-types.ts'
import { wrap } from '../../tensor/handle.ts'
import { abs, add, div, eq, mul, neg, sub, where } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import type { Tensor, TensorLike } from '../../tensor/types.ts'

/**
 * - `range`: the least value is black, the greatest white
 * - `signed`: 0 is the middle grey; the largest magnitude is white or black
 * - `magnitude`: 0 is black, the largest magnitude white
 */
export type Stretch = 'range' | 'signed' | 'magnitude'

const rules: Readonly<Record<Stretch, (x: Node, most: (of: Node) => Node) => Node>> = {
  range: (x, most) => {
    const least = neg(most(neg(x)))
    return div(sub(x, least), positive(sub(most(x), least)))
  },
  signed: (x, most) => add(div(x, mul(positive(most(abs(x))), 2)), 0.5),
  magnitude: (x, most) => div(abs(x), positive(most(abs(x)))),
}
/** Pictures of one value have nothing to stretch. */
const positive = (x: Node): Node => where(eq(x, 0), 1, x)

/**
 * The same shape with values in [0, 1].
 * @param x [height, width], [channels, height, width], or [batch, channels, height, width], whose pictures are stretched each by itself
 */
export function stretch<S extends Shape>(x: TensorLike<S>, how: Stretch = 'range'): Tensor<S> {
  if (!Object.hasOwn(rules, how))
    refuseOption('stretch', 'how', `there is no '${how}'; there is ${Object.keys(rules).join(', ')}`)
  const input = asFloat(x.node)
  const axes = range(input.shape.length).filter(axis => input.shape.length < 4 || axis > 0)
  const most = (of: Node): Node =>
    build.broadcastTo(build.reshape(build.max(of, axes), build.keptShape(of.shape, axes)), of.shape)
  return wrap(rules[how](input, most)) as unknown as Tensor<S>
}
