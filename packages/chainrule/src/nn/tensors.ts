/** What this folder uses of tensors, and draws with their bounds in order. */
import type { VariableHandle } from '../tensor/handle.ts'
import { type DrawOptions, normal, uniform } from '../tensor/random.ts'
import type { VariableCell } from '../tensor/runtime.ts'
import type { AnyVariable, Shape, Tensor } from '../tensor/types.ts'

export { variable } from '../tensor/create.ts'
export { isTensor, isVariable, wrap } from '../tensor/handle.ts'
export type { DrawOptions } from '../tensor/random.ts'
export { valuesIfKnown } from '../tensor/runtime.ts'
export type { AnyTensor, AnyVariable, Shape, Tensor, TensorLike, Variable } from '../tensor/types.ts'

export const drawUniform = (shape: Shape, low: number, high: number, options: DrawOptions = {}): Tensor =>
  uniform(shape, { ...options, low, high })
export const drawNormal = (shape: Shape, mean: number, std: number, options: DrawOptions = {}): Tensor =>
  normal(shape, { ...options, mean, std })

/** Where a variable's value is kept. */
export const cellOf = (variable: AnyVariable): VariableCell => (variable as unknown as VariableHandle).cell
