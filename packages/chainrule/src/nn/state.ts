/** What models and optimizers do with a state that is given back to them. */
import { CheckpointError } from '../errors.ts'
import { sameShape, show } from '../graph/shape.ts'
import type { AnyTensor, AnyVariable } from './tensors.ts'

const list = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')

/**
 * Takes over values by name; with `strict` every name must be on both sides. Names and shapes are checked before anything changes.
 * @throws CheckpointError naming what is missing, what is too much, or whose shape differs
 */
export function loadState(
  operation: string,
  what: 'model' | 'optimizer',
  own: ReadonlyMap<string, AnyVariable>,
  state: ReadonlyMap<string, AnyTensor>,
  strict = true,
): void {
  const missing = [...own.keys()].filter(name => !state.has(name))
  const extra = [...state.keys()].filter(name => !own.has(name))
  if (strict && missing.length + extra.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`missing ${list(missing)}`] : []),
      ...(extra.length > 0 ? [`not in the ${what} ${list(extra)}`] : []),
    ]
    const way = what === 'model' ? ' (use { strict: false } to load the rest)' : ''
    throw new CheckpointError(`${operation}: this state does not belong to this ${what}: ${parts.join('; ')}${way}`)
  }
  const common = [...own].filter(([name]) => state.has(name))
  for (const [name, variable] of common) {
    const { shape } = state.get(name)!
    if (!sameShape(variable.shape, shape))
      throw new CheckpointError(
        `${operation}: ${name} is ${show(variable.shape)} in the ${what} and ${show(shape)} in the state`,
      )
  }
  for (const [name, variable] of common) variable.assign(state.get(name)!.cast(variable.dtype))
}
