/** Functions of each element, on nodes: operands broadcast and promote, then primitives. Names as in PyTorch. */
import * as build from '../../graph/build.ts'
import { type DType, isFloat, toFloat } from '../../graph/dtype.ts'
import type { Node } from '../../graph/node.ts'
import { refuseDType } from '../../graph/refuse.ts'
import { broadcastShapes } from '../../graph/shape.ts'
import { asFloat, asNumber, checkDType, checkOperand, commonType, meet, type Operand, toNumber } from './operands.ts'

// two operands

/** Works in the common type, truth values as int32; also comparisons, whose result is bool. */
const arithmetic =
  (operation: string, apply: (a: Node, b: Node) => Node, type: (dtype: DType) => DType = toNumber) =>
  (a: Operand, b: Operand): Node =>
    apply(...meet(operation, a, b, type(commonType(operation, a, b))))
const logic = (operation: string, apply: (a: Node, b: Node) => Node) => (a: Node, b: Node) =>
  apply(...meet(operation, truth(operation, a), truth(operation, b)))
function truth(operation: string, x: Node): Node {
  checkOperand(operation, x)
  if (x.dtype !== 'bool')
    refuseDType(operation, [x.dtype], `needs bool, got ${x.dtype}; compare first, or use toBool()`)
  return x
}

export const add = arithmetic('add', build.add)
export const sub = arithmetic('sub', build.sub)
export const mul = arithmetic('mul', build.mul)
/** True division: integers give float32. */
export const div = arithmetic('div', build.div, toFloat)
/** Remainder with the sign of the divisor. */
export const mod = arithmetic('mod', build.mod)
/** ⌊a / b⌋; integers stay integers: x // 0 is 0 for them, and −2³¹ // −1 wraps around to −2³¹. */
export const floorDiv = arithmetic('floorDiv', (a, b) => {
  const quotient = build.div(a, b)
  if (isFloat(a.dtype)) return build.floor(quotient)
  // truncated towards 0: one too much where the remainder that has the sign of b is another than the one that has the sign of a
  const remainder = build.mod(a, b)
  const truncated = build.sub(a, build.mul(quotient, b))
  const exact = build.or(build.equal(remainder, truncated), build.equal(remainder, build.fullLike(remainder, 0)))
  return build.sub(quotient, build.cast(build.not(exact), a.dtype))
})
/** aᵇ, always float. */
export function pow(a: Operand, b: Operand): Node {
  if (b === 2 && typeof a !== 'number') return square(asFloat(a))
  return power(a, b)
}
const power = arithmetic('pow', build.pow, toFloat)
export const maximum = arithmetic('maximum', build.maximum)
export const minimum = arithmetic('minimum', build.minimum)

const same = (dtype: DType): DType => dtype
export const eq = arithmetic('eq', build.equal, same)
export const ne = (a: Operand, b: Operand): Node => build.not(arithmetic('ne', build.equal, same)(a, b))
export const lt = arithmetic('lt', build.less)
export const le = arithmetic('le', build.lessEqual)
export const gt = (a: Operand, b: Operand): Node => arithmetic('gt', build.less)(b, a)
export const ge = (a: Operand, b: Operand): Node => arithmetic('ge', build.lessEqual)(b, a)

export const and = logic('and', build.and)
export const or = logic('or', build.or)
export const xor = logic('xor', (a, b) => build.not(build.equal(a, b)))
export const not = (x: Node): Node => build.not(truth('not', x))

/** a where the condition holds, b elsewhere; all three broadcast. */
export function where(condition: Node, a: Operand, b: Operand): Node {
  const [x, y] = meet('where', a, b)
  const shape = broadcastShapes('where', truth('where', condition).shape, x.shape)
  return build.where(build.broadcastTo(condition, shape), build.broadcastTo(x, shape), build.broadcastTo(y, shape))
}

// one operand

const float = (apply: (x: Node) => Node) => (x: Node) => apply(asFloat(x))
const number = (apply: (x: Node) => Node) => (x: Node) => apply(asNumber(x))
/** Integers are whole already. */
const rounding = (apply: (x: Node) => Node) => (x: Node) => (isFloat(x.dtype) ? apply(x) : asNumber(x))

export const neg = number(build.neg)
export const abs = number(build.abs)
export const sign = number(build.sign)
export const relu = number(build.relu)
export const square = number(x => build.mul(x, x))
export const floor = rounding(build.floor)
export const ceil = rounding(build.ceil)
/** Halves go to the even neighbour. */
export const round = rounding(build.round)
export const trunc = rounding(x => build.mul(build.sign(x), build.floor(build.abs(x))))
export const sqrt = float(build.sqrt)
export const exp = float(build.exp)
export const log = float(build.log)
export const sin = float(build.sin)
export const cos = float(build.cos)
export const tan = float(x => build.div(build.sin(x), build.cos(x)))
export const tanh = float(build.tanh)
export const sigmoid = float(build.sigmoid)
export const erf = float(build.erf)
export const reciprocal = float(x => build.div(build.fullLike(x, 1), x))
export const rsqrt = float(x => build.div(build.fullLike(x, 1), build.sqrt(x)))

/**
 * log(1 + x) without losing the digits of a small x: log(u)·x/(u − 1) with u = 1 + x rounded (W. Kahan; HP-15C Advanced
 * Functions Handbook, 1982, appendix). Within 3 ulp of the device's log.
 */
export const log1p = float(x => {
  const one = build.fullLike(x, 1)
  const u = build.add(one, x)
  const correction = build.sub(u, one)
  const lost = build.equal(correction, build.fullLike(x, 0))
  const small = build.where(lost, x, build.mul(build.log(u), build.div(x, build.where(lost, one, correction))))
  const y = build.where(build.less(build.abs(x), build.fullLike(x, 0.5)), small, build.log(u))
  return build.custom(y, [x], 'log1p', g => [build.div(g, add(x, 1))])
})

/** eˣ − 1 without losing the digits of a small x: 2t/(1 − t) with t = tanh(x/2). Within 4 ulp of the device's tanh. */
export const expm1 = float(x => {
  const one = build.fullLike(x, 1)
  const t = build.tanh(build.mul(x, build.fullLike(x, 0.5)))
  const small = build.div(build.add(t, t), build.sub(one, t))
  const y = build.where(build.less(build.abs(x), build.fullLike(x, 0.5)), small, build.sub(build.exp(x), one))
  return build.custom(y, [x], 'expm1', g => [build.mul(g, build.exp(x))])
})

/** Not a number: the only value that differs from itself. Integers never are. */
export const notANumber = (x: Node): Node => build.not(build.equal(x, x))
/** |x| < ∞; false for NaN. */
export const finite = (x: Node): Node =>
  isFloat(x.dtype) ? build.less(build.abs(x), build.fullLike(x, Number.POSITIVE_INFINITY)) : build.equal(x, x)

/** min(max(x, low), high), with slope 1 at the bounds; a missing bound does not bind. */
export function clamp(x: Node, low?: Operand, high?: Operand): Node {
  const raised = low === undefined ? asNumber(x) : where(lt(x, low), low, asNumber(x))
  return high === undefined ? raised : where(gt(raised, high), high, raised)
}
/** a + weight·(b − a) */
export const lerp = (a: Node, b: Operand, weight: Operand): Node => add(a, mul(weight, sub(b, a)))

export const cast = (x: Node, dtype: DType): Node => build.cast(x, checkDType(dtype))
export const toInt = (x: Node): Node => build.cast(x, 'int32')
export const toFloat32 = (x: Node): Node => build.cast(x, 'float32')
export const toBool = (x: Node): Node => build.cast(x, 'bool')
export const stopGradient = build.stopGradient
