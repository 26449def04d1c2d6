/** Numbers on the page: those that are shown, and those that can be changed. */
import { useRef, useState } from 'preact/hooks'
import { useBench } from './bench.ts'
import { draggable, stepped, tidy } from './drag.ts'
import { factor, fixed, rounded, show } from './format.ts'
import type { ListField, MatrixField, NumberField } from './schema.ts'

interface ValueProps {
  /** The number in full precision. */
  readonly x: number
  /** The quantity it is the value of; hovering highlights it everywhere. */
  readonly q?: string
  readonly digits?: number
  /** In parentheses when negative. */
  readonly inProduct?: boolean
  readonly kind?: 'value' | 'gradient'
  /** How it is written, where four digits are not what people want to read. */
  readonly text?: string
}
/** A number that was computed: four digits to read, all of them in `data-value` and on hover. */
export function Value({ x, q, digits = 4, inProduct = false, kind = 'value', text }: ValueProps) {
  return (
    <data
      class={`number ${kind} ${x < 0 ? 'minus' : 'plus'}`}
      value={String(x)}
      data-value={String(x)}
      data-q={q}
      title={text === undefined && rounded(x, digits) ? `${x}` : undefined}
    >
      {text ?? (inProduct ? factor(x, digits) : show(x, digits))}
    </data>
  )
}
/** “≈” where four digits are not the whole number, “=” where they are. */
export const Equals = ({ x, digits = 4 }: { x: number; digits?: number }) => (
  <span class="relation">{rounded(x, digits) ? '≈' : '='}</span>
)

interface ScrubProps {
  /** A number of the state, or a list or matrix of which `i` (and `j`) is one. */
  readonly k: string
  readonly i?: number
  readonly j?: number
  /** What a screen reader calls it. */
  readonly label: string
  readonly q?: string
}
/** A number of the state: drag sideways, press arrow keys, or type. */
export function Scrub({ k, i, j, label, q }: ScrubProps) {
  const bench = useBench()
  const field = bench.schema[k] as unknown as NumberField | ListField | MatrixField
  const all = bench.state.value[k] as number | readonly number[] | readonly (readonly number[])[]
  const value = at(all, i, j)
  const [typed, setTyped] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const before = useRef(value)
  const locked = bench.isLocked(k)
  const set = (next: number): void => bench.set({ [k]: replaced(all, tidy(next, field), i, j) })
  const shown = typed ?? fixed(value, field.step)
  const commit = (): void => {
    if (typed === undefined) return
    const read = Number(typed.replace(',', '.').replace('−', '-'))
    if (typed.trim() !== '' && Number.isFinite(read)) {
      if (read !== tidy(read, field)) bench.say(`${label} goes from ${field.min} to ${field.max}`)
      set(read)
    } else bench.say(`“${typed}” is not a number`)
    setTyped(undefined)
  }
  return (
    <input
      ref={input}
      class={`scrub ${value < 0 ? 'minus' : 'plus'}`}
      type="text"
      inputMode="decimal"
      role="spinbutton"
      autocomplete="off"
      spellcheck={false}
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={field.min}
      aria-valuemax={field.max}
      data-value={String(value)}
      data-q={q}
      disabled={locked}
      size={1}
      style={{ width: `${Math.max(2, shown.length) + 1.2}ch` }}
      value={shown}
      onInput={event => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={event => {
        if (event.key === 'Enter') return commit()
        if (event.key === 'Escape') return setTyped(undefined)
        // the caret may move inside what is being typed
        const next = typed === undefined || event.key.startsWith('Page') ? stepped(event, value, field) : undefined
        if (next === undefined) return
        event.preventDefault()
        set(next)
      }}
      {...(locked
        ? {}
        : draggable({
            start: () => {
              before.current = value
            },
            move: (dx, _, event) => {
              event.preventDefault()
              const size = event.shiftKey ? 10 : event.altKey ? 0.1 : 1
              set(before.current + Math.round(dx / 4) * field.step * size)
            },
            end: moved => {
              if (!moved) input.current?.select()
            },
          }))}
    />
  )
}
const at = (all: unknown, i?: number, j?: number): number =>
  (i === undefined ? all : j === undefined ? (all as number[])[i] : (all as number[][])[i]?.[j]) as number

/** A copy of a number, list or matrix with one number replaced. */
function replaced(all: unknown, value: number, i?: number, j?: number): unknown {
  if (i === undefined) return value
  if (j === undefined) return (all as number[]).with(i, value)
  return (all as number[][]).with(i, (all as number[][])[i]!.with(j, value))
}
