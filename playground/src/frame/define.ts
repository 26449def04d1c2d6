/** What a view is. A model computes and can be tested without a page; a view draws what the model computed. */
import type { FunctionComponent } from 'preact'
import type { Schema } from './schema.ts'

export interface Table {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}
export interface CodePart {
  readonly text: string
  /** The quantity, as in `data-q`. */
  readonly q: string
}
/** Steps that are too many to name each. */
export interface ManySteps {
  readonly count: number
  /** How many steps the buttons go at once. */
  readonly jumps: readonly number[]
  /** How many play goes at once; the first of `jumps` unless given. */
  readonly pace?: number
  /** What the latest step did. */
  readonly name?: string
  /** Parts of the coming step that can be looked at one by one; `state.phase` is the one on screen, from 0. */
  readonly phases?: readonly string[]
}
/** State of a view and everything that follows from it. No document is needed for any of this. */
export interface Model<S, D> {
  readonly schema: Schema<S>
  /** Everything the view shows, computed by the engine. The signal says that a newer state has come meanwhile. */
  derive(state: S, signal?: AbortSignal): Promise<D>
  /** Names of the phases that can be stepped through; `state.step` counts how many were done. */
  steps?(state: S, derived: D): readonly string[] | ManySteps
  /** The numbers as a table, in full precision. */
  table(state: S, derived: D): Table
  /** A program that computes what is on screen. */
  code(state: S): string
  /** Parts of that program, in its order, which are about quantities of the view. */
  codeParts?(state: S): readonly CodePart[]
  /** One spoken sentence about what is on screen. */
  say(state: S, derived: D): string
}
/** What the parts of a view are given. */
export interface Shown<S, D> {
  readonly state: S
  readonly derived: D
}
/** The words of a view, in its `text.json`. */
export interface Text {
  /** What the lecture says. */
  readonly sentence: string
  /** The sentence is no quotation from the lecture. */
  readonly own?: boolean
  /** Something to find out by trying. */
  readonly question: string
}
export interface View<S, D> {
  readonly text: Text
  readonly model: Model<S, D>
  /** What moves. */
  readonly Picture: FunctionComponent<Shown<S, D>>
  /** One line of arithmetic with every number. */
  readonly Line: FunctionComponent<Shown<S, D>>
  /** Settings beside the picture. */
  readonly Controls?: FunctionComponent<Shown<S, D>>
  /** Below the line: explanations, honest notes. */
  readonly Notes?: FunctionComponent<Shown<S, D>>
  readonly styles?: string
}
/** A view whose types are forgotten, as the registry holds it. */
export type AnyView = View<Record<string, unknown>, unknown>

/** Checks a view's types against its model's. */
export const defineView = <S, D>(view: View<S, D>): AnyView => view as unknown as AnyView
