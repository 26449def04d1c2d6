/** Sizes of windows: one number for every axis, or one number per axis; checked, with the option named in the error. */
import { refuseOption } from '../graph/refuse.ts'

/** A number for all axes, or one for each. */
export type PerAxis = number | readonly number[]
/** As one number for types: sizes that differ by axis are known at run time only. */
export type Scalar<N> = N extends number ? N : number

/** `value` for each of `rank` axes: whole numbers from `least` on. */
export function perAxis(layer: string, option: string, value: PerAxis, rank: number, least: number): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(rank).fill(value) : value
  if (values.length !== rank)
    refuseOption(layer, option, `${option} needs 1 or ${rank} numbers, got [${values.join(', ')}]`)
  const wrong = values.find(v => !Number.isInteger(v) || v < least)
  if (wrong !== undefined) refuseOption(layer, option, `${option} must be an integer >= ${least}, got ${wrong}`)
  return values
}

/** A count (channels, features, groups): a whole number from 1 on. */
export function count(layer: string, option: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    refuseOption(layer, option, `${option} must be an integer >= 1, got ${value}`)
  return value
}

/** `5` for equal sizes, `5x3` otherwise. */
export const showSizes = (sizes: readonly number[]): string =>
  sizes.every(s => s === sizes[0]) ? `${sizes[0]}` : sizes.join('x')

/** The axes of an input with `rank` spatial axes, for messages. */
export const axesText = (rank: number): string =>
  `[${['batch', 'channels', ...['depth', 'height', 'width'].slice(-rank).map(a => (rank === 1 ? 'length' : a))].join(', ')}]`
