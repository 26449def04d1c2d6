/** Going through the phases of a computation, forwards and backwards. */
import { useEffect, useState } from 'preact/hooks'
import { useBench } from './bench.ts'
import type { ManySteps } from './define.ts'
import { Icon } from './icon.tsx'
import { later } from './later.tsx'

const Phases = later(() => import('./phases.tsx').then(m => m.Phases))

interface TransportProps {
  /** The phases; `state.step` counts those that were done. */
  readonly steps: readonly string[] | ManySteps
  /** While the present step is still being computed. */
  readonly busy: boolean
}
export function Transport({ steps, busy }: TransportProps) {
  const bench = useBench()
  const [playing, setPlaying] = useState(false)
  const many = 'count' in steps
  const last = many ? steps.count : steps.length
  const jumps = many ? steps.jumps : [1]
  const pace = many ? (steps.pace ?? jumps[0]!) : 1
  const step = Math.min(bench.state.value.step as number, last)
  const phases = many ? steps.phases : undefined
  const go = (to: number, phase = 0): void =>
    bench.set({ step: Math.min(last, Math.max(0, to)), ...(phases && { phase }) })
  const still = typeof matchMedia === 'function' && matchMedia('(prefers-reduced-motion: reduce)').matches
  useEffect(() => {
    if (!playing || busy) return
    if (step >= last) return setPlaying(false)
    const timer = setTimeout(() => go(step + pace), many ? 60 : 700)
    return () => clearTimeout(timer)
  })
  if (bench.isHidden('step')) return null
  const locked = bench.isLocked('step')
  const name = many ? steps.name : step > 0 ? steps[step - 1] : undefined
  return (
    <div class="transport" role="group" aria-label="steps">
      <button type="button" aria-label="back to the start" disabled={locked || step === 0} onClick={() => go(0)}>
        <Icon d="M3 3v10M13 3 6 8l7 5z" />
      </button>
      <button
        type="button"
        aria-label={jumps[0] === 1 ? 'one step back' : `${jumps[0]} steps back`}
        disabled={locked || step === 0}
        onClick={() => go(step - jumps[0]!)}
      >
        <Icon d="M12 3 4 8l8 5z" />
      </button>
      {phases && <Phases names={phases} step={step} last={last} locked={locked} go={go} />}
      {jumps.map(jump => (
        <button
          key={jump}
          type="button"
          class="wide"
          disabled={locked || step === last}
          onClick={() => go(step + jump)}
        >
          {jump === 1 ? 'step ' : `+${jump} `}
          <Icon d="M4 3l8 5-8 5z" />
        </button>
      ))}
      {!still && (
        <button
          type="button"
          aria-label={playing ? 'pause' : 'play'}
          disabled={locked || (step === last && !playing)}
          onClick={() => setPlaying(!playing)}
        >
          <Icon d={playing ? 'M5 3v10M11 3v10' : 'M3 3l6 5-6 5zM13 3v10'} />
        </button>
      )}
      <span class="phase">
        <data value={String(step)} data-q="step" data-value={String(step)}>
          {step}
        </data>
        {many ? ' steps' : `/${last}`} {name !== undefined && <b>{name}</b>}
        {busy && <em> computing …</em>}
      </span>
    </div>
  )
}
