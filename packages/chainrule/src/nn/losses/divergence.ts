/** Kullback–Leibler divergence Σ t (log t − log q), from log q. PyTorch's `F.kl_div`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { sameShape, show } from '../../graph/shape.ts'
import { le, mul, sub, where } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'

/** A target of 0 adds 0; with `logTarget` the target is a logarithm too. */
export function divergenceNode(logPrediction: Node, target: Node, logTarget: boolean): Node {
  if (!sameShape(logPrediction.shape, target.shape))
    refuse(
      'klDiv',
      [logPrediction.shape, target.shape],
      `predictions ${show(logPrediction.shape)} need targets ${show(logPrediction.shape)}, got ${show(target.shape)}`,
    )
  const q = asFloat(logPrediction)
  const t = build.cast(target, q.dtype)
  if (logTarget) return mul(build.exp(t), sub(t, q))
  const none = le(t, 0)
  return where(none, 0, mul(t, sub(build.log(where(none, 1, t)), q)))
}
