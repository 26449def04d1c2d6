/** e^xᵢ / Σ e^xⱼ along one axis, and its logarithm. */
import { logSoftmax as logSoftmaxNode, softmax as softmaxNode } from '../../tensor/ops/reductions.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export interface Softmax extends Elementwise {}
/** Along the last axis unless given. */
export const softmax = (axis = -1): Softmax => elementwiseLayer('softmax', x => softmaxNode(x, axis), `${axis}`)

export interface LogSoftmax extends Elementwise {}
/** Along the last axis unless given. */
export const logSoftmax = (axis = -1): LogSoftmax =>
  elementwiseLayer('logSoftmax', x => logSoftmaxNode(x, axis), `${axis}`)
