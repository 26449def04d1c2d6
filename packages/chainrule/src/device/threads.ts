/** How many threads a device computes on. */
import { OptionError } from '../errors.ts'

/** More threads would mostly wait for memory. */
const mostThreads = 8
interface Surroundings {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> }
  readonly navigator?: { readonly hardwareConcurrency?: number }
}
const here = globalThis as Surroundings

/** The option, else the environment variable CHAINRULE_THREADS, else as many as there are cores. */
export function threadsWanted(option: number | undefined): number {
  const asked = here.process?.env?.CHAINRULE_THREADS
  const given = option ?? (asked ? Number(asked) : undefined)
  if (given !== undefined) {
    if (Number.isInteger(given) && given > 0) return Math.min(given, 64)
    throw new OptionError(
      'threads',
      `threads must be a whole number > 0, not ${option ?? `CHAINRULE_THREADS=${asked}`}`,
    )
  }
  const cores = globalThis.process?.getBuiltinModule?.('node:os')?.availableParallelism()
  return Math.min(mostThreads, cores ?? here.navigator?.hardwareConcurrency ?? 1)
}
