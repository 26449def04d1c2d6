/** Values of variables, kept to be put back. */
import type { TypedArray } from '../graph/dtype.ts'
import type { AnyVariable } from '../tensor/types.ts'

/** Reads the variables; the function that is returned puts these values back. */
export async function snapshot(variables: Iterable<AnyVariable>): Promise<() => void> {
  const kept = await Promise.all(
    [...variables].map(async (v): Promise<[AnyVariable, TypedArray]> => [v, await v.data()]),
  )
  return () => {
    for (const [variable, values] of kept) variable.set(values)
  }
}
