/**
 * Where temporaries lie: offsets in one block of memory such that buffers alive at the same time do not overlap. Greedy by
 * size, best fit. Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), algorithm 3.
 */
import type { Program } from '../compile/kernel.ts'
import { lifetimesIn, type Stage } from '../compile/stages.ts'
import { OutOfMemoryError } from '../errors.ts'

/** Alignment of buffers, and what may be read beside them. */
export const LINE = 64
export const aligned = (bytes: number): number => Math.ceil(bytes / LINE) * LINE

export interface Lifetime {
  readonly bytes: number
  /** Kernels during which it must keep its contents, both inclusive. */
  readonly first: number
  readonly last: number
}

export interface Arrangement {
  readonly offsets: readonly number[]
  readonly bytes: number
}

export function arrange(items: readonly Lifetime[]): Arrangement {
  const offsets = new Array<number>(items.length).fill(0)
  const placed: { item: Lifetime; at: number; end: number }[] = [] // by address
  let bytes = 0
  const bySize = items.map((_, i) => i).sort((a, b) => items[b]!.bytes - items[a]!.bytes || a - b)
  for (const i of bySize) {
    const item = items[i]!
    const size = aligned(item.bytes)
    let best = -1
    let bestGap = Number.POSITIVE_INFINITY
    let top = 0
    for (const { item: other, at, end } of placed) {
      if (other.first > item.last || other.last < item.first) continue
      const gap = at - top
      if (gap >= size && gap < bestGap) {
        best = top
        bestGap = gap
      }
      top = Math.max(top, end)
    }
    const at = best < 0 ? top : best
    offsets[i] = at
    bytes = Math.max(bytes, at + size)
    let position = placed.length
    while (position > 0 && placed[position - 1]!.at > at) position--
    placed.splice(position, 0, { item, at, end: at + size })
  }
  return { offsets, bytes }
}

/** Offsets of a program's buffers in the arena when its stages run as they are; a source that is resident has none (−1). */
export function arrangeProgram(program: Program, stages: readonly Stage[], resident: readonly boolean[]): Arrangement {
  const lifetimes = lifetimesIn(program, stages)
  const inArena = program.buffers.flatMap((b, i) => (b.kind === 'source' && resident[b.source!] ? [] : [i]))
  const { offsets, bytes } = arrange(
    inArena.map(i => {
      return { bytes: 4 * program.buffers[i]!.elements, ...lifetimes[i]! }
    }),
  )
  const all = new Array<number>(program.buffers.length).fill(-1)
  inArena.forEach((i, j) => {
    all[i] = offsets[j]!
  })
  return { offsets: all, bytes }
}

/** An allocation failure as that of a plan: names its largest tensor and its peak. Other errors are thrown as they are. */
export function refusePlan(error: unknown, { buffers }: Program, peak: number): never {
  if (!(error instanceof OutOfMemoryError)) throw error
  const largest = buffers.reduce((most, b) => (b.elements > most.elements ? b : most))
  throw new OutOfMemoryError(
    error.device,
    peak,
    `${error.message} (the plan's peak is ${peak} bytes; its largest tensor is ${largest.label || 'an input'}, ${largest.elements} elements)`,
  )
}
