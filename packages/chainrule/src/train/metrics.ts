/**
 * How good predictions are. A `Metric` is computed in the graph, fused into the step that needs it, and averaged over samples;
 * the others are functions of all predictions at once.
 */
import { DataError, IndexError, OptionError, ShapeError } from '../errors.ts'
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { show } from '../graph/shape.ts'
import { wrap } from '../tensor/handle.ts'
import * as reductions from '../tensor/ops/reductions.ts'
import type { AnyTensor } from '../tensor/types.ts'

/** A mean over the samples of a batch, as a scalar tensor. */
export interface Metric {
  readonly name: string
  compute(outputs: AnyTensor, targets: AnyTensor): AnyTensor
}

/** The share of samples whose largest output is at their label: outputs [B, C] (or [B, …, C]), labels int32. */
export const accuracy: Metric = {
  name: 'accuracy',
  compute(outputs, targets) {
    const labels = labelsFor('accuracy', outputs.node, targets.node)
    return meanOf(build.equal(build.argmax(outputs.node, outputs.shape.length - 1), labels))
  },
}

/**
 * The share of samples whose logit has the sign of their class: outputs [B] or [B, 1], targets 0 or 1 (int32 or float) of either shape.
 */
export const binaryAccuracy: Metric = {
  name: 'accuracy',
  compute(outputs, targets) {
    const [logits, classes] = [outputs.node, targets.node]
    const samples = outputs.size
    if (
      targets.size !== samples ||
      logits.shape.slice(1).some(d => d !== 1) ||
      classes.shape.slice(1).some(d => d !== 1)
    )
      throw new ShapeError(
        'binaryAccuracy',
        [logits.shape, classes.shape],
        `binaryAccuracy: needs a logit and a target for each sample, got ${show(logits.shape)} and ${show(classes.shape)}`,
      )
    const zero = (x: Node): Node => build.full([samples], 0, x.dtype)
    const flat = (x: Node): Node => build.reshape(x, [samples])
    return meanOf(build.equal(build.less(zero(logits), flat(logits)), build.less(zero(classes), flat(classes))))
  },
}

/** The share of samples whose label is among the k largest outputs. */
export function topK(k: number): Metric {
  if (!Number.isInteger(k) || k < 1) throw new OptionError('k', `topK: k must be a whole number >= 1, got ${k}`)
  return {
    name: `top${k}`,
    compute(outputs, targets) {
      const x = outputs.node
      const axis = x.shape.length - 1
      const labels = labelsFor('topK', x, targets.node)
      const isLabel = build.equal(
        build.indexAlong(x.shape, axis),
        build.broadcastTo(build.reshape(labels, [...labels.shape, 1]), x.shape),
      )
      const own = build.where(isLabel, x, build.full(x.shape, Number.NEGATIVE_INFINITY, x.dtype))
      const atLabel = build.broadcastTo(build.reshape(build.max(own, [axis]), [...labels.shape, 1]), x.shape)
      const above = build.sum(build.cast(build.less(atLabel, x), 'int32'), [axis])
      return meanOf(build.less(above, build.full(above.shape, k, 'int32')))
    },
  }
}

const meanOf = (truths: Node): AnyTensor => wrap(reductions.mean(build.cast(truths, 'float32')))

function labelsFor(name: string, outputs: Node, targets: Node): Node {
  const expected = outputs.shape.slice(0, -1)
  if (outputs.shape.length === 0 || targets.dtype !== 'int32' || targets.shape.join() !== expected.join())
    throw new ShapeError(
      name,
      [outputs.shape, targets.shape],
      `${name}: outputs ${show(outputs.shape)} need int32 labels ${show(expected)}, got ${targets.dtype} ${show(targets.shape)}`,
    )
  return targets
}

/** counts[t][p]: how many samples of class t were taken for class p. */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): number[][] {
  if (typeof predictions !== 'object' || typeof labels !== 'object' || !predictions || !labels)
    throw new DataError(
      'confusionMatrix: needs lists of predictions and of labels, as in confusionMatrix([1, 0], [1, 1], 2)',
    )
  if (predictions.length !== labels.length)
    throw new DataError(`confusionMatrix: ${predictions.length} predictions for ${labels.length} labels`)
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  const checked = (what: string, value: number): number => {
    if (Number.isInteger(value) && value >= 0 && value < classes) return value
    throw new IndexError(
      'confusionMatrix',
      value,
      classes,
      `confusionMatrix: ${what} ${value} is outside the ${classes} classes`,
    )
  }
  for (let i = 0; i < labels.length; i++)
    counts[checked('label', labels[i]!)]![checked('prediction', predictions[i]!)]!++
  return counts
}

export interface ClassScores {
  /** Of those taken for the class, the share that belongs to it. */
  readonly precision: number
  /** Of those that belong to the class, the share that was found. */
  readonly recall: number
  /** 2 · precision · recall / (precision + recall) */
  readonly f1: number
  /** How many belong to the class. */
  readonly support: number
}

/** Scores of every class from a confusion matrix, and their plain mean. A share of nothing is 0. */
export function precisionRecallF1(matrix: readonly (readonly number[])[]): {
  readonly classes: readonly ClassScores[]
  readonly mean: Omit<ClassScores, 'support'>
} {
  if (!Array.isArray(matrix) || !matrix.every(Array.isArray))
    throw new DataError('precisionRecallF1: needs rows of counts, as confusionMatrix gives them')
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  const classes = matrix.map((row, c): ClassScores => {
    const support = row.reduce((a, b) => a + b, 0)
    const found = matrix.reduce((n, r) => n + r[c]!, 0)
    const precision = share(row[c]!, found)
    const recall = share(row[c]!, support)
    return { precision, recall, f1: share(2 * precision * recall, precision + recall), support }
  })
  const mean = (of: (s: ClassScores) => number): number =>
    share(
      classes.reduce((n, s) => n + of(s), 0),
      classes.length,
    )
  return { classes, mean: { precision: mean(s => s.precision), recall: mean(s => s.recall), f1: mean(s => s.f1) } }
}
