/** What an experiment has to say at its start, computed in a Worker of a page, or right here where there is no page (tests). */
import type { experiments } from './experiments.ts'

const known = new Map<string, Promise<unknown>>()

/** The first news; the same settings are computed once. */
export function once<News>(name: keyof typeof experiments, settings: unknown): Promise<News> {
  const key = `${name} ${JSON.stringify(settings)}`
  if (!known.has(key))
    known.set(key, typeof document === 'undefined' ? here(name, settings) : elsewhere(name, settings))
  return known.get(key) as Promise<News>
}
async function here(name: keyof typeof experiments, settings: unknown): Promise<unknown> {
  const { experiments } = await import('./experiments.ts')
  const experiment = await experiments[name](settings as never)
  return experiment.news()
}
async function elsewhere(name: string, settings: unknown): Promise<unknown> {
  const { openHost } = await import('./host.ts')
  let close = (): void => {}
  try {
    return await new Promise((resolve, reject) => {
      const lost = (why: string): void => reject(new Error(`the Worker that computes was lost: ${why}`))
      openHost(reply => {
        if (reply.type === 'news') resolve(reply.news)
        else if (reply.type === 'failed') reject(new Error(reply.message))
      }, lost).then(host => {
        close = host.close
        host.post({ type: 'start', run: 0, name, settings, question: undefined })
      }, reject)
    })
  } finally {
    close()
  }
}
