/**
 * How operands meet: NumPy's broadcasting, and promotion bool < int32 < float32 < float64. A JavaScript number takes the type of
 * the tensor it meets; next to integers a fractional one makes the result float32.
 */
import { OptionError } from '../../errors.ts'
import { broadcastTo, cast, constant } from '../../graph/build.ts'
import { type DType, hostBytes, promote, toFloat } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { refuseNoTensor } from '../../graph/refuse.ts'
import { broadcastShapes } from '../../graph/shape.ts'

export type Operand = Node | number

/** What JavaScript lets through: it must be a tensor. */
export function checkNode(operation: string, x: Node): void {
  if (!x?.dtype) refuseNoTensor(operation, x)
}
/** An operand must be a number or a tensor. */
export function checkOperand(operation: string, x: Operand): void {
  if (typeof x !== 'number') checkNode(operation, x)
}
/** An element type there is. */
export function checkDType(dtype: DType): DType {
  if (!Object.hasOwn(hostBytes, dtype))
    throw new OptionError('dtype', `no dtype '${dtype}'; there is ${Object.keys(hostBytes).join(', ')}`)
  return dtype
}

const isInt32 = (value: number): boolean => (value | 0) === value

/** The type a number takes beside a tensor of `dtype`. */
export function numberType(value: number, dtype: DType): DType {
  if (dtype === 'float32' || dtype === 'float64') return dtype
  return isInt32(value) ? 'int32' : 'float32'
}

/** Arithmetic on truth values counts: bool works as int32. */
export const toNumber = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype)
export const asNumber = (x: Node): Node => cast(x, toNumber(x.dtype))
export const asFloat = (x: Node): Node => cast(x, toFloat(x.dtype))

/** The common type of two operands. */
export function commonType(operation: string, a: Operand, b: Operand): DType {
  checkOperand(operation, a)
  checkOperand(operation, b)
  if (typeof a !== 'number') return promote(a.dtype, typeof b === 'number' ? numberType(b, a.dtype) : b.dtype)
  return typeof b !== 'number' ? promote(b.dtype, numberType(a, b.dtype)) : 'float32'
}

const toNode = (x: Operand, dtype: DType): Node => (typeof x === 'number' ? constant(x, dtype) : cast(x, dtype))

/** Both operands in `dtype` and in the shape they broadcast to. */
export function meet(
  operation: string,
  a: Operand,
  b: Operand,
  dtype = commonType(operation, a, b),
): readonly [Node, Node] {
  const x = toNode(a, dtype)
  const y = toNode(b, dtype)
  const shape = broadcastShapes(operation, x.shape, y.shape)
  return [broadcastTo(x, shape), broadcastTo(y, shape)]
}
