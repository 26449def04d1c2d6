/** The devices that every conformance test runs on, and how values are compared. */
import { beforeAll, describe, expect } from 'vitest'
import { nativeDevice } from '../../src/device/native/device.ts'
import { compiler } from '../../src/device/native/library.testing.ts'
import { type AnyTensor, type Device, jsDevice, setDevice, type TensorLike, wasmDevice } from '../../src/index.ts'

type Name = 'js' | 'wasm' | 'native'
const devices: (readonly [title: string, name: Name, create: () => Promise<Device>])[] = [
  ['js', 'js', async () => jsDevice()],
  ['wasm', 'wasm', async () => wasmDevice()],
  ['wasm with threads', 'wasm', threaded],
]
// every kernel is cut into pieces here too
if (compiler)
  devices.push(['native', 'native', async () => nativeDevice({ threads: 3, slices: { work: 0, pieces: 6 } })])

/** Every kernel is cut into pieces, and three threads take them. */
async function threaded() {
  const device = wasmDevice({ threads: 3, slices: { work: 0, pieces: 6 } })
  expect(await device.startThreads()).toBe(3)
  return device
}

/** The same tests on each device. */
export function onEachDevice(what: string, tests: (device: Name) => void): void {
  describe.each(devices)(`${what} on %s`, (_, name, create) => {
    beforeAll(async () => {
      await setDevice(await create())
    })
    tests(name)
  })
}

type Nested = number | boolean | readonly Nested[]
const flat = (x: Nested): number[] => (Array.isArray(x) ? x.flatMap(flat) : [Number(x)])

/** Shape, and values up to float32's rounding: |x − y| ≤ tolerance · max(1, |y|). NaN equals NaN. */
export async function expectValues(tensor: TensorLike, expected: Nested, tolerance = 2e-6): Promise<void> {
  const actual = (await (tensor as AnyTensor).array()) as Nested
  expect(shapeOf(actual)).toEqual(shapeOf(expected))
  const y = flat(expected)
  const close = flat(actual).every((x, i) => {
    const z = y[i]!
    return Object.is(x, z) || x === z || Math.abs(x - z) <= tolerance * Math.max(1, Math.abs(z))
  })
  if (!close) expect(actual).toEqual(expected)
}
function shapeOf(x: Nested): number[] {
  return Array.isArray(x) ? [x.length, ...(x.length > 0 ? shapeOf(x[0] as Nested) : [])] : []
}

/** `count` numbers without pattern, the same each time. */
export function numbers(count: number, low = -2, high = 2, seed = 1): number[] {
  let state = seed * 2654435761
  return Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) | 0
    return low + ((state >>> 8) / 2 ** 24) * (high - low)
  })
}
