/**
 * What a module remembers: parameters, which train, and buffers, which are saved but not trained (running statistics). Both are
 * variables; a frozen parameter stays in the state but is left out of training.
 */
import { kindOf, refuseOption } from '../graph/refuse.ts'
import { invalidateTraces } from '../tensor/runtime.ts'
import { type AnyVariable, isVariable } from './tensors.ts'

const buffers = new WeakSet<object>()
const frozen = new WeakSet<object>()

/** Marks a variable as a buffer: part of the state, never trained. */
export function buffer<V extends AnyVariable>(variable: V): V {
  if (!isVariable(variable)) refuseOption('buffer', 'variable', `needs a variable, got ${kindOf(variable)}`)
  buffers.add(variable)
  return variable
}
export const isBuffer = (variable: AnyVariable): boolean => buffers.has(variable)
/** True when the variable is left out of training. */
export const isFrozen = (variable: AnyVariable): boolean => frozen.has(variable)

/** Leaves parameters out of training from now on, or takes them in again. Traced functions are traced anew. */
export function setFrozen(variables: Iterable<AnyVariable>, on: boolean): void {
  for (const variable of variables) {
    if (on) frozen.add(variable)
    else frozen.delete(variable)
  }
  invalidateTraces()
}
