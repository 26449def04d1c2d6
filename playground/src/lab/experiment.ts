/**
 * A training that a view watches. It is plain TypeScript over the engine: in a page it runs in a Worker (`host.ts`), in a test where
 * the test runs.
 */
export interface Experiment<News, Question = never> {
  /** One step of work; false when there is nothing left to do. */
  step(): Promise<boolean>
  /** What the page shows; asked for at most thirty times a second. */
  news(): Promise<News>
  /** News are about this from now on; the first of them. */
  answer?(question: Question): Promise<News>
}
export type Start<Settings, News, Question = never> = (settings: Settings) => Promise<Experiment<News, Question>>

/** To the Worker. `run` counts the experiments of a page: what belongs to an earlier one is dropped. */
export type Request =
  | {
      readonly type: 'start'
      readonly run: number
      readonly name: string
      readonly settings: unknown
      readonly question: unknown
    }
  /** Does `steps` steps, or goes on until told otherwise. */
  | { readonly type: 'play'; readonly run: number; readonly steps: number }
  | { readonly type: 'pause'; readonly run: number }
  /** The last news were shown. */
  | { readonly type: 'seen'; readonly run: number }
  /** Is answered by a `pong` between two steps. */
  | { readonly type: 'ping' }
  | { readonly type: 'ask'; readonly run: number; readonly id: number; readonly question: unknown }

export type Reply =
  /** It listens from now on. */
  | { readonly type: 'ready' }
  | { readonly type: 'pong' }
  | { readonly type: 'news'; readonly run: number; readonly news: unknown; readonly playing: boolean }
  | { readonly type: 'answer'; readonly run: number; readonly id: number; readonly news: unknown }
  | { readonly type: 'failed'; readonly run: number; readonly message: string }
