/**
 * The shape rules of layers as types: twins of the checks that the layers make when they run, with the same texts. The rules that
 * such types keep are stated in `tensor/dimension-types.ts`.
 */
import type {
  AddLiterals,
  DivideLiterals,
  IsAtMost,
  MultiplyLiterals,
  SubtractLiterals,
} from '../tensor/arithmetic-types.ts'
import type { Failure, Fits, IsUnion, Same, Shape, ShapesFit, Show, ShowSize } from '../tensor/dimension-types.ts'

/** [..., I] → [..., O] */
export type LinearShape<S extends Shape, I extends number, O extends number> = S extends readonly [
  ...infer Rest extends Shape,
  infer Last extends number,
]
  ? Fits<Last, I> extends true
    ? [...Rest, O]
    : Failure<`linear: expected ${I} features, got ${ShowSize<Last>} (input ${Show<S>})`>
  : number extends S['length']
    ? readonly [...number[], O]
    : Failure<'linear: input has rank 0'>

// sliding windows

/** The numbers of a window: kernel K, stride St, padding P, dilation D; what is not a literal is unknown until run time. */
type AnyUnknown<
  N extends number,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
> = number extends N | K | St | P | D
  ? true
  : true extends IsUnion<N> | IsUnion<K> | IsUnion<St> | IsUnion<P> | IsUnion<D>
    ? true
    : false
type NotCount<N extends number> = N extends unknown
  ? `${N}` extends `-${string}` | `${string}.${string}` | `${string}e${string}`
    ? 1
    : never
  : never

/** How often the window fits along an axis of N; otherwise 'bad', 'larger', or how many rows would never be read, as text. */
export type WindowPositions<
  N extends number,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  Round,
> =
  Same<N, number> extends true
    ? number
    : AnyUnknown<N, K, St, P, D> extends true
      ? number
      : [NotCount<N | K | St | P | D> | (0 extends K | St | D ? 1 : never)] extends [never]
        ? LiteralPositions<N, Extent<K, D>, St, P, Round>
        : 'bad'
/** D (K − 1) + 1 */
type Extent<K extends number, D extends number> = D extends 1
  ? K
  : AddLiterals<MultiplyLiterals<D, SubtractLiterals<K, 1>>, 1>
type LiteralPositions<N extends number, F extends number, St extends number, P extends number, Round> =
  SubtractLiterals<P extends 0 ? N : AddLiterals<N, AddLiterals<P, P>>, F> extends infer Room extends number
    ? [Room] extends [never]
      ? 'larger'
      : DivideLiterals<Room, St> extends [infer Times extends number, infer Rest extends number]
        ? Rest extends 0
          ? AddLiterals<Times, 1>
          : Round extends 'exact'
            ? IsAtMost<
                Rest,
                AddLiterals<P, [SubtractLiterals<St, F>] extends [never] ? 0 : SubtractLiterals<St, F>>
              > extends true
              ? AddLiterals<Times, 1>
              : `${Rest}`
            : Round extends 'floor'
              ? AddLiterals<Times, 1>
              : number
        : never
    : never
type WindowFailure<
  Op extends string,
  N extends number,
  K extends number,
  St extends number,
  P extends number,
  W,
> = W extends 'bad'
  ? Failure<`${Op}: kernel ${K}, stride ${St}, padding ${P}: must be non-negative integers, stride >= 1`>
  : W extends 'larger'
    ? Failure<`${Op}: kernel ${K} is larger than the input ${N} with padding ${P}`>
    : Failure<`${Op}: ${K}x${K} kernel, stride ${St}, padding ${P} does not fit ${N}: last ${W & string} row(s)/column(s) never read`>

/** Batch B, channels O and the positions along each spatial axis. */
type Positions<
  B extends number,
  O extends number,
  Spatial extends Shape,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  Round,
  Op extends string,
  Done extends Shape = [],
> = Spatial extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? WindowPositions<N, K, St, P, D, Round> extends infer W
    ? W extends number
      ? Positions<B, O, Rest, K, St, P, D, Round, Op, [...Done, W]>
      : WindowFailure<Op, N, K, St, P, W>
    : never
  : [B, O, ...Done]

/** Spatial axes by their number: unknown sizes, and names for messages. */
export interface Unknowns {
  1: [number]
  2: [number, number]
  3: [number, number, number]
}
export type SpatialRank = keyof Unknowns
interface AxesText {
  1: '[batch, channels, length]'
  2: '[batch, channels, height, width]'
  3: '[batch, channels, depth, height, width]'
}
type WrongRank<
  Op extends string,
  R extends SpatialRank,
  S extends Shape,
> = Failure<`${Op}: expected ${AxesText[R]}, got ${Show<S>}`>

/** [B, I, …S] → [B, O, …S′] */
export type ConvolutionShape<
  S extends Shape,
  R extends SpatialRank,
  I extends number,
  O extends number,
  K extends number,
  St extends number,
  P extends number | 'same',
  D extends number,
  Round,
> = number extends S['length']
  ? [number, O, ...Unknowns[R]]
  : S extends readonly [infer B extends number, infer C extends number, ...infer Spatial extends Shape]
    ? Spatial['length'] extends R
      ? Fits<C, I> extends true
        ? P extends number
          ? Positions<B, O, Spatial, K, St, P, D, Round, `conv${R}d`>
          : [B, O, ...Spatial]
        : WrongChannels<`conv${R}d`, S, I, C>
      : WrongRank<`conv${R}d`, R, S>
    : WrongRank<`conv${R}d`, R, S>
type WrongChannels<
  Op extends string,
  S extends Shape,
  I extends number,
  C extends number,
> = Failure<`${Op}: expected ${I} input channels, got ${ShowSize<C>} (input ${Show<S>})`>

/** (N − 1) St − 2 P + D (K − 1) + OP + 1, when everything is known. */
type TransposedSize<
  N extends number,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  OP extends number,
> =
  AnyUnknown<N, K, St, P, D> extends true
    ? number
    : number extends OP
      ? number
      : [NotCount<N | K | St | P | D | OP>] extends [never]
        ? SubtractLiterals<
            AddLiterals<MultiplyLiterals<SubtractLiterals<N, 1>, St>, AddLiterals<Extent<K, D>, OP>>,
            AddLiterals<P, P>
          > extends infer M extends number
          ? [M] extends [never]
            ? number
            : M
          : never
        : number
type TransposedSizes<
  Spatial extends Shape,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  OP extends number,
  Done extends Shape = [],
> = Spatial extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? TransposedSizes<Rest, K, St, P, D, OP, [...Done, TransposedSize<N, K, St, P, D, OP>]>
  : Done
export type TransposedShape<
  S extends Shape,
  R extends SpatialRank,
  I extends number,
  O extends number,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  OP extends number,
> = number extends S['length']
  ? [number, O, ...Unknowns[R]]
  : S extends readonly [infer B extends number, infer C extends number, ...infer Spatial extends Shape]
    ? Spatial['length'] extends R
      ? Fits<C, I> extends true
        ? [B, O, ...TransposedSizes<Spatial, K, St, P, D, OP>]
        : WrongChannels<`convTranspose${R}d`, S, I, C>
      : WrongRank<`convTranspose${R}d`, R, S>
    : WrongRank<`convTranspose${R}d`, R, S>

/** [B, C, …S] → [B, C, …S′] */
export type PoolShape<
  S extends Shape,
  R extends SpatialRank,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  Round,
  Op extends string,
> = number extends S['length']
  ? [number, number, ...Unknowns[R]]
  : S extends readonly [infer B extends number, infer C extends number, ...infer Spatial extends Shape]
    ? Spatial['length'] extends R
      ? Positions<B, C, Spatial, K, St, P, D, Round, Op>
      : WrongRank<Op, R, S>
    : WrongRank<Op, R, S>
/** [B, C, …S] → [B, C, …size] */
export type AdaptiveShape<S extends Shape, Size extends Shape, Op extends string> = number extends S['length']
  ? [number, number, ...Size]
  : S extends readonly [infer B extends number, infer C extends number, ...infer Spatial extends Shape]
    ? Spatial['length'] extends Size['length']
      ? [B, C, ...Size]
      : WrongRank<Op, Size['length'] & SpatialRank, S>
    : WrongRank<Op, Size['length'] & SpatialRank, S>
/** [B, C, …S] → [B, C] */
export type GlobalPoolShape<S extends Shape, Op extends string> = number extends S['length']
  ? [number, number]
  : S extends readonly [infer B extends number, infer C extends number, number, ...Shape]
    ? [B, C]
    : Failure<`${Op}: expected [batch, channels, ...], got ${Show<S>}`>

// normalisation

/** Any shape whose second axis is C. */
export type ChannelsShape<S extends Shape, C extends number, Op extends string> = number extends S['length']
  ? S
  : S extends readonly [number, infer Channels extends number, ...Shape]
    ? Fits<Channels, C> extends true
      ? S
      : Failure<`${Op}: expected ${C} channels, got input ${Show<S>}`>
    : Failure<`${Op}: expected ${C} channels, got input ${Show<S>}`>
/** As ChannelsShape, with one of the ranks Rank. */
export type BatchNormShape<
  S extends Shape,
  C extends number,
  Rank extends number,
  Op extends string,
> = number extends S['length']
  ? S
  : S['length'] extends Rank
    ? ChannelsShape<S, C, Op>
    : Failure<`${Op}: expected rank ${RankText<Rank>}, got ${Show<S>}`>
type RankText<Rank extends number> = [2 | 3] extends [Rank] ? '2 or 3' : `${Rank}`
/** Any shape that ends with F. */
export type FeaturesShape<S extends Shape, F extends number> = S extends readonly [...Shape, infer Last extends number]
  ? Fits<Last, F> extends true
    ? S
    : Failure<`layerNorm: expected ${F} features, got ${ShowSize<Last>} (input ${Show<S>})`>
  : S

// the rest

/** [B, T, I] → [B, T, O] */
export type RecurrentShape<
  S extends Shape,
  I extends number,
  O extends number,
  Op extends string,
> = number extends S['length']
  ? [number, number, O]
  : S extends readonly [infer B extends number, infer T extends number, infer Features extends number]
    ? Fits<Features, I> extends true
      ? [B, T, O]
      : Failure<`${Op}: expected [batch, time, ${I}], got ${Show<S>}`>
    : Failure<`${Op}: expected [batch, time, ${I}], got ${Show<S>}`>

/** [...] → [..., E] */
export type EmbeddingShape<S extends Shape, E extends number> = [...S, E] extends infer Result extends Shape
  ? Result
  : never

/** A batch of samples of shape D. */
export type InputShape<S extends Shape, D extends Shape> = number extends S['length']
  ? [number, ...D]
  : S extends readonly [number, ...infer Sample extends Shape]
    ? ShapesFit<Sample, D> extends true
      ? S
      : WrongInput<S, D>
    : WrongInput<S, D>
type WrongInput<S extends Shape, D extends Shape> =
  Show<[0, ...D]> extends `[0${infer Rest}` ? Failure<`input: expected [B${Rest}, got ${Show<S>}`> : never

/** logits [..., C] and targets [...] → [] (or the shape of the targets, without a reduction) */
export type ClassLossShape<L extends Shape, T extends Shape, Op extends string> = number extends L['length']
  ? []
  : number extends T['length']
    ? []
    : L extends readonly [...infer Rows extends Shape, number]
      ? ShapesFit<Rows, T> extends true
        ? []
        : Failure<`${Op}: logits ${Show<L>} need targets ${Show<Rows>}, got ${Show<T>}`>
      : Failure<`${Op}: logits have rank 0`>
/** Predictions and targets of equal shape → [] */
export type ElementLossShape<A extends Shape, B extends Shape, Op extends string> = number extends A['length']
  ? []
  : number extends B['length']
    ? []
    : ShapesFit<A, B> extends true
      ? []
      : Failure<`${Op}: predictions ${Show<A>} need targets ${Show<A>}, got ${Show<B>}`>
/** logits [..., C] and probabilities [..., C] → []; float targets in the shape of class indices are a forgotten type */
export type ProbabilityLossShape<A extends Shape, B extends Shape, Op extends string> = number extends A['length']
  ? []
  : number extends B['length']
    ? []
    : ShapesFit<A, B> extends true
      ? []
      : A extends readonly [number, ...{ [K in keyof B]: number }]
        ? Failure<`${Op}: class indices must be int32, got float32; use toInt() or { dtype: 'int32' }`>
        : Failure<`${Op}: logits ${Show<A>} need probabilities ${Show<A>}, got ${Show<B>}`>
