/** F1: any dense network on any points of two classes in the plane, or on digits, at any phase of any step of its training. */
import type { Model } from '../../frame/define.ts'
import { drawing } from '../../frame/drawing.ts'
import { choice, integer, list, number } from '../../frame/schema.ts'
import { digitSide } from '../../lab/digit-file.ts'
import { Session } from '../../lab/session.ts'
import { type Point, pointsField, type Shape, type Split, shapeTitles, split } from './data.ts'
import { classes, type Drawn, drawnField, seen, side } from './digits.ts'
import type { Examples, News, Question } from './experiment.ts'
import type { Moment } from './moment.ts'
import { digitProgram, pointProgram, programParts } from './program.ts'
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
  readonly data: Shape | 'own' | 'digits'
  readonly n: number
  readonly noise: number
  readonly ds: number
  readonly points: readonly Point[]
  /** What is shown to the network, and drawings that it learns from. */
  readonly draw: string
  readonly drawn: readonly Drawn[]
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
  /** Which of the phases of the coming step is on screen. */
  readonly phase: number
}
/** Points have their places here, too. */
export interface Derived extends Split {
  readonly setup: Setup
  readonly parameters: number
  /** Why nothing is trained. */
  readonly refused: string | undefined
  readonly moment: Moment | undefined
}
export const mostSteps = 10_000
export const mostUnits = 512

export const phases = ['predict', 'loss', 'gradient', 'update'] as const

const session = new Session<News, Question>('sandbox')

export const setupOf = ({ data, hidden, act, loss, opt, lr, l2, batch, seed }: State): Setup => ({
  inputs: data === 'digits' ? side * side : 2,
  outputs: data === 'digits' ? classes : 1,
  hidden,
  act,
  loss,
  optimizer: opt,
  lr,
  l2,
  batch,
  seed,
})
/** The points, where there are some. */
export const splitOf = ({ data, n, noise, ds, points }: State): Split =>
  data === 'digits' ? { train: [], test: [] } : split({ data, n, noise, seed: ds, points })

async function examplesAt({ data, n, drawn }: State, points: Split): Promise<Examples> {
  if (data !== 'digits') return { points }
  const { loadDigits } = await import('../../lab/digits.ts')
  return { digits: await loadDigits(), n, drawn }
}
async function momentAt(state: State, setup: Setup, shown: Split, signal?: AbortSignal): Promise<Moment> {
  const { data, n, noise, ds, points, drawn, draw, step, phase } = state
  const question: Question = {
    name: JSON.stringify([setup, data, n, noise, ds, points, drawn]),
    step,
    look: {
      update: phases[phase] === 'update',
      ...(data === 'digits' && draw !== '' && { input: seen(draw) }),
    },
  }
  let begin: Question['begin']
  for (;;) {
    const news = await session.ask({ ...question, ...(begin && { begin }) }, signal)
    if ('moment' in news) return news.moment
    begin = 'unknown' in news ? { setup, examples: await examplesAt(state, shown) } : undefined
  }
}
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const model: Model<State, Derived> = {
  schema: {
    data: choice('examples', { ...shapeTitles, digits: 'handwritten digits' }, 'moons'),
    n: integer('of each class', 100, { min: 5, max: 250 }),
    noise: number('noise', 0.15, { min: 0, max: 1, step: 0.05 }),
    ds: integer('seed of the points', 1, { min: 0, max: 999 }),
    points: pointsField('your own points'),
    draw: drawing('your digit', digitSide),
    drawn: drawnField('your digits'),
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
    phase: integer('phase of the coming step', 0, { min: 0, max: phases.length - 1 }),
  },
  steps: ({ pace }, { moment, refused }) =>
    refused
      ? []
      : {
          count: moment?.broken ? moment.step : mostSteps,
          jumps: [1, 10, 100, 1000],
          pace,
          phases,
          ...(moment && { name: `epoch ${moment.epoch}` }),
        },
  async derive(state, signal) {
    const points = splitOf(state)
    const setup = setupOf(state)
    const refused =
      state.data !== 'digits' && points.train.length === 0
        ? 'There is no point to learn from: put some on the board, or choose a shape.'
        : refusal(setup)
    const moment = refused ? undefined : await momentAt(state, setup, points, signal)
    return { ...points, setup, parameters: parametersOf(setup), refused, moment }
  },
  table: (_, { parameters, moment }) => ({
    caption: 'The training at this step',
    columns: ['quantity', 'value'],
    rows: [
      ['parameters', parameters],
      ...(moment
        ? ([
            ['steps done', moment.step],
            ['examples to learn from', moment.train.count],
            ['loss, training', moment.train.loss],
            ['accuracy, training', moment.train.accuracy],
            ...(moment.test
              ? ([
                  ['examples held out', moment.test.count],
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
  code: state =>
    state.data === 'digits'
      ? digitProgram(setupOf(state), state.n, state.drawn, state.step)
      : pointProgram(setupOf(state), splitOf(state), state.step),
  codeParts: state => programParts(setupOf(state)),
  say: (_, { moment, refused }) =>
    refused ??
    (moment!.divergence && moment!.broken
      ? moment!.divergence
      : `After ${moment!.step} steps ${percent(moment!.train.accuracy)} of the examples are right${
          moment!.test ? `, ${percent(moment!.test.accuracy)} of those held out` : ''
        }.`),
}
