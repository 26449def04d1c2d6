/**
 * Kernels that are a column times a row: two passes of m + n multiplications instead of m · n. A matrix has rank 1 exactly when every
 * 2×2 minor with its largest entry is 0: w[p, q] w[i, j] = w[i, q] w[p, j].
 */
import { refuseOption } from '../../graph/refuse.ts'
import type { Kernel } from './kernels.ts'

/** kernel[i][j] = column[i] · row[j]. */
export interface SeparatedKernel {
  readonly column: readonly number[]
  readonly row: readonly number[]
}

/**
 * The two factors, or undefined when there are none.
 * @param tolerance how large a minor may be, as a share of the largest entry squared; 0 for whole numbers, which are decided
 *   exactly, and 1e-9 for others unless given
 */
export function separate(kernel: Kernel, tolerance = whole(kernel) ? 0 : 1e-9): SeparatedKernel | undefined {
  if (!(tolerance >= 0)) refuseOption('separate', 'tolerance', `tolerance must be >= 0, got ${tolerance}`)
  let [p, q] = [0, 0]
  kernel.forEach((weights, i) => {
    weights.forEach((w, j) => {
      if (Math.abs(w) > Math.abs(kernel[p]![q]!)) [p, q] = [i, j]
    })
  })
  const pivot = kernel[p]![q]!
  const row = kernel[p]!
  const column = kernel.map(weights => weights[q]!)
  const bound = tolerance * pivot ** 2
  const rankOne = kernel.every((weights, i) =>
    weights.every((w, j) => Math.abs(pivot * w - column[i]! * row[j]!) <= bound),
  )
  return rankOne ? { column: pivot === 0 ? column : column.map(w => w / pivot), row } : undefined
}

/** Whether products of two weights are exact in float64. */
const whole = (kernel: Kernel): boolean =>
  kernel.every(row => row.every(w => Number.isInteger(w) && Math.abs(w) < 2 ** 26))
