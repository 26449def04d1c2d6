/** Refusals of primitives, operations and layers, with their name in front of what is wrong. */
import { AxisError, DTypeError, OptionError, ShapeError } from '../errors.ts'
import type { DType } from './dtype.ts'
import type { Node } from './node.ts'
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

// for callers that the compiler does not check

/** What a value is, for messages: `'x'`, `3`, `null`, `array`, `function`. */
export function kindOf(x: unknown): string {
  if (typeof x === 'string') return `'${x}'`
  if (Array.isArray(x)) return 'array'
  return Object(x) === x ? typeof x : String(x)
}
/** @throws DTypeError */
export const refuseNoTensor = (operation: string, x: unknown): never =>
  refuseDType(operation, [], `needs a tensor, got ${kindOf(x)}; use tensor(…)`)
/**
 * The node of a tensor.
 * @throws DTypeError when `x` is none
 */
export const nodeOf = (operation: string, x: { readonly node: Node }): Node => x?.node ?? refuseNoTensor(operation, x)
/**
 * A count (channels, classes, sizes): a whole number from `least` on.
 * @throws OptionError when `value` is none
 */
export function needCount(operation: string, option: string, value: number, least = 1): number {
  if (!Number.isInteger(value) || value < least)
    refuseOption(operation, option, `${option} must be an integer >= ${least}, got ${kindOf(value)}`)
  return value
}
/** @throws OptionError when `x` is no function */
export function needFunction(operation: string, x: unknown): void {
  if (typeof x !== 'function') refuseOption(operation, 'function', `needs a function, got ${kindOf(x)}`)
}
/**
 * @throws ShapeError when `list` is no list, showing how the operation is called
 */
export function needList(operation: string, list: unknown, call: string): void {
  if (!Array.isArray(list)) refuse(operation, [], `needs a list, as in ${operation}(${call})`)
}
