/**
 * The exponential moving average of the weights, which is what the model is evaluated with: s ← d s + (1 − d) w after each update.
 * Polyak & Juditsky 1992; with the decay min(d, (1 + t) / (10 + t)) in step t, so that the beginning is forgotten soon, as in
 * TensorFlow's `ExponentialMovingAverage`.
 */
import { OptionError } from '../errors.ts'
import type { Module } from '../nn/module.ts'
import { variable } from '../tensor/create.ts'
import type { AnyVariable } from '../tensor/types.ts'
import { snapshot } from './snapshot.ts'

/** Under which the averages are in a checkpoint, before the names of the parameters. */
export const averagePrefix = 'average.'

export class WeightAverage {
  readonly #averages: ReadonlyMap<string, { readonly weight: AnyVariable; readonly average: AnyVariable }>
  readonly #updates: AnyVariable
  readonly #decay: number

  /** @throws OptionError unless 0 ≤ decay < 1 */
  constructor(model: Module, decay: number) {
    if (!(decay >= 0 && decay < 1))
      throw new OptionError('averageWeights', `fit: averageWeights must be a decay in [0, 1), like 0.999, got ${decay}`)
    this.#decay = decay
    this.#updates = variable(0) as AnyVariable
    this.#averages = new Map(
      [...model.namedParameters()].map(([name, weight]) => [
        name,
        { weight, average: variable(weight.detach()) as AnyVariable },
      ]),
    )
  }

  /** After an optimizer's step, in the same compiled function. */
  update(): void {
    const t = this.#updates.add(1)
    this.#updates.assign(t)
    const decay = t.add(1).div(t.add(10)).minimum(this.#decay)
    for (const { weight, average } of this.#averages.values())
      average.assign(average.sub(weight).mul(decay).add(weight))
  }

  /** Puts the averages into the model; the function that is returned puts the weights back. */
  async swap(): Promise<() => void> {
    const back = await snapshot(Array.from(this.#averages.values(), a => a.weight))
    for (const { weight, average } of this.#averages.values()) weight.set(await average.data())
    return back
  }

  stateDict(): Map<string, AnyVariable> {
    const named = [...this.#averages].map(([name, { average }]) => [`${averagePrefix}${name}`, average] as const)
    return new Map([['averageUpdates', this.#updates] as const, ...named])
  }
}
