/** Numbers among options, which must lie in a range. */
import { kindOf, refuseOption } from '../graph/refuse.ts'

/** A number in [low, high], or in [low, high), or an OptionError. */
export function inRange(
  name: string,
  option: string,
  value: number,
  low: number,
  high = Infinity,
  end: ']' | ')' = ']',
): number {
  if (!(typeof value === 'number' && value >= low && (end === ']' ? value <= high : value < high)))
    refuseOption(
      name,
      option,
      `${option} must be ${high === Infinity ? `>= ${low}` : `in [${low}, ${high}${end}`}, got ${kindOf(value)}`,
    )
  return value
}
