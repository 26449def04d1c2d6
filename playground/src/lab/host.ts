/** Where experiments run: in a Worker, or on the page's own thread where Workers are forbidden. */
import { wasmAllowed } from '../engine.ts'
import type { Reply, Request } from './experiment.ts'

export interface Host {
  /** What a reader should know about where it runs. */
  readonly note?: string
  post(request: Request): void
  close(): void
}
/** A Worker that leaves so many calls unanswered is lost: nothing tells when one was ended from outside. */
const mostCalls = 4
const callEvery = 4000
/** A Worker that has not begun to listen by then never will. */
const patience = 15_000

const slow = 'this page may not run WebAssembly: the reference interpreter computes instead, much more slowly'

/** `receive` gets replies, `lost` the reason why there will be no more; the host is closed then. */
export async function openHost(receive: (reply: Reply) => void, lost: (why: string) => void): Promise<Host> {
  return (await inWorker(receive, lost)) ?? (await inPage(receive))
}

async function inWorker(receive: (reply: Reply) => void, lost: (why: string) => void): Promise<Host | undefined> {
  const { default: LabWorker } = await import('./worker.ts?worker&inline')
  return new Promise(resolve => {
    let worker: Worker
    try {
      worker = new LabWorker()
    } catch {
      return resolve(undefined)
    }
    let started = false
    let calls = 0
    let clock: ReturnType<typeof setInterval> | undefined
    const close = (): void => {
      clearInterval(clock)
      worker.terminate()
    }
    const end = (why: string): void => {
      close()
      if (started) lost(why)
      else resolve(undefined)
    }
    setTimeout(() => {
      if (!started) end('')
    }, patience)
    worker.onerror = event => end(event.message || 'it ended')
    worker.onmessage = ({ data }: { data: Reply }) => {
      calls = 0
      if (data.type === 'ready') {
        started = true
        clock = setInterval(() => {
          if (++calls > mostCalls) end('it does not answer')
          else worker.postMessage({ type: 'ping' } satisfies Request)
        }, callEvery)
        resolve({ ...(!wasmAllowed() && { note: slow }), post: request => worker.postMessage(request), close })
      } else if (data.type !== 'pong') receive(data)
    }
  })
}

async function inPage(receive: (reply: Reply) => void): Promise<Host> {
  const { conduct } = await import('./conduct.ts')
  let closed = false
  const request = conduct(reply =>
    queueMicrotask(() => {
      if (!closed) receive(reply)
    }),
  )
  return {
    note: `no Worker could be started here: the training shares the page’s thread${wasmAllowed() ? '' : `; ${slow}`}`,
    post: request,
    close() {
      closed = true
    },
  }
}
