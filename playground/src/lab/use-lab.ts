/** An experiment in a Worker, as a view sees it. It sleeps while its view is off screen or its tab hidden. */
import { type Signal, signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Reply, Request } from './experiment.ts'
import type { Host } from './host.ts'

export interface Lab<News> {
  readonly news: Signal<News | undefined>
  readonly playing: Signal<boolean>
  /** Why there are no news. */
  readonly problem: Signal<string | undefined>
  /** What is to be known about where it runs. */
  readonly note: Signal<string | undefined>
  /** Goes on, or does so many steps. */
  play(steps?: number): void
  pause(): void
  /** Begins anew with the same settings. */
  reset(): void
  /** Tells whether the view can be seen; give it to the element as `ref`. */
  watch(element: Element | null): void
}

class Laboratory<News> implements Lab<News> {
  readonly news = signal<News | undefined>(undefined)
  readonly playing = signal(false)
  readonly problem = signal<string | undefined>(undefined)
  readonly note = signal<string | undefined>(undefined)
  readonly #name: string
  readonly #loadSettings: () => Promise<unknown>
  #host: Promise<Host> | undefined
  #post: Host['post'] | undefined
  #run = 0
  readonly #question: () => unknown
  #started = false
  #asked = 0
  #answered = 0
  #wanted = 0
  #visible = true
  #observer: IntersectionObserver | undefined
  #closed = false
  #element: Element | undefined
  #preparing = false

  constructor(name: string, settings: () => Promise<unknown>, question: () => unknown) {
    this.#name = name
    this.#question = question
    this.#loadSettings = settings
    document.addEventListener('visibilitychange', this.#look)
    void this.reset()
  }
  async reset(): Promise<void> {
    const run = ++this.#run
    this.#wanted = 0
    this.playing.value = false
    this.problem.value = undefined
    this.#started = false
    this.#preparing = true
    this.#tellBusy()
    try {
      const [settings] = await Promise.all([this.#loadSettings(), this.#open()])
      if (run !== this.#run) return
      const question = this.#question()
      this.#answered = ++this.#asked
      this.#send({ type: 'start', run, name: this.#name, settings, question })
      this.#started = true
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }
  /** What the page shows will change by itself: to readers of screens, and to who waits for the last number. */
  #tellBusy(): void {
    this.#element?.setAttribute('aria-busy', String(this.#preparing || this.#answered < this.#asked))
  }
  #fail(problem: string): void {
    this.playing.value = false
    this.#preparing = false
    this.#answered = this.#asked
    this.problem.value = problem
    this.#tellBusy()
  }
  async #open(): Promise<void> {
    this.#host ??= import('./host.ts').then(({ openHost }) =>
      openHost(
        reply => this.#receive(reply),
        why => {
          this.#host = undefined
          this.#post = undefined
          this.#started = false
          this.#fail(`the Worker that trains was lost (${why}); begin anew`)
        },
      ),
    )
    const host = await this.#host
    if (this.#closed) return host.close()
    this.note.value = host.note
    this.#post = host.post
  }
  #send(request: Request): void {
    this.#post?.(request)
  }
  #receive(reply: Reply): void {
    if (!('run' in reply) || reply.run !== this.#run) return
    if (reply.type === 'news') {
      this.news.value = reply.news as News
      this.playing.value = reply.playing
      if (!reply.playing && this.#wanted > 0 && this.#visible) this.#wanted = 0
      requestAnimationFrame(() => {
        this.#preparing = false
        this.#tellBusy()
        this.#send({ type: 'seen', run: reply.run })
      })
    } else if (reply.type === 'answer') {
      // what is about an older question is worthless
      if (reply.id !== this.#asked) return
      this.news.value = reply.news as News
      requestAnimationFrame(() => {
        this.#answered = reply.id
        this.#tellBusy()
      })
    } else this.#fail(reply.message)
  }
  play(steps = Number.MAX_SAFE_INTEGER): void {
    this.#wanted = steps
    this.playing.value = true
    this.#send({ type: 'play', run: this.#run, steps })
  }
  pause(): void {
    this.#wanted = 0
    this.playing.value = false
    this.#send({ type: 'pause', run: this.#run })
  }
  /** The news are about something else from now on. An experiment that is not yet started begins with the question of then. */
  ask(): void {
    if (!this.#started) return
    this.#send({ type: 'ask', run: this.#run, id: ++this.#asked, question: this.#question() })
    this.#tellBusy()
  }
  watch = (element: Element | null): void => {
    this.#observer?.disconnect()
    this.#element = element ?? undefined
    if (!element) return
    this.#tellBusy()
    this.#observer = new IntersectionObserver(entries => {
      this.#visible = entries.at(-1)!.isIntersecting
      this.#look()
    })
    this.#observer.observe(element)
  }
  #look = (): void => {
    if (this.#wanted === 0) return
    const awake = this.#visible && !document.hidden
    if (awake && !this.playing.value) this.play(this.#wanted)
    else if (!awake && this.playing.value) {
      this.#send({ type: 'pause', run: this.#run })
      this.playing.value = false
    }
  }
  close(): void {
    this.#closed = true
    this.#run = -1
    void this.#host?.then(host => host.close())
    this.#observer?.disconnect()
    document.removeEventListener('visibilitychange', this.#look)
  }
}

/** An experiment that begins anew whenever `key` changes; its news are about `question`, if its kind knows questions. */
export function useLab<News>(
  name: string,
  key: string,
  settings: () => Promise<unknown>,
  question?: unknown,
): Lab<News> {
  const latest = useRef({ settings, question })
  latest.current = { settings, question }
  const lab = useMemo(
    () =>
      new Laboratory<News>(
        name,
        () => latest.current.settings(),
        () => latest.current.question,
      ),
    [name],
  )
  const questionKey = JSON.stringify(question)
  const before = useRef({ key, questionKey })
  useEffect(() => {
    const last = before.current
    before.current = { key, questionKey }
    if (last.key !== key) void lab.reset()
    else if (last.questionKey !== questionKey) lab.ask()
  }, [key, questionKey, lab])
  useEffect(() => () => lab.close(), [lab])
  return lab
}
