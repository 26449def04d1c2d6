/** Which device computes. Devices load when first needed, so that a page downloads only those it uses. */
import type { Device } from '../device/device.ts'
import { DeviceError } from '../errors.ts'

/** A value that is here, or on its way from a device that answers asynchronously. */
export type MaybePromise<T> = T | Promise<T>
export const whenHere = <A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> =>
  value instanceof Promise ? value.then(next) : next(value)

const factories = new Map<string, () => Device>()
/** Devices that are loaded when first needed, so that a page downloads only those it uses. */
const loaders: Readonly<Record<string, () => Promise<() => Device>>> = {
  wasm: async () => (await import('../device/wasm/device.ts')).wasmDevice,
  js: async () => (await import('../device/js/device.ts')).jsDevice,
  native: async () => (await import('#native')).nativeDevice,
}
const devices = new Map<string, Device>()
let current: Device | undefined
/** The device that is wanted, while it is being loaded. */
let loading: Promise<Device> | undefined

/** Makes a device known by name; it is created when first used. Replaces one of the same name that was not used yet. */
export function registerDevice(name: string, create: () => Device): void {
  factories.set(name, create)
}

/** A device by name: at once if it is here, otherwise loaded. */
function deviceByName(name: string): MaybePromise<Device> {
  const known = devices.get(name)
  if (known) return known
  const keep = (create: () => Device): Device => {
    const made = devices.get(name) ?? create()
    devices.set(name, made)
    return made
  }
  const factory = factories.get(name)
  if (factory) return keep(factory)
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  if (load) return load().then(keep)
  const names = [...new Set([...Object.keys(loaders), ...factories.keys()])].map(n => `'${n}'`)
  throw new DeviceError(name, `device '${name}' is not known; there is ${names.join(', ')}`)
}

/**
 * Chooses the device of everything evaluated from now on: 'wasm' (the default), 'js' (the slow reference), or a device object.
 * Variables move when next used. Evaluations wait for the device by themselves; await this before calling a compiled function.
 * @throws DeviceError for a name that is not known
 */
export function setDevice(which: string | Device): Promise<Device> {
  const wanted = typeof which === 'string' ? deviceByName(which) : which
  if (!(wanted instanceof Promise)) {
    current = wanted
    loading = undefined
    return Promise.resolve(wanted)
  }
  current = undefined
  const mine = wanted.then(device => {
    if (loading === mine) {
      current = device
      loading = undefined
    }
    return device
  })
  loading = mine
  return mine
}

/** The device of evaluations, or a promise of it. */
export function currentDevice(): MaybePromise<Device> {
  if (current) return current
  if (!loading) void setDevice('wasm')
  return current ?? loading!
}

/**
 * The device that evaluations run on.
 * @throws DeviceError while it is still being loaded
 */
export function device(): Device {
  const here = currentDevice()
  if (here instanceof Promise)
    throw new DeviceError('?', "the device is still being loaded: await setDevice('wasm') (or the one you want) first")
  return here
}
