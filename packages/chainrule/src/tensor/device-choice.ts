/** Which device computes. Devices load when first needed, so that a page downloads only those it uses. */
import type { Device } from '../device/device.ts'
import { DeviceError } from '../errors.ts'

/** A value that is here, or on its way from a device that answers asynchronously. */
export type MaybePromise<T> = T | Promise<T>
export const whenHere = <A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> =>
  value instanceof Promise ? value.then(next) : next(value)

type Create = () => Device
const factories = new Map<string, Create>()
const loaders: Readonly<Record<string, () => MaybePromise<Create>>> = {
  wasm: async () => (await import('../device/wasm/device.ts')).wasmDevice,
  js: async () => (await import('../device/js/device.ts')).jsDevice,
  native: () => nativeHere() ?? import('#native').then(module => module.nativeDevice),
}

/**
 * The native device at once, in Node and built: compiled functions run at once and cannot wait for a module. Elsewhere it is
 * imported.
 */
function nativeHere(): Create | undefined {
  const node = import.meta.url.endsWith('.js') ? globalThis.process?.getBuiltinModule?.('node:module') : undefined
  try {
    return (node?.createRequire(import.meta.url)('#native') as { nativeDevice: Create } | undefined)?.nativeDevice
  } catch {
    return undefined // no package around (a bundle), or an engine that cannot require modules
  }
}

/** CHAINRULE_DEVICE, else wasm. */
const nameWanted = (): string => globalThis.process?.env?.CHAINRULE_DEVICE || 'wasm'

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
  const keep = (device: Device): Device => {
    const made = devices.get(name) ?? device
    devices.set(name, made)
    return made
  }
  // where native code cannot run, the work goes on with wasm
  if (name === 'native' || name === 'auto')
    return whenHere(creatorOf('native'), create => {
      try {
        return keep(devices.get('native') ?? create())
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error
        if (name === 'native') console.warn(`chainrule: ${error.message}; the work goes on with wasm`)
        return whenHere(deviceByName('wasm'), keep)
      }
    })
  return whenHere(creatorOf(name), create => keep(devices.get(name) ?? create()))
}

function creatorOf(name: string): MaybePromise<Create> {
  const factory = factories.get(name)
  if (factory) return factory
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  if (load) return load()
  const names = [...new Set([...Object.keys(loaders), ...factories.keys(), 'auto'])].map(n => `'${n}'`)
  const source = name === globalThis.process?.env?.CHAINRULE_DEVICE ? ' (CHAINRULE_DEVICE)' : ''
  throw new DeviceError(name, `device '${name}'${source} is not known; there is ${names.join(', ')}`)
}

/**
 * Chooses the device of everything evaluated from now on: 'wasm'; 'native' (code of the system's C compiler, in Node; where that
 * cannot be had, a line says why and wasm takes its place); 'auto' (native if it can be had, else wasm); 'js' (the slow
 * reference); or a device object. Without an argument it is what the environment variable CHAINRULE_DEVICE says, else wasm, as
 * it is when this is never called. Variables move when next used. Evaluations wait for the device by themselves; await this
 * before calling a compiled function.
 * @throws DeviceError for a name that is not known
 */
export function setDevice(which: string | Device = nameWanted()): Promise<Device> {
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
  if (!loading) void setDevice()
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
