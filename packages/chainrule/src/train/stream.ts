/** A run as one value: an async iterable of its events that can also be awaited. */
import { ChainruleError } from '../errors.ts'
import type { FitEvent, FitResult } from './events.ts'

/** Nothing happens before it is iterated or awaited. */
export interface Fit extends AsyncIterable<FitEvent>, PromiseLike<FitResult> {
  /**
   * The run as it is now, as the bytes of a checkpoint: what `resume` goes on from and `parseCheckpoint` reads. For a run in this
   * thread to be asked between its steps: in the loop over the events, or after the end.
   * @throws ChainruleError before the run has begun
   */
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>
}

/** The run whose events `begin` gives; `begin` is called once at most. */
export function stream(
  begin: () => AsyncGenerator<FitEvent, FitResult, undefined>,
  checkpoint: Fit['checkpoint'],
): Fit {
  let events: AsyncGenerator<FitEvent, FitResult, undefined> | undefined
  let result: Promise<FitResult> | undefined
  let ended: FitResult | undefined
  const start = () => {
    events ??= begin()
    return events
  }
  const finish = async (): Promise<FitResult> => {
    for (;;) {
      const { done, value } = await start().next()
      if (done) {
        if (value) return value
        throw new ChainruleError('fit: the loop over this run was left before its end; start a new run to train on')
      }
    }
  }
  return {
    async *[Symbol.asyncIterator]() {
      for await (const event of start()) {
        if (event.type === 'done') ended = event.result
        yield event
      }
    },
    // biome-ignore lint/suspicious/noThenProperty: a run can be awaited
    then(resolve, reject) {
      result ??= ended ? Promise.resolve(ended) : finish()
      return result.then(resolve, reject)
    },
    async checkpoint() {
      if (!events) throw new ChainruleError('fit: the run has not begun; iterate or await it before its checkpoint')
      return checkpoint()
    },
  }
}
