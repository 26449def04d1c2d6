/** What of a program a device may do at the same time, by the memory it costs. */
import type { Kernel, Program } from '../compile/kernel.ts'
import type { SliceLimits } from '../compile/slice.ts'
import { type Stage, stagesOf, type Work, worksOf } from '../compile/stages.ts'
import { arrangeProgram } from './arena.ts'

/** Most pieces of a plan: they are counted in 16 bits. */
export const mostPieces = 0xffff

export const mayFault = (kernel: Kernel): boolean => kernel.kind === 'gather' || kernel.kind === 'scatter'

/** Kernels that only the thread that asks may run: they call JavaScript, perhaps to throw. */
const runsAlone = (kernel: Kernel): boolean => kernel.kind === 'host' || mayFault(kernel)

/** Memory that more work at the same time may cost. */
const mostExtra = 1.02

/** How each kernel is run. */
const piecesOf = (program: Program, limits: SliceLimits): readonly Work[] => {
  const pieces = Math.min(limits.pieces, Math.floor(mostPieces / Math.max(1, program.kernels.length)))
  return worksOf(program, runsAlone, { ...limits, pieces })
}

/** What of a program may run at the same time; `resident` says which sources are kept outside of the plan's memory. */
export function stagesFor(program: Program, resident: readonly boolean[], limits: SliceLimits): readonly Stage[] {
  const works = piecesOf(program, limits)
  const eager = stagesOf(program, works, false)
  const frugal = stagesOf(program, works, true)
  if (eager.length === frugal.length) return frugal
  const bytes = (stages: readonly Stage[]): number => arrangeProgram(program, stages, resident).bytes
  return bytes(eager) <= mostExtra * bytes(frugal) ? eager : frugal
}

/** Every kernel waits for the one before, in the same pieces. */
export const singleStages = (program: Program, limits: SliceLimits): readonly Stage[] =>
  piecesOf(program, limits).map((work, k) =>
    typeof work === 'string' ? { chain: [k], shared: [] } : { chain: [], shared: [{ kernel: k, slices: work }] },
  )
