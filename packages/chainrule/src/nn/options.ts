/** Options that nobody knows are mistakes: `strides` beside `stride` must not pass in silence. */
import { kindOf, refuseOption } from '../graph/refuse.ts'

/**
 * @param names every option there is; the compiler sees to it that none is missing
 * @throws OptionError naming the unknown option and those there are
 */
export function checkOptions<O extends object>(
  name: string,
  options: O,
  names: { readonly [K in keyof Required<O>]: true },
): void {
  if (typeof options !== 'object' || options === null)
    refuseOption(name, 'options', `needs options { ${Object.keys(names).join(', ')} }, got ${kindOf(options)}`)
  for (const option in options)
    if (!Object.hasOwn(names, option))
      refuseOption(name, option, `unknown option '${option}'; there is ${Object.keys(names).join(', ')}`)
}
