/**
 * Sizes and shapes as types. A size that is not a literal (`number`, or a union of literals) is unknown until run time: whatever
 * depends on it becomes unknown, never an error. Rules that every type here keeps, because breaking them silently loses checks:
 * a generic size is never tested against a literal or a constraint (the conditional would be deferred), but compared by identity;
 * a failed computation is still a shape, so that one mistake gives one error.
 */
import type { AddLiterals, DivideLiterals, MultiplyLiterals, SubtractLiterals } from './arithmetic-types.ts'

/** Sizes of the axes. An element `number` is a size known at run time; `Shape` itself has an unknown number of axes. */
export type Shape = readonly number[]
export type Mutable<S extends Shape> = { -readonly [K in keyof S]: S[K] }

/** Identity of types. False, not deferred, for a generic size beside a literal. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never

declare const failure: unique symbol
/** What a shape rule gives when shapes do not fit: a shape of unknown rank that carries the message. */
export type Failure<Message extends string> = readonly number[] & { readonly [failure]: Message }
/** The type of a parameter: T if the rule's result is fine, else the message, which no argument has. */
export type Checked<Result, T> = Result extends { readonly [failure]: infer Message } ? Message : T
export type IsFailure<S> = S extends { readonly [failure]: string } ? true : false
export type MessageOf<S> = S extends { readonly [failure]: infer Message } ? Message : never

// as text

/** `[32, 784]`; a size unknown until run time prints as `?`, a shape of unknown rank as `[...]`. */
export type Show<S extends Shape> = number extends S['length'] ? '[...]' : `[${Join<S>}]`
type Join<S extends Shape, Text extends string = ''> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? Join<Rest, Text extends '' ? ShowSize<First> : `${Text}, ${ShowSize<First>}`>
  : Text
export type ShowSize<N> = Same<N, number> extends true ? '?' : N extends number ? `${N}` : '?'

// arithmetic on sizes that may be unknown

type Unknown<A extends number, B extends number> = number extends A
  ? true
  : number extends B
    ? true
    : IsUnion<A> extends true
      ? true
      : IsUnion<B>
export type Add<A extends number, B extends number> = Unknown<A, B> extends true ? number : AddLiterals<A, B>
export type Subtract<A extends number, B extends number> = Unknown<A, B> extends true ? number : SubtractLiterals<A, B>
export type Multiply<A extends number, B extends number> = Unknown<A, B> extends true ? number : MultiplyLiterals<A, B>
/** [quotient, remainder] */
export type Divide<A extends number, B extends number> =
  Unknown<A, B> extends true ? [number, number] : DivideLiterals<A, B>

/** Equal, or not both known. */
export type Fits<A, B> =
  Same<A, B> extends true
    ? true
    : Same<A, number> extends true
      ? true
      : Same<B, number> extends true
        ? true
        : IsUnion<A> extends true
          ? true
          : IsUnion<B>
/** Axis by axis. */
export type ShapesFit<A, B> = A extends readonly [infer a, ...infer MoreA]
  ? B extends readonly [infer b, ...infer MoreB]
    ? Fits<a, b> extends true
      ? ShapesFit<MoreA, MoreB>
      : false
    : false
  : B extends readonly []
    ? true
    : false

/** How many elements. */
export type Count<S extends Shape, Product extends number = 1> = number extends S['length']
  ? number
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? Count<Rest, Same<Product, 1> extends true ? First : Multiply<Product, First>>
    : Product

// axes

/** By rank: what a negative axis means. */
interface FromEnd {
  1: { '-1': 0 }
  2: { '-1': 1; '-2': 0 }
  3: { '-1': 2; '-2': 1; '-3': 0 }
  4: { '-1': 3; '-2': 2; '-3': 1; '-4': 0 }
  5: { '-1': 4; '-2': 3; '-3': 2; '-4': 1; '-5': 0 }
  6: { '-1': 5; '-2': 4; '-3': 3; '-4': 2; '-5': 1; '-6': 0 }
  7: { '-1': 6; '-2': 5; '-3': 4; '-4': 3; '-5': 2; '-6': 1; '-7': 0 }
}
/** The axis counted from the front; never when there is none, number when it is unknown. */
export type Axis<S extends Shape, I extends number> = number extends I
  ? number
  : number extends S['length']
    ? number
    : IsUnion<I> extends true
      ? number
      : `${I}` extends keyof S
        ? I
        : S['length'] extends keyof FromEnd
          ? `${I}` extends keyof FromEnd[S['length']]
            ? FromEnd[S['length']][`${I}`]
            : never
          : S['length'] extends 0
            ? never
            : number
export type NoAxis<
  Op extends string,
  S extends Shape,
  I extends number,
> = Failure<`${Op}: axis ${I} is out of range for ${Show<S>}`>

/** S with size N at an axis. */
export type WithSize<S extends Shape, I extends number, N extends number> = {
  [K in keyof S]: K extends `${I}` ? N : S[K]
}
/** S without the axes I (a union). */
export type WithoutAxes<
  S extends Shape,
  I,
  Kept extends Shape = [],
  Seen extends readonly unknown[] = [],
> = S extends readonly [infer First extends number, ...infer Rest extends Shape]
  ? WithoutAxes<Rest, I, Seen['length'] extends I ? Kept : [...Kept, First], [...Seen, 0]>
  : Kept
