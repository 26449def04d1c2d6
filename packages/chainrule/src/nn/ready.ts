/** Waits until every parameter has its first value: needed before `compile` on devices that answer asynchronously. */
import { evaluate } from '../tensor/runtime.ts'

export const ready = async (): Promise<void> => evaluate([])
