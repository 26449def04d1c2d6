/**
 * Arithmetic on non-negative integer literals in the type system, the way it is done on paper: numbers become strings of digits,
 * least significant first, and one table lookup handles each column. Exact far beyond any tensor's size (tested to 10¹³), where
 * counting by tuple length ends at 10,000. `Units` in a comment means such a reversed string.
 */
import type { Add0, Add1, DigitSum, Divide, Product, ProductPlus, Subtract0, Subtract1 } from './arithmetic-tables.ts'

type Digit = keyof Add0 & number
type Reverse<S extends string, Done extends string = ''> = S extends `${infer First}${infer Rest}`
  ? Reverse<Rest, `${First}${Done}`>
  : Done
type WithoutLeadingZeros<S extends string> = S extends `0${infer Rest}`
  ? Rest extends ''
    ? '0'
    : WithoutLeadingZeros<Rest>
  : S
type ToNumber<S extends string> = S extends `${infer N extends number}` ? N : never
type FromUnits<U extends string> = ToNumber<WithoutLeadingZeros<Reverse<U>>>

// sums

type AddUnits<
  A extends string,
  B extends string,
  Carry extends 0 | 1 = 0,
  Done extends string = '',
> = A extends `${infer a extends Digit}${infer RestA}`
  ? B extends `${infer b extends Digit}${infer RestB}`
    ? AddColumn<Carry extends 0 ? Add0[a][b] : Add1[a][b], RestA, RestB, Done>
    : Carry extends 0
      ? `${Done}${A}`
      : AddUnits<A, '1', 0, Done>
  : Carry extends 0
    ? `${Done}${B}`
    : B extends ''
      ? `${Done}1`
      : AddUnits<B, '1', 0, Done>
type AddColumn<
  Column extends string,
  A extends string,
  B extends string,
  Done extends string,
> = Column extends `${infer Carry extends 0 | 1}${infer D}` ? AddUnits<A, B, Carry, `${Done}${D}`> : never

/** A + B */
export type AddLiterals<A extends number, B extends number> = A extends 0
  ? B
  : B extends 0
    ? A
    : FromUnits<AddUnits<Reverse<`${A}`>, Reverse<`${B}`>>>

// differences

/** 'negative' when B > A. */
type SubtractUnits<
  A extends string,
  B extends string,
  Borrow extends 0 | 1 = 0,
  Done extends string = '',
> = A extends `${infer a extends Digit}${infer RestA}`
  ? B extends `${infer b extends Digit}${infer RestB}`
    ? SubtractColumn<Borrow extends 0 ? Subtract0[a][b] : Subtract1[a][b], RestA, RestB, Done>
    : Borrow extends 0
      ? `${Done}${A}`
      : SubtractUnits<A, '1', 0, Done>
  : B extends ''
    ? Borrow extends 0
      ? Done
      : 'negative'
    : 'negative'
type SubtractColumn<
  Column extends string,
  A extends string,
  B extends string,
  Done extends string,
> = Column extends `${infer Borrow extends 0 | 1}${infer D}` ? SubtractUnits<A, B, Borrow, `${Done}${D}`> : never

/** A − B; never when that is negative. */
export type SubtractLiterals<A extends number, B extends number> = B extends 0
  ? A
  : SubtractUnits<Reverse<`${A}`>, Reverse<`${B}`>> extends infer Difference extends string
    ? Difference extends 'negative'
      ? never
      : FromUnits<Difference>
    : never
/** A ≤ B */
export type IsAtMost<A extends number, B extends number> = A extends B
  ? true
  : A extends 0
    ? true
    : SubtractUnits<Reverse<`${B}`>, Reverse<`${A}`>> extends 'negative'
      ? false
      : true

// products: one row of the written multiplication at a time, added to what the rows before it left over

/** X·d + Rest, where d is a digit. */
type MultiplyRow<
  X extends string,
  d extends Digit,
  Rest extends string,
  Carry extends Digit = 0,
  Done extends string = '',
> = X extends `${infer x extends Digit}${infer MoreX}`
  ? Rest extends `${infer r extends Digit}${infer MoreRest}`
    ? RowColumn<ProductPlus[Product[d][x]][DigitSum[r][Carry]], MoreX, d, MoreRest, Done>
    : RowColumn<ProductPlus[Product[d][x]][Carry], MoreX, d, '', Done>
  : Carry extends 0
    ? `${Done}${Rest}`
    : Rest extends ''
      ? `${Done}${Carry}`
      : `${Done}${AddUnits<Rest, `${Carry}`>}`
type RowColumn<
  Column extends string,
  X extends string,
  d extends Digit,
  Rest extends string,
  Done extends string,
> = Column extends `${infer Carry extends Digit}${infer D}` ? MultiplyRow<X, d, Rest, Carry, `${Done}${D}`> : never
/** X·Y + Rest·10ⁿ: each row's lowest digit is final. */
type MultiplyUnits<
  X extends string,
  Y extends string,
  Rest extends string = '',
  Done extends string = '',
> = Y extends `${infer d extends Digit}${infer MoreY}`
  ? MultiplyRow<X, d, Rest> extends `${infer Lowest}${infer Higher}`
    ? MultiplyUnits<X, MoreY, Higher, `${Done}${Lowest}`>
    : never
  : `${Done}${Rest}`

/** A · B */
export type MultiplyLiterals<A extends number, B extends number> = A extends 1
  ? B
  : B extends 1
    ? A
    : A extends 0
      ? 0
      : B extends 0
        ? 0
        : FromUnits<MultiplyUnits<Reverse<`${A}`>, Reverse<`${B}`>>>

// quotients

/** By a single digit: one lookup per digit of N, most significant first. */
type ShortDivision<
  N extends string,
  B extends keyof Divide,
  Remainder extends number = 0,
  Quotient extends string = '',
> = N extends `${infer d extends Digit}${infer Rest}`
  ? Remainder extends keyof Divide[B]
    ? d extends keyof Divide[B][Remainder]
      ? Divide[B][Remainder][d] extends `${infer q}${infer r extends number}`
        ? ShortDivision<Rest, B, r, `${Quotient}${q}`>
        : never
      : never
    : never
  : [ToNumber<WithoutLeadingZeros<Quotient>>, Remainder]

/** By anything: bring down a digit, subtract the divisor as often as it goes. The remainder is in units. */
type LongDivision<
  N extends string,
  B extends string,
  Remainder extends string = '',
  Quotient extends string = '',
> = N extends `${infer d}${infer Rest}`
  ? QuotientDigit<TrimUnits<`${d}${Remainder}`>, B> extends [infer q extends string, infer r extends string]
    ? LongDivision<Rest, B, r, `${Quotient}${q}`>
    : never
  : [ToNumber<WithoutLeadingZeros<Quotient>>, FromUnits<Remainder>]
interface Successor {
  0: 1
  1: 2
  2: 3
  3: 4
  4: 5
  5: 6
  6: 7
  7: 8
  8: 9
  9: 9
}
type QuotientDigit<Remainder extends string, B extends string, q extends keyof Successor = 0> =
  SubtractUnits<Remainder, B> extends infer Less extends string
    ? Less extends 'negative'
      ? [`${q}`, Remainder]
      : QuotientDigit<TrimUnits<Less>, B, Successor[q]>
    : never
type TrimUnits<U extends string> = Reverse<WithoutLeadingZeros<Reverse<U>>>

/** [⌊A / B⌋, A mod B] for B ≥ 1. */
export type DivideLiterals<A extends number, B extends number> = B extends 1
  ? [A, 0]
  : B extends keyof Divide
    ? ShortDivision<`${A}`, B>
    : LongDivision<`${A}`, Reverse<`${B}`>>
