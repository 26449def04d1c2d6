/** Text of the state, to be written over. What is typed counts after a moment's rest. */
import { useId, useRef } from 'preact/hooks'
import { useBench } from './bench.ts'
import type { TextField } from './schema.ts'

export function TextArea({ k, rows = 3 }: { readonly k: string; readonly rows?: number }) {
  const bench = useBench()
  const id = useId()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  if (bench.isHidden(k)) return null
  const field = bench.schema[k] as unknown as TextField
  return (
    <p class="control">
      <label for={id}>{field.title}</label>
      <textarea
        id={id}
        name={k}
        rows={rows}
        spellcheck={false}
        disabled={bench.isLocked(k)}
        value={bench.state.value[k] as string}
        onInput={event => {
          const written = event.currentTarget.value
          clearTimeout(timer.current)
          timer.current = setTimeout(() => bench.set({ [k]: field.parse(written).value }), 300)
        }}
      />
    </p>
  )
}
