/** The unit that is looked at. */
import type { State } from './model.ts'
import type { Moment } from './moment.ts'

/** Terms that are written out, the largest first where there are more; of those, the sum. */
const most = 8

export interface PhaseProps {
  readonly state: State
  readonly moment: Moment
}
export interface Unit {
  readonly layer: number
  readonly unit: number
  readonly last: boolean
  readonly weights: readonly number[]
  readonly bias: number
  readonly inputs: readonly number[]
  readonly value: number
  /** Which of its weights are written out. */
  readonly written: readonly number[]
}
export function unitOf({ state, moment }: PhaseProps): Unit {
  const [layer, unit] = looked(state, moment)
  const { w, b } = moment.layers[layer - 1]!
  const weights = w[unit - 1]!
  const inputs = moment.sample.activations[layer - 1]!
  const all = [...weights.keys()]
  const weight = (i: number): number => Math.abs(weights[i]! * inputs[i]!)
  return {
    layer,
    unit,
    last: layer === moment.layers.length,
    weights,
    bias: b[unit - 1]!,
    inputs,
    value: moment.sample.activations[layer]![unit - 1]!,
    written:
      all.length <= most
        ? all
        : all
            .sort((i, j) => weight(j) - weight(i))
            .slice(0, most)
            .sort((i, j) => i - j),
  }
}
/** Layer and unit that are explained, from 1: those of the state, where the network has them. */
export function looked({ look }: State, { layers }: Moment): readonly [layer: number, unit: number] {
  const layer = Math.min(look[0]!, layers.length)
  return [layer, Math.min(look[1]!, layers[layer - 1]!.b.length)]
}
export const nameOf = ({ last, layer, unit }: Unit, outputs: number): string =>
  last ? (outputs > 1 ? `output for class ${unit - 1}` : 'output') : `hidden layer ${layer}, unit ${unit}`
