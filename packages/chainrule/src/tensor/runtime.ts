/**
 * How values come about, as one import for the layers above.
 *
 * Rules that the rest relies on:
 * - Values that were read are host arrays; only variables live on a device. Nothing has to be disposed.
 * - A variable that was assigned is *pending* until the next evaluation, which computes all pending variables together with
 *   what was asked for.
 * - A graph built on an older version of a variable cannot be computed any more (StaleError), because updates are in place.
 */
export { device, registerDevice, setDevice } from './device-choice.ts'
export {
  accompany,
  evaluate,
  type Handle,
  isTracing,
  readVariable,
  settlePending,
  valuesIfKnown,
  valuesOf,
  whenKnown,
} from './evaluate.ts'
export { planCount } from './plans.ts'
export { invalidateTraces, realizeNow, type Traced, traceEpoch, traceNodes } from './trace.ts'
export { HostStorage, isVariableNode, Placeholder, replacementOf, VariableCell } from './variables.ts'
