/**
 * An experiment that a view's numbers are asked of, one question after the other: where `host.ts` says, as long
 * as the page is there, or right here where there is no page (tests). Answers must not depend on earlier questions: when a Worker is
 * lost, another one is asked.
 */
import type { Experiment } from './experiment.ts'
import type { experiments } from './experiments.ts'

type Name = keyof typeof experiments
type Answering = (question: unknown) => Promise<unknown>

class LostError extends Error {
  constructor(why: string) {
    super(`the Worker that trains was lost, and so was the one after it (${why}); change something to begin anew`)
  }
}
export class Session<News, Question> {
  readonly #name: Name
  #answering: Promise<Answering> | undefined
  /** Questions are answered in turn: what nobody waits for any more is never asked. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(name: Name) {
    this.#name = name
  }
  ask(question: Question, signal?: AbortSignal): Promise<News> {
    const answer = this.#turn.then(async () => {
      signal?.throwIfAborted()
      try {
        return await this.#answer(question)
      } catch (error) {
        if (!(error instanceof LostError)) throw error
        return this.#answer(question)
      }
    })
    this.#turn = answer.catch(() => {})
    return answer
  }
  async #answer(question: Question): Promise<News> {
    this.#answering ??= typeof document === 'undefined' ? here(this.#name) : elsewhere(this.#name, this.#lost)
    return (await this.#answering)(question) as Promise<News>
  }
  /** The next question opens another one. */
  readonly #lost = (): void => {
    this.#answering = undefined
  }
}
async function here(name: Name): Promise<Answering> {
  const { experiments } = await import('./experiments.ts')
  const experiment = (await experiments[name](undefined as never)) as Experiment<unknown, unknown>
  return question => experiment.answer!(question)
}
async function elsewhere(name: Name, lost: () => void): Promise<Answering> {
  const { openHost } = await import('./host.ts')
  let settle: { resolve(news: unknown): void; reject(error: Error): void } | undefined
  const reply = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject }
    })
  const host = await openHost(
    answer => {
      if (answer.type === 'failed') settle?.reject(new Error(answer.message))
      else if ('news' in answer) settle?.resolve(answer.news)
    },
    why => {
      lost()
      settle?.reject(new LostError(why))
    },
  )
  const started = reply()
  host.post({ type: 'start', run: 0, name, settings: undefined, question: undefined })
  await started
  host.post({ type: 'seen', run: 0 })
  let id = 0
  return question => {
    const answer = reply()
    host.post({ type: 'ask', run: 0, id: ++id, question })
    return answer
  }
}
