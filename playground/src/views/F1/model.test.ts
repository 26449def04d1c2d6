import * as chainrule from 'chainrule'
import { setDevice, wasmDevice } from 'chainrule'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { initialState } from '../../frame/schema.ts'
import { type Shape, shapeTitles, split } from './data.ts'
import { type Question, sandbox } from './experiment.ts'
import { model, type State, setupOf, splitOf } from './model.ts'
import { momentOf } from './moment.ts'
import { type Layer, Training } from './training.ts'
import { weightsFile } from './weights-file.ts'

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

const initial = initialState(model.schema)
const trainingOf = (changes: Partial<State> = {}): Training => {
  const state = { ...initial, ...changes }
  return new Training({ ...setupOf(state), ...splitOf(state) })
}
const at = async (training: Training, step: number) => {
  await training.go(step)
  return momentOf(training)
}

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
    expect(split({ ...initial, seed: 1, points }).train.slice(-5)).toEqual(points)
    const alone = split({ ...initial, data: 'own', seed: 1, points })
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
    const flat = ({ w, b }: Layer): number[] => [...w.flat(), ...b]
    for (const [l, layer] of before.layers.entries()) {
      const slope = flat(before.gradients[l]!)
      for (const [i, v] of flat(layer).entries()) expect(flat(after.layers[l]!)[i]).toBeCloseTo(v - 0.5 * slope[i]!, 6)
    }
    const squares = before.layers.flatMap(layer => layer.w.flat()).reduce((sum, v) => sum + v * v, 0)
    expect(before.total - before.loss).toBeCloseTo((0.01 / 2) * squares, 6)
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
    return { settings: { ...setupOf(state), ...splitOf(state) }, step }
  }
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
      expect(news.on).toBeLessThan(3000)
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

test.each([
  { hidden: [5, 4], act: 'relu', loss: 'mse', opt: 'adam', lr: 0.02, l2: 0.01, batch: 7, step: 40 },
  { hidden: [], loss: 'hinge', opt: 'momentum', lr: 0.01, l2: 0.1, step: 25 },
  { hidden: [3, 3, 3], act: 'identity', opt: 'rmsprop', lr: 0.01, l2: 0.01, batch: 500, step: 30 },
] as const)('the program gives the numbers on screen: %o', async changes => {
  const state: State = { ...initial, ...changes, points: [{ x: 1, y: 2, label: 0 }] }
  const { train, test: held } = (await model.derive(state)).moment!
  const { code } = await transform(model.code(state), { loader: 'ts' })
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const body = code.replace(/import (\{[^}]*\}) from ["']chainrule["'];/, 'const $1 = chainrule;')
  const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (c: unknown) => Promise<void>
  await new AsyncFunction('chainrule', body)(chainrule)
  const logged = log.mock.calls.flat()
  log.mockRestore()
  const shown = [train.loss, train.accuracy, held!.loss, held!.accuracy]
  expect(logged).toHaveLength(4)
  for (const [i, value] of shown.entries()) expect(logged[i]).toBeCloseTo(value, 5)
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
