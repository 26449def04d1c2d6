/** A matrix as a table of numbers, tinted by sign and size; its numbers may be those of the state. */
import type { ComponentChildren } from 'preact'
import { show } from './format.ts'
import { Scrub } from './number.tsx'

interface MatrixProps {
  /** What it is called: W⁽¹⁾. */
  readonly name: ComponentChildren
  /** The same for screen readers: W1. */
  readonly label: string
  readonly values: readonly (readonly number[])[]
  /** Field of the state whose numbers these are; they can then be changed. */
  readonly k?: string
  /** A list rather than a matrix in the state: element (i, 0) or (0, j). */
  readonly list?: boolean
  /** Names cells for highlighting: `W1` gives `W1-0-2`. */
  readonly q?: string
  readonly kind?: 'value' | 'gradient'
  readonly lit?: (row: number, column: number) => boolean
  /** Cells that are not computed yet. */
  readonly unknown?: (row: number, column: number) => boolean
  readonly note?: ComponentChildren
}
export function MatrixTable({ name, label, values, k, list, q, kind = 'value', lit, unknown, note }: MatrixProps) {
  const largest = Math.max(1e-9, ...values.flat().map(Math.abs))
  return (
    <table class={`matrix ${kind}`} aria-label={label}>
      <caption>
        {name}
        {note !== undefined && <small> {note}</small>}
      </caption>
      <tbody>
        {values.map((row, r) => (
          <tr key={r}>
            {row.map((value, c) => {
              const here = `${label} ${r + 1}, ${c + 1}`
              const name_ = q === undefined ? undefined : `${q}-${r}-${c}`
              if (unknown?.(r, c))
                return (
                  <td key={c} class="unknown" data-q={name_}>
                    ·
                  </td>
                )
              return (
                <td
                  key={c}
                  class={lit?.(r, c) ? 'lit' : ''}
                  style={{ '--tint': `${Math.round((100 * Math.abs(value)) / largest) * 0.28}%` }}
                  data-sign={value < 0 ? 'minus' : 'plus'}
                  {...(k === undefined ? { 'data-q': name_, 'data-value': String(value), title: String(value) } : {})}
                >
                  {k === undefined ? (
                    show(value, 3)
                  ) : (
                    <Scrub
                      k={k}
                      i={list ? Math.max(r, c) : r}
                      {...(list ? {} : { j: c })}
                      label={here}
                      {...(name_ ? { q: name_ } : {})}
                    />
                  )}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
/** A list as a matrix of one column. */
export const asColumn = (values: readonly number[]): number[][] => values.map(v => [v])
