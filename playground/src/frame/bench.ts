/** What every control of a view needs: the state, how to change it, and what the embedding page has hidden or locked. */
import type { Signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Schema } from './schema.ts'

export type AnyState = Record<string, unknown>

export interface Bench {
  readonly schema: Schema<AnyState>
  readonly state: Signal<AnyState>
  /** Changes some of the state; everything else follows. */
  set(changes: AnyState): void
  isHidden(key: string): boolean
  isLocked(key: string): boolean
  /** Speaks to screen readers, once, politely. */
  say(sentence: string): void
}
export const BenchContext = createContext<Bench | undefined>(undefined)

export function useBench(): Bench {
  const bench = useContext(BenchContext)
  if (!bench) throw new Error('controls belong inside a view')
  return bench
}
/** Changes a view's state, typed as that state. */
export function useSet<S>(): (changes: Partial<S>) => void {
  return useBench().set as (changes: object) => void
}
