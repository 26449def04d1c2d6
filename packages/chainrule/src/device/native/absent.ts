/** What there is of the native device where there is no Node: an explanation. */
import { DeviceError } from '../../errors.ts'
import type { Device } from '../device.ts'

export function nativeDevice(): Device {
  throw new DeviceError('native', 'native: it needs Node, which can load compiled code')
}
