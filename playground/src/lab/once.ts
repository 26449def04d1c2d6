/** What an experiment has to say at its start, computed in a Worker of a page, or right here where there is no page (tests). */
import type { Reply } from './experiment.ts'
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
  const { default: LabWorker } = await import('./worker.ts?worker&inline')
  const worker = new LabWorker()
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: { data: Reply }) => {
        if (data.type === 'news') resolve(data.news)
        else if (data.type === 'failed') reject(new Error(data.message))
      }
      worker.onerror = event => reject(new Error(event.message || 'the Worker could not be started'))
      worker.postMessage({ type: 'start', run: 0, name, settings })
    })
  } finally {
    worker.terminate()
  }
}
