/**
 * Cross entropy between softmax(logits) and a target: −Σ_c q_c log p_c. PyTorch's `F.cross_entropy`.
 *
 * With class indices and log p = z − lse, lse = log Σ e^z, only z_y is needed: loss = lse − z_y. It is picked by comparing an
 * index along the classes with the label, which fuses with softmax into one pass over each row; no gather, no one-hot matrix.
 * Label smoothing (Szegedy et al. 2016, section 7) mixes in the mean over classes: (1 − ε) (lse − z_y) + ε (lse − mean z).
 */
import { IndexError } from '../../errors.ts'
import * as build from '../../graph/build.ts'
import { isFloat } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { refuse, refuseDType, refuseOption } from '../../graph/refuse.ts'
import { normalAxis, sameShape, show } from '../../graph/shape.ts'
import { add, div, mul, sub, where } from '../../tensor/ops/elementwise.ts'
import { asFloat } from '../../tensor/ops/operands.ts'
import { logSoftmax } from '../../tensor/ops/reductions.ts'
import { whenKnown } from '../../tensor/runtime.ts'
import { keptPeak, keptSum, sumAll } from '../arithmetic.ts'
import { checkedReduction, type ReductionOptions, reduce } from './reduction.ts'

export interface ClassOptions extends ReductionOptions {
  /** Rows with this label do not count, also in the mean. PyTorch's default is −100; here there is none. */
  readonly ignoreIndex?: number
  /** The axis of the classes: the last. PyTorch's layout for images is 1. */
  readonly axis?: number
}
export interface ClassNodeOptions extends ClassOptions {
  /** A weight for each class. */
  readonly weight?: Node | undefined
  /** ε in [0, 1]: how much of the target is spread over all classes. */
  readonly labelSmoothing?: number
}

/** logits [..., C] and class indices [...] (int32) or probabilities [..., C] (float). */
export function crossEntropyNode(logits: Node, target: Node, options: ClassNodeOptions = {}): Node {
  const { labelSmoothing = 0 } = options
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    refuseOption('crossEntropy', 'labelSmoothing', `labelSmoothing must be in [0, 1], got ${labelSmoothing}`)
  const scores = asFloat(logits)
  return isFloat(target.dtype)
    ? withProbabilities(scores, target, labelSmoothing, options)
    : withIndices('crossEntropy', scores, target, labelSmoothing, options, rowsOfLogits)
}

/** Log probabilities [..., C] and class indices [...]. PyTorch's `F.nll_loss`. */
export function nllNode(logProbabilities: Node, target: Node, options: ClassNodeOptions = {}): Node {
  return withIndices('nll', asFloat(logProbabilities), target, 0, options, x => ({ scores: x, normaliser: 0 }))
}

/** Shifted scores and log Σ e^score of each row (classes kept as 1): log p = scores − normaliser. */
interface Rows {
  readonly scores: Node
  readonly normaliser: Node | number
}
function rowsOfLogits(logits: Node, axis: number): Rows {
  const scores = sub(logits, keptPeak(logits, [axis]))
  return { scores, normaliser: build.log(keptSum(build.exp(scores), [axis])) }
}

function withIndices(
  name: string,
  input: Node,
  labels: Node,
  smoothing: number,
  { weight, ignoreIndex, axis: classAxis = -1, ...reduction }: ClassNodeOptions,
  rowsOf: (x: Node, axis: number) => Rows,
): Node {
  if (input.shape.length === 0) refuse(name, [input.shape], 'logits have rank 0')
  const axis = normalAxis(name, input.shape, classAxis)
  const classes = input.shape[axis]!
  const rowShape = input.shape.filter((_, i) => i !== axis)
  needClasses(name, labels)
  if (!sameShape(labels.shape, rowShape))
    refuse(
      name,
      [input.shape, labels.shape],
      `logits ${show(input.shape)} need targets ${show(rowShape)}, got ${show(labels.shape)}`,
    )
  checkWeight(name, weight, classes)
  checkLabels(name, labels, classes, ignoreIndex)

  const kept = build.keptShape(input.shape, [axis])
  const { scores, normaliser } = rowsOf(input, axis)
  const isLabel = build.equal(
    build.indexAlong(input.shape, axis),
    build.expand(build.reshape(labels, kept), input.shape),
  )
  // Σ_c of what the label picks, and of all classes, each class with its weight
  const perClass = weight && build.reshape(asFloat(weight), alongAxis(classes, axis, input.shape.length))
  const sumClasses = (x: Node): Node => build.sum(x, [axis])
  const negativeLog = perClass ? mul(sub(normaliser, scores), perClass) : undefined
  const row = (x: Node | number): Node | number => (typeof x === 'number' ? x : build.reshape(x, rowShape))
  const picked = negativeLog
    ? sumClasses(where(isLabel, negativeLog, 0))
    : sub(row(normaliser), sumClasses(where(isLabel, scores, 0)))
  const spread = (): Node =>
    negativeLog ? div(sumClasses(negativeLog), classes) : sub(row(normaliser), div(sumClasses(scores), classes))
  const losses = smoothing === 0 ? picked : add(mul(picked, 1 - smoothing), mul(spread(), smoothing))

  if (ignoreIndex === undefined && !perClass) return reduce(losses, reduction)
  const counts =
    ignoreIndex === undefined ? undefined : build.not(build.equal(labels, build.fullLike(labels, ignoreIndex)))
  const counted = counts ? where(counts, losses, 0) : losses
  const shares = (): Node => {
    const share = perClass
      ? sumClasses(where(isLabel, build.expand(perClass, input.shape), 0))
      : build.full(rowShape, 1, losses.dtype)
    const total = sumAll(counts ? where(counts, share, 0) : share)
    return where(build.equal(total, build.fullLike(total, 0)), 1, total) // nothing counts: the loss is 0, not 0/0
  }
  return checkedReduction(
    { mean: () => div(sumAll(counted), shares()), sum: () => sumAll(counted), none: () => counted },
    reduction.reduction ?? 'mean',
  )()
}

/** Class indices are int32. */
export function needClasses(name: string, labels: Node): void {
  if (labels.dtype !== 'int32')
    refuseDType(
      name,
      [labels.dtype],
      `class indices must be int32, got ${labels.dtype}; use toInt() or { dtype: 'int32' }`,
    )
}

function withProbabilities(input: Node, target: Node, smoothing: number, options: ClassNodeOptions): Node {
  if (target.shape.length === input.shape.length - 1) needClasses('crossEntropy', target)
  if (!sameShape(input.shape, target.shape))
    refuse(
      'crossEntropy',
      [input.shape, target.shape],
      `logits ${show(input.shape)} need probabilities ${show(input.shape)}, got ${show(target.shape)}`,
    )
  const axis = normalAxis('crossEntropy', input.shape, options.axis ?? -1)
  const classes = input.shape[axis]!
  checkWeight('crossEntropy', options.weight, classes)
  const smooth = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / classes)
  const weighted = options.weight
    ? mul(smooth, build.reshape(asFloat(options.weight), alongAxis(classes, axis, input.shape.length)))
    : smooth
  const losses = build.neg(build.sum(mul(weighted, logSoftmax(input, axis)), [axis]))
  // PyTorch divides by the number of rows, whatever the weights
  return reduce(losses, options)
}

const alongAxis = (size: number, axis: number, rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => (i === axis ? size : 1))

/** Labels must be classes; checked whenever their values pass through the host. */
function checkLabels(name: string, labels: Node, classes: number, ignored: number | undefined): void {
  whenKnown(labels, values => {
    for (const label of values)
      if (!(label >= 0 && label < classes) && label !== ignored)
        throw new IndexError(
          name,
          label,
          classes,
          `${name}: label ${label} is outside the ${classes} classes [0, ${classes})`,
        )
  })
}

function checkWeight(name: string, weight: Node | undefined, classes: number): void {
  if (weight && !sameShape(weight.shape, [classes]))
    refuse(
      name,
      [weight.shape],
      `weight must have one number for each of ${classes} classes, got ${show(weight.shape)}`,
    )
}
