/**
 * Layers as functions of shapes. A layer's type carries a `ShapeFn`: an interface whose `out` is computed from `in`; applying it
 * is filling in `in` by intersection. That is how a chain of layers is followed from the first to the last while it is typed.
 */
import type { Checked, Failure, IsFailure, MessageOf, Shape, Show } from '../tensor/dimension-types.ts'
import type { Broadcast, Flatten as FlattenShape } from '../tensor/shape-types.ts'
import type { IntTensor, Tensor } from '../tensor/types.ts'
import type {
  AdaptiveShape,
  BatchNormShape,
  ChannelsShape,
  ConvolutionShape,
  EmbeddingShape,
  FeaturesShape,
  GlobalPoolShape,
  InputShape,
  LinearShape,
  PoolShape,
  RecurrentShape,
  SpatialRank,
  TransposedShape,
} from './shape-types.ts'

declare const shapeFunction: unique symbol
declare const indices: unique symbol

/** `in` is unknown so that `unknown & S` is S itself: with a constraint there, every size would silently become `number`. */
export interface ShapeFn {
  readonly in: unknown
  readonly out: unknown
}
export type Apply<F extends ShapeFn, S extends Shape> = (F & { readonly in: S })['out'] extends infer O extends Shape
  ? O
  : Shape

/** A layer: takes a tensor whose shape fits, gives one of the shape that F says. */
export interface Layer<F extends ShapeFn = ShapeFn> {
  readonly [shapeFunction]: F
  forward<S extends Shape>(x: Checked<Apply<F, S>, Tensor<S>>): Tensor<Apply<F, S>>
}
/** A layer whose input is a tensor of indices. */
export interface IndexLayer<F extends ShapeFn = ShapeFn> {
  readonly [shapeFunction]: F
  readonly [indices]: true
  forward<S extends Shape>(x: Checked<Apply<F, S>, IntTensor<S>>): Tensor<Apply<F, S>>
}
export interface AnyLayer {
  readonly [shapeFunction]: ShapeFn
}
/** Anything with a typed forward: class modules. A generic batch size is erased to `number` there. */
export interface AnyModule {
  forward(x: never): { readonly shape: Shape }
}

// one layer after another

/** The shape that one member of a chain makes of S. */
export type ApplyLayer<L, S extends Shape> = L extends { readonly [shapeFunction]: infer F extends ShapeFn }
  ? Apply<F, S>
  : L extends { forward(x: infer X): infer Y }
    ? ApplyModule<X, Y, S>
    : Shape
type ApplyModule<X, Y, S extends Shape> = X extends { readonly shape: infer Expected extends Shape }
  ? Y extends { readonly shape: infer Given extends Shape }
    ? S extends Expected
      ? Given
      : number extends S['length']
        ? Given
        : Failure<`module: expected ${Show<Expected>}, got ${Show<S>}`>
    : Shape
  : Shape
/** The shape at the end of a chain; the first failure ends it. */
export type Chain<L extends readonly unknown[], S extends Shape> =
  IsFailure<S> extends true
    ? S
    : L extends readonly [infer First, ...infer Rest]
      ? Chain<Rest, ApplyLayer<First, S>>
      : number extends L['length']
        ? Shape
        : S
/** The chain itself, with the first member that does not fit replaced by a message. */
export type Check<
  L extends readonly unknown[],
  S extends Shape = Shape,
  Done extends readonly unknown[] = [],
> = L extends readonly [infer First, ...infer Rest]
  ? ApplyLayer<First, S> extends infer Next extends Shape
    ? IsFailure<Next> extends true
      ? [...Done, MessageOf<Next>, ...Rest]
      : Check<Rest, Next, [...Done, First]>
    : never
  : number extends L['length']
    ? L
    : Done

interface SequentialFn<L extends readonly unknown[]> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? Chain<L, S> : never
}
/** What the first layer takes. */
type InputOf<L extends readonly unknown[], S extends Shape> = L extends readonly [
  { readonly [indices]: true },
  ...unknown[],
]
  ? IntTensor<S>
  : Tensor<S>
export interface Sequential<L extends readonly unknown[]> {
  readonly [shapeFunction]: SequentialFn<L>
  readonly layers: L
  forward<S extends Shape>(x: Checked<Chain<L, S>, InputOf<L, S>>): Tensor<Chain<L, S>>
}

export interface ResidualFn<L, D> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? ResidualShape<ApplyLayer<L, S>, ApplyLayer<D, S>> : never
}
type ResidualShape<A extends Shape, B extends Shape> =
  IsFailure<A> extends true ? A : IsFailure<B> extends true ? B : Broadcast<A, B, 'residual'>
/** body(x) + shortcut(x) */
export interface Residual<L, D> extends Layer<ResidualFn<L, D>> {}

// the layers' functions

/** Layers that keep the shape: activations, dropout. */
export interface SameFn extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? S : never
}
export interface LinearFn<I extends number, O extends number> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? LinearShape<S, I, O> : never
}
export interface ConvolutionFn<
  R extends SpatialRank,
  I extends number,
  O extends number,
  K extends number,
  St extends number,
  P extends number | 'same',
  D extends number,
  Round,
> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? ConvolutionShape<S, R, I, O, K, St, P, D, Round> : never
}
export interface TransposedFn<
  R extends SpatialRank,
  I extends number,
  O extends number,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  OP extends number,
> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? TransposedShape<S, R, I, O, K, St, P, D, OP> : never
}
export interface PoolFn<
  R extends SpatialRank,
  K extends number,
  St extends number,
  P extends number,
  D extends number,
  Round,
  Op extends string,
> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? PoolShape<S, R, K, St, P, D, Round, Op> : never
}
export interface AdaptiveFn<Size extends Shape, Op extends string> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? AdaptiveShape<S, Size, Op> : never
}
export interface GlobalPoolFn<Op extends string> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? GlobalPoolShape<S, Op> : never
}
export interface ChannelsFn<C extends number, Op extends string> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? ChannelsShape<S, C, Op> : never
}
export interface BatchNormFn<C extends number, Rank extends number, Op extends string> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? BatchNormShape<S, C, Rank, Op> : never
}
export interface FeaturesFn<F extends number> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? FeaturesShape<S, F> : never
}
export interface FlattenFn extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? FlattenShape<S> : never
}
export interface EmbeddingFn<E extends number> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? EmbeddingShape<S, E> : never
}
export interface RecurrentFn<Op extends string, I extends number, O extends number> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? RecurrentShape<S, I, O, Op> : never
}
export interface InputFn<D extends Shape> extends ShapeFn {
  readonly out: this['in'] extends infer S extends Shape ? InputShape<S, D> : never
}
