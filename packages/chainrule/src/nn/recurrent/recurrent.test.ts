/** What goldens do not show: states carried over pieces, lengths, derivatives, dropout, and bad input. */
import { beforeAll, expect, test } from 'vitest'
import { jsDevice } from '../../device/js/device.ts'
import { IndexError, OptionError, ShapeError } from '../../errors.ts'
import { compile } from '../../tensor/compile.ts'
import { tensor, zeros } from '../../tensor/create.ts'
import { gradCheck } from '../../tensor/grad-check.ts'
import { grad } from '../../tensor/gradients.ts'
import * as random from '../../tensor/random.ts'
import { setDevice } from '../../tensor/runtime.ts'
import type { Tensor } from '../../tensor/types.ts'
import * as nn from '../index.ts'

beforeAll(() => {
  setDevice(jsDevice())
})
const layers = {
  rnn: () => nn.rnn(3, 4, { layers: 2 }),
  lstm: () => nn.lstm(3, 4, { layers: 2 }),
  gru: () => nn.gru(3, 4, { layers: 2 }),
}
type Runs = ReturnType<typeof layers.lstm>
const names = Object.keys(layers) as (keyof typeof layers)[]
const make = (name: keyof typeof layers): Runs => layers[name]() as Runs
const close = async (a: Tensor, b: Tensor): Promise<void> => {
  const [x, y] = [await a.data(), await b.data()]
  expect(x.length).toBe(y.length)
  x.forEach((value, i) => {
    expect(value).toBeCloseTo(y[i]!, 6)
  })
}

test.each(names)('%s: a sequence in pieces, with the state carried, is the whole sequence', async name => {
  const layer = make(name)
  const x = random.normal([2, 6, 3])
  const whole = layer.run(x)
  const first = layer.run(x.slice([':', [0, 4]]) as Tensor<[2, 4, 3]>)
  const second = layer.run(x.slice([':', [4, 6]]) as Tensor<[2, 2, 3]>, { state: first.state })
  await close(second.output as Tensor, whole.output.slice([':', [4, 6]]) as Tensor)
  await close(second.state.h, whole.state.h)
})

test.each(names)('%s: what lies behind a sequence has no effect', async name => {
  const layer = make(name)
  const x = random.normal([2, 5, 3])
  const other = x.add(
    tensor([0, 0, 0, 1, 1])
      .reshape([5, 1])
      .mul(random.normal([2, 5, 3])),
  )
  const [a, b] = [x, other].map(input => layer.run(input as typeof x, { lengths: [3, 2] }))
  await close(a!.output as Tensor, b!.output as Tensor)
  await close(a!.state.h, b!.state.h)
  const short = layer.run(
    x.slice([
      [1, 2],
      [0, 2],
    ]) as Tensor<[1, 2, 3]>,
  )
  await close(a!.state.h.slice([':', [1, 2]]) as Tensor, short.state.h)
  const [g] = grad(a!.output.sum() as Tensor, [x])
  expect((await g.data()).slice(9, 15).every(v => v === 0)).toBe(true)
})

test.each(names)('%s: first and second derivative', async name => {
  const layer = make(name)
  const x = tensor(
    Float64Array.from({ length: 18 }, (_, i) => Math.sin(3 * i)),
    { shape: [2, 3, 3], dtype: 'float64' },
  )
  const f = (x: Tensor): Tensor => {
    const { output, state } = layer.run(x as never, { lengths: [3, 2] })
    return (output as Tensor).square().sum().add(state.h.sum()) as Tensor
  }
  expect(await gradCheck(f as never, [x] as never)).toMatchObject({ ok: true })
  const slope = (x: Tensor): unknown => {
    const [g] = grad(f(x), [x])
    return g.mul(g).sum()
  }
  expect(await gradCheck(slope as never, [x] as never, { tolerance: 1e-4 })).toMatchObject({ ok: true })
})

test('truncated backpropagation: a state carried through a compiled step has no past', async () => {
  const layer = nn.rnn(1, 1, { bias: false })
  layer.weight_ih_l0.set([1])
  layer.weight_hh_l0.set([0.5])
  const step = compile((x: Tensor<[1, 1, 1]>, state: nn.HiddenState) => {
    const next = layer.run(x, { state })
    const [g] = grad(next.output.sum(), [layer.weight_hh_l0])
    return { g, state: next.state }
  })
  let state: nn.HiddenState = { h: zeros([1, 1, 1]) }
  let h = 0
  for (const value of [0.3, -0.7, 1.1]) {
    const result = step(tensor([value]).reshape([1, 1, 1]), state)
    // ∂ tanh(x + w h)/∂w with h a constant
    const next = Math.tanh(value + 0.5 * h)
    expect(await result.g.item()).toBeCloseTo((1 - next * next) * h, 6)
    state = result.state
    h = next
  }
})

test('dropout is between layers, in training only', async () => {
  const layer = nn.lstm(3, 8, { layers: 2, dropout: 0.5 })
  const x = random.normal([2, 4, 3])
  const [a, b] = [layer.forward(x), layer.forward(x)]
  expect(await a.sub(b).abs().max().item()).toBeGreaterThan(1e-3)
  layer.eval()
  await close(layer.forward(x) as Tensor, layer.forward(x) as Tensor)
  expect(`${layer}`).toBe('lstm(3, 8, layers 2, dropout 0.5)')
})

test('types know the shapes', () => {
  const layer = nn.lstm(8, 16, { bidirectional: true })
  const y: Tensor<[2, 5, 32]> = layer.forward(zeros([2, 5, 8]))
  expect(y.shape).toEqual([2, 5, 32])
  const model = nn.sequential(nn.embedding(10, 8), nn.gru(8, 16), nn.linear(16, 10))
  const z: Tensor<[2, 5, 10]> = model.forward(zeros([2, 5], { dtype: 'int32' }))
  expect(z.shape).toEqual([2, 5, 10])
  // @ts-expect-error 9 features where 8 are read
  expect(() => layer.forward(zeros([2, 5, 9]))).toThrow('lstm: expected [batch, time, 8], got [2, 5, 9]')
})

test('bad input', () => {
  const layer = nn.lstm(3, 4)
  const x = zeros([2, 5, 3])
  const refused = (run: () => unknown, kind: new (...args: never[]) => Error, text: string): void => {
    expect(run).toThrow(kind)
    expect(run).toThrow(text)
  }
  refused(() => layer.run(x, { lengths: [6, 1] }), IndexError, 'lstm: length 6 is outside 1 … 5, the steps there are')
  refused(() => layer.run(x, { lengths: [0, 1] }), IndexError, 'lstm: length 0 is outside 1 … 5')
  refused(() => layer.run(x, { lengths: [1] }), ShapeError, 'lstm: 2 sequences need lengths [2], got [1]')
  refused(() => layer.run(zeros([2, 0, 3])), ShapeError, 'lstm: needs at least one step, got [2, 0, 3]')
  const h = zeros([1, 2, 4])
  refused(() => layer.run(x, { state: { h } as never }), ShapeError, 'lstm: the state has no c; it is { h, c }')
  const wide = { h, c: zeros([1, 3, 4]) }
  refused(() => layer.run(x, { state: wide }), ShapeError, "the state's c must be [1, 2, 4], got [1, 3, 4]")
  refused(() => nn.gru(3, 4, { dropout: 0.5 }), OptionError, 'gru: dropout is between layers, and there is one')
  refused(() => nn.rnn(3, 0), OptionError, 'rnn: hiddenFeatures must be an integer >= 1, got 0')
  refused(() => nn.lstm(3, 4, { depth: 2 } as never), OptionError, "lstm: unknown option 'depth'")
})

test('lengths are checked in each run of a compiled function', async () => {
  const layer = nn.gru(1, 2)
  const run = compile((x: Tensor<[2, 3, 1]>, lengths: ReturnType<typeof lengthsOf>) => layer.run(x, { lengths }).output)
  const lengthsOf = (...values: [number, number]) => tensor(Int32Array.from(values), { shape: [2] })
  expect((await run(zeros([2, 3, 1]), lengthsOf(3, 1)).data()).length).toBe(12)
  await expect((async () => run(zeros([2, 3, 1]), lengthsOf(3, 4)).data())()).rejects.toThrow('gru: length 4')
})
