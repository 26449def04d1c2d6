/** A field that takes points as CSV. */
import { useId, useState } from 'preact/hooks'
import { useBench, useSet } from '../../frame/bench.ts'
import { show } from '../../frame/format.ts'
import { type Csv, readCsv } from './csv.ts'
import type { State } from './model.ts'

export function Paste() {
  const bench = useBench()
  const set = useSet<State>()
  const id = useId()
  const [text, setText] = useState('')
  const [read, setRead] = useState<Csv>()
  if (bench.isHidden('points')) return null
  const take = (): void => {
    const csv = readCsv(text)
    setRead(csv)
    if (csv.points.length > 0) set({ data: 'own', points: csv.points })
  }
  return (
    <details class="f1-paste">
      <summary>points from a table (CSV)</summary>
      <label for={id}>x, y, class: a line for each point</label>
      <textarea
        id={id}
        name="csv"
        rows={4}
        spellcheck={false}
        disabled={bench.isLocked('points')}
        value={text}
        placeholder={'-1.5, 0.3, 0\n2, 1.1, 1'}
        onInput={event => setText(event.currentTarget.value)}
      />
      <button type="button" disabled={bench.isLocked('points') || text.trim() === ''} onClick={take}>
        use these points
      </button>
      <div role="status">
        {read?.problem && (
          <p class="bad">
            {read.problem}.{read.points.length > 0 && ` The ${read.points.length} before are used.`}
          </p>
        )}
        {read && read.points.length > 0 && (
          <p class="quiet">
            {read.points.length} points, every fourth held out. Class 0 is “{read.classes[0]}”
            {read.classes[1] !== undefined && <>, class 1 “{read.classes[1]}”</>}.
            {read.scales?.map(([middle, factor], axis) => (
              <span key={axis}>
                {' '}
                x{'₁₂'[axis]} = (value − {show(middle)})·{show(factor)}.
              </span>
            ))}
          </p>
        )}
      </div>
    </details>
  )
}
