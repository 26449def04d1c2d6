/** One schedule after another: each begins anew at its step. PyTorch's `SequentialLR`. */
import { refuseOption } from '../../graph/refuse.ts'
import { type Schedule, schedule } from './schedule.ts'

/** @param parts [first step, schedule], the first at 0: `sequence([0, warmup(…)], [500, cosine(…)])` */
export function sequence(...parts: readonly (readonly [start: number, schedule: Schedule])[]): Schedule {
  if (parts[0]?.[0] !== 0 || parts.some(([start], i) => i > 0 && !(start > parts[i - 1]![0])))
    refuseOption('sequence', 'parts', 'the starts must rise and begin with 0')
  return schedule(step => {
    const [start, current] = parts.findLast(([s]) => s <= step)!
    return current.at(step - start)
  })
}
