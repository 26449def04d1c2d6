/** What can be said of a kernel without running it. */
import type { Kernel, Program } from './kernel.ts'

export interface KernelFacts {
  readonly kind: Kernel['kind'] | 'node'
  /** Module path and primitives: `0: conv add`. */
  readonly name: string
  /** The iteration space as a person would write it. */
  readonly shape: string
  /** Floating-point operations, of contractions. */
  readonly flops: number | undefined
  /** Of everything it reads and writes, each once. */
  readonly bytes: number
}

/** The iteration space as a person would write it. */
function shapeOf(kernel: Kernel): string {
  switch (kernel.kind) {
    case 'loop': {
      const swept = kernel.dims.slice(kernel.rows)
      const rows = kernel.dims.slice(0, kernel.rows)
      return swept.length > 0 ? `${rows.join('×') || 1} rows of ${swept.join('×')}` : rows.join('×') || '1'
    }
    case 'contract': {
      const of = (role: string) => kernel.dims.filter(d => d.role === role).map(d => d.size)
      const show = (role: string) => of(role).join('·') || '1'
      const batch = of('batch').length > 0 ? `${show('batch')} times ` : ''
      return `${batch}m ${show('m')}, n ${show('n')}, k ${show('k')}`
    }
    case 'window':
      return `${kernel.op} ${kernel.window.join('×')}/${kernel.stride.join('×')} of ${kernel.rows}×${kernel.size.join('×')}`
    case 'gather':
    case 'scatter':
      return `${kernel.count} of ${kernel.size}, ${kernel.outer}×…×${kernel.inner}`
    case 'host':
      return kernel.output.shape.join('×')
  }
}

function flopsOf(kernel: Kernel): number | undefined {
  return kernel.kind === 'contract' ? 2 * kernel.dims.reduce((n, d) => n * d.size, 1) : undefined
}

export const factsOf = ({ kernels, buffers }: Program): readonly KernelFacts[] =>
  kernels.map(kernel => ({
    kind: kernel.kind,
    name: kernel.name,
    shape: shapeOf(kernel),
    flops: flopsOf(kernel),
    bytes: kernel.buffers.reduce((n, b) => n + 4 * buffers[b]!.elements, 0),
  }))
