/** What pre-training works on: one fully connected layer of a network with what follows it, and the model that trains it. */
import { OptionError } from '../errors.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import { type Linear, Module, sigmoid } from '../nn/index.ts'
import type { Tensor } from '../tensor/types.ts'
import type { Metric } from '../train/metrics.ts'
import type { Loss } from '../train/types.ts'

/** A layer as a part of a network. */
export interface HiddenLayer {
  /** From 0, among the layers that are pre-trained. */
  readonly index: number
  /** Its path in the network. */
  readonly name: string
  readonly linear: Linear
  /** What the network does between this layer and the next one: sigmoid, dropout, … */
  readonly activation: Module & { forward(x: Tensor): Tensor }
}

/** A model of a layer's inputs that trains the layer by learning them. Its `forward` tries to repeat its input. */
export interface LayerModel extends Module {
  forward(x: Tensor): Tensor
  /** Of the outputs of `forward` and the inputs. */
  readonly loss: Loss
  /** Σ over units of the squared difference of input and reconstruction: what all such models have in common. */
  readonly reconstructionError: Metric
  /** Looks at all inputs before training. */
  prepare?(inputs: TensorValue): void
}

/** What the inputs of a layer are: 'binary' are in [0, 1], the probabilities of ones; 'gaussian' any numbers, with variance about 1. */
export type Units = 'binary' | 'gaussian'

export function checkUnits(operation: string, visible: string): void {
  if (visible !== 'binary' && visible !== 'gaussian')
    throw new OptionError('visible', `${operation}: visible must be binary or gaussian, got '${visible}'`)
}

/** A layer by itself is followed by sigmoid. */
export const hidden = (layer: Linear | HiddenLayer): HiddenLayer =>
  layer instanceof Module
    ? { index: 0, name: '', linear: layer as Linear, activation: sigmoid() as unknown as HiddenLayer['activation'] }
    : layer

/** Inputs and outputs of a layer. */
export const sizesOf = ({ weight }: Linear): readonly [inputs: number, outputs: number] => [
  weight.shape[1],
  weight.shape[0],
]
