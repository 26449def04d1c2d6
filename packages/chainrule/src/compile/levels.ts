/** The order inside a loop kernel: how many sweeps must be finished before each value of its body is known (see LoopKernel). */
import type { LoopKernel } from './kernel.ts'

export function valueLevels({ body, reductions }: Pick<LoopKernel, 'body' | 'reductions'>): number[] {
  const levels: number[] = []
  for (const i of body) {
    if (i.op === 'reduced') levels.push(levels[reductions[i.reduction]!.value]! + 1)
    else levels.push('args' in i ? Math.max(0, ...i.args.map(a => levels[a]!)) : 0)
  }
  return levels
}
