/**
 * Contractions: matrix products, convolutions and their gradients. Chooses the strategy by the structure of the loops.
 */

import { normalize, withoutFixedTaps } from '../../compile/contraction.ts'
import { planConvolution } from '../../compile/convolution-plan.ts'
import { planGradient, storesRowMajor } from '../../compile/gradient-plan.ts'
import type { ContractKernel, Instruction } from '../../compile/kernel.ts'
import { planMatrix } from '../../compile/matrix-plan.ts'
import { finishOf, fitsRegisters, rawKernel } from '../../compile/two-passes.ts'
import { call, get, i32 } from './assembler.ts'
import { unsupported } from './body.ts'
import { emitConvolution } from './convolution.ts'
import { emitDot, planDot } from './dot-matrix.ts'
import { type EmittedKernel, type Emitter, kernelFunction } from './emitter.ts'
import { emitGemm } from './gemm.ts'
import { emitGeneral } from './general.ts'
import { emitLoop } from './loop.ts'
import { emitGradient } from './weight-gradient.ts'
import { emitWinograd, planWinograd } from './winograd.ts'

/** The ways to compute a contraction, each in a file of its own. */
export type Strategy = 'nothing' | 'zero' | 'winograd' | 'gradient' | 'convolution' | 'dot' | 'gemm' | 'general'

interface Choice {
  readonly strategy: Strategy
  readonly emit: (e: Emitter) => EmittedKernel
}

function choose(kernel: ContractKernel): Choice {
  if (kernel.dims.some(d => d.role !== 'k' && d.size === 0))
    return { strategy: 'nothing', emit: e => nothing(e, kernel) }
  if (kernel.dims.some(d => d.size === 0)) {
    const zero: Instruction = { op: 'const', value: 0, dtype: kernel.dtype }
    return { strategy: 'zero', emit: e => emitLoop(e, finishOf(kernel, zero)) }
  }
  const c = normalize(kernel)
  if (c.windows.length > 0) {
    const winograd = planWinograd(c)
    if (winograd) return { strategy: 'winograd', emit: e => emitWinograd(e, winograd) }
    const gradient = planGradient(c, 4)
    if (gradient?.worthwhile)
      return {
        strategy: 'gradient',
        emit: e => (storesRowMajor(kernel) ? emitGradient(e, kernel) : emitInTwoPasses(e, kernel, emitGradient)),
      }
    const convolution = planConvolution(c, 4)
    if (convolution) return { strategy: 'convolution', emit: e => emitConvolution(e, convolution) }
  }
  const dot = planDot(c)
  if (dot) return { strategy: 'dot', emit: e => emitDot(e, dot) }
  const matrix = planMatrix(c, 4)
  if (matrix) return { strategy: 'gemm', emit: e => emitGemm(e, matrix) }
  return { strategy: 'general', emit: e => emitInTwoPasses(e, kernel, emitGeneral) }
}

/** Which way a kernel is computed. */
export const strategyOf = (kernel: ContractKernel): Strategy => choose(withoutFixedTaps(kernel)).strategy

/**
 * Code for a contraction of float32 or int32.
 *
 * Epilogues that `fitsRegisters` accepts cost nothing: all scalar operations, loads and stores without masks. Others (an index,
 * a mask, a random number) take one more pass over the result.
 */
export function emitContract(e: Emitter, original: ContractKernel): EmittedKernel {
  if (original.dtype !== 'float32' && original.dtype !== 'int32') unsupported(original.name, original.dtype)
  const kernel = withoutFixedTaps(original)
  if (!fitsRegisters(kernel)) return emitInTwoPasses(e, kernel, emitContract)
  return choose(kernel).emit(e)
}

function nothing(e: Emitter, kernel: ContractKernel): EmittedKernel {
  return { index: kernelFunction(e, kernel, () => ''), scratchBytes: 0, notes: [] }
}

/** First the raw result to scratch memory, then the epilogue as a loop kernel. */
function emitInTwoPasses(e: Emitter, kernel: ContractKernel, emit: typeof emitContract): EmittedKernel {
  const raw = rawKernel(kernel)
  const product = emit(e, raw.kernel)
  const finish = emitLoop(e, raw.finish)
  const index = kernelFunction(e, kernel, (_, { buffers, scratch, constants }) => {
    const given = [...buffers, scratch].map(get)
    const rest = [i32.add(get(scratch), i32.const(raw.bytes)), get(constants)]
    return call(product.index, ...given, ...rest) + call(finish.index, ...given, ...rest)
  })
  return {
    index,
    scratchBytes: raw.bytes + Math.max(product.scratchBytes, finish.scratchBytes),
    notes: [...product.notes, ...finish.notes],
  }
}
