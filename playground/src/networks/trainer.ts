/**
 * Small dense networks trained by full-batch gradient descent, step after step from a seed. What has been computed is kept, so that
 * going back in time, or on from where one was, costs nothing and gives the same bits.
 */
import { grad, random, type Tensor, tensor } from 'chainrule'
import { type ActivationName, activations } from '../frame/activations.ts'

export interface Setup {
  /** Units per layer, inputs first. */
  readonly sizes: readonly number[]
  readonly act: ActivationName
  /** After the last layer. */
  readonly out: 'sigmoid' | 'identity'
  readonly loss: 'mse' | 'bce'
  readonly lr: number
  readonly seed: number
  /** Standard deviation of the first weights; 'fan' divides by √inputs. */
  readonly init: number | 'fan'
  /** Row after row. */
  readonly x: readonly (readonly number[])[]
  readonly y: readonly (readonly number[])[]
}
/** Weights [inputs, outputs] and biases of each layer. */
export interface Layer {
  readonly w: readonly (readonly number[])[]
  readonly b: readonly number[]
}
export interface Moment {
  readonly step: number
  readonly layers: readonly Layer[]
  readonly loss: number
  readonly outputs: readonly (readonly number[])[]
}
type Matrix = Tensor<[number, number]>
interface LayerTensors {
  readonly w: Matrix
  readonly b: Matrix
}
const matrix = (rows: readonly (readonly number[])[]): Matrix =>
  tensor(rows.flat(), { shape: [rows.length, rows[0]!.length], dtype: 'float32' })
export const tensorsOf = (layers: readonly Layer[]): LayerTensors[] =>
  layers.map(({ w, b }) => ({ w: matrix(w), b: matrix([b]) }))

/** Activations of every layer, the inputs first. */
export function forward(x: Matrix, layers: readonly LayerTensors[], act: ActivationName, out: Setup['out']): Matrix[] {
  const all = [x]
  for (const [i, { w, b }] of layers.entries()) {
    const z = all.at(-1)!.matmul(w).add(b) as Matrix
    all.push(i < layers.length - 1 ? activations[act].apply(z) : out === 'sigmoid' ? z.sigmoid() : z)
  }
  return all
}
/** The loss of outputs; cross entropy from clamped probabilities. */
function lossOf(p: Matrix, y: Matrix, kind: Setup['loss']): Tensor<[]> {
  if (kind === 'mse') return p.sub(y).square().mean()
  const q = p.clamp(1e-7, 1 - 1e-7)
  return q
    .log()
    .mul(y)
    .add(q.neg().log1p().mul(y.neg().add(1)))
    .mean()
    .neg()
}
/** First weights: normal draws, biases too as 0. */
export async function firstLayers({ sizes, seed, init }: Pick<Setup, 'sizes' | 'seed' | 'init'>): Promise<Layer[]> {
  random.seed(seed)
  const draws = sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i]!
    return random.normal([inputs, outputs]).mul(init === 'fan' ? 1 / Math.sqrt(inputs) : init)
  })
  const values = await Promise.all(draws.map(d => d.array() as Promise<number[][]>))
  return values.map(w => ({ w, b: w[0]!.map(() => 0) }))
}

export class Training {
  readonly setup: Setup
  readonly #moments: Moment[] = []
  #turn: Promise<unknown> = Promise.resolve()
  constructor(setup: Setup, start?: readonly Layer[]) {
    this.setup = setup
    this.#start = start
  }
  readonly #start: readonly Layer[] | undefined

  /** The network after so many steps. Long ways are gone in pieces, so that the page stays awake. */
  at(step: number, signal?: AbortSignal): Promise<Moment> {
    const turn = this.#turn.then(() => this.#reach(step, signal))
    this.#turn = turn.catch(() => {})
    return turn
  }
  /** Loss of every step computed so far. */
  get losses(): number[] {
    return this.#moments.map(m => m.loss)
  }
  async #reach(step: number, signal?: AbortSignal): Promise<Moment> {
    if (this.#moments.length === 0)
      this.#moments.push(await this.#moment(0, this.#start ?? (await firstLayers(this.setup))))
    let since = performance.now()
    while (this.#moments.length <= step) {
      signal?.throwIfAborted()
      const last = this.#moments.at(-1)!
      this.#moments.push(await this.#moment(last.step + 1, await this.#descend(last)))
      if (performance.now() - since > 25) {
        await new Promise(resolve => setTimeout(resolve))
        since = performance.now()
      }
    }
    return this.#moments[step]!
  }
  #gradients = new Map<number, readonly Layer[]>()
  async #moment(step: number, layers: readonly Layer[]): Promise<Moment> {
    const { x, y, act, out, loss } = this.setup
    const parameters = tensorsOf(layers)
    const outputs = forward(matrix(x), parameters, act, out).at(-1)!
    const J = lossOf(outputs, matrix(y), loss)
    const g = grad(
      J,
      parameters.flatMap(({ w, b }) => [w, b]),
    )
    const [value, shown, slopes] = await Promise.all([
      J.item(),
      outputs.array() as Promise<number[][]>,
      Promise.all(g.map(slope => slope.array() as Promise<number[][]>)),
    ])
    this.#gradients.clear() // only the newest moment goes on
    this.#gradients.set(
      step,
      layers.map((_, l) => ({ w: slopes[2 * l]!, b: slopes[2 * l + 1]![0]! })),
    )
    return { step, layers, loss: value, outputs: shown }
  }
  async #descend({ step, layers }: Moment): Promise<Layer[]> {
    const { lr } = this.setup
    const slopes = this.#gradients.get(step)!
    const move = (a: number, g: number): number => Math.fround(a - lr * g)
    return layers.map(({ w, b }, l) => ({
      w: w.map((row, i) => row.map((v, j) => move(v, slopes[l]!.w[i]![j]!))),
      b: b.map((v, j) => move(v, slopes[l]!.b[j]!)),
    }))
  }
}

const kept = new Map<string, Training>()
/** The training of a setup; the last few are kept. */
export function trainingOf(setup: Setup, start?: readonly Layer[]): Training {
  const key = JSON.stringify([setup, start])
  const training = kept.get(key) ?? new Training(setup, start)
  kept.delete(key)
  kept.set(key, training)
  if (kept.size > 6) kept.delete(kept.keys().next().value!)
  return training
}
