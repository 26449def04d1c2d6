/** Settings of a view, made of the browser's own controls. Each belongs to a field of the state. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { useBench } from './bench.ts'
import { Scrub } from './number.tsx'
import type { ChoiceField, NumberField } from './schema.ts'

interface ChoiceProps {
  readonly k: string
  /** What else changes with it. */
  readonly also?: (value: string) => object
}
/** A few words to choose from. */
export function Choice({ k, also }: ChoiceProps) {
  const bench = useBench()
  const id = useId()
  if (bench.isHidden(k)) return null
  const field = bench.schema[k] as unknown as ChoiceField<string>
  return (
    <p class="control">
      <label for={id}>{field.title}</label>
      <select
        id={id}
        name={k}
        disabled={bench.isLocked(k)}
        value={bench.state.value[k] as string}
        onChange={event => bench.set({ [k]: event.currentTarget.value, ...also?.(event.currentTarget.value) })}
      >
        {Object.entries(field.options).map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    </p>
  )
}
/** On or off. */
export function Toggle({ k }: { readonly k: string }) {
  const bench = useBench()
  if (bench.isHidden(k)) return null
  return (
    <p class="control">
      <label>
        <input
          type="checkbox"
          name={k}
          disabled={bench.isLocked(k)}
          checked={bench.state.value[k] as boolean}
          onChange={event => bench.set({ [k]: event.currentTarget.checked })}
        />{' '}
        {bench.schema[k]!.title}
      </label>
    </p>
  )
}
/** A number with a slider and a field beside it. */
export function Slider({ k, children }: { readonly k: string; readonly children?: ComponentChildren }) {
  const bench = useBench()
  const id = useId()
  if (bench.isHidden(k)) return null
  const field = bench.schema[k] as unknown as NumberField
  return (
    <p class="control">
      <label for={id}>{children ?? field.title}</label>
      <input
        id={id}
        type="range"
        name={k}
        min={field.min}
        max={field.max}
        step={field.step}
        disabled={bench.isLocked(k)}
        value={bench.state.value[k] as number}
        onInput={event => bench.set({ [k]: event.currentTarget.valueAsNumber })}
      />
      <Scrub k={k} label={field.title} />
    </p>
  )
}
/** Sets several fields at once. */
export function Preset({ set, children }: { readonly set: object; readonly children: ComponentChildren }) {
  const bench = useBench()
  const keys = Object.keys(set)
  if (keys.every(key => bench.isHidden(key))) return null
  const here = keys.every(
    key =>
      bench.schema[key]!.format(bench.state.value[key]) ===
      bench.schema[key]!.format((set as Record<string, unknown>)[key]),
  )
  return (
    <button
      type="button"
      class="preset"
      aria-pressed={here}
      disabled={keys.some(key => bench.isLocked(key))}
      onClick={() => bench.set({ ...set })}
    >
      {children}
    </button>
  )
}
