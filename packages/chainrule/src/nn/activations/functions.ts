/** Building blocks of activations that need care far from and at 0. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { add, div, le, log1p, lt, mul, where } from '../../tensor/ops/elementwise.ts'

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|); its derivative is σ(x). */
export function softplusNode(x: Node): Node {
  const value = add(build.relu(x), log1p(build.exp(build.neg(build.abs(x)))))
  return build.custom(value, [x], 'softplus', g => [mul(g, build.sigmoid(x))])
}

/** min(x, 0) with slope 1 at 0, so that an exponential of it cannot overflow. */
export const negativePart = (x: Node): Node => where(lt(0, x), 0, x)

/** min(max(x, 0), 6) with slope 0 at both corners. */
export const relu6Node = (x: Node): Node => where(le(6, x), 6, build.relu(x))
/** clamp((x + 3) / 6, 0, 1), as relu6(x + 3) / 6. */
export const hardSigmoidNode = (x: Node): Node => div(relu6Node(add(x, 3)), 6)
