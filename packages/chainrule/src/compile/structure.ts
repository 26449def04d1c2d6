/** Which kernels are the same but for what they work on: code is made once for all of them. */
import type { HostKernel, Kernel } from './kernel.ts'

/** Equal for kernels that may share a function: everything but the name and which buffers they work on. */
export function structureOf(kernel: Exclude<Kernel, HostKernel>): string {
  const { buffers } = kernel
  return JSON.stringify({ ...kernel, name: '', buffers: buffers.map(b => buffers.indexOf(b)) }, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? Object.is(value, -0)
        ? '-0'
        : `${value}`
      : value,
  )
}
