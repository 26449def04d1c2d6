import { describe, expect, it } from 'vitest'
import { arrays } from '../data/arrays.ts'
import { ChainruleError, CheckpointError, DataError, IndexError, NonFiniteError, OptionError } from '../errors.ts'
import * as nn from '../nn/index.ts'
import { adam, constant, cosine, plateau, sgd } from '../optim/index.ts'
import { tensor, variable } from '../tensor/create.ts'
import { seed } from '../tensor/random.ts'
import { planCount } from '../tensor/runtime.ts'
import type { AnyTensor } from '../tensor/types.ts'
import { type Callback, earlyStopping, progress } from './callbacks.ts'
import { evaluate, largest, predict, probabilities } from './evaluate.ts'
import type { FitEvent, StepEvent } from './events.ts'
import { type FitOptions, fit } from './fit.ts'
import { accuracy } from './metrics.ts'
import { network, type Point, plainNetwork, quadrants, stateOf } from './problems.testing.ts'

type Options = FitOptions<Point>
const basics = (): Options => ({
  loss: nn.crossEntropy,
  optimizer: adam({ learningRate: 0.02 }),
  batchSize: 32,
  seed: 3,
})
const all = async (events: AsyncIterable<FitEvent>): Promise<FitEvent[]> => {
  const seen: FitEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}
const steps = (events: readonly FitEvent[]): StepEvent[] => events.filter(e => e.type === 'step')

describe('fit', () => {
  it('learns, and tells of every step and epoch', async () => {
    seed(1)
    const points = quadrants(200)
    const model = plainNetwork()
    const events = await all(
      fit(model, points, { ...basics(), epochs: 40, validate: quadrants(100, 7), metrics: [accuracy] }),
    )
    expect(events).toHaveLength(40 * 7 + 40 + 1)
    const [first] = steps(events)
    expect(first).toMatchObject({
      epoch: 1,
      epochs: 40,
      step: 1,
      batch: 1,
      batches: 7,
      samples: 32,
      learningRate: 0.02,
    })
    expect(steps(events)[6]).toMatchObject({ batch: 7, samples: 8 })
    expect(first!.peakBytes).toBeGreaterThan(0)
    const done = events.at(-1)!
    expect(done.type).toBe('done')
    if (done.type !== 'done') return
    expect(done.result).toMatchObject({ reason: 'finished', steps: 280 })
    expect(done.result.epochs).toHaveLength(40)
    expect(done.result.epochs.at(-1)!.validation!.accuracy).toBeGreaterThan(0.9)
  })

  it('can be awaited, iterated, or both: one run', async () => {
    const run = fit(plainNetwork(), quadrants(32), { ...basics(), epochs: 2 })
    const seen = await all(run)
    expect(seen.filter(e => e.type === 'epoch')).toHaveLength(2)
    const result = await run
    expect(result.steps).toBe(2)
    expect(await run).toBe(result)
    const left = fit(plainNetwork(), quadrants(64), { ...basics(), epochs: 2 })
    for await (const _ of left) break
    await expect(Promise.resolve(left)).rejects.toThrow(ChainruleError)
  })

  it('gives timers their turn however small the epochs are', async () => {
    const started = performance.now()
    let last = started
    let turns = 0
    let longest = 0
    const timer = setInterval(() => {
      const now = performance.now()
      if (turns++ > 0) longest = Math.max(longest, now - last)
      last = now
    }, 1)
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 500)
    const run = await fit(plainNetwork(), quadrants(8), { ...basics(), epochs: 1e6, signal: abort.signal })
    clearInterval(timer)
    expect(run.reason).toBe('aborted')
    expect(turns).toBeGreaterThan(3)
    expect(longest).toBeLessThan(400)
  })

  it('gives equal bits for equal seeds, others for others', async () => {
    const train = async (s: number) => {
      seed(s)
      const model = network()
      await fit(model, quadrants(100), { ...basics(), epochs: 2, seed: s })
      return stateOf(model)
    }
    const first = await train(5)
    expect(await train(5)).toEqual(first)
    expect(await train(6)).not.toEqual(first)
  })

  it('traces once for each batch size, plans nothing in later epochs', async () => {
    const points = quadrants(100)
    let plans = 0
    await fit(network(), points, {
      ...basics(),
      epochs: 4,
      validate: points,
      callbacks: [
        event => {
          if (event.type !== 'epoch') return
          if (event.epoch === 1) plans = planCount()
          else expect(planCount()).toBe(plans)
        },
      ],
    })
    expect(plans).toBeGreaterThan(0)
  })

  it('accumulates gradients into what a large batch gives', async () => {
    const train = async (options: Partial<Options>) => {
      seed(2)
      const model = plainNetwork()
      const optimizer = sgd({ learningRate: 0.1 })
      await fit(model, quadrants(64), { ...basics(), optimizer, shuffle: false, epochs: 3, ...options })
      return stateOf(model)
    }
    const large = await train({ batchSize: 32 })
    const small = await train({ batchSize: 8, accumulate: 4 })
    for (const [name, values] of Object.entries(large))
      values.forEach((v, i) => void expect(small[name]![i]).toBeCloseTo(v, 5))
    const clipped = await train({ batchSize: 32, clip: 1e-3 })
    expect(clipped).not.toEqual(large)
    expect(await train({ batchSize: 32, clip: { norm: 1e9 } })).toEqual(large)
    expect(await train({ batchSize: 32, clip: { value: 1e-4 } })).not.toEqual(large)
  })

  it('follows a schedule: per step, per epoch, or by a score', async () => {
    const rates = async (options: Partial<Options>) =>
      steps(await all(fit(plainNetwork(), quadrants(64), { ...basics(), epochs: 3, ...options }))).map(
        e => e.learningRate,
      )
    const expected = cosine({ learningRate: 1, steps: 6 })
    expect(await rates({ schedule: n => cosine({ learningRate: 1, steps: n }) })).toEqual(
      [0, 1, 2, 3, 4, 5].map(expected.at),
    )
    const perEpoch = cosine({ learningRate: 1, steps: 3 })
    expect(await rates({ schedule: perEpoch, schedulePer: 'epoch' })).toEqual([0, 0, 1, 1, 2, 2].map(perEpoch.at))
    expect(await rates({ schedule: constant({ learningRate: 0.5 }) })).toEqual(new Array(6).fill(0.5))
    const falling = plateau({ learningRate: 0.5, patience: 0, threshold: 10, factor: 0.1 })
    const [, , second, , third] = await rates({ schedule: falling })
    expect([second, third]).toEqual([0.5, 0.05])
  })

  it('stops early, and puts the best parameters back', async () => {
    const points = quadrants(64)
    const model = plainNetwork()
    const seen: Record<string, number[]>[] = []
    const scores: number[] = []
    const watch: Callback = {
      async on(event, run) {
        if (event.type !== 'epoch') return
        seen.push(await stateOf(run.model as typeof model))
        scores.push(event.validation!.loss)
      },
    }
    // a learning rate that soon makes it worse
    const optimizer = sgd({ learningRate: 30 })
    const result = await fit(model, points, {
      ...basics(),
      optimizer,
      epochs: 50,
      validate: points,
      callbacks: [watch, earlyStopping({ patience: 2, restoreBest: true })],
    })
    expect(result.reason).toBe('stopped')
    expect(result.epochs.length).toBeLessThan(50)
    const best = scores.indexOf(Math.min(...scores))
    expect(best).toBe(scores.length - 4)
    expect(await stateOf(model)).toEqual(seen[best])
  })

  it('puts the best parameters back when the run ends by itself', async () => {
    const model = plainNetwork()
    const seen: unknown[] = []
    const watch: Callback = {
      async on(event, run) {
        if (event.type === 'epoch') seen.push(await stateOf(run.model as typeof model))
      },
    }
    // the loss falls, so the first epoch has the largest
    const result = await fit(model, quadrants(64), {
      ...basics(),
      epochs: 3,
      callbacks: [watch, earlyStopping({ mode: 'max', patience: 9, restoreBest: true })],
    })
    expect(result.reason).toBe('finished')
    expect(result.epochs[2]!.train.loss).toBeLessThan(result.epochs[0]!.train.loss!)
    expect(seen[2]).not.toEqual(seen[0])
    expect(await stateOf(model)).toEqual(seen[0])
  })

  it('refuses to watch a score that is not there', async () => {
    const [model, points] = [plainNetwork(), quadrants(64)]
    await expect(
      Promise.resolve(fit(model, points, { ...basics(), callbacks: [earlyStopping({ metric: 'beauty' })] })),
    ).rejects.toThrow("there is no score 'beauty'; there is loss")
  })

  it('ends after the step it is in when aborted', async () => {
    const control = new AbortController()
    const run = fit(plainNetwork(), quadrants(64), {
      ...basics(),
      epochs: 100,
      signal: control.signal,
      callbacks: [e => void (e.type === 'step' && e.step === 5 && control.abort())],
    })
    expect(await run).toMatchObject({ reason: 'aborted', steps: 5 })
    expect(await fit(plainNetwork(), quadrants(64), { ...basics(), signal: control.signal })).toMatchObject({
      reason: 'aborted',
      steps: 0,
    })
  })

  it('lets timers run meanwhile', async () => {
    const control = new AbortController()
    setTimeout(() => control.abort(), 30)
    const run = fit(plainNetwork(), quadrants(2000), { ...basics(), batchSize: 4, epochs: 50, signal: control.signal })
    expect((await run).reason).toBe('aborted')
  })

  it('reports lines for people', async () => {
    const lines: string[] = []
    await fit(plainNetwork(), quadrants(32), {
      ...basics(),
      metrics: [accuracy],
      validate: quadrants(32),
      callbacks: [progress(line => lines.push(line))],
    })
    expect(lines[0]).toMatch(/^epoch 1\/1 {2}loss \d\.\d{4} {2}accuracy \d\.\d{4} {2}validation loss \d\.\d{4}/)
  })

  it('refuses nonsense', async () => {
    const model = plainNetwork()
    const points = quadrants(8)
    await expect(Promise.resolve(fit(model, points.take(0), basics()))).rejects.toThrow(DataError)
    await expect(Promise.resolve(fit(model, points, { ...basics(), epochs: -1 }))).rejects.toThrow(OptionError)
    await expect(Promise.resolve(fit(model, points, { ...basics(), accumulate: 0 }))).rejects.toThrow(OptionError)
    const optimizer = {} as Options['optimizer']
    await expect(Promise.resolve(fit(model, points, { ...basics(), optimizer }))).rejects.toThrow(/needs an optimizer/)
  })
})

describe('mistakes', () => {
  const failure = (...[model, points, options]: readonly unknown[]): Promise<Error> =>
    Promise.resolve(fit(model as never, points as never, options as never)).then(
      () => new Error('nothing went wrong'),
      error => error,
    )
  const points = quadrants(8)

  it('an optimizer of another model, or of nothing', async () => {
    const optimizer = adam({ learningRate: 0.02 })
    const first = plainNetwork()
    await fit(first, points, { ...basics(), optimizer })
    await fit(first, points, { ...basics(), optimizer })
    const second = plainNetwork()
    const error = await failure(second, points, { ...basics(), optimizer })
    expect(error).toBeInstanceOf(OptionError)
    expect(error.message).toMatch(
      /optimizer is attached to \d+ parameter\(s\) that are not this model's.*attach\(model\)/,
    )
    await fit(second, points, { ...basics(), optimizer: optimizer.attach(second) })
    const nothing = adam({ learningRate: 0.02 }, [])
    expect((await failure(second, points, { ...basics(), optimizer: nothing })).message).toMatch(
      /no trainable parameter/,
    )
    second.freeze()
    expect(await failure(second, points, basics())).toMatchObject({ option: 'model' })
    expect((await failure(nn.relu(), points, basics())).message).toMatch(/the model has no trainable parameters/)
  })

  it('no data set, no y, no loss, no forward', async () => {
    const model = plainNetwork()
    const unlabelled = arrays({ x: new Float32Array(8) })
    const cases: [unknown[], RegExp, typeof OptionError | typeof DataError][] = [
      [[model, [1, 2], basics()], /fit: needs a data set, like data\.arrays\(\{ x, y \}\); got an array/, DataError],
      [[model, undefined, basics()], /needs a data set.*got nothing/, DataError],
      [[model, unlabelled, basics()], /every sample needs x and y, these have x;/, DataError],
      [[model, points, { ...basics(), loss: undefined }], /fit: needs a loss.*got nothing/, OptionError],
      [
        [new (class Empty extends nn.Module {})(), points, basics()],
        /needs a model with a forward.*Empty/,
        OptionError,
      ],
    ]
    for (const [given, message, kind] of cases) {
      const error = await failure(...given)
      expect(error).toBeInstanceOf(kind)
      expect(error.message).toMatch(message)
    }
    await expect(evaluate(model, [] as never, { loss: nn.crossEntropy })).rejects.toThrow(/evaluate: needs a data set/)
    await expect(evaluate(model, unlabelled as never, { loss: nn.crossEntropy })).rejects.toThrow(
      /evaluate: every sample/,
    )
    await expect(predict({} as never, points)).rejects.toThrow(/predict: needs a model/)
  })

  it('a checkpoint that cannot be written is refused before training', async () => {
    const seen: FitEvent[] = []
    const watch = (event: FitEvent) => void seen.push(event)
    for (const path of [
      '/proc/nowhere/run/checkpoint.safetensors',
      `${import.meta.filename}/run/checkpoint.safetensors`,
    ]) {
      const error = await failure(plainNetwork(), points, { ...basics(), checkpoint: path, callbacks: [watch] })
      expect(error).toBeInstanceOf(CheckpointError)
      expect(error.message).toMatch(
        /could not be written: (no folder can be made in \/proc|.* is a file, not a folder)/,
      )
    }
    expect(seen).toEqual([])
  })
})

describe('evaluate and predict', () => {
  it('weigh batches by their samples and keep each mode', async () => {
    seed(4)
    const points = quadrants(50)
    const model = network()
    const frozen = [...model.namedModules().values()][2]!
    frozen.training = false
    const once = await evaluate(model, points, { loss: nn.crossEntropy, metrics: [accuracy], batchSize: 50 })
    const parts = await evaluate(model, points, { loss: nn.crossEntropy, metrics: [accuracy], batchSize: 16 })
    expect(parts.loss).toBeCloseTo(once.loss, 6)
    expect(parts.accuracy).toBeCloseTo(once.accuracy!, 6)
    expect([model.training, frozen.training]).toEqual([true, false])

    const outputs = await predict(model, points, { batchSize: 16 })
    expect(outputs.shape).toEqual([50, 2])
    const { y } = await points.batch(Int32Array.from({ length: 50 }, (_, i) => i))
    const right = largest(outputs).filter((p, i) => p === y!.data[i]).length
    expect(right / 50).toBeCloseTo(once.accuracy!, 6)
    const shares = probabilities(outputs)
    for (let i = 0; i < 50; i++) expect(shares[2 * i]! + shares[2 * i + 1]!).toBeCloseTo(1, 6)
    await expect(evaluate(model, points.take(0), { loss: nn.crossEntropy })).rejects.toThrow(DataError)
  })
})

/** Takes the logarithm of something that training makes negative. */
class Logarithm extends nn.Module {
  readonly shift = variable(tensor([0.5, 0.5]))
  forward(x: AnyTensor): AnyTensor {
    return x.mul(0).add(this.shift).log() as AnyTensor
  }
}
class Broken extends nn.Module {
  readonly first = nn.linear(2, 2)
  readonly inner = new Logarithm()
  forward(x: AnyTensor): AnyTensor {
    return this.inner.forward(this.first.forward(x as never) as AnyTensor)
  }
}

describe('what is not finite', () => {
  const points = quadrants(64)
  const run = (model: nn.Module, options: Partial<Options> = {}, data = points) =>
    Promise.resolve(fit(model as never, data, { ...basics(), ...options }))

  it('is found in the data, with its place', async () => {
    const x = new Float32Array(16)
    x[7] = Number.NaN
    const bad = arrays<Point>({ x: { dtype: 'float32', shape: [8, 2], data: x }, y: new Int32Array(8) })
    const model = network()
    const before = await stateOf(model)
    const error = await run(model, { shuffle: false }, bad).catch(e => e)
    expect(error).toBeInstanceOf(NonFiniteError)
    expect(error.message).toContain('step 1: the data holds NaN at x[3, 1] of the batch')
    expect(await stateOf(model)).toEqual(before)
  })

  it('is found in the module and step where it began; parameters stay as they were', async () => {
    const model = new Broken()
    const good: Record<string, number[]>[] = []
    const error = await run(model, {
      optimizer: sgd({ learningRate: 0.3 }),
      epochs: 100,
      loss: (outputs: AnyTensor) => outputs.mean(),
      callbacks: [
        async event => {
          if (event.type === 'step') good.push(await stateOf(model as never))
        },
      ],
    }).catch(e => e)
    expect(error).toBeInstanceOf(NonFiniteError)
    expect(error.module).toBe('inner')
    expect(error.step).toBe(good.length + 1)
    expect(error.message).toMatch(/the loss is NaN; it first appears in module 'inner' \(log\)/)
    expect(good.length).toBeGreaterThan(0)
    expect(await stateOf(model as never)).toEqual(good.at(-1))
  })

  it('is found in a gradient although the loss is finite', async () => {
    class Root extends nn.Module {
      readonly scale = variable(tensor([0, 1]))
      forward(x: AnyTensor): AnyTensor {
        return x.mul(0).add(this.scale.sqrt()) as AnyTensor
      }
    }
    class Outer extends nn.Module {
      readonly root = new Root()
      forward(x: AnyTensor): AnyTensor {
        return this.root.forward(x)
      }
    }
    const model = new Outer()
    const error = await run(model, { loss: (outputs: AnyTensor) => outputs.sum() }).catch(e => e)
    expect(error).toBeInstanceOf(NonFiniteError)
    expect(error.message).toMatch(/gradient of root\.scale is not finite while the loss is \d/)
    expect(error.module).toBe('root')
    expect(await stateOf(model as never)).toEqual({ 'root.scale': [0, 1] })
  })

  it('names a parameter that an update made infinite, and says so of a model that has one', async () => {
    const model = plainNetwork()
    const loss = (outputs: AnyTensor) => outputs.mul(1e3).sum()
    // one step: no further one would notice
    const error = await run(model, { optimizer: sgd({ learningRate: 1e38 }), loss, batchSize: 64 }).catch(e => e)
    expect(error).toBeInstanceOf(NonFiniteError)
    const [, step, name] = /^step (\d+): parameter (\S+) holds -?Infinity at .* since its update/.exec(error.message)!
    expect([error.step, step]).toEqual([1, '1'])
    expect([...model.namedParameters().keys()]).toContain(name)
    const again = await run(model).catch(e => e)
    expect(again).toBeInstanceOf(NonFiniteError)
    expect(again.message).toContain(`step 1: parameter ${name} holds`)
    expect(again.message).toContain('already before this run')
    const later = run(plainNetwork(), { optimizer: sgd({ learningRate: 1e38 }), loss, epochs: 3 })
    await expect(later).rejects.toThrow(/^step 1: parameter \S+ holds/)
  })

  it('is found in the validation, in its data or the loss', async () => {
    const x = new Float32Array(16).fill(1)
    x[7] = Number.NaN
    const validate = arrays<Point>({ x: { dtype: 'float32', shape: [8, 2], data: x }, y: new Int32Array(8) })
    const error = await run(network(), { validate }).catch(e => e)
    expect(error).toBeInstanceOf(NonFiniteError)
    expect(error.message).toMatch(/^validation after epoch 1: the data holds NaN in x of sample 3 at \[1\]; clean/)
    const negative = new Broken()
    negative.inner.shift.set([-1, 1])
    const loss = (o: AnyTensor) => o.mean()
    await expect(evaluate(negative as never, points, { loss })).rejects.toThrow(
      /^evaluate: the loss is NaN; it first appears in module 'inner' \(log\)/,
    )
    negative.inner.shift.set([Number.POSITIVE_INFINITY, 1])
    await expect(evaluate(negative as never, points, { loss })).rejects.toThrow(
      /parameter inner\.shift of the model holds Infinity/,
    )
  })

  it('names a label outside the classes', async () => {
    const y = Int32Array.from({ length: 64 }, (_, i) => (i === 40 ? 2 : 0))
    const bad = arrays<Point>({ x: { dtype: 'float32', shape: [64, 2], data: new Float32Array(128) }, y })
    await expect(run(plainNetwork(), {}, bad)).rejects.toThrow(IndexError)
    await expect(run(plainNetwork(), {}, bad)).rejects.toThrow('label 2 is outside the 2 classes')
  })
})
