/** The two refusals of tensor operations, with the operation's name in front of what is wrong. */
import { AxisError, ShapeError } from '../../errors.ts'
import type { Shape } from '../../graph/shape.ts'

/** @throws ShapeError */
export function refuse(operation: string, shapes: readonly Shape[], problem: string): never {
  throw new ShapeError(operation, shapes, `${operation}: ${problem}`)
}
/** @throws AxisError */
export function refuseAxis(operation: string, shape: Shape, problem: string): never {
  throw new AxisError(operation, [shape], `${operation}: ${problem}`)
}
