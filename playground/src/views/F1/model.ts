/** F1: any dense network on any points of two classes in the plane, at any step of its training. */
import type { Model } from '../../frame/define.ts'
import { choice, integer, list, number } from '../../frame/schema.ts'
import { Session } from '../../lab/session.ts'
import { type Point, pointsField, type Shape, type Split, shapeTitles, split } from './data.ts'
import type { News, Question } from './experiment.ts'
import type { Moment } from './moment.ts'
import { program } from './program.ts'
import {
  type Activation,
  activationTitles,
  type Loss,
  lossTitles,
  type Optimizer,
  optimizerTitles,
  parametersOf,
  refusal,
  type Setup,
} from './setup.ts'

export interface State {
  readonly data: Shape | 'own'
  readonly n: number
  readonly noise: number
  readonly ds: number
  readonly points: readonly Point[]
  readonly hidden: readonly number[]
  readonly act: Activation
  readonly loss: Loss
  readonly opt: Optimizer
  readonly lr: number
  readonly l2: number
  readonly batch: number
  readonly seed: number
  /** Layer and unit whose sum is written out, from 1. */
  readonly look: readonly number[]
  /** Steps that play goes at once. */
  readonly pace: number
  /** Updates done. */
  readonly step: number
}
export interface Derived extends Split {
  readonly parameters: number
  /** Why nothing is trained. */
  readonly refused: string | undefined
  readonly moment: Moment | undefined
}
export const mostSteps = 10_000
export const mostUnits = 512

const session = new Session<News, Question>('sandbox')

export const setupOf = ({ hidden, act, loss, opt, lr, l2, batch, seed }: State): Setup => ({
  hidden,
  act,
  loss,
  optimizer: opt,
  lr,
  l2,
  batch,
  seed,
})
export const splitOf = ({ data, n, noise, ds, points }: State): Split => split({ data, n, noise, seed: ds, points })

async function momentAt(question: Question, signal?: AbortSignal): Promise<Moment> {
  for (;;) {
    const news = await session.ask(question, signal)
    if ('moment' in news) return news.moment
  }
}
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const model: Model<State, Derived> = {
  schema: {
    data: choice('points', shapeTitles, 'moons'),
    n: integer('of each class', 100, { min: 5, max: 250 }),
    noise: number('noise', 0.15, { min: 0, max: 1, step: 0.05 }),
    ds: integer('seed of the points', 1, { min: 0, max: 999 }),
    points: pointsField('your own points'),
    hidden: list('units of the hidden layers', [4, 3], {
      min: 1,
      max: mostUnits,
      step: 1,
      length: [0, 6],
      whole: true,
    }),
    act: choice('activation', activationTitles, 'tanh'),
    loss: choice('loss', lossTitles, 'bce'),
    opt: choice('optimizer', optimizerTitles, 'sgd'),
    lr: number('learning rate', 0.1, { min: 0.0001, max: 10, step: 0.01 }),
    l2: number('L2, λ', 0, { min: 0, max: 1, step: 0.001 }),
    batch: integer('batch size', 20, { min: 1, max: 500 }),
    seed: integer('seed of the weights', 1, { min: 0, max: 999 }),
    look: list('layer and unit that are explained', [1, 1], { min: 1, max: mostUnits, step: 1, whole: true }),
    pace: integer('play: steps at once', 10, { min: 1, max: 200 }),
    step: integer('steps', 300, { min: 0, max: mostSteps }),
  },
  steps: ({ pace }, { moment, refused }) =>
    refused
      ? []
      : {
          count: moment?.broken ? moment.step : mostSteps,
          jumps: [1, 10, 100, 1000],
          pace,
          ...(moment && { name: `epoch ${moment.epoch}` }),
        },
  async derive(state, signal) {
    const points = splitOf(state)
    const setup = setupOf(state)
    const refused =
      points.train.length === 0
        ? 'There is no point to learn from: put some on the board, or choose a shape.'
        : refusal(setup)
    const moment = refused ? undefined : await momentAt({ settings: { ...setup, ...points }, step: state.step }, signal)
    return { ...points, parameters: parametersOf(setup), refused, moment }
  },
  table: (_, { parameters, train, test, moment }) => ({
    caption: 'The training at this step',
    columns: ['quantity', 'value'],
    rows: [
      ['parameters', parameters],
      ['points to learn from', train.length],
      ['points held out', test.length],
      ...(moment
        ? ([
            ['steps done', moment.step],
            ['loss, training', moment.train.loss],
            ['accuracy, training', moment.train.accuracy],
            ...(moment.test
              ? ([
                  ['loss, held out', moment.test.loss],
                  ['accuracy, held out', moment.test.accuracy],
                ] as const)
              : []),
            ['loss of the next batch', moment.total],
            ...(parameters > 400
              ? []
              : moment.layers.flatMap(({ w, b }, l) =>
                  w.flatMap((row, j) => [
                    ...row.map((v, i) => [`layer ${l + 1}, unit ${j + 1}, weight ${i + 1}`, v] as const),
                    [`layer ${l + 1}, unit ${j + 1}, bias`, b[j]!] as const,
                  ]),
                )),
          ] as const)
        : []),
    ],
  }),
  code: state => program(setupOf(state), splitOf(state), state.step),
  say: (_, { moment, refused }) =>
    refused ??
    (moment!.divergence && moment!.broken
      ? moment!.divergence
      : `After ${moment!.step} steps ${percent(moment!.train.accuracy)} of the points are right${
          moment!.test ? `, ${percent(moment!.test.accuracy)} of those held out` : ''
        }.`),
}
