/**
 * A training that can be asked for any of its steps. Parameters and the optimizer's state are kept for every 32nd step; what lies
 * between is computed again, with the same bits, because a step depends on them and on its number alone.
 */
import { compile, data, grad, inspect, random, type Tensor, tensor } from 'chainrule'
import type { Rows } from './data.ts'
import { type Batch, build, lossOf, optimizerOf } from './network.ts'
import type { Setup } from './setup.ts'

export interface Settings extends Setup {
  readonly train: Rows
  /** May have no rows. */
  readonly test: Rows
}
/** Weights [units, inputs] and biases, as the engine and PyTorch have them. */
export interface Layer {
  readonly w: readonly (readonly number[])[]
  readonly b: readonly number[]
}
const every = 32

interface Variable {
  readonly shape: readonly number[]
  data(): Promise<ArrayLike<number>>
  assign(value: unknown): unknown
}
type Snapshot = readonly ArrayLike<number>[]

/** Inputs [n, inputs] and targets [n, outputs]: the class itself for one output, else 1 in its column. */
function columns({ inputs, outputs }: Setup, { x, labels }: Rows) {
  const y = new Float32Array(labels.length * outputs)
  for (const [i, label] of labels.entries())
    if (outputs > 1) y[i * outputs + label] = 1
    else y[i] = label
  return {
    x: { dtype: 'float32' as const, shape: [labels.length, inputs], data: x },
    y: { dtype: 'float32' as const, shape: [labels.length, outputs], data: y },
  }
}
export function tensorsOf(setup: Setup, rows: Rows): { x: Batch; y: Batch } {
  const { x, y } = columns(setup, rows)
  return { x: tensor(x.data, { shape: x.shape }) as Batch, y: tensor(y.data, { shape: y.shape }) as Batch }
}

export class Training {
  readonly settings: Settings
  readonly network: ReturnType<typeof build>
  readonly weights: readonly Batch[]
  readonly parameters: readonly Tensor[]
  /** Batches in an epoch. */
  readonly batches: number
  /** Loss of each batch before its update, by step; with the penalty. */
  readonly losses: number[] = []
  /** The first step whose loss is no number. */
  broken: number | undefined
  readonly #variables: readonly Variable[]
  readonly #learn: (x: Batch, y: Batch) => Tensor<[]>
  readonly #loader: AsyncIterable<{ x: Batch; y: Batch }> & { load(state: object): void }
  readonly #snapshots: Snapshot[] = []
  #step = 0
  #epoch: { readonly number: number; readonly batches: readonly { x: Batch; y: Batch }[] } | undefined

  constructor(settings: Settings) {
    this.settings = settings
    random.seed(settings.seed)
    this.network = build(settings)
    const { model } = this.network
    const named = [...model.namedParameters()]
    this.weights = named.flatMap(([name, p]) => (name.endsWith('weight') ? [p as unknown as Batch] : []))
    this.parameters = named.map(([, p]) => p as unknown as Tensor)
    const optimizer = optimizerOf(settings)
    optimizer.attach(model)
    this.#variables = [...this.parameters, ...optimizer.stateDict().values()] as unknown as Variable[]
    const rows = settings.train.labels.length
    const batchSize = Math.min(settings.batch, rows)
    this.batches = Math.ceil(rows / batchSize)
    this.#loader = data.loader(data.arrays(columns(settings, settings.train)) as never, {
      batchSize,
      shuffle: true,
      seed: settings.seed,
    }) as never
    this.#learn = compile((x: Batch, y: Batch) => {
      const loss = lossOf(settings, model.forward(x), y, this.weights).total
      optimizer.step(grad(loss, optimizer.parameters as never) as never)
      return loss
    }) as never
  }
  get step(): number {
    return this.#step
  }
  /** What is learned from in a step. */
  async batch(step: number): Promise<{ x: Batch; y: Batch }> {
    const number = Math.floor(step / this.batches)
    if (this.#epoch?.number !== number) {
      this.#loader.load({ epoch: number, batch: 0, seed: this.settings.seed })
      const batches: { x: Batch; y: Batch }[] = []
      for await (const batch of this.#loader) batches.push(batch)
      this.#epoch = { number, batches }
    }
    return this.#epoch.batches[step % this.batches]!
  }
  /** Goes to a step, or to the last before the loss is no number; after `budget` milliseconds it stops on the way, and says false. */
  async go(wanted: number, budget = Number.POSITIVE_INFINITY): Promise<boolean> {
    const since = performance.now()
    if (this.#snapshots.length === 0) this.#snapshots.push(await this.#read())
    const to = (): number => Math.min(wanted, (this.broken ?? Number.POSITIVE_INFINITY) - 1)
    const kept = Math.min(this.#snapshots.length - 1, Math.floor(to() / every))
    // the nearest place that is not beyond
    if (this.#step > to() || this.#step < kept * every) await this.#restore(kept)
    while (this.#step < to()) {
      const { x, y } = await this.batch(this.#step)
      const loss = await this.#learn(x, y).item()
      this.losses[this.#step++] = loss
      if (!Number.isFinite(loss)) {
        this.broken = this.#step - 1
        await this.go(to())
        return true
      }
      if (this.#step === this.#snapshots.length * every) this.#snapshots.push(await this.#read())
      if (performance.now() - since > budget && this.#step < to()) return false
    }
    return true
  }
  /** What the loss of the last step says about the steps being too long. */
  get divergence(): string | undefined {
    const until = this.broken === undefined || this.#step < this.broken - 1 ? this.#step : this.broken + 1
    return inspect.divergence(this.losses.slice(0, until), { learningRate: this.settings.lr })?.sentence
  }
  #read(): Promise<Snapshot> {
    return Promise.all(this.#variables.map(async v => (await v.data()) as ArrayLike<number>))
  }
  async #restore(kept: number): Promise<void> {
    const snapshot = this.#snapshots[kept]!
    this.#variables.forEach((v, i) => {
      v.assign(tensor(snapshot[i] as Float32Array).reshape(v.shape as never))
    })
    await this.#read()
    this.#step = kept * every
  }
}
