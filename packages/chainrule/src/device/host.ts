/** Kernels that are JavaScript functions: what a device calls between two other kernels. */
import type { HostKernel } from '../compile/kernel.ts'
import { DataError } from '../errors.ts'
import type { TypedArray } from '../graph/dtype.ts'
import { numel } from '../graph/shape.ts'

/**
 * Runs the function on `inputs`, which it may keep, and writes what it returns to `output`, where a bool is an int32. The output
 * is asked for afterwards: memory may move while the function runs.
 */
export function runHost(
  kernel: HostKernel,
  inputs: readonly TypedArray[],
  output: () => Float32Array | Int32Array,
): void {
  const { shape, dtype } = kernel.output
  const values = kernel.run(...kernel.inputs.map((input, i) => ({ ...input, data: inputs[i]! })))
  const expected = numel(shape)
  if (values.length !== expected)
    throw new DataError(`${kernel.name}: the function returned ${values.length} values instead of ${expected}`)
  const to = output()
  if (dtype === 'bool') for (let i = 0; i < expected; i++) to[i] = values[i] ? 1 : 0
  else to.set(values)
}
