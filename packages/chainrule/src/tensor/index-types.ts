/** Shapes of slices and picked elements as types. Bounds that are not literals leave the size unknown. */
import type { IsAtMost } from './arithmetic-types.ts'
import type { Add, Axis, Divide, Failure, IsUnion, MessageOf, Shape, Show, Subtract } from './dimension-types.ts'
import type { Index, Range } from './ops/movement.ts'

/** S with the axes of `B` in the place of axis I. */
export type Narrow<S extends Shape, B extends Shape, I extends number> =
  Axis<S, I> extends infer J extends number
    ? [J] extends [never]
      ? Shape
      : number extends J
        ? Shape
        : number extends B['length']
          ? Shape
          : ReplaceAt<S, B, J>
    : never
type ReplaceAt<S extends Shape, B extends Shape, J extends number, Before extends Shape = []> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? Before['length'] extends J
    ? [...Before, ...B, ...Rest]
    : ReplaceAt<Rest, B, J, [...Before, First]>
  : Before

// bounds

/** A literal that arithmetic can work with. */
type IsKnown<N> = N extends number
  ? number extends N
    ? false
    : IsUnion<N> extends true
      ? false
      : `${N}` extends `${string}.${string}` | `${string}e${string}`
        ? false
        : true
  : false
type Negated<I extends number> = `${I}` extends `-${infer Positive extends number}` ? Positive : never
/** A bound clipped to an axis of size N. */
type Clip<N extends number, I extends number> = [Negated<I>] extends [never]
  ? IsAtMost<N, I> extends true
    ? N
    : I
  : IsAtMost<N, Negated<I>> extends true
    ? 0
    : Subtract<N, Negated<I>>
/** Size of [Start, Stop) by Step. */
type Span<Start extends number, Stop extends number, Step extends number> = [Subtract<Stop, Start>] extends [never]
  ? 0
  : Step extends 1
    ? Subtract<Stop, Start>
    : Divide<Subtract<Stop, Start>, Step> extends readonly [infer Whole extends number, infer Rest extends number]
      ? Rest extends 0
        ? Whole
        : Add<Whole, 1>
      : never
/** A given bound, or what it is when missing. */
type Or<B, Missing> = B extends number ? B : Missing
type SizeOfRange<N extends number, R> = R extends ':' | '...'
  ? N
  : R extends readonly []
    ? N
    : R extends Range
      ? [IsKnown<N>, IsKnown<Or<R[0], 0>>, IsKnown<Or<R[1], 0>>, IsKnown<Or<R[2], 1>>] extends [true, true, true, true]
        ? Span<Clip<N, Or<R[0], 0> & number>, Clip<N, Or<R[1], N> & number>, Or<R[2], 1> & number>
        : number
      : number

/** One range per axis; further axes stay whole. */
export type Slice<S extends Shape, R extends readonly (Range | ':')[]> = number extends S['length']
  ? Shape
  : number extends R['length']
    ? Shape
    : SliceAxes<S, R> extends infer Result extends Shape
      ? Result
      : Failure<`slice: ${Show<S>} has ${S['length']} axes but ${R['length']} were given`>
type SliceAxes<S extends Shape, R extends readonly unknown[], Done extends Shape = []> = R extends readonly [
  infer First,
  ...infer Rest,
]
  ? S extends readonly [infer N extends number, ...infer RestS extends Shape]
    ? SliceAxes<RestS, Rest, [...Done, SizeOfRange<N, First>]>
    : 'fails'
  : [...Done, ...S]

/** Positions drop their axis, ranges keep it, null adds one; with '...' the shape is unknown. */
export type At<S extends Shape, I extends readonly Index[]> = number extends S['length']
  ? Shape
  : number extends I['length']
    ? Shape
    : '...' extends I[number]
      ? Shape
      : AtAxes<S, I, S>
type AtAxes<
  S extends Shape,
  I extends readonly unknown[],
  Whole extends Shape,
  Done extends Shape = [],
  Used extends readonly unknown[] = [],
> = I extends readonly [infer First, ...infer Rest]
  ? First extends null
    ? AtAxes<S, Rest, Whole, [...Done, 1], Used>
    : S extends readonly [infer N extends number, ...infer RestS extends Shape]
      ? First extends number
        ? Outside<N, First> extends true
          ? Failure<`at: index ${First} is out of range for axis ${Used['length']} of ${Show<Whole>}`>
          : AtAxes<RestS, Rest, Whole, Done, [...Used, 0]>
        : AtAxes<RestS, Rest, Whole, [...Done, SizeOfRange<N, First>], [...Used, 0]>
      : Failure<`at: ${Show<Whole>} has ${Whole['length']} axes but ${Given<I, Used>['length']} were given`>
  : [...Done, ...S]
type Outside<N extends number, I extends number> = [IsKnown<N>, IsKnown<I>] extends [true, true]
  ? [Negated<I>] extends [never]
    ? IsAtMost<N, I>
    : IsAtMost<Negated<I>, N> extends true
      ? false
      : true
  : false
/** The positions and ranges among the indices, those used already included. */
type Given<I extends readonly unknown[], Used extends readonly unknown[]> = I extends readonly [
  infer First,
  ...infer Rest,
]
  ? Given<Rest, First extends null ? Used : [...Used, 0]>
  : Used

/** The rest parameter: the indices, or the message in place of all of them. */
export type CheckedIndices<Result, I extends readonly unknown[]> = [MessageOf<Result>] extends [never]
  ? I
  : readonly [MessageOf<Result>]
