/**
 * What a page and the worker that trains for it tell each other. Every message has the key `chainrule`; others on the same line
 * are not for them.
 */
import * as catalogue from '../errors.ts'
import type { FitEvent } from './events.ts'

/** To the worker. */
export type Request =
  /** Begins the run; said again when the worker is ready. It holds the lock of this name as long as it lives. */
  | {
      readonly chainrule: 'start'
      readonly settings: unknown
      readonly aborted: boolean
      readonly lock: string | undefined
    }
  | { readonly chainrule: 'abort' }
  | { readonly chainrule: 'checkpoint' }
  /** How many events have been taken. */
  | { readonly chainrule: 'taken'; readonly count: number }

/** From the worker. */
export type Reply =
  | { readonly chainrule: 'ready' }
  | { readonly chainrule: 'locked' }
  | { readonly chainrule: 'event'; readonly event: FitEvent }
  | { readonly chainrule: 'checkpoint'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly chainrule: 'failed'; readonly error: SentError }

/** Events that a worker may be ahead of those who watch; then it waits. */
export const mostAhead = 64

export const isMessage = (data: unknown): data is Request | Reply =>
  typeof data === 'object' && data !== null && 'chainrule' in data

/** An error as it travels: structured clone keeps neither class nor fields. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly fields: Readonly<Record<string, unknown>>
}

export function packError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, fields: {} }
  const { name, message, stack } = error
  return { name, message, stack, fields: error instanceof catalogue.ChainruleError ? plain({ ...error }) : {} }
}
/** The fields that can be sent. */
function plain(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      try {
        structuredClone(value)
        return true
      } catch {
        return false
      }
    }),
  )
}

/** The error with its class if it is one of the catalogue, else a WorkerError that quotes it. */
export function unpackError({ name, message, stack, fields }: SentError): catalogue.ChainruleError {
  const Class = (catalogue as Readonly<Record<string, unknown>>)[name]
  if (typeof Class !== 'function')
    return new catalogue.WorkerError(`the run in the worker failed: ${name}: ${message}`, {
      cause: Object.assign(new Error(message), { name, stack }),
    })
  const error = Reflect.construct(catalogue.ChainruleError, [message], Class) as catalogue.ChainruleError
  return Object.assign(error, fields, stack === undefined ? {} : { stack })
}
