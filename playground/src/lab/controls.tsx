/** Going on, stopping, one step, beginning anew: for whatever is trained in a Worker. */
import { useBench } from '../frame/bench.ts'
import type { Lab } from './use-lab.ts'

const Icon = ({ d }: { readonly d: string }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={d} />
  </svg>
)
export function LabControls({ lab, disabled = false }: { readonly lab: Lab<unknown>; readonly disabled?: boolean }) {
  const bench = useBench()
  const playing = lab.playing.value
  const waiting = disabled || lab.news.value === undefined
  if (bench.isHidden('train')) return null
  return (
    <div class="transport" role="group" aria-label="training">
      <button type="button" aria-label="begin anew" disabled={disabled} onClick={() => lab.reset()}>
        <Icon d="M3 3v10M13 3 6 8l7 5z" />
      </button>
      <button
        type="button"
        class="wide train"
        disabled={waiting}
        onClick={() => {
          if (playing) lab.pause()
          else lab.play()
          bench.say(playing ? 'training stopped' : 'training')
        }}
      >
        {playing ? 'stop' : 'train'} <Icon d={playing ? 'M5 3v10M11 3v10' : 'M4 3l8 5-8 5z'} />
      </button>
      <button type="button" disabled={waiting || playing} onClick={() => lab.play(1)}>
        one step
      </button>
      {lab.note.value && <span class="quiet">{lab.note.value}</span>}
      {lab.problem.value ? (
        <span class="bad" role="status">
          {lab.problem.value}
        </span>
      ) : waiting && !disabled ? (
        <span class="quiet">preparing…</span>
      ) : null}
    </div>
  )
}
