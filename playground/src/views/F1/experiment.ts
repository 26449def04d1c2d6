/** F1 in a Worker: the last few trainings, each at whatever step it is asked for. */
import type { Start } from '../../lab/experiment.ts'
import { rowsOf, type Split } from './data.ts'
import { type Drawn, digitRows } from './digits.ts'
import { type Look, type Moment, momentOf } from './moment.ts'
import type { Setup } from './setup.ts'
import { Training } from './training.ts'

/** Points, or digits: `n` of each class out of what `packDigits` made, and the reader's own. */
export type Examples =
  | { readonly points: Split }
  | { readonly digits: Uint8Array; readonly n: number; readonly drawn: readonly Drawn[] }

export interface Question {
  /** Which training; the same name is the same training. */
  readonly name: string
  /** Where the name may not be known yet. */
  readonly begin?: { readonly setup: Setup; readonly examples: Examples }
  readonly step: number
  readonly look: Look
}
/** The moment; or how far the training has come, then ask again; or that the training is not known. */
export type News = { readonly moment: Moment } | { readonly on: number } | { readonly unknown: true }

/** A question is worked on for so long, in milliseconds: then a newer one may have come. */
const patience = 100
const most = 3

export function trained({ setup, examples }: NonNullable<Question['begin']>): Training {
  const { train, test } =
    'points' in examples
      ? { train: rowsOf(examples.points.train), test: rowsOf(examples.points.test) }
      : digitRows(examples.digits, examples.n, examples.drawn)
  return new Training({ ...setup, train, test })
}

export const sandbox: Start<unknown, News, Question> = () => {
  const kept = new Map<string, Training>()
  const trainingOf = (name: string, begin: Question['begin']): Training | undefined => {
    const training = kept.get(name) ?? (begin && trained(begin))
    if (!training) return undefined
    kept.delete(name)
    kept.set(name, training)
    if (kept.size > most) kept.delete(kept.keys().next().value!)
    return training
  }
  return Promise.resolve({
    step: () => Promise.resolve(false),
    news: () => Promise.resolve({ on: 0 }),
    async answer({ name, begin, step, look }) {
      const training = trainingOf(name, begin)
      if (!training) return { unknown: true }
      return (await training.go(step, patience)) ? { moment: await momentOf(training, look) } : { on: training.step }
    },
  })
}
