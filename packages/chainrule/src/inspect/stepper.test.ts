import { expect, test } from 'vitest'
import { inspect, nn, optim, random, tensor, variable } from '../index.ts'

const xor = {
  x: tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]),
  y: tensor([[0], [1], [1], [0]]),
}

test('five phases, each shows what is new; the numbers are the lecture’s', async () => {
  const w = variable([1, 2, 3])
  const steps = inspect.stepper({
    parameters: { w },
    predict: x =>
      (x as ReturnType<typeof tensor>)
        .mul(w as never)
        .sum()
        .sigmoid(),
    loss: nn.mse,
    batch: { x: tensor([0.1, 0.15, 0.2]), y: tensor(1) },
    learningRate: 1,
  })
  expect(await steps.state).toMatchObject({ phase: 'start', next: 'predict', step: 0, loss: undefined })
  const predicted = await steps.next()
  expect(predicted.prediction!.data[0]).toBeCloseTo(0.7310586, 6)
  expect(predicted.loss).toBeUndefined()
  expect((await steps.next()).loss).toBeCloseTo(0.0723295, 6)
  const gradient = (await steps.next()).gradients!.get('w')!.data
  for (const [i, expected] of [-0.010575, -0.015863, -0.021151].entries()) expect(gradient[i]).toBeCloseTo(expected, 5)
  const updated = await steps.next()
  expect(updated).toMatchObject({ phase: 'update', next: 'iterate', step: 1 })
  for (const [i, expected] of [1.01058, 2.01586, 3.02115].entries())
    expect(updated.parameters.get('w')!.data[i]).toBeCloseTo(expected, 5)
  expect([...updated.before!.get('w')!.data]).toEqual([1, 2, 3])
  const iterated = await steps.next()
  expect(iterated).toMatchObject({ phase: 'iterate', next: 'predict', step: 1, prediction: undefined })
  expect((await steps.next()).prediction!.data[0]).toBeCloseTo(0.73256, 5)
  expect((await steps.next()).loss).toBeCloseTo(0.07152, 5)
})

test.each([
  ['sgd with momentum', () => optim.sgd({ learningRate: 0.3, momentum: 0.9 })],
  ['adam', () => optim.adam({ learningRate: 0.05 })],
])('back and forth gives the same bits, with dropout, batch norm and %s', async (_, optimizer) => {
  random.seed(5)
  const model = nn.sequential(nn.linear(2, 6), nn.batchNorm1d(6), nn.tanh(), nn.dropout(0.2), nn.linear(6, 1))
  const steps = inspect.stepper({ parameters: model, loss: nn.mse, batch: xor, optimizer: optimizer() })
  const all = async () => Promise.all([...model.stateDict().values()].map(async v => [...(await v.data())]))
  await steps.run(3)
  const there = await all()
  const seen: unknown[] = []
  for (let i = 0; i < 12; i++) {
    const { phase, loss, prediction, gradients } = await steps.next()
    seen.push({ phase, loss, prediction, gradients }, await all())
  }
  for (let i = 0; i < 12; i++) await steps.back()
  expect(await all()).toEqual(there)
  const again: unknown[] = []
  for (let i = 0; i < 12; i++) {
    const { phase, loss, prediction, gradients } = await steps.next()
    again.push({ phase, loss, prediction, gradients }, await all())
  }
  expect(again).toEqual(seen)
  const start = await steps.rewind()
  expect(start).toMatchObject({ step: 0, phase: 'start' })
})

test('the history is a ring', async () => {
  const steps = inspect.stepper({
    parameters: nn.linear(2, 1),
    loss: nn.mse,
    batch: xor,
    history: 3,
  })
  await steps.run(2)
  for (let i = 0; i < 10; i++) await steps.back()
  expect((await steps.state).step).toBe(1)
})

test('a learning rate above 2/curvature is named', async () => {
  const w = variable(1)
  const steps = inspect.stepper({
    parameters: { w },
    predict: () => w,
    loss: (prediction: typeof w) => prediction.square().mul(2), // curvature 4: bound 1/2
    batch: { x: tensor(0), y: tensor(0) },
    learningRate: 0.6,
  })
  let state = await steps.run(4)
  expect(state.divergence).toBeUndefined()
  state = await steps.run(3)
  expect(state.divergence?.kind).toBe('growing')
  expect(state.divergence?.sentence).toMatch(/^The loss grew 6 steps in a row, from 2 to 113/)
  expect(state.divergence?.sentence).toContain('the learning rate 0.6 is above 2/curvature = 0.5')
  await steps.change({ learningRate: 0.4 })
  const { losses } = await steps.run(6)
  expect(losses.at(-1)!).toBeLessThan(losses.at(-2)!)
})

test('a loss that is no number is named', async () => {
  const w = variable(10)
  const steps = inspect.stepper({
    parameters: { w },
    predict: () => w.pow(4),
    loss: (prediction: typeof w) => prediction.square(),
    batch: { x: tensor(0), y: tensor(0) },
    learningRate: 1,
  })
  const { divergence } = await steps.run(4)
  expect(divergence?.kind).toBe('not finite')
  expect(divergence?.sentence).toMatch(/^The loss is (Infinity|NaN) since step \d \(the last finite value was /)
})

test('a parameter changed by hand begins the step anew', async () => {
  const w = variable([1, 2])
  const steps = inspect.stepper({
    parameters: { w },
    predict: x => w.mul(x as never),
    loss: nn.mse,
    batch: { x: tensor([1, 1]), y: tensor([0, 0]) },
  })
  await steps.run(1)
  await steps.next()
  await steps.next()
  const changed = await steps.change({ w: [5, 5] })
  expect(changed).toMatchObject({ next: 'predict', loss: undefined })
  expect(changed.losses).toHaveLength(1)
  await steps.next()
  expect((await steps.next()).loss).toBe(25)
  await expect(steps.change({ v: [1] })).rejects.toThrow("stepper: there is no parameter 'v'; there is w")
})

test('what cannot be trained says why', () => {
  expect(() => inspect.stepper({ parameters: {}, predict: x => x, loss: nn.mse, batch: xor })).toThrow(
    'nothing to train',
  )
  expect(() => inspect.stepper({ parameters: { w: variable(1) }, loss: nn.mse, batch: xor })).toThrow('needs predict')
  expect(() => inspect.stepper({ parameters: nn.linear(2, 1), loss: nn.mse, batch: xor, history: 0 })).toThrow(
    'history must be an integer >= 1',
  )
})
