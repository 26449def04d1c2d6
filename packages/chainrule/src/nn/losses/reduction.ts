/** How the losses of the elements become one number. */
import { OptionError } from '../../errors.ts'
import type { Node } from '../../graph/node.ts'
import { div } from '../../tensor/ops/elementwise.ts'
import { meanAll, sumAll } from '../arithmetic.ts'

/** 'mean' (the default), 'sum', or 'none': the losses as they are. */
export type Reduction = 'mean' | 'sum' | 'none'
export interface ReductionOptions {
  readonly reduction?: Reduction
}

const reductions: Readonly<Record<Reduction, (x: Node) => Node>> = { mean: meanAll, sum: sumAll, none: x => x }

export function reduce(losses: Node, { reduction = 'mean' }: ReductionOptions): Node {
  return checkedReduction(reductions, reduction)(losses)
}

/** Σ / size of the first axis. */
export const meanBatch = (losses: Node): Node => div(sumAll(losses), losses.shape[0] ?? 1)

/** The entry for a reduction, or an OptionError. */
export function checkedReduction<T>(table: Readonly<Record<string, T>>, reduction: string): T {
  const entry = Object.hasOwn(table, reduction) ? table[reduction] : undefined
  if (entry === undefined)
    throw new OptionError(
      'reduction',
      `reduction '${reduction}' is not known; there is ${Object.keys(table)
        .map(k => `'${k}'`)
        .join(', ')}`,
    )
  return entry
}
