/** Compiled code called from JavaScript, through koffi, an optional dependency. */
import { createRequire } from 'node:module'
import { DeviceError } from '../../errors.ts'

type Koffi = typeof import('koffi')['default']

/** An address. */
export type Pointer = bigint

let koffi: Koffi | undefined

/** To be called before anything else here. @throws DeviceError where koffi is not installed or does not run */
export function loadKoffi(): void {
  try {
    // an import would be asynchronous, and devices are made at once
    koffi ??= createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    const [line] = String((error as Error).message).split('\n')
    throw new DeviceError('native', `native: koffi, which calls compiled code, cannot be loaded (${line})`)
  }
}
function here(): Koffi {
  if (!koffi) throw new Error('internal: koffi is not loaded yet')
  return koffi
}

/** Where an array's memory is. Memory of an ArrayBuffer never moves. */
export const addressOf = (memory: ArrayBuffer | ArrayBufferView): Pointer => here().address(memory)

/**
 * A function of a shared object, declared as in C. Pointers are `void*`; they take arrays and addresses.
 * @throws DeviceError where the object cannot be loaded
 */
export function functionOf(path: string, declaration: string): (...args: readonly unknown[]) => unknown {
  try {
    return here().load(path).func(declaration) as (...args: readonly unknown[]) => unknown
  } catch (error) {
    throw new DeviceError('native', `native: compiled code cannot be loaded: ${(error as Error).message}`)
  }
}
