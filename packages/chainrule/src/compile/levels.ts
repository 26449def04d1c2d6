/** The order inside a loop kernel (see LoopKernel): how many sweeps must be finished before each value of its body is known. */
import type { LoopKernel } from './kernel.ts'

export function valueLevels({ body, reductions }: Pick<LoopKernel, 'body' | 'reductions'>): number[] {
  const levels: number[] = []
  for (const i of body) {
    if (i.op === 'reduced') levels.push(levels[reductions[i.reduction]!.value]! + 1)
    else levels.push('args' in i ? Math.max(0, ...i.args.map(a => levels[a]!)) : 0)
  }
  return levels
}

/** Which values of a loop kernel differ between points of one row. */
export function variesInRow({ body, rows }: LoopKernel): boolean[] {
  const varies: boolean[] = []
  for (const instruction of body) {
    const access = instruction.op === 'load' ? instruction.access : instruction.op === 'index' ? instruction : undefined
    const masked = instruction.op === 'load' && instruction.access.mask?.some(m => m.dim >= rows)
    varies.push(
      masked ||
        access?.strides.some((s, d) => d >= rows && s !== 0) ||
        ('args' in instruction && instruction.args.some(a => varies[a]!)),
    )
  }
  return varies
}
