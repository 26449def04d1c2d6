/** A compiled program as text: one line per kernel. */
import type { KernelFacts } from '../compile/facts.ts'
import type { Program } from '../compile/kernel.ts'

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
  { buffers, copies }: Program,
  kernels: readonly KernelFacts[],
  outcome: Outcome,
  peakBytes: number,
  head: { readonly device: string; readonly code: string },
): string {
  const rows = kernels.map(({ kind, name, shape, flops, bytes }, k) => {
    const notes = outcome.notes[k]!
    return [
      `${k}`,
      kind,
      name,
      shape,
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
    `${head.device}: ${kernels.length} kernels, ${outcome.distinct} functions; peak ${scaled(peakBytes, 'B')} besides ` +
    `residents, scratch ${scaled(outcome.scratchBytes, 'B')}; ${head.code}`
  return [first, ...lines, ...copies.map(c => `copy ${scaled(4 * buffers[c.to]!.elements, 'B')} to a variable`)].join(
    '\n',
  )
}
