/** A compiled program as text: one line per kernel. */
import type { Kernel, Program } from '../compile/kernel.ts'

export const scaled = (n: number, unit: string): string => {
  const prefixes = ['', 'k', 'M', 'G', 'T']
  let i = 0
  let x = n
  while (x >= 1000 && i < prefixes.length - 1) {
    x /= 1000
    i++
  }
  return `${i === 0 ? x : x.toFixed(x < 10 ? 2 : 1)} ${prefixes[i]}${unit}`
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

/** What became of a program on a device. */
interface Outcome {
  /** For each kernel: pieces, and what is not vectorised. */
  readonly pieces: readonly number[]
  readonly notes: readonly (readonly string[])[]
  readonly distinct: number
  readonly scratchBytes: number
}

/** `head` is how the device names itself, and the size of the code. */
export function explainProgram(
  program: Program,
  outcome: Outcome,
  peakBytes: number,
  head: { readonly device: string; readonly code: string },
): string {
  const { kernels, buffers, copies } = program
  const rows = kernels.map((kernel, k) => {
    const flops = flopsOf(kernel)
    const bytes = kernel.buffers.reduce((n, b) => n + 4 * buffers[b]!.elements, 0)
    const notes = outcome.notes[k]!
    return [
      `${k}`,
      kernel.kind,
      kernel.name,
      shapeOf(kernel),
      flops === undefined ? '' : scaled(flops, 'flop'),
      scaled(bytes, 'B'),
      outcome.pieces[k]! > 1 ? `${outcome.pieces[k]} pieces` : '',
      notes.length > 0 ? `(${notes.join('; ')})` : '',
    ]
  })
  const widths = [0, 1, 2, 3, 4, 5, 6].map(c => Math.max(0, ...rows.map(r => r[c]!.length)))
  const lines = rows.map(r =>
    r
      .map((cell, c) => cell.padEnd(widths[c] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const first =
    `${head.device}: ${kernels.length} kernels, ${outcome.distinct} different; peak ${scaled(peakBytes, 'B')} besides ` +
    `residents, scratch ${scaled(outcome.scratchBytes, 'B')}; ${head.code}`
  return [first, ...lines, ...copies.map(c => `copy ${scaled(4 * buffers[c.to]!.elements, 'B')} to a variable`)].join(
    '\n',
  )
}
