/** The worker's side of a training run that was moved off the main thread. */
import { WorkerError } from '../errors.ts'
import type { Fit } from './stream.ts'
import { isMessage, mostAhead, packError, type Reply, type Request } from './worker-messages.ts'

/** How a worker talks to who made it, in browsers and in Node. */
interface Line {
  post(message: Reply, transfer?: ArrayBuffer[]): void
  listen(receive: (data: unknown) => void): void
}

interface WorkerScope {
  readonly WorkerGlobalScope?: unknown
  postMessage(message: unknown, options?: { transfer: ArrayBuffer[] }): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

/** @throws WorkerError on a main thread */
function lineHere(): Line {
  const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort
  if (port)
    return {
      post: (message, transfer) => port.postMessage(message, transfer),
      listen: receive => void port.on('message', receive),
    }
  const scope = globalThis as unknown as WorkerScope
  if (scope.WorkerGlobalScope === undefined)
    throw new WorkerError(
      'serve: this is not a worker; call it in a module of its own and give that to train.inWorker(new Worker(…))',
    )
  return {
    post: (message, transfer = []) => scope.postMessage(message, { transfer }),
    listen: receive => scope.addEventListener('message', event => receive(event.data)),
  }
}

/** Takes the lock that tells the page, when it is given back, that this worker is no more. */
const hold = (lock: string | undefined, line: Line): Promise<void> =>
  new Promise(resolve => {
    if (lock === undefined) resolve()
    else
      void navigator.locks.request(lock, () => {
        line.post({ chainrule: 'locked' })
        resolve()
        return new Promise(() => {})
      })
  })

/**
 * Runs a training in this worker for the page that calls `train.inWorker` with it. `prepare` makes the run from the page's
 * settings, which came by structured clone; `signal` is aborted when the page's is. An async function gives `{ run }`, because a
 * run by itself would be awaited.
 *
 * ```ts
 * // training.ts, a module for a worker
 * train.serve(async ({ epochs }: { epochs: number }, signal) => {
 *   const { train: digits } = await data.mnist()
 *   const optimizer = optim.adam({ learningRate: 1e-3 })
 *   return { run: train.fit(models.lenet5(), digits, { loss: nn.crossEntropy, optimizer, epochs, signal }) }
 * })
 * ```
 * @throws WorkerError on a main thread
 */
export function serve<Settings = undefined>(
  prepare: (settings: Settings, signal: AbortSignal) => Fit | Promise<{ readonly run: Fit }>,
): void {
  const line = lineHere()
  const abort = new AbortController()
  let begun = false
  let taken = 0
  let asked = false
  /** Resolves the wait for the next message. */
  let wake = (): void => {}

  const answer = async (run: Fit): Promise<void> => {
    if (!asked) return
    asked = false
    const bytes = await run.checkpoint()
    line.post({ chainrule: 'checkpoint', bytes }, [bytes.buffer])
  }
  const work = async (settings: Settings): Promise<void> => {
    const prepared = prepare(settings, abort.signal)
    const run = 'checkpoint' in prepared ? prepared : (await prepared)?.run
    if (run === undefined)
      throw new WorkerError('serve: an async function gives its run as { run: train.fit(…) }, else it would be awaited')
    let sent = 0
    for await (const event of run) {
      if (event.type === 'done') asked = true
      await answer(run)
      line.post({ chainrule: 'event', event })
      sent++
      while (sent - taken >= mostAhead) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
        await answer(run)
      }
    }
  }
  line.listen(data => {
    if (!isMessage(data)) return
    const request = data as Request
    if (request.chainrule === 'abort') abort.abort()
    else if (request.chainrule === 'checkpoint') asked = true
    else if (request.chainrule === 'taken') taken = request.count
    else if (!begun) {
      begun = true
      if (request.aborted) abort.abort()
      const failed = (error: unknown): void => line.post({ chainrule: 'failed', error: packError(error) })
      hold(request.lock, line)
        .then(() => work(request.settings as Settings))
        .catch(failed)
    }
    wake()
  })
  line.post({ chainrule: 'ready' })
}
