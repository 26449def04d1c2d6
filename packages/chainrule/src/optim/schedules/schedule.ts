/**
 * A schedule says the learning rate of every step (or epoch: whatever is counted). `at` is a function of the step alone, so a
 * run resumes anywhere; `next` counts by itself. Nothing is traced anew when the rate changes.
 */

export interface Schedule {
  /** The learning rate of step 0, 1, 2, … */
  at(step: number): number
  /** The rate of the next step; `metric` matters to schedules that watch one. */
  next(metric?: number): number
  /** What a checkpoint needs. */
  state(): ScheduleState
  load(state: ScheduleState): void
}
export type ScheduleState = Readonly<Record<string, number>>

/** The schedule with this learning rate at each step. */
export function schedule(at: (step: number) => number): Schedule {
  let step = 0
  return {
    at,
    next: () => at(step++),
    state: () => ({ step }),
    load: state => {
      step = state.step ?? 0
    },
  }
}
