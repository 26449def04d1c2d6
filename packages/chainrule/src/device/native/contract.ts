/**
 * Contractions: matrix products, convolutions and their gradients. Chooses the strategy by the structure of the loops.
 */
import { normalize, withoutFixedTaps } from '../../compile/contraction.ts'
import type { ContractKernel } from '../../compile/kernel.ts'
import { planColumns, printColumns } from './columns.ts'
import { planConvolution, printConvolution } from './convolution.ts'
import { planDirect, printDirect } from './direct-convolution.ts'
import { planDot, printDot } from './dot-product.ts'
import { planGemm, printGemm } from './gemm.ts'
import type { PrintedKernel, Printer } from './printer.ts'
import { planGradient, printGradient } from './weight-gradient.ts'

export function printContract(p: Printer, original: ContractKernel): PrintedKernel {
  const kernel = withoutFixedTaps(original)
  const c = normalize(kernel)
  const candidates: [string, number, () => PrintedKernel][] = []
  const columns = planColumns(c, p.target)
  candidates.push(['columns', columns.cycles, () => printColumns(p, columns)])
  const convolution = planConvolution(c, p.target)
  if (convolution) candidates.push(['convolution', convolution.cycles, () => printConvolution(p, convolution)])
  const gradient = planGradient(c, p.target)
  if (gradient) candidates.push(['gradient', gradient.cycles, () => printGradient(p, gradient)])
  const gemm = planGemm(c, p.target)
  if (gemm) candidates.push(['gemm', gemm.cycles, () => printGemm(p, gemm)])
  const direct = planDirect(c, p.target)
  if (direct) candidates.push(['direct', direct.cycles, () => printDirect(p, direct)])
  const dot = planDot(c, p.target)
  if (dot) candidates.push(['dot', dot.cycles, () => printDot(p, dot)])
  candidates.sort((x, y) => x[1] - y[1])
  if (process.env.SHOW) console.log(candidates.map(x => `${x[0]} ${(x[1] / 3.5e6).toFixed(3)}`).join(', '))
  const forced = candidates.find(x => x[0] === process.env.FORCE)
  return (forced ?? candidates[0]!)[2]()
}
