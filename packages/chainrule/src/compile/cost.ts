/** What instructions cost, roughly, in vector instructions: to decide what is unrolled, kept, or shared between threads. */
import type { Instruction, Reduction, ScalarOp } from './kernel.ts'

/** 1 where not listed. */
const costs: { readonly [P in ScalarOp]?: number } = {
  sign: 4,
  sqrt: 6,
  exp: 18,
  log: 24,
  sin: 40,
  cos: 40,
  tanh: 36,
  sigmoid: 26,
  erf: 40,
  div: 5,
  mod: 16,
  pow: 90,
  maximum: 5,
  minimum: 5,
}
export function costOf(instruction: Instruction): number {
  switch (instruction.op) {
    case 'scalar':
      return costs[instruction.name] ?? 1
    case 'random':
      return 120
    case 'load':
    case 'cast':
      return 1
    default:
      return 0
  }
}

/** One step of a reduction. */
export const stepCost = { sum: 1, max: 3, argmax: 9 } as const satisfies Record<Reduction['op'], number>
