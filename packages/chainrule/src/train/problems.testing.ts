/** Small things to train on. */
import { type ArrayDataset, arrays } from '../data/arrays.ts'
import { uniformAt } from '../graph/threefry.ts'
import * as nn from '../nn/index.ts'
import type { IntTensor, Tensor } from '../tensor/types.ts'
import type { Trainable } from './types.ts'

export interface Point {
  readonly x: Tensor<[2]>
  readonly y: IntTensor<[]>
}

/** Points of the square; the class says in which of the two diagonal pairs of quadrants they are (exclusive or). */
export function quadrants(count: number, seed = 1): ArrayDataset<Point> {
  const x = Float32Array.from({ length: 2 * count }, (_, i) => 2 * uniformAt([seed, 0], i) - 1)
  const y = Int32Array.from({ length: count }, (_, i) => (x[2 * i]! * x[2 * i + 1]! > 0 ? 1 : 0))
  return arrays<Point>({ x: { dtype: 'float32', shape: [count, 2], data: x }, y })
}

/** Two inputs, a hidden layer with normalisation and dropout, two classes. */
export const network = (): Trainable =>
  nn.sequential(nn.linear(2, 16), nn.batchNorm1d(16), nn.relu(), nn.dropout(0.1), nn.linear(16, 2))

/** The same without anything random or running. */
export const plainNetwork = (): Trainable => nn.sequential(nn.linear(2, 16), nn.tanh(), nn.linear(16, 2))

/** All values of a model's state, name after name. */
export async function stateOf(model: Trainable): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  for (const [name, variable] of model.stateDict()) found[name] = Array.from((await variable.data()) as Float32Array)
  return found
}
