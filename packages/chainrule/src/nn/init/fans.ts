/** What an initialiser is, and how many inputs and outputs a weight connects. */

import { OptionError } from '../../errors.ts'
import { needList } from '../../graph/refuse.ts'
import { type Shape, show } from '../../graph/shape.ts'
import type { AnyTensor } from '../tensors.ts'

/** Makes the first value of a parameter from its shape. */
export type Initialiser = (shape: Shape) => AnyTensor

/** For a weight [out, in, …kernel]: in · |kernel| and out · |kernel|. */
export function fans(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  needList('fans', shape, '[out, in]')
  if (shape.length < 2)
    throw new OptionError('weightInit', `fan in and fan out need a weight of at least 2 axes, got ${show(shape)}`)
  const [out, inputs, ...kernel] = shape as [number, number, ...number[]]
  const taps = kernel.reduce((n, k) => n * k, 1)
  return { fanIn: inputs * taps, fanOut: out * taps }
}

/** Factors that keep the variance through a nonlinearity. PyTorch's `init.calculate_gain`. */
export const gains = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
} as const
export type Nonlinearity = keyof typeof gains
/** √(2 / (1 + slope²)) */
export const leakyReluGain = (slope = 0.01): number => Math.sqrt(2 / (1 + slope * slope))
