import fc from 'fast-check'
import { expect, test } from 'vitest'
import { perceptron, tensor } from '../index.ts'
import { feasibility } from './simplex.ts'

const { gates, gateWeights, truthTable, learn, decide, separates, verifyCertificate, verifySeparator } = perceptron

test('the lecture’s weights are the gates, on the engine and in exact arithmetic', async () => {
  for (const [name, inputs] of [
    ['and', 2],
    ['or', 2],
    ['not', 1],
    ['nand', 3],
    ['nor', 3],
    ['majority', 5],
    ['majority', 4],
  ] as const) {
    const table = truthTable(inputs, gates[name])
    const weights = gateWeights[name](inputs)
    expect(separates(table, weights), name).toBe(true)
    const unit = perceptron.unit(weights.weights, weights.bias)
    const fires = await unit.forward(tensor(table.points as number[][])).data()
    expect([...fires], name).toEqual(table.labels.map(Number))
  }
  expect(gateWeights.and()).toEqual({ weights: [1, 1], bias: -1.5 })
  expect(gateWeights.not()).toEqual({ weights: [-1], bias: 0.5 })
  expect(
    await perceptron
      .unit([1, 1], -1.5)
      .preActivation(tensor([1, 1]))
      .item(),
  ).toBe(0.5)
})

test('Rosenblatt’s rule learns AND in 10 updates and OR in 4', () => {
  const and = learn(truthTable(2, gates.and))
  expect(and).toMatchObject({ converged: true, updates: 10, weights: [2, 1], bias: -2 })
  expect(and.history).toHaveLength(10)
  expect(and.history[0]).toEqual({ sample: 3, sign: 1, weights: [1, 1], bias: 1 })
  expect(learn(truthTable(2, gates.or))).toMatchObject({ converged: true, updates: 4 })
})

test('XOR: the weights return after every pass, and a point lies on both sides', () => {
  const xor = truthTable(2, gates.xor)
  const result = decide(xor)
  expect(result.separable).toBe(false)
  if (result.separable) return
  expect(result.cycle).toEqual({ start: 8, length: 4, updates: 4 })
  expect(result.certificate.point).toEqual([0.5, 0.5])
  expect(verifyCertificate(xor, result.certificate)).toBe(true)
  expect(result.sentence).toBe(
    'not separable: the point (0.5, 0.5) is a mixture of 2 samples that should fire and of 2 samples that should not; ' +
      'the rule returns to the same weights every 4 presentations',
  )
})

test('of the functions of 1, 2 and 3 bits 4, 14 and 104 are separable', () => {
  for (const [inputs, expected] of [
    [1, 4],
    [2, 14],
    [3, 104],
  ] as const) {
    const functions = perceptron.booleanFunctions(inputs)
    let separable = 0
    for (const table of functions) {
      const result = decide(table)
      if (result.separable) {
        separable++
        expect(verifySeparator(table, result.exact)).toBe(true)
        expect(separates(table, result)).toBe(true)
      } else expect(verifyCertificate(table, result.certificate)).toBe(true)
    }
    expect(separable).toBe(expected)
  }
})

test('without a bias OR is possible and AND is not', () => {
  const or = decide(truthTable(2, gates.or), { bias: false })
  expect(or).toMatchObject({ separable: true, bias: 0 })
  const table = truthTable(2, gates.and)
  const and = decide(table, { bias: false })
  expect(and.separable).toBe(false)
  // (1, 1) = (0, 1) + (1, 0): w₁ ≤ 0 and w₂ ≤ 0 forbid w₁ + w₂ > 0
  if (!and.separable) {
    expect(verifyCertificate(table, and.certificate, false)).toBe(true)
    expect(and.certificate.negatives.map(s => s.sample)).toEqual([1, 2])
  }
})

const coordinate = fc.integer({ min: -8, max: 8 }).map(n => n / 4)
const clouds = fc.integer({ min: 1, max: 4 }).chain(features =>
  fc.array(fc.tuple(fc.array(coordinate, { minLength: features, maxLength: features }), fc.boolean()), {
    minLength: 1,
    maxLength: 14,
  }),
)

test('any samples are decided, and the proof holds', () => {
  let separable = 0
  let not = 0
  fc.assert(
    fc.property(clouds, fc.boolean(), (cloud, bias) => {
      const samples = { points: cloud.map(c => c[0]), labels: cloud.map(c => c[1]) }
      // few updates, so that the program decides as well
      const result = decide(samples, { bias, maxUpdates: 3 })
      if (result.separable) {
        separable++
        expect(verifySeparator(samples, result.exact, bias)).toBe(true)
        if (bias) expect(separates(samples, result)).toBe(true)
        if (bias) expect(learn(samples, { maxUpdates: 1e4 }).cycle).toBeUndefined()
      } else {
        not++
        expect(verifyCertificate(samples, result.certificate, bias)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
  expect(Math.min(separable, not)).toBeGreaterThan(30)
})

test('without a bias the rule may go in circles around weights that touch a point', () => {
  const touching = {
    points: [
      [-0.75, 1.5],
      [0, -0.25],
      [0.5, -1],
    ],
    labels: [false, true, false],
  }
  expect(learn(touching, { bias: false }).cycle).toBeDefined()
  expect(decide(touching, { bias: false })).toMatchObject({
    separable: true,
    weights: [-2, -1],
    sentence: 'separable by a linear program; the rule goes in circles',
  })
})

test('floats are taken as they are: 0.1 + 0.2 is not 0.3', () => {
  // on a line, the point that should not fire lies between the others by one unit in the last place
  const tight = { points: [[0.3], [0.1 + 0.2], [0.1 + 0.2 + 2 ** -53]], labels: [true, false, true] }
  const result = decide(tight)
  expect(result.separable).toBe(false)
  const apart = { points: [[0.3], [0.1 + 0.2]], labels: [false, true] }
  const separator = decide(apart, { maxUpdates: 5 })
  expect(separator.separable).toBe(true)
  if (separator.separable) expect(verifySeparator(apart, separator.exact)).toBe(true)
})

test('a false proof is refused', () => {
  const table = truthTable(2, gates.and)
  expect(separates(table, { weights: [1, 1], bias: -2 })).toBe(false)
  expect(verifySeparator(table, [1n, 1n, -2n])).toBe(false)
  const share = (...samples: number[]) => samples.map(sample => ({ sample, weight: 1n }))
  const certificate = { positives: share(3), negatives: share(1), total: 1n, point: [1, 1] }
  expect(verifyCertificate(table, certificate)).toBe(false)
  expect(verifyCertificate(table, { ...certificate, negatives: share(3) })).toBe(false)
})

test('the program finds a solution or Farkas’s proof', () => {
  const found = feasibility(
    [
      [1n, 2n, 0n],
      [0n, 1n, 1n],
    ],
    [4n, 3n],
  )
  expect(found.feasible).toBe(true)
  if (found.feasible) {
    const [a, b, c] = found.solution as [bigint, bigint, bigint]
    expect([a + 2n * b, b + c]).toEqual([4n * found.denominator, 3n * found.denominator])
  }
  const none = feasibility(
    [
      [1n, 1n],
      [1n, 1n],
    ],
    [1n, 2n],
  )
  expect(none.feasible).toBe(false)
  if (!none.feasible) {
    const [y1, y2] = none.proof as [bigint, bigint]
    expect(y1 + y2 <= 0n).toBe(true)
    expect(y1 + 2n * y2 > 0n).toBe(true)
  }
})

test('the unit of 1943: any inhibitory input keeps it from firing', async () => {
  const unit = perceptron.mcCullochPitts([1, 1, -1], 2)
  const { points } = truthTable(3, () => false)
  const fires = await unit.forward(tensor(points as number[][])).data()
  expect([...fires]).toEqual([0, 0, 0, 0, 0, 0, 1, 0])
  expect(() => unit.forward(tensor([0.5, 1, 0]))).toThrow('mcCullochPitts: inputs are 0 or 1, got 0.5')
  expect(() => perceptron.mcCullochPitts([2 as 1], 1)).toThrow('connections are −1, 0 or 1')
})

test('the separator and the certificate as pictures', () => {
  const and = truthTable(2, gates.and)
  const found = decide(and)
  const picture = perceptron.svg(and, found)
  expect(picture.match(/<circle/g)).toHaveLength(4)
  // 2x + y = 2 cuts the frame [−0.25, 1.25]² at (0.375, 1.25) and (1.125, −0.25)
  const [a, b] = [...picture.matchAll(/<polygon points="([^"]+)" stroke="currentColor" stroke-width="1.5"/g)][0]![1]!
    .split(' ')
    .map(p => p.split(',').map(Number)) as [number[], number[]]
  const place = (x: number, y: number) => [30 + ((x + 0.25) / 1.5) * 260, 290 - ((y + 0.25) / 1.5) * 260]
  const expected = [place(1.125, -0.25), place(0.375, 1.25)]
  for (const [i, point] of [a, b].entries())
    for (const [k, x] of point.entries()) expect(x).toBeCloseTo(expected[i]![k]!, 0)
  const xor = truthTable(2, gates.xor)
  expect(perceptron.svg(xor, decide(xor)).match(/stroke-dasharray/g)).toHaveLength(4)
  const not = truthTable(1, gates.not)
  expect(perceptron.svg(not, decide(not)).match(/<circle/g)).toHaveLength(2)
  const majority = truthTable(3, gates.majority)
  expect(() => perceptron.svg(majority, decide(majority))).toThrow('svg: draws points of 1 or 2 features, got 3')
})

test('what is no data says so', () => {
  expect(() => learn({ points: [], labels: [] })).toThrow('perceptron: there are no samples')
  expect(() => learn({ points: [[1], [2]], labels: [1] })).toThrow('2 points, but 1 labels')
  expect(() => learn({ points: [[1], [2, 3]], labels: [1, 0] })).toThrow('point 1 has 2 features, point 0 has 1')
  expect(() => learn({ points: [[1]], labels: [-1] })).toThrow('label 0 is -1; labels are 0 and 1')
  expect(() => decide({ points: [[Number.NaN]], labels: [1] })).toThrow('point 0 holds NaN')
  expect(() => perceptron.unit([1, 1], 0).forward(tensor([1, 2, 3]))).toThrow('unit: expected 2 features, got 3')
})
