/** Functions of bits: truth tables as samples, and the weights with which one unit represents them. */
import { OptionError } from '../errors.ts'
import type { Weights } from './rule.ts'
import type { Samples } from './samples.ts'

export type Bits = readonly boolean[]

const isMajority = (bits: Bits): boolean => bits.filter(Boolean).length > bits.length / 2

/** What each gate answers. */
export const gates = {
  and: (bits: Bits): boolean => bits.every(Boolean),
  or: (bits: Bits): boolean => bits.some(Boolean),
  not: ([bit]: Bits): boolean => !bit,
  nand: (bits: Bits): boolean => !bits.every(Boolean),
  nor: (bits: Bits): boolean => !bits.some(Boolean),
  /** More than half of the inputs. */
  majority: isMajority,
  /** An odd number of the inputs. */
  xor: (bits: Bits): boolean => bits.filter(Boolean).length % 2 === 1,
  xnor: (bits: Bits): boolean => bits.filter(Boolean).length % 2 === 0,
}

/** The weights of a unit that is the gate, of `inputs` bits; it fires when w·x + b > 0. */
export const gateWeights = {
  and: (inputs = 2): Weights => alike(inputs, 1, 0.5 - inputs),
  or: (inputs = 2): Weights => alike(inputs, 1, -0.5),
  not: (): Weights => alike(1, -1, 0.5),
  nand: (inputs = 2): Weights => alike(inputs, -1, inputs - 0.5),
  nor: (inputs = 2): Weights => alike(inputs, -1, 0.5),
  majority: (inputs = 3): Weights => alike(inputs, 1, -inputs / 2),
}
const alike = (inputs: number, weight: number, bias: number): Weights => ({
  weights: new Array<number>(inputs).fill(weight),
  bias,
})

/** All 2ⁿ rows in counting order, the first bit the highest: (0, 0), (0, 1), (1, 0), (1, 1). */
export function truthTable(inputs: number, answer: (bits: Bits) => boolean): Samples {
  if (!(Number.isInteger(inputs) && inputs >= 1 && inputs <= 16))
    throw new OptionError('inputs', `truthTable: inputs must be an integer in [1, 16], got ${inputs}`)
  const rows = Array.from({ length: 2 ** inputs }, (_, row) =>
    Array.from({ length: inputs }, (_, bit) => ((row >> (inputs - 1 - bit)) & 1) === 1),
  )
  return { points: rows.map(bits => bits.map(Number)), labels: rows.map(answer) }
}

/** All 2^2ⁿ functions of n bits as samples; function k answers row r with bit r of k. */
export function booleanFunctions(inputs: number): Samples[] {
  if (!(Number.isInteger(inputs) && inputs >= 1 && inputs <= 4))
    throw new OptionError('inputs', `booleanFunctions: inputs must be an integer in [1, 4], got ${inputs}`)
  const { points } = truthTable(inputs, () => false)
  return Array.from({ length: 2 ** points.length }, (_, k) => ({
    points,
    labels: points.map((_, row) => ((k >> row) & 1) === 1),
  }))
}
