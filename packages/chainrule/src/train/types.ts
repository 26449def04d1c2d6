/** What training asks of models, losses and data. */

import { Dataset } from '../data/dataset.ts'
import { DataError, OptionError, ShapeError } from '../errors.ts'
import { show } from '../graph/shape.ts'
import type { ApplyLayer } from '../nn/layer-types.ts'
import { Module } from '../nn/module.ts'
import type { Optimizer } from '../optim/optimizer.ts'
import type { Checked, Shape } from '../tensor/dimension-types.ts'
import type { AnyTensor, TensorLike } from '../tensor/types.ts'

/** A module with a `forward` of one tensor. */
export type Trainable = Module & { forward(x: never): unknown }
/** A function of the model's outputs and the batch's targets to a scalar. */
export type Loss = (outputs: never, targets: never) => unknown
/** Any optimizer, whatever its options are. */
export type AnyOptimizer = Omit<Optimizer, 'attach'> & { attach(model: Module): unknown }
/** An input and a target. */
export interface LabelledSample {
  readonly x: unknown
  readonly y: unknown
}

/**
 * Samples that fit a model: the data set itself, or the message of the first layer that x, stacked behind an axis for the batch,
 * does not fit.
 */
export type DataFor<M, S> = [ApplyLayer<M, StackedInput<S>>] extends [never]
  ? Dataset<S> // a model of which only `forward` is known
  : Checked<ApplyLayer<M, StackedInput<S>>, Dataset<S>>
type StackedInput<S> = S extends { readonly x: TensorLike<infer X> } ? [number, ...X] : Shape

export const forwardOf =
  (model: Trainable) =>
  (x: AnyTensor): AnyTensor =>
    model.forward(x as never) as AnyTensor

/** @throws OptionError when it is no model */
export function checkModel(operation: string, model: unknown): void {
  if (typeof (model as { forward?: unknown } | undefined)?.forward !== 'function' || !(model instanceof Module))
    throw new OptionError(
      'model',
      `${operation}: needs a model with a forward, like nn.linear(784, 10) or a class that extends nn.Module; got ${kind(model)}`,
    )
}

/** @throws OptionError when it is no function */
export function checkLoss(operation: string, loss: unknown): void {
  if (typeof loss !== 'function')
    throw new OptionError('loss', `${operation}: needs a loss, like { loss: nn.crossEntropy }; got ${kind(loss)}`)
}

/** @throws DataError when it is no data set */
export function checkDataset(operation: string, dataset: unknown): void {
  if (!(dataset instanceof Dataset))
    throw new DataError(`${operation}: needs a data set, like data.arrays({ x, y }); got ${kind(dataset)}`)
}

/** The named fields of a batch. @throws DataError when the samples lack one */
export function fieldsOf<F extends 'x' | 'y'>(
  operation: string,
  batch: object,
  names: readonly F[],
): Record<F, AnyTensor> {
  const missing = names.filter(name => !(name in batch))
  if (missing.length > 0)
    throw new DataError(
      `${operation}: every sample needs ${names.join(' and ')}, these have ${Object.keys(batch).join(', ') || 'nothing'}; ` +
        'name the fields so, as in data.arrays({ x, y })',
    )
  return batch as Record<F, AnyTensor>
}

const kind = (value: unknown): string =>
  value === undefined || value === null
    ? 'nothing'
    : Array.isArray(value)
      ? 'an array'
      : typeof value === 'object'
        ? `an object (${value.constructor?.name ?? 'without a class'})`
        : `a ${typeof value}`

/** @throws ShapeError unless the loss is a scalar */
export function lossOf(loss: Loss, outputs: AnyTensor, targets: AnyTensor): AnyTensor {
  const value = loss(outputs as never, targets as never) as AnyTensor
  if (value.shape.length > 0)
    throw new ShapeError(
      'fit',
      [value.shape],
      `fit: the loss must be a scalar, got ${show(value.shape)}; take its mean`,
    )
  return value
}
