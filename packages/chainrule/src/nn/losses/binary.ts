/** Cross entropy of yes and no: −t log p − (1 − t) log (1 − p). PyTorch's `F.binary_cross_entropy(_with_logits)`. */
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { sameShape, show } from '../../graph/shape.ts'
import { add, maximum, mul, sub } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { softplusNode } from '../activations/functions.ts'

function checkTargets(name: string, x: Node, target: Node): void {
  if (!sameShape(x.shape, target.shape))
    refuse(
      name,
      [x.shape, target.shape],
      `predictions ${show(x.shape)} need targets ${show(x.shape)}, got ${show(target.shape)}`,
    )
}

/** p in [0, 1]; logarithms are kept above −100, as in PyTorch, so that p = 0 or 1 gives no infinity. */
export function binaryNode(probability: Node, target: Node): Node {
  const name = 'binaryCrossEntropy'
  checkTargets(name, probability, target)
  const p = asFloat(probability)
  const log = (x: Node): Node => maximum(build.log(maximum(x, 1e-45)), -100)
  return build.neg(add(mul(target, log(p)), mul(sub(1, target), log(sub(1, p)))))
}

/**
 * With p = σ(z): softplus(z) − t z. A weight w for the positive class gives (1 − t) z + (1 + (w − 1) t) softplus(−z).
 */
export function binaryWithLogitsNode(logits: Node, target: Node, positiveWeight?: Node): Node {
  checkTargets('binaryCrossEntropyWithLogits', logits, target)
  const z = asFloat(logits)
  const t = build.cast(target, z.dtype)
  if (!positiveWeight) return sub(softplusNode(z), mul(t, z))
  const share = add(mul(sub(positiveWeight, 1), t), 1)
  return add(mul(sub(1, t), z), mul(share, softplusNode(build.neg(z))))
}
