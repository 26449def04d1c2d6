/**
 * The shape rules of tensor operations as types: the twins of `graph/shape.ts` and `tensor/ops`, with the same texts. Method and
 * costs are those of digit arithmetic in types; `dimension-types.ts` states the rules that all of them keep.
 */
import type {
  Add,
  Axis,
  Count,
  Divide,
  Failure,
  Fits,
  IsFailure,
  IsUnion,
  Multiply,
  Mutable,
  NoAxis,
  Same,
  Shape,
  ShapesFit,
  Show,
  ShowSize,
  WithoutAxes,
  WithSize,
} from './dimension-types.ts'

// broadcasting

/** Boxed in a tuple, so that a generic size is never the tested side. */
type BroadcastSize<A, B> =
  Same<A, B> extends true
    ? [A]
    : Same<B, 1> extends true
      ? [A]
      : Same<A, 1> extends true
        ? [B]
        : Same<A, number> extends true
          ? [B]
          : Same<B, number> extends true
            ? [A]
            : IsUnion<A> extends true
              ? [number]
              : IsUnion<B> extends true
                ? [number]
                : []
type BroadcastAxes<A extends Shape, B extends Shape, Done extends Shape = []> = A extends readonly [
  ...infer RestA extends Shape,
  infer a extends number,
]
  ? B extends readonly [...infer RestB extends Shape, infer b extends number]
    ? BroadcastSize<a, b> extends readonly [infer size extends number]
      ? BroadcastAxes<RestA, RestB, [size, ...Done]>
      : 'fails'
    : [...A, ...Done]
  : [...B, ...Done]
/** NumPy's rule: align at the right; a size is equal, or one of the two is 1. */
export type Broadcast<A extends Shape, B extends Shape, Op extends string> =
  Same<A, B> extends true
    ? A
    : number extends A['length']
      ? Shape
      : number extends B['length']
        ? Shape
        : BroadcastAxes<A, B> extends infer Result extends Shape
          ? Result
          : Failure<`${Op}: shapes ${Show<A>} and ${Show<B>} do not broadcast`>

/** A choice by condition: the values broadcast, then the condition with them. */
export type Where<C extends Shape, A extends Shape, B extends Shape> =
  Broadcast<A, B, 'where'> extends infer V extends Shape
    ? IsFailure<V> extends true
      ? V
      : Broadcast<C, V, 'where'>
    : never

/** Repeating axes of size 1, and new axes in front, up to T; −1 keeps a size. */
export type Expand<S extends Shape, T extends Shape> = number extends S['length']
  ? Mutable<T>
  : number extends T['length']
    ? Shape
    : ExpandAxes<S, T> extends infer Result extends Shape
      ? Result
      : Failure<`expand: ${Show<S>} cannot be repeated to ${Show<T>}`>
type ExpandAxes<S extends Shape, T extends Shape, Done extends Shape = []> = S extends readonly [
  ...infer RestS extends Shape,
  infer s extends number,
]
  ? T extends readonly [...infer RestT extends Shape, infer t extends number]
    ? Same<t, -1> extends true
      ? ExpandAxes<RestS, RestT, [s, ...Done]>
      : Same<s, 1> extends true
        ? ExpandAxes<RestS, RestT, [t, ...Done]>
        : Fits<s, t> extends true
          ? ExpandAxes<RestS, RestT, [t, ...Done]>
          : 'fails'
    : 'fails'
  : [...T, ...Done]

// products

/** Over the last two axes; the axes before them broadcast; a vector is a row on the left and a column on the right. */
export type MatMul<A extends Shape, B extends Shape> = number extends A['length']
  ? Shape
  : number extends B['length']
    ? Shape
    : A extends readonly [...infer BatchA extends Shape, infer n extends number, infer k extends number]
      ? B extends readonly [...infer BatchB extends Shape, infer k2 extends number, infer m extends number]
        ? Fits<k, k2> extends true
          ? Broadcast<BatchA, BatchB, 'matmul batch dims'> extends infer Batch extends Shape
            ? IsFailure<Batch> extends true
              ? Batch
              : [...Batch, n, m]
            : never
          : InnerDiffers<A, B, k, k2>
        : B extends readonly [infer k2 extends number]
          ? Fits<k, k2> extends true
            ? [...BatchA, n]
            : InnerDiffers<A, B, k, k2>
          : Failure<'matmul: right operand must have rank >= 1, got []'>
      : A extends readonly [infer k extends number]
        ? B extends readonly [...infer BatchB extends Shape, infer k2 extends number, infer m extends number]
          ? Fits<k, k2> extends true
            ? [...BatchB, m]
            : InnerDiffers<A, B, k, k2>
          : B extends readonly [infer k2 extends number]
            ? Fits<k, k2> extends true
              ? []
              : InnerDiffers<A, B, k, k2>
            : Failure<'matmul: right operand must have rank >= 1, got []'>
        : Failure<'matmul: left operand must have rank >= 1, got []'>
type InnerDiffers<
  A extends Shape,
  B extends Shape,
  K,
  K2,
> = Failure<`matmul: inner dimensions differ: ${Show<A>} @ ${Show<B>} (${ShowSize<K>} vs ${ShowSize<K2>})`>

/** Two vectors of equal length → []. */
export type Dot<A extends Shape, B extends Shape> = number extends A['length']
  ? []
  : number extends B['length']
    ? []
    : A extends readonly [infer n]
      ? B extends readonly [infer m]
        ? Fits<n, m> extends true
          ? []
          : NotDot<A, B>
        : NotDot<A, B>
      : NotDot<A, B>
type NotDot<
  A extends Shape,
  B extends Shape,
> = Failure<`dot: needs two vectors of equal length, got ${Show<A>} and ${Show<B>}; use matmul()`>
export type Outer<A extends Shape, B extends Shape> = number extends A['length']
  ? [number, number]
  : number extends B['length']
    ? [number, number]
    : A extends readonly [infer n extends number]
      ? B extends readonly [infer m extends number]
        ? [n, m]
        : Failure<`outer: needs two vectors, got ${Show<A>} and ${Show<B>}`>
      : Failure<`outer: needs two vectors, got ${Show<A>} and ${Show<B>}`>

// reductions

export type AxisArgument = number | readonly number[] | undefined

/** Without the axes, or with 1 in their place; `undefined` is all axes. */
export type Reduce<
  S extends Shape,
  I extends AxisArgument,
  Keep extends boolean,
  Op extends string,
> = boolean extends Keep
  ? Shape
  : I extends number
    ? Axis<S, I> extends infer J extends number
      ? [J] extends [never]
        ? NoAxis<Op, S, I>
        : ReduceAxes<S, J, Keep>
      : never
    : I extends readonly number[]
      ? ReduceList<S, I, I, Keep, Op>
      : number extends S['length']
        ? Keep extends true
          ? Shape
          : []
        : Keep extends true
          ? Mutable<{ [K in keyof S]: 1 }>
          : []
type ReduceAxes<S extends Shape, J extends number, Keep> = number extends J
  ? Shape
  : Keep extends true
    ? WithSize<S, J, 1> extends infer Result extends Shape
      ? Mutable<Result>
      : never
    : WithoutAxes<S, J>
type ReduceList<
  S extends Shape,
  Given extends readonly number[],
  I extends readonly number[],
  Keep,
  Op extends string,
  Found extends number = never,
> = number extends I['length']
  ? Shape
  : I extends readonly [infer First extends number, ...infer Rest extends readonly number[]]
    ? Axis<S, First> extends infer J extends number
      ? [J] extends [never]
        ? NoAxis<Op, S, First>
        : number extends J
          ? Shape
          : J extends Found
            ? Failure<`${Op}: axis given twice in ${Show<Given>} for ${Show<S>}`>
            : ReduceList<S, Given, Rest, Keep, Op, Found | J>
      : never
    : ReduceAxes<S, Found, Keep>

/** S itself when it has the axis. */
export type HasAxis<S extends Shape, I extends number, Op extends string> = [Axis<S, I>] extends [never]
  ? NoAxis<Op, S, I>
  : S

// order of axes

type AxisNumbers = {
  0: never
  1: 0
  2: 0 | 1
  3: 0 | 1 | 2
  4: 0 | 1 | 2 | 3
  5: 0 | 1 | 2 | 3 | 4
  6: 0 | 1 | 2 | 3 | 4 | 5
}
export type Permute<S extends Shape, P extends Shape> = number extends S['length']
  ? Shape
  : number extends P['length']
    ? Shape
    : S['length'] extends P['length']
      ? PermuteAxes<S, P, { [K in keyof P]: Axis<S, P[K]> }>
      : Failure<`permute: ${Show<S>} has ${S['length']} axes but ${P['length']} were given`>
type PermuteAxes<S extends Shape, P extends Shape, Normal extends Shape> = P['length'] extends keyof AxisNumbers
  ? number extends Normal[number]
    ? Shape
    : Same<Normal[number], AxisNumbers[P['length']]> extends true
      ? { -readonly [K in keyof Normal]: S[Normal[K]] } extends infer Result extends Shape
        ? Result
        : never
      : Failure<`permute: ${Show<P>} is not a permutation of the ${P['length']} axes`>
  : Shape
/** Two axes exchanged. */
export type Transpose<S extends Shape, I extends number, J extends number> = number extends S['length']
  ? Shape
  : [Axis<S, I>] extends [never]
    ? NoAxis<'transpose', S, I>
    : [Axis<S, J>] extends [never]
      ? NoAxis<'transpose', S, J>
      : Exchange<S, Axis<S, I> & number, Axis<S, J> & number>
type Exchange<S extends Shape, I extends number, J extends number> = number extends I | J
  ? Shape
  : { -readonly [K in keyof S]: K extends `${I}` ? S[J] : K extends `${J}` ? S[I] : S[K] } extends infer Result extends
        Shape
    ? Result
    : never
export type Reversed<S extends Shape, Done extends Shape = []> = number extends S['length']
  ? Shape
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? Reversed<Rest, [First, ...Done]>
    : Done

/** Without axes of size 1: all of them, or one that must be of size 1. */
export type Squeeze<S extends Shape, I extends number | undefined> = number extends S['length']
  ? Shape
  : I extends number
    ? Axis<S, I> extends infer J extends number
      ? [J] extends [never]
        ? NoAxis<'squeeze', S, I>
        : number extends J
          ? Shape
          : Fits<S[J], 1> extends true
            ? WithoutAxes<S, J>
            : Failure<`squeeze: axis ${J} of ${Show<S>} has size ${ShowSize<S[J]>}, not 1`>
      : never
    : SqueezeAll<S>
type SqueezeAll<S extends Shape, Done extends Shape = []> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? Same<First, 1> extends true
    ? SqueezeAll<Rest, Done>
    : Same<First, number> extends true
      ? Shape
      : SqueezeAll<Rest, [...Done, First]>
  : Done
/** With an axis of size 1 at I; negative I counts from the end of the result. */
export type Unsqueeze<S extends Shape, I extends number> = Insert<S, I, 1, 'unsqueeze'>
export type Insert<S extends Shape, I extends number, N extends number, Op extends string> = number extends S['length']
  ? Shape
  : Axis<[...S, N], I> extends infer J extends number
    ? [J] extends [never]
      ? NoAxis<Op, S, I>
      : number extends J
        ? Shape
        : InsertAt<S, J, N>
    : never
type InsertAt<
  S extends Shape,
  J extends number,
  N extends number,
  Before extends Shape = [],
> = Before['length'] extends J
  ? [...Before, N, ...S]
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? InsertAt<Rest, J, N, [...Before, First]>
    : [...Before, N]

// reshape: equal sizes at both ends are cancelled first, so that a generic batch size survives and divisions stay rare

/** A −1 in T stands for whatever is left. */
export type Reshape<S extends Shape, T extends Shape> = number extends T['length']
  ? Shape
  : number extends S['length']
    ? Mutable<Filled<T, number>>
    : CancelFront<S, T, S, T>
type CancelFront<
  S extends Shape,
  T extends Shape,
  From extends Shape,
  To extends Shape,
  Front extends Shape = [],
> = S extends readonly [infer s extends number, ...infer RestS extends Shape]
  ? T extends readonly [infer t extends number, ...infer RestT extends Shape]
    ? Same<s, t> extends true
      ? CancelFront<RestS, RestT, From, To, [...Front, t]>
      : CancelBack<S, T, From, To, Front>
    : ReshapeRest<Count<S>, T, From, To, Front>
  : ReshapeRest<1, T, From, To, Front>
type CancelBack<
  S extends Shape,
  T extends Shape,
  From extends Shape,
  To extends Shape,
  Front extends Shape,
  Back extends Shape = [],
> = S extends readonly [...infer RestS extends Shape, infer s extends number]
  ? T extends readonly [...infer RestT extends Shape, infer t extends number]
    ? Same<s, t> extends true
      ? CancelBack<RestS, RestT, From, To, Front, [t, ...Back]>
      : ReshapeRest<Count<S>, T, From, To, Front, Back>
    : ReshapeRest<Count<S>, T, From, To, Front, Back>
  : ReshapeRest<Count<S>, T, From, To, Front, Back>
/** N elements are left for the sizes T between Front and Back. */
type ReshapeRest<
  N extends number,
  T extends Shape,
  From extends Shape,
  To extends Shape,
  Front extends Shape,
  Back extends Shape = [],
> = [NoSize<T[number]>] extends [never]
  ? Known<T> extends infer Sizes extends Shape
    ? Sizes['length'] extends T['length']
      ? Count<T> extends infer M extends number
        ? Fits<N, M> extends true
          ? [...Front, ...T, ...Back]
          : Failure<`reshape: ${Show<From>} has ${ShowSize<Count<From>>} elements, ${Show<To>} has ${ShowSize<Count<To>>}`>
        : never
      : [...Sizes, 0]['length'] extends T['length']
        ? Same<Sizes, []> extends true
          ? [...Front, ...Filled<T, N>, ...Back]
          : Count<Sizes> extends infer M extends number
            ? Divide<N, M> extends readonly [infer quotient extends number, infer rest extends number]
              ? Fits<rest, 0> extends true
                ? [...Front, ...Filled<T, quotient>, ...Back]
                : Failure<`reshape: cannot view ${Show<From>} as ${Show<To>}: ${Count<From>} is not divisible by ${Count<Known<To>>}`>
              : never
            : never
        : NoShape<To>
    : never
  : NoShape<To>
type NoSize<N> = N extends -1
  ? never
  : N extends number
    ? `${N}` extends `-${string}` | `${string}.${string}`
      ? N
      : never
    : never
type NoShape<T extends Shape> = Failure<`reshape: ${Show<T>} is not a shape: sizes >= 0 and at most one -1`>
type Known<T extends Shape, Done extends Shape = []> = T extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? Known<Rest, Same<First, -1> extends true ? Done : [...Done, First]>
  : Done
type Filled<T extends Shape, N extends number> = { -readonly [K in keyof T]: Same<T[K], -1> extends true ? N : T[K] }

/** All but the first axis joined. */
export type Flatten<S extends Shape> = number extends S['length']
  ? [number, number]
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? [First, Count<Rest>]
    : Failure<'flatten: rank 0'>
/** The axes from `Start` on joined. */
export type FlattenFrom<S extends Shape, Start extends number> =
  Same<Start, 1> extends true ? Flatten<S> : Same<Start, 0> extends true ? [Count<S>] : Shape

// joining

interface HasShape {
  readonly shape: Shape
}
export type Concat<L extends readonly HasShape[], I extends number> = number extends L['length']
  ? L[number]['shape'] extends infer S extends Shape
    ? Axis<S, I> extends infer J extends number
      ? [J] extends [never]
        ? NoAxis<'concat', S, I>
        : number extends J
          ? Shape
          : Mutable<WithSize<S, J, number>>
      : never
    : never
  : L extends readonly [{ readonly shape: infer S extends Shape }, ...infer Rest extends readonly HasShape[]]
    ? Axis<S, I> extends infer J extends number
      ? [J] extends [never]
        ? NoAxis<'concat', S, I>
        : number extends J
          ? Shape
          : ConcatRest<Rest, J, S>
      : never
    : Failure<'concat: needs at least one tensor'>
type ConcatRest<L extends readonly HasShape[], J extends number, S extends Shape> = L extends readonly [
  { readonly shape: infer T extends Shape },
  ...infer Rest extends readonly HasShape[],
]
  ? number extends T['length']
    ? Shape
    : ShapesFit<WithSize<S, J, 0>, WithSize<T, J, 0>> extends true
      ? WithSize<S, J, Add<S[J], T[J]>> extends infer Joined extends Shape
        ? ConcatRest<Rest, J, Joined>
        : never
      : Failure<`concat: ${Show<S>} and ${Show<T>} differ outside axis ${J}`>
  : Mutable<S>

export type Stack<L extends readonly HasShape[], I extends number> = number extends L['length']
  ? L[number]['shape'] extends infer S extends Shape
    ? Insert<S, I, number, 'stack'>
    : never
  : L extends readonly [{ readonly shape: infer S extends Shape }, ...infer Rest extends readonly HasShape[]]
    ? StackRest<Rest, S> extends infer Common extends Shape
      ? IsFailure<Common> extends true
        ? Common
        : Insert<Common, I, L['length'], 'stack'>
      : never
    : Failure<'stack: needs at least one tensor'>
type StackRest<L extends readonly HasShape[], S extends Shape> = L extends readonly [
  { readonly shape: infer T extends Shape },
  ...infer Rest extends readonly HasShape[],
]
  ? number extends T['length']
    ? StackRest<Rest, S>
    : number extends S['length']
      ? StackRest<Rest, T>
      : ShapesFit<S, T> extends true
        ? StackRest<Rest, S>
        : Failure<`stack: shapes ${Show<S>} and ${Show<T>} differ`>
  : S

/** Repeated[i] times along axis i; only for as many repeats as axes. */
export type Tile<S extends Shape, R extends Shape> = number extends S['length']
  ? Shape
  : S['length'] extends R['length']
    ? {
        -readonly [K in keyof S]: K extends keyof R ? Multiply<S[K], R[K] & number> : never
      } extends infer Result extends Shape
      ? Result
      : never
    : Shape
