/**
 * Contractions: matrix products, convolutions and their gradients. Chooses the strategy by the structure of the loops.
 */
import { normalize, withoutFixedTaps } from '../../compile/contraction.ts'
import type { ContractKernel } from '../../compile/kernel.ts'
import { planMatrix } from '../../compile/matrix-plan.ts'
import { planColumns, printColumns } from './columns.ts'
import { printGemm } from './gemm.ts'
import type { PrintedKernel, Printer } from './printer.ts'

export function printContract(p: Printer, original: ContractKernel): PrintedKernel {
  const kernel = withoutFixedTaps(original)
  const c = normalize(kernel)
  const matrix = planMatrix(c, p.target.lanes)
  if (matrix) return printGemm(p, matrix)
  return printColumns(p, planColumns(c, p.target))
}
