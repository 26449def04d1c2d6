/** Groups, learning rates, state, freezing, clipping and accumulation; that numbers equal PyTorch's is shown by goldens. */
import { beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../device/js/device.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { CheckpointError, OptionError, ShapeError } from '../errors.ts'
import * as nn from '../nn/index.ts'
import { compile } from '../tensor/compile.ts'
import { tensor, variable, zeros } from '../tensor/create.ts'
import { grad } from '../tensor/gradients.ts'
import { setDevice } from '../tensor/runtime.ts'
import type { Tensor } from '../tensor/types.ts'
import * as optim from './index.ts'

describe.each([
  ['js', jsDevice],
  ['wasm', wasmDevice],
] as const)('on device %s', (_, create) => {
  beforeAll(() => {
    setDevice(create())
  })
  const parameter = (...values: number[]) => variable(tensor(Float32Array.from(values)))
  const values = async (t: { data(): Promise<ArrayLike<number>> }): Promise<number[]> => Array.from(await t.data())

  describe('every optimizer', () => {
    const makers = {
      sgd: optim.sgd({ learningRate: 0.1, momentum: 0.9 }),
      adam: optim.adam({ learningRate: 0.1 }),
      adamW: optim.adamW({ learningRate: 0.1 }),
      rmsProp: optim.rmsProp({ learningRate: 0.1 }),
      adagrad: optim.adagrad({ learningRate: 0.5 }),
    }
    test.each(Object.entries(makers))(
      '%s finds the minimum of a parabola, in one compiled function',
      async (_, optimizer) => {
        const p = parameter(3, -2)
        optimizer.attach([p])
        const step = compile(() => {
          const loss = p
            .sub(tensor([1, 1]))
            .square()
            .sum()
          optimizer.step(grad(loss, optimizer.parameters))
          return loss
        })
        const first = await step().item()
        for (let i = 0; i < 150; i++) await step().item()
        expect(await step().item()).toBeLessThan(0.02 * first)
        expect(step.traces).toBe(1)
      },
    )
  })

  describe('learning rates', () => {
    test('change without a new trace', async () => {
      const p = parameter(1)
      const optimizer = optim.sgd({ learningRate: 0.1 }, [p])
      const step = compile(() => optimizer.step(grad(p.sum(), [p])))
      step()
      expect((await values(p))[0]).toBeCloseTo(0.9, 6)
      optimizer.learningRate = 0.5
      step()
      expect((await values(p))[0]).toBeCloseTo(0.4, 6)
      expect(step.traces).toBe(1)
      expect(() => {
        optimizer.learningRate = Number.NaN
      }).toThrow(OptionError)
    })
    test('of groups keep their ratio, groups have options of their own', async () => {
      const [a, b] = [parameter(1), parameter(1)]
      const optimizer = optim.sgd({ learningRate: 0.1 }, [
        { parameters: [a] },
        { parameters: [b], learningRate: 0.2, weightDecay: 1 },
      ])
      optimizer.learningRate = 0.05
      expect(optimizer.learningRates).toEqual([0.05, 0.1])
      optimizer.step(grad(a.sum().add(b.sum()), [a, b]))
      expect((await values(a))[0]).toBeCloseTo(0.95, 6)
      expect((await values(b))[0]).toBeCloseTo(1 - 0.1 * 2, 6)
    })
  })

  describe('parameters', () => {
    test('that are frozen do not move and need no gradient', async () => {
      const model = nn.sequential(nn.linear(2, 2), nn.linear(2, 1))
      const optimizer = optim.adam({}, model)
      const before = await values(model.layers[0].weight)
      model.layers[0].freeze()
      const loss = model.forward(tensor([[1, 2]])).sum()
      optimizer.step(grad(loss, model.parameters()))
      expect(await values(model.layers[0].weight)).toEqual(before)
      expect(optimizer.parameters).toHaveLength(2)
    })
    test('and gradients must fit', () => {
      const p = parameter(1, 2)
      const optimizer = optim.sgd({}, [p])
      expect(() => optimizer.step([])).toThrow('sgd: 0 gradients for 1 trainable parameters')
      expect(() => optimizer.step([zeros([3])])).toThrow(ShapeError)
      expect(() => optim.sgd().step([])).toThrow('sgd: step before attach')
      expect(() => optim.sgd({}, [p, p])).toThrow('given twice')
      for (const wrong of [[zeros([2])], [undefined], 3, zeros([2])])
        expect(() => optim.sgd({}, wrong as never)).toThrow(OptionError)
    })
  })

  test('options are checked', () => {
    expect(() => optim.sgd({ learningRate: -1 })).toThrow('sgd: learningRate must be a finite number >= 0, got -1')
    expect(() => optim.adam({ betas: [0.9, 1] })).toThrow('adam: betas must be in [0, 1), got 1')
    expect(() => optim.adam({ learningRate: '0.1' as never })).toThrow("a finite number >= 0, got '0.1'")
    expect(() => optim.sgd({ momentum: '0.9' as never })).toThrow("sgd: momentum must be >= 0, got '0.9'")
    expect(() => optim.sgd({ nesterov: true })).toThrow(OptionError)
    expect(() => optim.rmsProp({ alpha: 2 })).toThrow(OptionError)
    expect(() => optim.adagrad({ epsilon: -1 })).toThrow(OptionError)
    expect(() => optim.cosine({ learningRate: 1, steps: 0 })).toThrow(OptionError)
    expect(() => optim.sequence([1, optim.constant({ learningRate: 1 })])).toThrow(OptionError)
  })

  describe('state', () => {
    const run = async (optimizer: optim.Optimizer, p: ReturnType<typeof parameter>, steps: number) => {
      for (let i = 0; i < steps; i++) {
        optimizer.step(grad(p.square().sum(), [p]))
        await p.data()
      }
    }
    test('goes on where it was', async () => {
      const p = parameter(1, -2)
      const optimizer = optim.adam({ learningRate: 0.1 }, [p])
      await run(optimizer, p, 3)
      optimizer.learningRate = 0.05
      const q = variable(tensor(await p.data()))
      const other = optim.adam({ learningRate: 0.1 }, [q])
      const saved = new Map<string, Tensor>()
      for (const [name, slot] of optimizer.stateDict())
        saved.set(name, tensor(await slot.data(), { shape: slot.shape }) as Tensor)
      other.loadStateDict(saved)
      expect(other.learningRate).toBeCloseTo(0.05)
      await run(optimizer, p, 3)
      await run(other, q, 3)
      expect(await values(q)).toEqual(await values(p))
    })
    test('has names, and foreign state is refused', () => {
      const model = nn.sequential(nn.linear(2, 1))
      const optimizer = optim.adam({}, model)
      expect([...optimizer.stateDict().keys()]).toEqual([
        'step',
        'learningRate.0',
        '0.weight.mean',
        '0.weight.square',
        '0.bias.mean',
        '0.bias.square',
      ])
      expect(() => optimizer.loadStateDict(optim.sgd({ momentum: 0.9 }, model).stateDict())).toThrow(CheckpointError)
      const larger = optim.adam({}, nn.sequential(nn.linear(3, 1)))
      expect(() => optimizer.loadStateDict(larger.stateDict())).toThrow(
        '0.weight.mean is [1, 2] in the optimizer and [1, 3] in the state',
      )
    })
  })

  describe('gradients', () => {
    test('are clipped by their common norm', async () => {
      const g = [tensor([3, 0]), tensor([4])]
      expect(await optim.gradNorm(g).item()).toBeCloseTo(5)
      const clipped = optim.clipGradNorm(g, 1)
      expect((await values(clipped[0]!))[0]).toBeCloseTo(0.6, 5)
      expect((await values(clipped[1]!))[0]).toBeCloseTo(0.8, 5)
      expect(await values(optim.clipGradNorm(g, 100)[1]!)).toEqual([4])
    })
    test('are clipped by value', async () => {
      expect(await values(optim.clipGradValue([tensor([3, -0.5, -9])], 1)[0]!)).toEqual([1, -0.5, -1])
    })
    test('accumulate to the gradient of the large batch, in compiled functions', async () => {
      const p = parameter(1, 1)
      const accumulator = new optim.GradientAccumulator([p])
      const optimizer = optim.sgd({ learningRate: 1 }, [p])
      const gradient = (x: Tensor<[2]>) => grad(p.mul(x).sum(), [p])
      const gather = compile((x: Tensor<[2]>) => accumulator.add(gradient(x)))
      const update = compile((x: Tensor<[2]>) => {
        accumulator.add(gradient(x))
        optimizer.step(accumulator.take())
      })
      for (let round = 1; round <= 2; round++) {
        gather(tensor([1, 2]))
        update(tensor([3, 6]))
        expect(await values(p)).toEqual([1 - 2 * round, 1 - 4 * round])
      }
    })
  })

  test('two optimizers take from one accumulator, nothing read in between', async () => {
    const [p, q] = [parameter(1, 1), parameter(1, 1)]
    const accumulator = new optim.GradientAccumulator([p, q])
    const first = optim.sgd({ learningRate: 1 }, [p])
    const second = optim.sgd({ learningRate: 1 }, [q])
    for (let round = 1; round <= 3; round++) {
      const loss = p.add(q).sum()
      accumulator.add(grad(loss, [p, q]))
      await loss.item()
      const [ofP, ofQ] = accumulator.take()
      first.step([ofP!])
      second.step([ofQ!])
      expect([await values(p), await values(q)]).toEqual([
        [1 - round, 1 - round],
        [1 - round, 1 - round],
      ])
    }
  })

  describe('schedules', () => {
    test('follow one another', () => {
      const s = optim.sequence(
        [0, optim.warmup({ learningRate: 1, steps: 2 })],
        [2, optim.stepDecay({ learningRate: 1, every: 2, factor: 0.5 })],
      )
      expect(Array.from({ length: 7 }, () => s.next())).toEqual([0, 0.5, 1, 1, 0.5, 0.5, 0.25])
    })
    test('resume', () => {
      const s = optim.cosine({ learningRate: 1, steps: 10 })
      for (let i = 0; i < 4; i++) s.next()
      const t = optim.cosine({ learningRate: 1, steps: 10 })
      t.load(s.state())
      expect(t.next()).toBe(s.next())
      const plateau = optim.plateau({ learningRate: 1, patience: 0 })
      for (const metric of [3, 2, 2.5]) plateau.next(metric)
      const other = optim.plateau({ learningRate: 1, patience: 0 })
      other.load(plateau.state())
      expect([other.at(0), other.next(2.5)]).toEqual([0.1, plateau.next(2.5)])
    })
  })
})
