/** F1 in a Worker: the last few trainings, each at whatever step it is asked for. */
import type { Start } from '../../lab/experiment.ts'
import { type Moment, momentOf } from './moment.ts'
import { type Settings, Training } from './training.ts'

export interface Question {
  readonly settings: Settings
  readonly step: number
}
/** The moment, or how far the training has come; then ask again. */
export type News = { readonly moment: Moment } | { readonly on: number }

/** A question is worked on for so long, in milliseconds: then a newer one may have come. */
const patience = 100
const most = 3

export const sandbox: Start<unknown, News, Question> = () => {
  const kept = new Map<string, Training>()
  const trainingOf = (settings: Settings): Training => {
    const key = JSON.stringify(settings)
    const training = kept.get(key) ?? new Training(settings)
    kept.delete(key)
    kept.set(key, training)
    if (kept.size > most) kept.delete(kept.keys().next().value!)
    return training
  }
  return Promise.resolve({
    step: () => Promise.resolve(false),
    news: () => Promise.resolve({ on: 0 }),
    async answer({ settings, step }) {
      const training = trainingOf(settings)
      return (await training.go(step, patience)) ? { moment: await momentOf(training) } : { on: training.step }
    },
  })
}
