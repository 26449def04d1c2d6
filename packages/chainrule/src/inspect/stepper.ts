/**
 * Training one phase at a time, as the lecture lists them: predict, loss, gradient, update, iterate; forwards, and backwards in
 * time. Every phase is computed from the parameters alone, so that going back and forth gives the same bits.
 */
import { OptionError } from '../errors.ts'
import type { TypedArray } from '../graph/dtype.ts'
import { Module } from '../nn/module.ts'
import type { Optimizer } from '../optim/optimizer.ts'
import { sgd } from '../optim/sgd.ts'
import { tensor } from '../tensor/create.ts'
import type { Shape } from '../tensor/dimension-types.ts'
import { grad } from '../tensor/gradients.ts'
import { defaultGenerator } from '../tensor/random.ts'
import { evaluate } from '../tensor/runtime.ts'
import type { AnyTensor, AnyVariable, TensorLike } from '../tensor/types.ts'
import { type Divergence, divergence } from './divergence.ts'

export const phases = ['predict', 'loss', 'gradient', 'update', 'iterate'] as const
export type Phase = (typeof phases)[number]

/** Values on the host, row-major. */
export interface Values {
  readonly shape: Shape
  readonly data: TypedArray
}

export interface StepperState {
  /** What was done last; 'start' before anything was. */
  readonly phase: Phase | 'start'
  /** What `next` will do. */
  readonly next: Phase
  /** Updates so far. */
  readonly step: number
  readonly parameters: ReadonlyMap<string, Values>
  /** The parameters that the present update changed, as they were; from 'update' to 'iterate'. */
  readonly before: ReadonlyMap<string, Values> | undefined
  readonly batch: Batch
  readonly prediction: Values | undefined
  readonly loss: number | undefined
  readonly gradients: ReadonlyMap<string, Values> | undefined
  readonly learningRate: number
  /** The loss of each step so far, the present one included once it is known. */
  readonly losses: readonly number[]
  /** Set while the training runs away. */
  readonly divergence: Divergence | undefined
}

export interface Batch {
  readonly x: TensorLike
  readonly y: TensorLike
}

export interface StepperOptions {
  /** A model, or the parameters by name. */
  readonly parameters: Module | { readonly [name: string]: AnyVariable }
  /** From inputs to predictions; the model's forward unless given. */
  readonly predict?: (x: AnyTensor) => TensorLike
  /** From predictions and targets to a scalar, as `nn.mse`. */
  readonly loss: (prediction: never, target: never) => TensorLike
  /** What is learned from: one batch, or one for each step (which must be the same when asked again). */
  readonly batch: Batch | ((step: number) => Batch)
  /** Gradient descent with `learningRate` unless given. */
  readonly optimizer?: Pick<Optimizer, 'step' | 'stateDict' | 'parameters' | 'learningRate' | 'learningRates'> & {
    attach(target: AnyVariable[]): unknown
  }
  /** Of the default optimizer; 0.1 */
  readonly learningRate?: number
  /** How many phases can be gone back; 5000. */
  readonly history?: number
}

/** Everything that a phase may change. */
interface Snapshot {
  readonly variables: ReadonlyMap<AnyVariable, TypedArray>
  readonly rates: readonly number[]
  readonly random: readonly [seed: number, count: number]
}
interface Moment {
  readonly state: StepperState
  /** After the phase. */
  readonly snapshot: Snapshot
  /** Where the present step began. */
  readonly origin: Snapshot
  /** Along the last update, for the curvature; undefined before the second gradient. */
  readonly curvature: number | undefined
  /** Parameters and gradients of the step before. */
  readonly last:
    | { readonly parameters: ReadonlyMap<string, Values>; readonly gradients: ReadonlyMap<string, Values> }
    | undefined
}

export class Stepper {
  readonly #options: StepperOptions
  readonly #predict: (x: AnyTensor) => TensorLike
  readonly #optimizer: NonNullable<StepperOptions['optimizer']>
  readonly #named: ReadonlyMap<string, AnyVariable>
  readonly #variables: readonly AnyVariable[]
  readonly #capacity: number
  #moments: Moment[] = []
  /** What the variables hold now. */
  #present: Snapshot | undefined
  #busy: Promise<unknown> = Promise.resolve()

  constructor(options: StepperOptions) {
    const { parameters, predict, history = 5000 } = options
    if (!(Number.isInteger(history) && history >= 1))
      throw new OptionError('history', `stepper: history must be an integer >= 1, got ${history}`)
    const forward = parameters instanceof Module && (parameters as { forward?: unknown }).forward
    if (!predict && !forward)
      throw new OptionError(
        'predict',
        'stepper: needs predict: (x) => … where the parameters are no model with a forward',
      )
    this.#options = options
    this.#capacity = history
    this.#predict = predict ?? (x => (parameters as unknown as { forward(x: AnyTensor): AnyTensor }).forward(x))
    this.#named =
      parameters instanceof Module
        ? new Map([...parameters.namedParameters()].filter(([, p]) => parameters.parameters().includes(p)))
        : new Map(Object.entries(parameters))
    if (this.#named.size === 0) throw new OptionError('parameters', 'stepper: there is nothing to train')
    this.#optimizer = options.optimizer ?? sgd({ learningRate: options.learningRate ?? 0.1 })
    if (this.#optimizer.parameters.length === 0) this.#optimizer.attach([...this.#named.values()])
    const state = [...this.#optimizer.stateDict()].filter(([name]) => !name.startsWith('learningRate.'))
    const model = parameters instanceof Module ? [...parameters.stateDict().values()] : [...this.#named.values()]
    this.#variables = [...new Set([...model, ...state.map(([, v]) => v)])]
  }

  /** The present state; what happened last. */
  get state(): Promise<StepperState> {
    return this.#inTurn(async () => (await this.#now()).state)
  }

  /** Does the next phase. */
  next(): Promise<StepperState> {
    return this.#inTurn(() => this.#forward())
  }

  /** Goes on to the end of the step (after 'update'), `steps` times. */
  run(steps = 1): Promise<StepperState> {
    return this.#inTurn(async () => {
      let { state } = await this.#now()
      for (let done = 0; done < steps; ) {
        state = await this.#forward()
        if (state.phase === 'update') done++
      }
      return state
    })
  }

  /** Undoes the last phase: parameters, optimizer and random numbers are bit for bit as they were. At the start it stays there. */
  back(): Promise<StepperState> {
    return this.#inTurn(async () => {
      await this.#now()
      if (this.#moments.length > 1) this.#moments.pop()
      const { snapshot, state } = this.#moments.at(-1)!
      await this.#restore(snapshot)
      return state
    })
  }

  /** Undoes phases until the parameters are those of `step` and nothing of it is done yet; as far as the history reaches. */
  rewind(step = 0): Promise<StepperState> {
    return this.#inTurn(async () => {
      await this.#now()
      while (this.#moments.length > 1) {
        const { state } = this.#moments.at(-1)!
        if (state.step < step || (state.step === step && (state.phase === 'start' || state.phase === 'iterate'))) break
        this.#moments.pop()
      }
      const { snapshot, state } = this.#moments.at(-1)!
      await this.#restore(snapshot)
      return state
    })
  }

  /** Sets a parameter or the learning rate by hand and begins the present step anew; `back` undoes it. */
  change(
    change: { readonly [parameter: string]: ArrayLike<number> } | { readonly learningRate: number },
  ): Promise<StepperState> {
    return this.#inTurn(async () => {
      const { state, snapshot, last } = await this.#now()
      await this.#restore(snapshot)
      for (const [name, values] of Object.entries(change)) {
        if (name === 'learningRate' && !this.#named.has(name)) this.#optimizer.learningRate = values as number
        else {
          const variable = this.#named.get(name)
          if (!variable)
            throw new OptionError(
              name,
              `stepper: there is no parameter '${name}'; there is ${[...this.#named.keys()].join(', ')}`,
            )
          variable.set(Array.from(values as ArrayLike<number>))
        }
      }
      const taken = await this.#take(defaultGenerator.state())
      return this.#add({ ...(await this.#fresh(taken, state.step, state.losses, 'start')), last, curvature: undefined })
    })
  }

  async #forward(): Promise<StepperState> {
    const moment = await this.#now()
    const { state, snapshot, origin } = moment
    const { x, y } = state.batch
    switch (state.next) {
      case 'predict': {
        await this.#restore(origin)
        const prediction = this.#predict(x as AnyTensor)
        await evaluate([prediction as AnyTensor])
        return this.#after(moment, { prediction: await valuesOf(prediction) })
      }
      case 'loss': {
        await this.#restore(origin)
        const loss = this.#loss(x, y)
        const value = Number(await loss.item())
        const losses = [...state.losses, value]
        return this.#after(moment, { loss: value, losses, divergence: this.#explain(losses, moment.curvature) })
      }
      case 'gradient': {
        await this.#restore(origin)
        const gradients = grad(this.#loss(x, y), [...this.#named.values()]) as AnyTensor[]
        await evaluate(gradients)
        const named = new Map<string, Values>()
        for (const [i, name] of [...this.#named.keys()].entries()) named.set(name, await valuesOf(gradients[i]!))
        const curvature = moment.last && curvatureAlong(moment.last, { parameters: state.parameters, gradients: named })
        const explained = this.#explain(state.losses, curvature)
        return this.#after({ ...moment, curvature }, { gradients: named, divergence: explained })
      }
      case 'update': {
        await this.#restore(snapshot)
        const given = new Map([...this.#named].map(([name, variable]) => [variable, state.gradients!.get(name)!]))
        this.#optimizer.step(this.#optimizer.parameters.map(p => hostTensor(given.get(p)!)))
        await evaluate([])
        const taken = await this.#take(Promise.resolve(snapshot.random))
        const last = { parameters: state.parameters, gradients: state.gradients! }
        return this.#add({
          ...moment,
          snapshot: taken,
          last,
          state: {
            ...state,
            phase: 'update',
            next: 'iterate',
            step: state.step + 1,
            parameters: this.#parametersOf(taken),
            before: state.parameters,
          },
        })
      }
      case 'iterate':
        return this.#add({
          ...moment,
          ...(await this.#fresh(snapshot, state.step, state.losses, 'iterate', state.divergence)),
        })
    }
  }

  /** The phase after a moment in which only `found` is new. */
  async #after(moment: Moment, found: Partial<StepperState>): Promise<StepperState> {
    const phase = moment.state.next
    const taken = await this.#take(defaultGenerator.state())
    const next = phases[phases.indexOf(phase) + 1]!
    return this.#add({ ...moment, snapshot: taken, state: { ...moment.state, ...found, phase, next } })
  }

  #loss(x: TensorLike, y: TensorLike): AnyTensor {
    return this.#options.loss(this.#predict(x as AnyTensor) as never, y as never) as AnyTensor
  }

  #explain(losses: readonly number[], curvature: number | undefined): Divergence | undefined {
    return divergence(losses, { learningRate: this.#optimizer.learningRate, curvature })
  }

  async #now(): Promise<Moment> {
    if (this.#moments.length === 0) {
      const taken = await this.#take(defaultGenerator.state())
      this.#add({ ...(await this.#fresh(taken, 0, [], 'start')), curvature: undefined, last: undefined })
    }
    return this.#moments.at(-1)!
  }

  /** The beginning of a step. */
  async #fresh(
    snapshot: Snapshot,
    step: number,
    losses: readonly number[],
    phase: 'start' | 'iterate',
    explained?: Divergence,
  ): Promise<Pick<Moment, 'state' | 'snapshot' | 'origin'>> {
    const { batch } = this.#options
    const known = losses.slice(0, step)
    const state: StepperState = {
      phase,
      next: 'predict',
      step,
      parameters: this.#parametersOf(snapshot),
      before: undefined,
      batch: typeof batch === 'function' ? batch(step) : batch,
      prediction: undefined,
      loss: undefined,
      gradients: undefined,
      learningRate: this.#optimizer.learningRate,
      losses: known,
      divergence: explained,
    }
    return { state, snapshot, origin: snapshot }
  }

  #add(moment: Moment): StepperState {
    this.#moments.push(moment)
    if (this.#moments.length > this.#capacity + 1) this.#moments.shift()
    return moment.state
  }

  #parametersOf(snapshot: Snapshot): Map<string, Values> {
    return new Map(
      [...this.#named].map(([name, v]) => [name, { shape: v.shape, data: snapshot.variables.get(v)! }] as const),
    )
  }

  /** What the variables hold; equal arrays are shared with the snapshot before. */
  async #take(state: Promise<readonly [number, number]>): Promise<Snapshot> {
    const variables = new Map<AnyVariable, TypedArray>()
    for (const variable of this.#variables) {
      const data = await variable.data()
      const known = this.#present?.variables.get(variable)
      variables.set(variable, known && sameBits(known, data) ? known : data)
    }
    this.#present = { variables, rates: [...this.#optimizer.learningRates], random: await state }
    return this.#present
  }

  async #restore(wanted: Snapshot): Promise<void> {
    for (const [variable, data] of wanted.variables)
      if (this.#present?.variables.get(variable) !== data) variable.set(data)
    await evaluate([])
    this.#optimizer.learningRates = wanted.rates
    await defaultGenerator.setState(wanted.random)
    this.#present = wanted
  }

  /** One call after the other, whoever awaits them. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#busy.then(work)
    this.#busy = mine.catch(() => {})
    return mine
  }
}

/**
 * Training that a person walks through: `await stepper.next()` does one phase, `await stepper.back()` undoes one.
 * @throws OptionError when there is nothing to train or no way to predict
 */
export const stepper = (options: StepperOptions): Stepper => new Stepper(options)

async function valuesOf(tensor: TensorLike): Promise<Values> {
  return { shape: tensor.shape, data: await (tensor as AnyTensor).data() }
}

const hostTensor = ({ data, shape }: Values): AnyTensor => tensor(data, { shape })

const bytes = (array: TypedArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
/** Bit for bit: NaN equals itself, and −0 is not 0. */
function sameBits(a: TypedArray, b: TypedArray): boolean {
  const x = bytes(a)
  const y = bytes(b)
  return x.length === y.length && x.every((byte, i) => byte === y[i])
}

interface Point {
  readonly parameters: ReadonlyMap<string, Values>
  readonly gradients: ReadonlyMap<string, Values>
}
/** Δg·Δw / Δw·Δw between two points; undefined where nothing moved or a number is not finite. */
function curvatureAlong(before: Point, now: Point): number | undefined {
  let slope = 0
  let length = 0
  for (const [name, { data }] of now.parameters)
    data.forEach((w, i) => {
      const dw = w - before.parameters.get(name)!.data[i]!
      slope += dw * (now.gradients.get(name)!.data[i]! - before.gradients.get(name)!.data[i]!)
      length += dw * dw
    })
  const curvature = slope / length
  return Number.isFinite(curvature) ? curvature : undefined
}
