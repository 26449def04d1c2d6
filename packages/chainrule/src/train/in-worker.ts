/** The page's side of a training run that was moved off the main thread. */
import { WorkerError } from '../errors.ts'
import type { Module } from '../nn/module.ts'
import { parseCheckpoint, restore } from './checkpoint.ts'
import type { FitEvent, FitResult } from './events.ts'
import { type Fit, stream } from './stream.ts'
import { isMessage, type Reply, type Request, unpackError } from './worker-messages.ts'

/** A browser's Worker, or one of `node:worker_threads`. */
export interface WorkerLike {
  postMessage(message: unknown): void
  terminate(): unknown
}

export interface InWorkerOptions<Settings = undefined> {
  /** What the worker's `serve` is given, by structured clone. */
  readonly settings?: Settings
  /** Gets the trained parameters when the run has ended. */
  readonly model?: Module | undefined
  /** Ends the run after the step it is in. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A run that `train.serve` makes in a worker, as if it were here: the same events, the same errors, the same result, while this
 * thread stays free. The worker serves one run and is terminated with it, also when the loop over the events is left.
 *
 * ```ts
 * const worker = new Worker(new URL('./training.ts', import.meta.url), { type: 'module' })
 * for await (const event of train.inWorker(worker, { settings: { epochs: 3 }, model })) console.log(event)
 * ```
 * @throws WorkerError (from the loop or the await) when the worker cannot be started or dies
 */
export function inWorker<Settings = undefined>(worker: WorkerLike, options: InWorkerOptions<Settings> = {}): Fit {
  const link = new Link(worker)
  return stream(
    () => follow(link, options),
    () => link.checkpoint(),
  )
}

async function* follow<Settings>(
  link: Link,
  { settings, model, signal }: InWorkerOptions<Settings>,
): AsyncGenerator<FitEvent, FitResult, undefined> {
  const abort = (): void => link.send({ chainrule: 'abort' })
  try {
    link.start(settings, signal?.aborted ?? false)
    signal?.addEventListener('abort', abort)
    for (;;) {
      const event = await link.next()
      if (event.type === 'done') {
        link.close()
        if (model) await restore(parseCheckpoint(await link.checkpoint()), { model })
      }
      yield event
      if (event.type === 'done') return event.result
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    link.close()
  }
}

/** How browsers and Node tell of a worker; both kinds have only one of the two. */
interface Listening {
  on?(type: 'message' | 'error' | 'messageerror' | 'exit', listener: (value: never) => void): unknown
  addEventListener?(type: 'message' | 'error' | 'messageerror', listener: (event: never) => void): void
}
let links = 0

class Link {
  readonly #worker: WorkerLike
  readonly #events: FitEvent[] = []
  #taken = 0
  #checkpoint: Uint8Array<ArrayBuffer> | undefined
  #failure: Error | undefined
  /** The last event is here, and before it came the last checkpoint. */
  #ended = false
  #isOpen = true
  /** Resolve the waits for the next news. */
  #waiting: (() => void)[] = []
  #start: Request | undefined

  constructor(worker: WorkerLike) {
    this.#worker = worker
  }

  /** Listens, and tells the worker to begin. */
  start(settings: unknown, aborted: boolean): void {
    const worker = this.#worker as WorkerLike & Listening
    const unreadable = 'a message between page and worker could not be copied'
    let lock: string | undefined
    if (worker.on) {
      worker.on('message', (data: unknown) => this.#receive(data))
      worker.on('error', (error: Error) => this.#lost(error.message, error))
      worker.on('messageerror', () => this.#lost(unreadable))
      worker.on('exit', (code: number) => this.#lost(`it ended with code ${code}`))
    } else {
      worker.addEventListener!('message', ({ data }: { data: unknown }) => this.#receive(data))
      worker.addEventListener!('error', ({ message }: { message?: string }) =>
        this.#lost(message || 'its module could not be loaded'),
      )
      worker.addEventListener!('messageerror', () => this.#lost(unreadable))
      // nothing tells a page that a worker died, but its locks are given back
      if (globalThis.navigator?.locks) lock = `chainrule worker ${performance.timeOrigin} ${links++}`
    }
    this.#start = { chainrule: 'start', settings, aborted, lock }
    this.send(this.#start)
  }

  send(request: Request): void {
    if (this.#isOpen) this.#worker.postMessage(request)
  }

  #receive(data: unknown): void {
    if (!this.#isOpen || !isMessage(data)) return
    const reply = data as Reply
    if (reply.chainrule === 'event') {
      this.#events.push(reply.event)
      this.#ended = reply.event.type === 'done'
    } else if (reply.chainrule === 'checkpoint') this.#checkpoint = reply.bytes
    else if (reply.chainrule === 'failed') this.#fail(unpackError(reply.error))
    else if (reply.chainrule === 'locked') this.#watch()
    else this.send(this.#start!) // it may not have listened before
    this.#news()
  }
  #watch(): void {
    const { lock } = this.#start as Request & { chainrule: 'start' }
    void navigator.locks.request(lock!, () => this.#lost('it was closed or ran out of memory'))
  }
  #lost(why: string, cause?: Error): void {
    this.#fail(
      new WorkerError(
        `inWorker: the worker was lost before the run had ended (${why}); what it did since its last checkpoint is gone. ` +
          'Start a new worker, with resume: the checkpoint',
        { cause },
      ),
    )
  }
  #fail(error: Error): void {
    if (!this.#isOpen) return
    this.#failure = error
    this.close()
    this.#news()
  }
  #news(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
  #wait(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** The next event; those before a failure come first. */
  async next(): Promise<FitEvent> {
    for (;;) {
      const event = this.#events.shift()
      if (event) {
        this.#taken++
        if (this.#taken % 16 === 0) this.send({ chainrule: 'taken', count: this.#taken })
        return event
      }
      if (this.#failure) throw this.#failure
      await this.#wait()
    }
  }

  /** Asks for the run as it is; after its end, as it was then. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isOpen && !this.#ended) {
      this.send({ chainrule: 'checkpoint' })
      this.#checkpoint = undefined
    }
    while (this.#checkpoint === undefined) {
      if (this.#failure) throw this.#failure
      if (!this.#isOpen)
        throw new WorkerError('inWorker: the loop over this run was left, and its worker was terminated')
      await this.#wait()
    }
    return this.#checkpoint
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    void this.#worker.terminate()
    this.#news()
  }
}
