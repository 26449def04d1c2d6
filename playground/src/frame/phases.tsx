/** The parts of the coming step, one by one. */
import { useBench } from './bench.ts'
import { Icon } from './icon.tsx'

interface PhasesProps {
  readonly names: readonly string[]
  readonly step: number
  readonly last: number
  readonly locked: boolean
  go(step: number, phase: number): void
}
/** The parts of the coming step: each can be chosen, and one leads to the next, over the end of a step and back. */
export function Phases({ names, step, last, locked, go }: PhasesProps) {
  const bench = useBench()
  const phase = bench.state.value.phase as number
  const move = (by: number): void => {
    const to = step * names.length + phase + by
    go(Math.floor(to / names.length), to % names.length)
  }
  const still = locked || bench.isLocked('phase')
  if (bench.isHidden('phase')) return null
  return (
    <span class="phase-bar" role="group" aria-label="phases of the coming step">
      <button
        type="button"
        aria-label="one phase back"
        disabled={still || (step === 0 && phase === 0)}
        onClick={() => move(-1)}
      >
        <Icon d="M10 4 5 8l5 4" />
      </button>
      {names.map((name, i) => (
        <button
          key={name}
          type="button"
          class="wide"
          data-q={`phase.${name}`}
          aria-pressed={i === phase}
          disabled={still}
          onClick={() => go(step, i)}
        >
          {name}
        </button>
      ))}
      <button
        type="button"
        aria-label="one phase on"
        disabled={still || (step === last && phase === names.length - 1)}
        onClick={() => move(1)}
      >
        <Icon d="M6 4l5 4-5 4" />
      </button>
    </span>
  )
}
