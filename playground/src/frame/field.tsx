/** A line of text of the state; what is typed counts when the field is left or Enter is pressed. */
import { useId, useState } from 'preact/hooks'
import { useBench } from './bench.ts'

export function TextLine({ k, wide = false }: { readonly k: string; readonly wide?: boolean }) {
  const bench = useBench()
  const id = useId()
  const [typed, setTyped] = useState<string>()
  if (bench.isHidden(k)) return null
  const value = bench.state.value[k] as string
  const commit = (): void => {
    if (typed !== undefined && typed !== value) bench.set({ [k]: bench.schema[k]!.parse(typed).value })
    setTyped(undefined)
  }
  return (
    <p class={wide ? 'control wide' : 'control'}>
      <label for={id}>{bench.schema[k]!.title}</label>
      <input
        id={id}
        class="text"
        type="text"
        name={k}
        spellcheck={false}
        autocomplete="off"
        disabled={bench.isLocked(k)}
        value={typed ?? value}
        onInput={event => setTyped(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={event => {
          if (event.key === 'Enter') commit()
          if (event.key === 'Escape') setTyped(undefined)
        }}
      />
    </p>
  )
}
