/** Refusals of primitives, operations and layers, with their name in front of what is wrong. */
import { AxisError, DTypeError, OptionError, ShapeError } from '../errors.ts'
import type { DType } from './dtype.ts'
import type { Shape } from './shape.ts'

/** @throws ShapeError */
export function refuse(operation: string, shapes: readonly Shape[], problem: string): never {
  throw new ShapeError(operation, shapes, `${operation}: ${problem}`)
}
/** @throws AxisError */
export function refuseAxis(operation: string, shape: Shape, problem: string): never {
  throw new AxisError(operation, [shape], `${operation}: ${problem}`)
}
/** @throws DTypeError */
export function refuseDType(operation: string, dtypes: readonly DType[], problem: string): never {
  throw new DTypeError(operation, dtypes, `${operation}: ${problem}`)
}
/** @throws OptionError */
export function refuseOption(operation: string, option: string, problem: string): never {
  throw new OptionError(option, `${operation}: ${problem}`)
}
/**
 * For callers that the compiler does not check.
 * @throws ShapeError when `list` is no list, showing how the operation is called
 */
export function needList(operation: string, list: unknown, call: string): void {
  if (!Array.isArray(list)) refuse(operation, [], `needs a list, as in ${operation}(${call})`)
}
