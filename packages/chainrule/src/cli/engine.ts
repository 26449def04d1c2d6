/**
 * Chooses the device before anything is computed. Node 20 has fused multiply-add for WebAssembly (relaxed SIMD) behind a flag
 * that can be set while running; CHAINRULE_NO_FLAGS=1 leaves the engine as it is.
 */
import { setFlagsFromString } from 'node:v8'
import { jsDevice } from '../device/js/device.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { hasRelaxedSimd } from '../device/wasm/emitter.ts'
import { registerDevice, setDevice } from '../tensor/runtime.ts'
import type { DeviceOptions } from './options.ts'

const flag = '--experimental-wasm-relaxed-simd'

/** What was done, for --verbose. */
export function prepareEngine({ device, threads }: DeviceOptions): string {
  let note = `device ${device}`
  if (device === 'wasm') {
    const before = hasRelaxedSimd()
    const asked = !before && process.env.CHAINRULE_NO_FLAGS !== '1' && Number(process.versions.node.split('.')[0]) < 22
    if (asked) setFlagsFromString(flag)
    note += hasRelaxedSimd()
      ? `, relaxed SIMD${asked ? ` (set ${flag}; CHAINRULE_NO_FLAGS=1 leaves it out)` : ''}`
      : ', SIMD without fused multiply-add'
    const wasm = wasmDevice({ threads })
    note += `, ${wasm.crew.describe()}`
    registerDevice('wasm', () => wasm)
  }
  registerDevice('js', jsDevice)
  setDevice(device)
  return note
}
