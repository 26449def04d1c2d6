/** What may happen between steps: small objects that see every event. */
import { OptionError } from '../errors.ts'
import type { Module } from '../nn/module.ts'
import type { EpochEvent, FitEvent } from './events.ts'

/** The run that a callback watches. */
export interface Run {
  readonly model: Module
  /** Ends the run after this event. */
  stop(): void
  /**
   * Keeps what the validation saw: the model's state, with the averages in place of the weights if there are some. The function that is
   * returned puts it into the model.
   */
  snapshot(): Promise<() => void>
  /** Writes a checkpoint of the run as it is now. */
  save(path: string): Promise<void>
}

export interface Callback {
  on(event: FitEvent, run: Run): void | Promise<void>
  /** What a checkpoint keeps of it; must survive JSON. */
  state?(): unknown
  load?(state: unknown): void
}

export interface WatchOptions {
  /** A score of the validation, or of training when nothing is validated; 'loss' unless given. */
  readonly metric?: string
  /** What better means; 'min' for the loss, 'max' for anything else, unless given. */
  readonly mode?: 'min' | 'max'
  /** A change that is smaller is no improvement; 0 unless given. */
  readonly threshold?: number
}

/** Remembers the best value of a score. */
function watch({ metric = 'loss', mode = metric === 'loss' ? 'min' : 'max', threshold = 0 }: WatchOptions) {
  let best: number | null = null
  return {
    /** True when the epoch is the best so far. */
    improves(event: EpochEvent): boolean {
      const value = (event.validation ?? event.train)[metric]
      if (value === undefined)
        throw new OptionError(
          'metric',
          `there is no score '${metric}'; there is ${Object.keys(event.train).join(', ')}`,
        )
      const better = best === null || (mode === 'min' ? value < best - threshold : value > best + threshold)
      if (better) best = value
      return better
    },
    state: () => best,
    load: (state: number | null) => {
      best = state
    },
  }
}

export interface EarlyStoppingOptions extends WatchOptions {
  /** Epochs without improvement that are borne; 3 unless given. */
  readonly patience?: number
  /**
   * Puts the state of the best epoch back when the run ends, whether it was stopped or came to the end of its epochs, unless it was
   * aborted; false unless given. A resumed run knows the best score from before, but only the states of its own epochs.
   */
  readonly restoreBest?: boolean
}

/** Stops when a score has not become better for a while. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { patience = 3, restoreBest = false } = options
  if (!Number.isInteger(patience) || patience < 0)
    throw new OptionError('patience', `earlyStopping: patience must be a whole number >= 0, got ${patience}`)
  const watched = watch(options)
  let bad = 0
  let restore = (): void => {}
  return {
    async on(event, { snapshot, stop }) {
      if (event.type === 'done' && event.result.reason !== 'aborted') restore()
      if (event.type !== 'epoch') return
      if (watched.improves(event)) {
        bad = 0
        if (restoreBest) restore = await snapshot()
      } else if (++bad > patience) {
        restore()
        stop()
      }
    },
    state: () => ({ bad, best: watched.state() }),
    load(state) {
      const saved = state as { bad: number; best: number | null }
      bad = saved.bad
      watched.load(saved.best)
    },
  }
}

/** Writes a checkpoint whenever a score is the best so far. */
export function keepBest(path: string, options: WatchOptions = {}): Callback {
  const watched = watch(options)
  return {
    async on(event, { save }) {
      if (event.type === 'epoch' && watched.improves(event)) await save(path)
    },
    state: watched.state,
    load: state => watched.load(state as number | null),
  }
}

/** A line for every epoch. */
export function progress(report: (line: string) => void = console.log): Callback {
  const show = (scores: object): string =>
    Object.entries(scores)
      .map(([name, value]) => `${name} ${(value as number).toFixed(4)}`)
      .join('  ')
  return {
    on(event) {
      if (event.type !== 'epoch') return
      const { epoch, epochs, train, validation, seconds } = event
      report(
        `epoch ${epoch}/${epochs}  ${show(train)}${validation ? `  validation ${show(validation)}` : ''}  ${seconds.toFixed(1)}s`,
      )
    },
  }
}
