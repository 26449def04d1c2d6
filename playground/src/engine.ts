/**
 * Which device of the engine computes in the page. What a view shows are dozens of numbers: the reference device does that within
 * a frame and is 4 kB to download, so it is the rule; `wasm` is a choice of the reader's, and where a Content Security Policy
 * forbids WebAssembly the reference stays. Trainings run in Workers, which choose for themselves.
 */
import { setDevice } from 'chainrule'

export type DeviceName = 'js' | 'wasm'

/** Whether this page may compile WebAssembly at all. */
export function wasmAllowed(): boolean {
  try {
    // the smallest module: magic number and version
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
    return true
  } catch {
    return false
  }
}

/** Makes this device compute from now on; says so when another one had to take its place. */
export async function chooseDevice(wanted: DeviceName): Promise<{ device: DeviceName; note?: string }> {
  if (wanted === 'wasm' && !wasmAllowed()) {
    await setDevice('js')
    return {
      device: 'js',
      note: 'this page may not run WebAssembly: the reference interpreter computes instead, more slowly',
    }
  }
  await setDevice(wanted)
  return { device: wanted }
}
