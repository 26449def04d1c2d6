/**
 * Losses as functions of predictions and targets. The mean over all elements (or rows) unless `reduction` says otherwise;
 * targets that do not fit are compile errors where shapes are known, and ShapeErrors with the same text otherwise.
 */

import type { DType } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { nodeOf } from '../../graph/refuse.ts'
import type { Checked, Same } from '../../tensor/dimension-types.ts'
import { checkOptions } from '../options.ts'
import type { ClassLossShape, ElementLossShape, ProbabilityLossShape } from '../shape-types.ts'
import { type Shape, type Tensor, type TensorLike, wrap } from '../tensors.ts'
import { binaryNode, binaryWithLogitsNode } from './binary.ts'
import { type ClassOptions, crossEntropyNode, nllNode } from './cross-entropy.ts'
import { divergenceNode } from './divergence.ts'
import { hingeNode, multiMarginNode } from './margin.ts'
import { meanBatch, type Reduction, type ReductionOptions, reduce } from './reduction.ts'
import { absolute, halfSquared, huber as huberNode, smoothL1 as smoothL1Node, squared } from './regression.ts'

export type { ClassOptions, Reduction, ReductionOptions }

/** The type of the loss: a scalar, or without a reduction one for each of S. */
type Reduced<R extends Reduction, S extends Shape> = Tensor<'none' extends R ? (R extends 'none' ? S : Shape) : []>
interface Options<R extends Reduction> {
  /** 'mean' (the default), 'sum' or 'none'. */
  readonly reduction?: R
}
const tensor = <T>(node: Node): T => wrap(node) as unknown as T
const both = (name: string, a: TensorLike, b: unknown): [Node, Node] => [nodeOf(name, a), nodeOf(name, b as TensorLike)]

/** A loss between tensors of equal shape. */
const elementLoss =
  <Op extends string>(name: Op, losses: (name: string, prediction: Node, target: Node) => Node) =>
  <A extends Shape, B extends Shape, R extends Reduction = 'mean'>(
    prediction: TensorLike<A>,
    target: Checked<ElementLossShape<A, B, Op>, TensorLike<B>>,
    options: Options<R> = {},
  ): Reduced<R, A> => {
    checkOptions(name, options, { reduction: true })
    return tensor(reduce(losses(name, ...both(name, prediction, target)), options))
  }

/** (p − t)². PyTorch's `mse_loss`. */
export const mse = elementLoss('mse', squared)
/** (p − t)² / 2: the lecture's loss, whose derivative is p − t. */
export const halfMse = elementLoss('halfMse', halfSquared)
/** |p − t|. PyTorch's `l1_loss`. */
export const l1 = elementLoss('l1', absolute)
/** −t log p − (1 − t) log (1 − p) for probabilities p. PyTorch's `binary_cross_entropy`. */
export const binaryCrossEntropy = elementLoss('binaryCrossEntropy', (_, p, t) => binaryNode(p, t))

/** d²/2 near 0, δ(|d| − δ/2) beyond δ. PyTorch's `huber_loss`. */
export function huber<A extends Shape, B extends Shape, R extends Reduction = 'mean'>(
  prediction: TensorLike<A>,
  target: Checked<ElementLossShape<A, B, 'huber'>, TensorLike<B>>,
  options: Options<R> & { readonly delta?: number } = {},
): Reduced<R, A> {
  checkOptions('huber', options, { reduction: true, delta: true })
  return tensor(reduce(huberNode('huber', ...both('huber', prediction, target), options.delta ?? 1), options))
}
/** Huber's loss divided by β; at β = 0 the absolute difference. PyTorch's `smooth_l1_loss`. */
export function smoothL1<A extends Shape, B extends Shape, R extends Reduction = 'mean'>(
  prediction: TensorLike<A>,
  target: Checked<ElementLossShape<A, B, 'smoothL1'>, TensorLike<B>>,
  options: Options<R> & { readonly beta?: number } = {},
): Reduced<R, A> {
  checkOptions('smoothL1', options, { reduction: true, beta: true })
  return tensor(reduce(smoothL1Node('smoothL1', ...both('smoothL1', prediction, target), options.beta ?? 1), options))
}
/** The same as binaryCrossEntropy of σ(logits), without its overflows. PyTorch's `binary_cross_entropy_with_logits`. */
export function binaryCrossEntropyWithLogits<A extends Shape, B extends Shape, R extends Reduction = 'mean'>(
  logits: TensorLike<A>,
  target: Checked<ElementLossShape<A, B, 'binaryCrossEntropyWithLogits'>, TensorLike<B>>,
  options: Options<R> & {
    /** How much more a positive counts; broadcasts to the logits. */
    readonly positiveWeight?: TensorLike
  } = {},
): Reduced<R, A> {
  checkOptions('binaryCrossEntropyWithLogits', options, { reduction: true, positiveWeight: true })
  const weight = options.positiveWeight?.node
  return tensor(reduce(binaryWithLogitsNode(...both('binaryCrossEntropyWithLogits', logits, target), weight), options))
}
/** max(0, margin − t p) for targets −1 and 1. */
export function hinge<A extends Shape, B extends Shape, R extends Reduction = 'mean'>(
  prediction: TensorLike<A>,
  target: Checked<ElementLossShape<A, B, 'hinge'>, TensorLike<B>>,
  options: Options<R> & { readonly margin?: number } = {},
): Reduced<R, A> {
  checkOptions('hinge', options, { reduction: true, margin: true })
  return tensor(reduce(hingeNode(...both('hinge', prediction, target), options.margin ?? 1), options))
}
/**
 * Σ t (log t − log q), given log q. The mean over all elements, as PyTorch's `kl_div`; 'batchMean' divides by the batch only,
 * which is the divergence's definition.
 */
export function klDiv<A extends Shape, B extends Shape, R extends Reduction | 'batchMean' = 'mean'>(
  logPrediction: TensorLike<A>,
  target: Checked<ElementLossShape<A, B, 'klDiv'>, TensorLike<B>>,
  options: {
    readonly reduction?: R
    /** The target is a logarithm too. */
    readonly logTarget?: boolean
  } = {},
): Tensor<R extends 'none' ? A : []> {
  checkOptions('klDiv', options, { reduction: true, logTarget: true })
  const losses = divergenceNode(...both('klDiv', logPrediction, target), options.logTarget ?? false)
  const { reduction = 'mean' } = options
  return tensor(reduction === 'batchMean' ? meanBatch(losses) : reduce(losses, { reduction: reduction as Reduction }))
}

interface ClassLossOptions<R extends Reduction, Axis extends number> extends ClassOptions {
  readonly reduction?: R
  /** A weight for each class; the mean is then a weighted one. */
  readonly weight?: TensorLike
  readonly axis?: Axis
}
interface CrossEntropyOptions<R extends Reduction, Axis extends number> extends ClassLossOptions<R, Axis> {
  /** ε in [0, 1]: how much of the target is spread evenly over the classes. */
  readonly labelSmoothing?: number
}
/** Types know the rule for classes along the last axis. */
type ClassRule<A extends Shape, B extends Shape, Axis extends number, Op extends string> =
  Same<Axis, -1> extends true ? ClassLossShape<A, B, Op> : []
type EntropyRule<A extends Shape, B extends Shape, D, Axis extends number> =
  Same<D, 'int32'> extends true
    ? ClassRule<A, B, Axis, 'crossEntropy'>
    : Same<D, 'float32'> extends true
      ? ProbabilityLossShape<A, B, 'crossEntropy'>
      : []

/**
 * Cross entropy between softmax(logits) and class indices [...] (int32) or probabilities [..., C]. PyTorch's `cross_entropy`.
 * @throws IndexError when a label is not a class
 */
export function crossEntropy<
  A extends Shape,
  B extends Shape,
  D extends DType,
  R extends Reduction = 'mean',
  const Axis extends number = -1,
>(
  logits: TensorLike<A>,
  target: Checked<EntropyRule<A, B, D, Axis>, TensorLike<B, D>>,
  options: CrossEntropyOptions<R, Axis> = {},
): Reduced<R, D extends 'int32' ? B : Shape> {
  checkOptions('crossEntropy', options, {
    reduction: true,
    weight: true,
    labelSmoothing: true,
    ignoreIndex: true,
    axis: true,
  })
  const weight = options.weight?.node
  return tensor(crossEntropyNode(...both('crossEntropy', logits, target), { ...options, weight }))
}

/** −log p of the label, from log probabilities [..., C] and class indices [...]. PyTorch's `nll_loss`. */
export function nll<A extends Shape, B extends Shape, R extends Reduction = 'mean', const Axis extends number = -1>(
  logProbabilities: TensorLike<A>,
  labels: Checked<ClassRule<A, B, Axis, 'nll'>, TensorLike<B, 'int32'>>,
  options: ClassLossOptions<R, Axis> = {},
): Reduced<R, B> {
  checkOptions('nll', options, { reduction: true, weight: true, ignoreIndex: true, axis: true })
  const weight = options.weight?.node
  return tensor(nllNode(...both('nll', logProbabilities, labels), { ...options, weight }))
}

/** Σ_{c ≠ y} max(0, margin − z_y + z_c)ᵖ / C. PyTorch's `multi_margin_loss`. */
export function multiMargin<A extends Shape, B extends Shape, R extends Reduction = 'mean'>(
  logits: TensorLike<A>,
  labels: Checked<ClassLossShape<A, B, 'multiMargin'>, TensorLike<B, 'int32'>>,
  options: Options<R> & { readonly margin?: number; readonly p?: 1 | 2 } = {},
): Reduced<R, B> {
  checkOptions('multiMargin', options, { reduction: true, margin: true, p: true })
  const { margin = 1, p = 1 } = options
  return tensor(reduce(multiMarginNode(...both('multiMargin', logits, labels), margin, p), options))
}
