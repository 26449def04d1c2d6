/** What training reports: one stream of plain objects that a progress bar, a chart and a log file read alike. */

/** Means over samples: the loss and each metric by its name. */
export type Scores = Readonly<{ loss: number } & Record<string, number>>

/** After each optimizer step (or batch, while gradients accumulate). */
export interface StepEvent {
  readonly type: 'step'
  /** From 1, of `epochs`. */
  readonly epoch: number
  readonly epochs: number
  /** From 1, over the whole run. */
  readonly step: number
  /** From 1, of the `batches` of this epoch. */
  readonly batch: number
  readonly batches: number
  /** In this batch. */
  readonly samples: number
  /** Of this batch. */
  readonly scores: Scores
  /** Of this epoch so far. */
  readonly mean: Scores
  readonly learningRate: number
  readonly samplesPerSecond: number
  /** Estimate for the rest of the run. */
  readonly secondsLeft: number
  /** Planned memory: the step's arena and what lives on the device. */
  readonly peakBytes: number
}

/** After each epoch and its validation. */
export interface EpochEvent {
  readonly type: 'epoch'
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly train: Scores
  readonly validation: Scores | undefined
  readonly learningRate: number
  readonly seconds: number
}

/** After a checkpoint was written. */
export interface CheckpointEvent {
  readonly type: 'checkpoint'
  readonly path: string
  readonly step: number
}

export type EndReason = 'finished' | 'stopped' | 'aborted'

/** Last. */
export interface DoneEvent {
  readonly type: 'done'
  readonly result: FitResult
}

export interface FitResult {
  /** 'stopped' by a callback, 'aborted' by the signal. */
  readonly reason: EndReason
  readonly epochs: readonly EpochEvent[]
  readonly steps: number
  readonly seconds: number
}

export type FitEvent = StepEvent | EpochEvent | CheckpointEvent | DoneEvent

/** Sums that become means; kept in checkpoints. */
export class RunningScores {
  #samples = 0
  #sums: Record<string, number> = {}

  get samples(): number {
    return this.#samples
  }
  add(scores: Scores, samples: number): void {
    this.#samples += samples
    for (const [name, value] of Object.entries(scores)) this.#sums[name] = (this.#sums[name] ?? 0) + value * samples
  }
  mean(): Scores {
    return Object.fromEntries(Object.entries(this.#sums).map(([name, sum]) => [name, sum / this.#samples])) as Scores
  }
  reset(): void {
    this.#samples = 0
    this.#sums = {}
  }
  state(): { samples: number; sums: Record<string, number> } {
    return { samples: this.#samples, sums: { ...this.#sums } }
  }
  load({ samples, sums }: { samples: number; sums: Record<string, number> }): void {
    this.#samples = samples
    this.#sums = { ...sums }
  }
}
