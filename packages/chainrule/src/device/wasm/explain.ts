/** A compiled program as text: one line per kernel. */
import type { KernelFacts } from '../../compile/facts.ts'
import type { Program } from '../../compile/kernel.ts'
import type { Target } from './emitter.ts'
import type { EmittedProgram } from './program.ts'

const scaled = (n: number, unit: string): string => {
  const prefixes = ['', 'k', 'M', 'G', 'T']
  let i = 0
  let x = n
  while (x >= 1000 && i < prefixes.length - 1) {
    x /= 1000
    i++
  }
  return `${i === 0 ? x : x.toFixed(x < 10 ? 2 : 1)} ${prefixes[i]}${unit}`
}

export function explainProgram(
  { buffers, copies }: Program,
  kernels: readonly KernelFacts[],
  emitted: EmittedProgram,
  target: Target,
  peakBytes: number,
  threads: string,
): string {
  const rows = kernels.map(({ kind, name, shape, flops, bytes }, k) => {
    const notes = emitted.notes[k]!
    return [
      `${k}`,
      kind,
      name,
      shape,
      flops === undefined ? '' : scaled(flops, 'flop'),
      scaled(bytes, 'B'),
      emitted.pieces[k]! > 1 ? `${emitted.pieces[k]} pieces` : '',
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
  const head =
    `wasm (${target.fma ? 'multiply-add' : 'no multiply-add'}, ${target.preset}, ${threads}): ${kernels.length} kernels, ` +
    `${emitted.distinct} functions; peak ${scaled(peakBytes, 'B')} besides residents, ` +
    `scratch ${scaled(emitted.scratchBytes, 'B')}; module ${scaled(emitted.bytes.length, 'B')}`
  return [head, ...lines, ...copies.map(c => `copy ${scaled(4 * buffers[c.to]!.elements, 'B')} to a variable`)].join(
    '\n',
  )
}
