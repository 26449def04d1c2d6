/** Sizes of windows: one number for every axis, or one number per axis; checked, with the option named in the error. */
import { kindOf, needCount, refuseOption } from '../graph/refuse.ts'
import { show } from '../graph/shape.ts'

/** A number for all axes, or one for each. */
export type PerAxis = number | readonly number[]
/** As one number for types: sizes that differ by axis are known at run time only. */
export type Scalar<N> = N extends number ? N : number

/** `value` for each of `rank` axes: whole numbers from `least` on. */
export function perAxis(layer: string, option: string, value: PerAxis, rank: number, least: number): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(rank).fill(value) : value
  if (!Array.isArray(values) || values.length !== rank)
    refuseOption(
      layer,
      option,
      `${option} needs 1 or ${rank} numbers, got ${Array.isArray(values) ? show(values) : kindOf(values)}`,
    )
  for (const v of values) needCount(layer, option, v, least)
  return values
}

/** `5` for equal sizes, `5x3` otherwise. */
export const showSizes = (sizes: readonly number[]): string =>
  sizes.every(s => s === sizes[0]) ? `${sizes[0]}` : sizes.join('x')

/** The axes of an input with `rank` spatial axes, for messages. */
export const axesText = (rank: number): string =>
  `[batch, channels, ${['length', 'height, width', 'depth, height, width'][rank - 1]}]`
