/** The frame around every view: sentence, picture, one line of arithmetic, question, tools. */
import { type Signal, signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Station } from '../stations.ts'
import { type AnyState, type Bench, BenchContext } from './bench.ts'
import type { AnyView, Shown } from './define.ts'
import { Footer } from './footer.tsx'
import { Transport } from './transport.tsx'

export interface FrameProps {
  readonly station: Station
  readonly view: AnyView
  readonly bench: Bench
  /** State with what follows from it, always of the same moment. */
  readonly shown: Signal<Shown<AnyState, unknown> | undefined>
  /** What had to be changed in the address, or does not work here. */
  readonly notes: Signal<readonly string[]>
  readonly spoken: Signal<string>
  readonly busy: Signal<boolean>
  readonly embedded: boolean
  readonly headingLevel: 1 | 2
  link(): string
}
export function Frame({ station, view, bench, shown, notes, spoken, busy, embedded, headingLevel, link }: FrameProps) {
  const figure = useRef<HTMLElement>(null)
  const Heading = `h${headingLevel}` as 'h1'
  const now = shown.value
  const { model, Picture, Line, Controls, Notes } = view
  const steps = now && model.steps?.(now.state, now.derived)
  return (
    <BenchContext.Provider value={bench}>
      <section
        class="view"
        aria-label={station.title}
        data-view={station.slug}
        data-ready={now ? '' : undefined}
        aria-busy={busy.value}
      >
        <Highlight />
        <header>
          <Heading>{station.title}</Heading>
          {view.text.own ? (
            <p>{view.text.sentence}</p>
          ) : (
            <blockquote>
              <p>{view.text.sentence}</p>
              <footer>the lecture</footer>
            </blockquote>
          )}
        </header>
        {notes.value.length > 0 && (
          <ul class="notes" role="status">
            {notes.value.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
        {now && (
          <div class={Controls ? 'stage with-controls' : 'stage'}>
            <figure class="picture" ref={figure}>
              <Picture {...now} />
            </figure>
            {Controls && (
              <div class="controls">
                <Controls {...now} />
              </div>
            )}
          </div>
        )}
        {steps && !('length' in steps && steps.length === 0) && <Transport steps={steps} busy={busy.value} />}
        {now && (
          <div class="line">
            <Line {...now} />
          </div>
        )}
        {now && Notes && (
          <div class="remarks">
            <Notes {...now} />
          </div>
        )}
        <p class="question">
          <strong>Try it.</strong> {view.text.question}
        </p>
        {now && !bench.isHidden('tools') && (
          <Footer
            name={station.slug}
            table={model.table(now.state, now.derived)}
            code={model.code(now.state)}
            codeParts={model.codeParts?.(now.state) ?? []}
            link={link}
            picture={() => figure.current}
            say={bench.say}
          />
        )}
        <p class="spoken" aria-live="polite">
          {spoken.value}
        </p>
        {embedded && <p class="credit">computed in this page by chainrule</p>}
      </section>
    </BenchContext.Provider>
  )
}

/**
 * One quantity is highlighted wherever it appears: its elements carry its name in `data-q`. `a.b` is a part of `a`: each highlights the
 * other.
 */
const selected = signal<string>()
function Highlight() {
  const q = selected.value
  if (q === undefined) return <style />
  const whole = q.split('.').map((_, i, parts) => `[data-q="${CSS.escape(parts.slice(0, i + 1).join('.'))}"]`)
  const names = `:is(${whole},[data-q^="${CSS.escape(`${q}.`)}"])`
  return (
    <style>
      {`svg ${names}{filter:drop-shadow(0 0 3px var(--focus))} :not(svg *)${names}{outline:2px solid var(--focus);outline-offset:1px;border-radius:3px}`}
    </style>
  )
}
/** Follows pointer and focus inside `root`. */
export function followSelection(root: HTMLElement | ShadowRoot): () => void {
  const enter = (event: Event): void => {
    const target = event.composedPath()[0]
    selected.value = (target instanceof Element ? target.closest<HTMLElement>('[data-q]') : null)?.dataset.q
  }
  root.addEventListener('pointerover', enter)
  root.addEventListener('focusin', enter)
  return () => {
    root.removeEventListener('pointerover', enter)
    root.removeEventListener('focusin', enter)
  }
}
