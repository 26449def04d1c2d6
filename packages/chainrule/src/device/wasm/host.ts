/** Kernels that are JavaScript functions: called back from the running module between two other kernels. */
import type { HostKernel } from '../../compile/kernel.ts'
import { DataError } from '../../errors.ts'
import { numel } from '../../graph/shape.ts'
import type { Heap } from './memory.ts'

/** Runs the function on copies of its inputs and writes what it returns. `addresses` has one entry per kernel buffer. */
export function runHost(heap: Heap, kernel: HostKernel, addresses: readonly number[]): void {
  const { inputs, output } = kernel
  const values = kernel.run(
    ...inputs.map((input, i) => ({ ...input, data: heap.read(addresses[i]!, numel(input.shape), input.dtype) })),
  )
  const expected = numel(output.shape)
  if (values.length !== expected)
    throw new DataError(`${kernel.name}: the function returned ${values.length} values instead of ${expected}`)
  const view = heap.view(addresses[inputs.length]!, expected, output.dtype)
  if (output.dtype === 'bool') for (let i = 0; i < expected; i++) view[i] = values[i] ? 1 : 0
  else view.set(values)
}
