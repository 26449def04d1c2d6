/** Units that fire or do not, as modules on the engine. */
import { DataError, OptionError } from '../errors.ts'
import { refuse } from '../graph/refuse.ts'
import { Module } from '../nn/module.ts'
import { tensor, variable } from '../tensor/create.ts'
import { wrap } from '../tensor/handle.ts'
import * as elementwise from '../tensor/ops/elementwise.ts'
import * as products from '../tensor/ops/products.ts'
import { whenKnown } from '../tensor/runtime.ts'
import type { AnyTensor, AnyVariable, Tensor, TensorLike } from '../tensor/types.ts'

/** Rosenblatt's unit: fires when w·x + b > 0. The bias moves the threshold to −b. */
export class ThresholdUnit extends Module {
  readonly weight: AnyVariable
  readonly bias: AnyVariable
  constructor(weights: readonly number[], bias: number) {
    super()
    if (weights.length === 0) throw new OptionError('weights', 'unit: needs at least one weight')
    this.weight = variable([...weights]) as unknown as AnyVariable
    this.bias = variable(bias) as unknown as AnyVariable
  }
  /** w·x + b: [..., features] → [...]. The lecture calls this sum the activation. */
  preActivation(x: TensorLike): Tensor {
    const expected = this.weight.shape[0]!
    if (x.node.shape.at(-1) !== expected)
      refuse('unit', [x.node.shape], `expected ${expected} features, got ${x.node.shape.at(-1) ?? 'a number'}`)
    return wrap(elementwise.add(products.matmul(x.node, this.weight.node), this.bias.node)) as unknown as Tensor
  }
  /** 1 where it fires, 0 elsewhere: [..., features] → [...]. */
  forward(x: TensorLike): Tensor {
    return wrap(elementwise.toFloat32(elementwise.gt(this.preActivation(x).node, 0))) as unknown as Tensor
  }
}

/** A threshold unit with these weights. */
export const unit = (weights: readonly number[], bias: number): ThresholdUnit => new ThresholdUnit(weights, bias)

/**
 * The unit of McCulloch and Pitts (1943): binary inputs, each excitatory (1), inhibitory (−1) or not connected (0). It fires when
 * no inhibitory input is on and at least `threshold` excitatory ones are. It does not learn.
 */
export class McCullochPittsUnit extends Module {
  readonly connections: readonly (-1 | 0 | 1)[]
  readonly threshold: number
  constructor(connections: readonly (-1 | 0 | 1)[], threshold: number) {
    super()
    if (connections.length === 0 || connections.some(c => ![-1, 0, 1].includes(c)))
      throw new OptionError(
        'connections',
        `mcCullochPitts: connections are −1, 0 or 1, got [${connections.join(', ')}]`,
      )
    if (!Number.isInteger(threshold))
      throw new OptionError('threshold', `mcCullochPitts: threshold must be an integer, got ${threshold}`)
    this.connections = [...connections]
    this.threshold = threshold
  }
  /** 1 where it fires, 0 elsewhere: bits [..., inputs] → [...]. */
  forward(x: TensorLike): Tensor {
    if (x.node.shape.at(-1) !== this.connections.length)
      refuse('mcCullochPitts', [x.node.shape], `expected ${this.connections.length} inputs, got ${x.node.shape.at(-1)}`)
    whenKnown(x.node, values => {
      const wrong = values.find(v => v !== 0 && v !== 1)
      if (wrong !== undefined) throw new DataError(`mcCullochPitts: inputs are 0 or 1, got ${wrong}`)
    })
    const mask = (wanted: number): AnyTensor =>
      tensor(this.connections.map(c => (c === wanted ? 1 : 0))) as unknown as AnyTensor
    const bits = elementwise.toFloat32(x.node)
    const excited = elementwise.ge(products.matmul(bits, mask(1).node), this.threshold)
    const inhibited = elementwise.gt(products.matmul(bits, mask(-1).node), 0)
    return wrap(elementwise.toFloat32(elementwise.and(excited, elementwise.not(inhibited)))) as unknown as Tensor
  }
}

/** A unit of 1943. */
export const mcCullochPitts = (connections: readonly (-1 | 0 | 1)[], threshold: number): McCullochPittsUnit =>
  new McCullochPittsUnit(connections, threshold)
