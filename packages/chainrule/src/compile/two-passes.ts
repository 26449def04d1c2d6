/**
 * Contractions in two passes: epilogues that a device does not compute on its registers (an index, a mask, a random number) become
 * a loop kernel over the raw result.
 */
import type { Access, ContractKernel, Instruction, LoopKernel } from './kernel.ts'

/** Whether an epilogue is only scalar operations, and loads and stores without masks. */
export function fitsRegisters(kernel: ContractKernel): boolean {
  const { body, stores } = kernel.epilogue
  return (
    stores.every(s => !s.access.mask) &&
    body.every(i => i.op !== 'index' && i.op !== 'random' && !(i.op === 'load' && i.access.mask))
  )
}

/** The loops that number outputs: batch, m, n. */
const outputOrder = (kernel: ContractKernel): number[] =>
  (['batch', 'm', 'n'] as const).flatMap(role => kernel.dims.flatMap((d, i) => (d.role === role ? [i] : [])))

/** The kernel that stores its bare result row-major in one more buffer, and the loop that reads it there. */
export function rawKernel(kernel: ContractKernel): { kernel: ContractKernel; finish: LoopKernel; bytes: number } {
  const strides = new Array<number>(kernel.dims.length).fill(0)
  let elements = 1
  for (const i of outputOrder(kernel).toReversed()) {
    strides[i] = elements
    elements *= kernel.dims[i]!.size
  }
  const { dtype } = kernel
  const buffers = [...kernel.buffers, -1]
  const access: Access = { argument: kernel.buffers.length, offset: 0, strides }
  return {
    bytes: (elements * 4 + 127) & ~63,
    kernel: { ...kernel, buffers, epilogue: { body: [{ op: 'result', dtype }], stores: [{ value: 0, access }] } },
    finish: finishOf({ ...kernel, buffers }, { op: 'load', dtype, access }),
  }
}

/** The epilogue as a loop over the outputs, with something else in place of the result. */
export function finishOf(kernel: ContractKernel, result: Instruction): LoopKernel {
  const order = outputOrder(kernel)
  const onlyOutputs = (access: Access): Access => ({
    ...access,
    strides: order.map(i => access.strides[i]!),
    ...(access.mask && { mask: access.mask.map(m => ({ ...m, dim: order.indexOf(m.dim) })) }),
  })
  const { body, stores } = kernel.epilogue
  return {
    kind: 'loop',
    name: kernel.name,
    buffers: kernel.buffers,
    dims: order.map(i => kernel.dims[i]!.size),
    rows: order.length,
    reductions: [],
    body: body.map(original => {
      const i = original.op === 'result' ? result : original
      if (i.op === 'load') return { ...i, access: onlyOutputs(i.access) }
      return i.op === 'index' ? { ...i, strides: order.map(d => i.strides[d]!) } : i
    }),
    stores: stores.map(s => ({ ...s, access: onlyOutputs(s.access) })),
  }
}
