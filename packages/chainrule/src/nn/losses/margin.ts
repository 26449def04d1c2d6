/** Losses that are 0 beyond a margin. PyTorch's `F.multi_margin_loss`; hinge as in support vector machines. */
import { IndexError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import type { Node } from '../../graph/node.ts'
import { refuse } from '../../graph/refuse.ts'
import { sameShape, show } from '../../graph/shape.ts'
import { div, mul, square, sub, where } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { whenKnown } from '../../tensor/runtime.ts'
import { keptSum } from '../arithmetic.ts'
import { needClasses } from './cross-entropy.ts'

/** max(0, margin − t · y), targets −1 or 1. */
export function hingeNode(prediction: Node, target: Node, margin: number): Node {
  if (!sameShape(prediction.shape, target.shape))
    refuse(
      'hinge',
      [prediction.shape, target.shape],
      `predictions ${show(prediction.shape)} need targets ${show(prediction.shape)}, got ${show(target.shape)}`,
    )
  return build.relu(sub(margin, mul(asFloat(prediction), target)))
}

/** Σ_{c ≠ y} max(0, margin − z_y + z_c)^p / C for logits [N, C] and labels [N]. */
export function multiMarginNode(logits: Node, labels: Node, margin: number, p: 1 | 2): Node {
  const name = 'multiMargin'
  const scores = asFloat(logits)
  if (scores.shape.length !== 2 || !sameShape(labels.shape, scores.shape.slice(0, 1)))
    refuse(
      name,
      [scores.shape, labels.shape],
      `logits ${show(scores.shape)} need targets ${show(scores.shape.slice(0, -1))}, got ${show(labels.shape)}`,
    )
  needClasses(name, labels)
  const [rows, classes] = scores.shape as [number, number]
  whenKnown(labels, values => {
    for (const label of values)
      if (!(label >= 0 && label < classes))
        throw new IndexError(name, label, classes, `${name}: label ${label} is outside the ${classes} classes`)
  })
  const isLabel = build.equal(
    build.indexAlong(scores.shape, 1),
    build.expand(build.reshape(labels, [rows, 1]), scores.shape),
  )
  const own = keptSum(where(isLabel, scores, 0), [1])
  const short = build.relu(sub(margin, sub(own, scores)))
  return div(build.sum(build.where(isLabel, build.fullLike(short, 0), p === 1 ? short : square(short)), [1]), classes)
}
