import * as chainrule from 'chainrule'
import { setDevice, wasmDevice } from 'chainrule'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { firstDigits } from '../../../build/digits.ts'
import { initialState } from '../../frame/schema.ts'
import { type Shape, shapeTitles, split } from './data.ts'
import { exampleLoss } from './example-loss.ts'
import { type Question, sandbox, trained } from './experiment.ts'
import { model, phases, type State, setupOf, splitOf } from './model.ts'
import { type Look, momentOf } from './moment.ts'
import type { Layer, Training } from './training.ts'
import { weightsFile } from './weights-file.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

const initial = initialState(model.schema)
const trainingOf = (changes: Partial<State> = {}): Training => {
  const state = { ...initial, ...changes }
  return trained({ setup: setupOf(state), examples: { points: splitOf(state) } })
}
const at = async (training: Training, step: number, look?: Look) => {
  await training.go(step)
  return momentOf(training, look)
}
const flat = ({ w, b }: Layer): number[] => [...w.flat(), ...b]

describe('the points', () => {
  test('every shape: as many of each class, on the board, the same for a seed', () => {
    for (const data of Object.keys(shapeTitles) as Shape[]) {
      if ((data as string) === 'own') continue
      const settings = { data, n: 50, noise: 0.2, seed: 3, points: [] }
      const { train, test } = split(settings)
      expect(train.filter(p => p.label === 1)).toHaveLength(50)
      expect(test).toHaveLength(100)
      expect(test).not.toEqual(train)
      expect([...train, ...test].every(p => Math.abs(p.x) <= 3 && Math.abs(p.y) <= 3)).toBe(true)
      expect(split(settings)).toEqual({ train, test })
      expect(split({ ...settings, seed: 4 }).train).not.toEqual(train)
    }
  })
  test('own points are learned from; alone, every fourth is held out', () => {
    const points = [0, 1, 2, 3, 4].map(x => ({ x: x / 2, y: 0, label: x % 2 }))
    expect(splitOf({ ...initial, points }).train.slice(-5)).toEqual(points)
    const alone = splitOf({ ...initial, data: 'own', points })
    expect(alone.test).toEqual([points[3]])
    expect(alone.train).toHaveLength(4)
  })
  test('what an address may say of points', () => {
    const field = model.schema.points
    expect(field.parse('1,2,1;-0.5,0,0').value).toHaveLength(2)
    expect(field.parse('9,0,1')).toEqual({
      value: [{ x: 3, y: 0, label: 1 }],
      note: '“9,0,1” was moved onto the board',
    })
    expect(field.parse('1,2;a,b,c;1,1,2').value).toEqual([])
    expect(field.parse('1,2').note).toContain('no point x,y,class')
  })
})
describe('the training', () => {
  test.each([
    ['moons', [8], 0.97],
    ['circles', [6], 0.97],
    ['xor', [6], 0.97],
    ['gaussians', [], 0.95],
    ['spirals', [16, 16], 0.95],
  ] as const)('learns %s', async (data, hidden, accuracy) => {
    const moment = await at(trainingOf({ data, hidden, noise: 0.05, opt: 'adam', lr: 0.02 }), 2000)
    expect(moment.test!.accuracy).toBeGreaterThan(accuracy)
    expect(moment.train.confusion.flat().reduce((a, b) => a + b)).toBe(200)
  })
  test.each(['sgd', 'momentum', 'rmsprop', 'adam'] as const)(
    'going back and on again with %s gives the same bits',
    async opt => {
      const training = trainingOf({ opt, lr: 0.03 })
      const early = await at(training, 37)
      const late = await at(training, 150)
      expect(await at(training, 37)).toEqual(early)
      expect(await at(training, 149)).not.toEqual(late)
      expect(await at(training, 150)).toEqual(late)
      expect(await at(trainingOf({ opt, lr: 0.03 }), 150)).toEqual(late)
    },
  )
  test('a step of gradient descent by hand', async () => {
    const training = trainingOf({ lr: 0.5, l2: 0.01 })
    const before = await at(training, 10)
    const after = await at(training, 11)
    for (const [l, layer] of before.layers.entries()) {
      const slope = flat(before.gradients[l]!)
      for (const [i, v] of flat(layer).entries()) expect(flat(after.layers[l]!)[i]).toBeCloseTo(v - 0.5 * slope[i]!, 6)
    }
    const squares = before.layers.flatMap(layer => layer.w.flat()).reduce((sum, v) => sum + v * v, 0)
    expect(before.total - before.loss).toBeCloseTo((0.01 / 2) * squares, 6)
  })
  test('looking at the update shows the parameters of the next step, and does not go there', async () => {
    const training = trainingOf({ opt: 'adam', lr: 0.02 })
    const { updated, ...moment } = await at(training, 31, { update: true })
    expect(await at(training, 31)).toEqual({ ...moment, updated: undefined })
    expect(updated).toEqual((await at(training, 32)).layers)
  })
  test.each(['bce', 'mse', 'hinge'] as const)('%s of one example, by hand', async loss => {
    for (const label of [0, 1]) {
      const points = [{ x: 1, y: -0.5, label }]
      const { loss: engine, sample } = await at(trainingOf({ data: 'own', points, loss, l2: 0.1 }), 3)
      expect(exampleLoss(loss, sample.activations.at(-1)!, label).value).toBeCloseTo(engine, 5)
    }
  })
  test('the unit that is written out adds up', async () => {
    const { layers, sample } = await at(trainingOf(), 50)
    for (const [l, { w, b }] of layers.entries())
      for (const [j, row] of w.entries()) {
        const sum = row.reduce((s, v, i) => s + v * sample.activations[l]![i]!, b[j]!)
        expect(sample.activations[l + 1]![j]).toBeCloseTo(l === layers.length - 1 ? sum : Math.tanh(sum), 5)
      }
  })
  test('it stops at the last finite step, and says why', async () => {
    const training = trainingOf({ act: 'identity', hidden: [8, 8], data: 'xor', lr: 10 })
    const moment = await at(training, 2000)
    expect(moment.broken).toBe(true)
    expect(moment.divergence).toContain('learning rate')
    expect(moment.divergence).toContain(`since step ${moment.step + 1} `)
    expect(moment.step).toBeLessThan(2000)
    expect(moment.layers.flatMap(l => [...l.w.flat(), ...l.b]).every(Number.isFinite)).toBe(true)
    expect(Number.isFinite(moment.total)).toBe(true)
    // it stays asleep there, and wakes where it is still well
    expect((await at(training, 2000)).step).toBe(moment.step)
    expect((await at(training, 1)).broken).toBe(moment.step <= 1)
  })
})
describe('the experiment', () => {
  const question = (changes: Partial<State>, step: number): Question => {
    const state = { ...initial, ...changes }
    const begin = { setup: setupOf(state), examples: { points: splitOf(state) } }
    return { name: JSON.stringify(changes), begin, step, look: {} }
  }
  test('a training that it does not know is asked for', async () => {
    const experiment = await sandbox(undefined)
    const { begin, ...known } = question({}, 2)
    expect(await experiment.answer!(known)).toEqual({ unknown: true })
    const first = await experiment.answer!({ ...known, begin: begin! })
    expect(await experiment.answer!(known)).toEqual(first)
  })
  test('a long way is gone in pieces', async () => {
    const experiment = await sandbox(undefined)
    let answers = 0
    for (;;) {
      answers++
      const news = await experiment.answer!(question({ hidden: [32, 32], opt: 'adam', lr: 0.01 }, 3000))
      if ('moment' in news) {
        expect(news.moment.step).toBe(3000)
        break
      }
      expect('on' in news && news.on).toBeLessThan(3000)
    }
    expect(answers).toBeGreaterThan(1)
  })
})
test('what is too large is refused with the reason, and so is nothing', async () => {
  const large = await model.derive({ ...initial, hidden: [128, 128] })
  expect(large.moment).toBeUndefined()
  expect(large.refused).toContain('(2 + 1)·128 + (128 + 1)·128 + (128 + 1)·1 = 17,025 parameters')
  const empty = await model.derive({ ...initial, data: 'own' })
  expect(empty.refused).toContain('no point to learn from')
  expect(model.say(initial, empty)).toBe(empty.refused)
})

describe('digits', () => {
  const digits: State = { ...initial, data: 'digits', hidden: [16], n: 40 }
  const drawn = [{ label: 3, pixels: 'PPPPPPPPPPPPPPPPPPPPPPPPPPPP' }]
  const trainingOn = async (changes: Partial<State> = {}): Promise<Training> => {
    const state = { ...digits, ...changes }
    return trained({ setup: setupOf(state), examples: { digits: await packed, n: state.n, drawn: state.drawn } })
  }
  const packed = firstDigits(1500, 600)
  test('are learned, with the confusion and the mistakes', async () => {
    const { train, test, sample } = await at(await trainingOn({ opt: 'adam', lr: 0.01 }), 400)
    expect(train.count).toBe(400)
    expect(train.accuracy).toBeGreaterThan(0.97)
    expect(test!.accuracy).toBeGreaterThan(0.8)
    expect(test!.confusion).toHaveLength(10)
    expect(test!.wrong.length).toBeGreaterThan(0)
    for (const { input, label, says } of test!.wrong) {
      expect(input).toHaveLength(196)
      expect(says).not.toBe(label)
    }
    expect(sample.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
  })
  test('drawn ones are learned from, and read', async () => {
    const input = Float32Array.from({ length: 196 }, (_, i) => (i % 14) / 14)
    const moment = await at(await trainingOn({ drawn }), 5, { input })
    expect(moment.train.count).toBe(401)
    expect(moment.sample.label).toBeUndefined()
    expect(moment.sample.activations[0]).toEqual([...input])
    expect(moment.sample.activations.map(a => a.length)).toEqual([196, 16, 10])
  })
  test.each(['bce', 'mse', 'hinge'] as const)('%s of one of them, by hand', async loss => {
    const { loss: engine, sample } = await at(await trainingOn({ loss, batch: 1 }), 4)
    expect(exampleLoss(loss, sample.activations.at(-1)!, sample.label!).value).toBeCloseTo(engine, 5)
  })
  test('what an address may say of drawings', () => {
    const field = model.schema.drawn
    expect(field.parse(field.format(drawn))).toEqual({ value: drawn })
    expect(field.parse('x.AA;3.A!;4.BB')).toEqual({
      value: [{ label: 4, pixels: 'BB' }],
      note: '2 of these are no digit with its drawing',
    })
  })
  test('the program gives the numbers on screen', async () => {
    const state: State = { ...digits, drawn, loss: 'mse', l2: 0.001, step: 30 }
    const all = await firstDigits(4000, 1000)
    const training = trained({ setup: setupOf(state), examples: { digits: all, n: state.n, drawn } })
    const { train, test } = await at(training, state.step)
    await expectProgram(state, [train.loss, train.accuracy, test!.loss, test!.accuracy])
  })
})
test('every part of the program that the view names is in it, in that order', () => {
  for (const data of ['moons', 'digits'] as const) {
    const state: State = { ...initial, data, hidden: [6, 6, 6], act: 'relu' }
    const code = model.code(state)
    const parts = model.codeParts!(state)
    let from = 0
    for (const { text } of parts) {
      expect(code.indexOf(text, from), text).toBeGreaterThanOrEqual(from)
      from = code.indexOf(text, from) + text.length
    }
    for (const phase of phases) expect(parts.map(part => part.q)).toContain(`phase.${phase}`)
  }
})
async function expectProgram(state: State, shown: readonly number[]): Promise<void> {
  const { code } = await transform(model.code(state), { loader: 'ts' })
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const body = code.replace(/import (\{[^}]*\}) from ["']chainrule["'];/, 'const $1 = chainrule;')
  const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (c: unknown) => Promise<void>
  await new AsyncFunction('chainrule', body)(chainrule)
  const logged = log.mock.calls.flat()
  log.mockRestore()
  expect(logged).toHaveLength(shown.length)
  for (const [i, value] of shown.entries()) expect(logged[i]).toBeCloseTo(value, 5)
}

test.each([
  { hidden: [5, 4], act: 'relu', loss: 'mse', opt: 'adam', lr: 0.02, l2: 0.01, batch: 7, step: 40 },
  { hidden: [], loss: 'hinge', opt: 'momentum', lr: 0.01, l2: 0.1, step: 25 },
  { hidden: [3, 3, 3], act: 'identity', opt: 'rmsprop', lr: 0.01, l2: 0.01, batch: 500, step: 30 },
] as const)('the program gives the numbers on screen: %o', async changes => {
  const state: State = { ...initial, ...changes, points: [{ x: 1, y: 2, label: 0 }] }
  const { train, test: held } = (await model.derive(state)).moment!
  await expectProgram(state, [train.loss, train.accuracy, held!.loss, held!.accuracy])
})
test('the file of weights fits the network that its program makes', async () => {
  const training = trainingOf({ hidden: [4, 3] })
  const { layers, sample } = await at(training, 5)
  const { tensors } = chainrule.io.parseSafetensors(weightsFile(layers))
  const { nn } = chainrule
  const model = nn.sequential(nn.linear(2, 4), nn.tanh(), nn.linear(4, 3), nn.tanh(), nn.linear(3, 1))
  const read = [...tensors].map(
    ([name, { data, shape }]) => [name, chainrule.tensor(data as Float32Array, { shape: shape as never })] as const,
  )
  model.loadStateDict(new Map(read) as never)
  const [x, ...activations] = sample.activations
  const z = await model.forward(chainrule.tensor([...x!], { shape: [1, 2] })).item()
  expect(z).toBeCloseTo(activations.at(-1)![0]!, 5)
})
