/**
 * Chooses the device before anything is computed. Node 20 has fused multiply-add for WebAssembly (relaxed SIMD) behind a flag
 * that can be set while running; CHAINRULE_NO_FLAGS=1 leaves the engine as it is.
 */
import { setFlagsFromString } from 'node:v8'
import { jsDevice } from '../device/js/device.ts'
import { nativeDevice } from '../device/native/device.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { hasRelaxedSimd } from '../device/wasm/emitter.ts'
import { threadsOf } from '../device/wasm/report.ts'
import { DeviceError } from '../errors.ts'
import { registerDevice, setDevice } from '../tensor/runtime.ts'
import type { DeviceOptions } from './options.ts'

const flag = '--experimental-wasm-relaxed-simd'

/** Relaxed SIMD if it can be had; says so. */
export function useFusedMultiplyAdd(): string {
  const before = hasRelaxedSimd()
  const asked = !before && process.env.CHAINRULE_NO_FLAGS !== '1' && Number(process.versions.node.split('.')[0]) < 22
  if (asked) setFlagsFromString(flag)
  return hasRelaxedSimd()
    ? `relaxed SIMD${asked ? ` (set ${flag}; CHAINRULE_NO_FLAGS=1 leaves it out)` : ''}`
    : 'SIMD without fused multiply-add'
}

/** What was done, for --verbose. */
export function prepareEngine({ device, threads }: DeviceOptions): string {
  let note = `device ${device}`
  registerDevice('js', jsDevice)
  if (device === 'native' || device === 'auto')
    try {
      const native = nativeDevice({ threads })
      registerDevice('native', () => native)
      setDevice('native')
      return `device native, ${native.describe()}`
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      const reason = `${error.message}; the work goes on with wasm`
      if (device === 'native') process.stderr.write(`chainrule: ${reason}\n`)
      note = `device wasm (${reason})`
    }
  if (device !== 'js') {
    note += `, ${useFusedMultiplyAdd()}`
    const wasm = wasmDevice({ threads })
    note += `, ${threadsOf(wasm.crew)}`
    registerDevice('wasm', () => wasm)
  }
  setDevice(device === 'js' ? 'js' : 'wasm')
  return note
}
