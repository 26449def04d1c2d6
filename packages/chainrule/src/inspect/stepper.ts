/**
 * Training one phase at a time, as the lecture lists them: predict, loss, gradient, update, iterate; forwards, and backwards in
 * time. Every phase is computed from the parameters alone, so that going back and forth gives the same bits. Prediction,
 * loss, gradient and update are each compiled once for a shape of batch, so `predict` and `loss` may not read values.
 */
import { OptionError } from '../errors.ts'
import type { TypedArray } from '../graph/dtype.ts'
import { Module } from '../nn/module.ts'
import type { Optimizer } from '../optim/optimizer.ts'
import { sgd } from '../optim/sgd.ts'
import { type Compiled, compile } from '../tensor/compile.ts'
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
type Forward = { forward(x: AnyTensor): AnyTensor }
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
  readonly #batch: StepperOptions['batch']
  readonly #predict: Compiled<[x: AnyTensor], AnyTensor>
  readonly #loss: Compiled<[x: AnyTensor, y: AnyTensor], AnyTensor>
  readonly #gradients: Compiled<[x: AnyTensor, y: AnyTensor], AnyTensor[]>
  readonly #update: Compiled<[gradients: AnyTensor[]], void>
  readonly #optimizer: NonNullable<StepperOptions['optimizer']>
  readonly #named: ReadonlyMap<string, AnyVariable>
  readonly #variables: readonly AnyVariable[]
  readonly #capacity: number
  #moments: Moment[] = []
  /** What the variables hold now, and the node that each had when that was read. */
  #present: Snapshot | undefined
  readonly #nodes = new Map<AnyVariable, unknown>()
  #busy: Promise<unknown> = Promise.resolve()

  constructor(options: StepperOptions) {
    const { parameters, predict, history = 5000 } = options
    if (!(Number.isInteger(history) && history >= 1))
      throw new OptionError('history', `stepper: history must be an integer >= 1, got ${history}`)
    const hasForward = parameters instanceof Module && (parameters as { forward?: unknown }).forward
    if (!predict && !hasForward)
      throw new OptionError(
        'predict',
        'stepper: needs predict: (x) => … where the parameters are no model with a forward',
      )
    this.#batch = options.batch
    this.#capacity = history
    this.#named =
      parameters instanceof Module
        ? new Map([...parameters.namedParameters()].filter(([, p]) => parameters.parameters().includes(p)))
        : new Map(Object.entries(parameters))
    if (this.#named.size === 0) throw new OptionError('parameters', 'stepper: there is nothing to train')
    this.#optimizer = options.optimizer ?? sgd({ learningRate: options.learningRate ?? 0.1 })
    if (this.#optimizer.parameters.length === 0) this.#optimizer.attach([...this.#named.values()])
    const forward = predict ?? ((x: AnyTensor) => (parameters as unknown as Forward).forward(x))
    const trained = [...this.#named.values()]
    const lossOf = (x: AnyTensor, y: AnyTensor) => options.loss(forward(x) as never, y as never) as AnyTensor
    this.#predict = compile(x => forward(x) as AnyTensor)
    this.#loss = compile(lossOf)
    this.#gradients = compile((x, y) => grad(lossOf(x, y), trained) as AnyTensor[])
    this.#update = compile(gradients => this.#optimizer.step(gradients))
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
    const { x, y } = state.batch as { x: AnyTensor; y: AnyTensor }
    switch (state.next) {
      case 'predict': {
        await this.#restore(origin)
        return this.#after(moment, { prediction: await valuesOf(this.#predict(x)) })
      }
      case 'loss': {
        await this.#restore(origin)
        const value = Number(await this.#loss(x, y).item())
        const losses = [...state.losses, value]
        return this.#after(moment, { loss: value, losses, divergence: this.#explain(losses, moment.curvature) })
      }
      case 'gradient': {
        await this.#restore(origin)
        const gradients = this.#gradients(x, y)
        const named = new Map<string, Values>()
        for (const [i, name] of [...this.#named.keys()].entries()) named.set(name, await valuesOf(gradients[i]!))
        const curvature = moment.last && curvatureAlong(moment.last, { parameters: state.parameters, gradients: named })
        const explained = this.#explain(state.losses, curvature)
        return this.#after({ ...moment, curvature }, { gradients: named, divergence: explained })
      }
      case 'update': {
        await this.#restore(snapshot)
        const given = new Map([...this.#named].map(([name, variable]) => [variable, state.gradients!.get(name)!]))
        this.#update(this.#optimizer.parameters.map(p => hostTensor(given.get(p)!)))
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
    const batch = this.#batch
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

  /** What the variables hold; what has not changed is shared with the snapshot before. */
  async #take(state: Promise<readonly [number, number]>): Promise<Snapshot> {
    const variables = new Map<AnyVariable, TypedArray>()
    for (const variable of this.#variables) {
      // every version of a variable has a node of its own
      const known = this.#nodes.get(variable) === variable.node ? this.#present?.variables.get(variable) : undefined
      variables.set(variable, known ?? (await variable.data()))
      this.#nodes.set(variable, variable.node)
    }
    this.#present = { variables, rates: [...this.#optimizer.learningRates], random: await state }
    return this.#present
  }

  async #restore(wanted: Snapshot): Promise<void> {
    const changed = [...wanted.variables].filter(([variable, data]) => this.#present?.variables.get(variable) !== data)
    for (const [variable, data] of changed) variable.set(data)
    await evaluate([])
    for (const [variable] of changed) this.#nodes.set(variable, variable.node)
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
