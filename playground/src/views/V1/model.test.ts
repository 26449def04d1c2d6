import { setDevice, wasmDevice } from 'chainrule'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstDigits } from '../../../build/digits.ts'
import { initialState, parseState } from '../../frame/schema.ts'
import { digitSide, packDigits, unpackDigits } from '../../lab/digit-file.ts'
import { convnet, type Look } from './experiment.ts'
import { architectureOf, model } from './model.ts'
import { cone, lenet, network } from './network.ts'

const at = async (hash: string) => model.derive(parseState(model.schema, hash).state)

beforeAll(() => setDevice(wasmDevice({ threads: 1 })))
afterAll(() => setDevice())

test('LeNet-5 as usually rebuilt: 61 706 parameters, and its shapes', async () => {
  const d = await at('')
  expect(d.parameters).toBe(61_706)
  expect(d.layers.map(l => l.shape.join('×'))).toEqual([
    '1×28×28',
    '6×28×28',
    '6×28×28',
    '6×14×14',
    '16×10×10',
    '16×10×10',
    '16×5×5',
    '120',
    '120',
    '84',
    '84',
    '10',
  ])
})
test('six 5×5 kernels on 32×32×3: 456 parameters', () => {
  const { layers } = network({ ...lenet, p1: 0 }, [3, 32, 32])
  expect(layers[1]).toMatchObject({ shape: [6, 28, 28], parameters: 456 })
})
test('what does not fit is named', async () => {
  expect((await at('s1=3&p1=0&f1=5')).misfit).toMatchObject({ name: 'conv 1' })
})
test('where a unit comes from: a pixel of the second pool sees 14 × 14 and all of a unit of FC', () => {
  const { layers } = network(lenet)
  const box = cone(layers, 6, 0, 2, 2)
  expect([box.bottom - box.top, box.right - box.left]).toEqual([16, 16])
  expect(cone(layers, 7, 0, 0, 0)).toEqual({ top: 0, left: 0, bottom: 28, right: 28 })
})
test('digits survive their packing', async () => {
  const bytes = await firstDigits(12, 5)
  const { train, test } = unpackDigits(bytes)
  expect(train.labels).toHaveLength(12)
  expect(test.pixels).toHaveLength(5 * digitSide ** 2)
  expect([...packDigits({ train, test })]).toEqual([...bytes])
})
test('it learns, explains every unit, and is the same again from the same seed', async () => {
  const settings = {
    architecture: architectureOf(initialState(model.schema)),
    lr: 0.002,
    seed: 1,
    digits: await firstDigits(1600, 300),
  }
  const studio = await convnet(settings)
  const before = await studio.news()
  expect(before.maps.map(m => m.length)).toEqual([784, 4704, 4704, 1176, 1600, 1600, 400, 120, 120, 84, 84, 10])
  for (let i = 0; i < 120; i++) await studio.step()
  const after = await studio.news()
  expect(after.accuracies.at(-1)![1]).toBeGreaterThan(0.7)
  expect(after.accuracies.at(-1)![1]).toBeGreaterThan(before.accuracies[0]![1])
  for (const [layer, map, row, column] of [
    [1, 2, 10, 12],
    [2, 2, 10, 12],
    [3, 1, 7, 7],
    [4, 9, 4, 5],
    [7, 30, 0, 0],
    [11, 7, 0, 0],
  ] as const) {
    const look: Look = { picture: 3, what: 'activations', unit: { layer, map, row, column } }
    const { unit } = await studio.answer!(look)
    const sum = unit!.parts.reduce((s, p) => s + p.sum, 0) + unit!.bias
    expect(sum).toBeCloseTo(unit!.value, 4)
  }
  const gradients = await studio.answer!({
    picture: 3,
    what: 'gradients',
    unit: { layer: 1, map: 0, row: 0, column: 0 },
  })
  expect(gradients.maps[0]!.some(v => v !== 0)).toBe(true)
  const again = await convnet(settings)
  for (let i = 0; i < 5; i++) await again.step()
  expect((await again.news()).losses).toEqual(after.losses.slice(0, 5))
})
