/** Runs the conformance suite for each device. */
import { beforeAll, describe, expect } from 'vitest'
import { describeConformance } from './conformance.testing.ts'
import { jsDevice } from './js/device.ts'
import { nativeDevice } from './native/device.ts'
import { compiler } from './native/library.testing.ts'
import { wasmDevice } from './wasm/device.ts'

describeConformance(jsDevice, 0)
describeConformance(wasmDevice, 3e-6)
// every kernel in pieces, taken by three threads
const threaded = wasmDevice({ threads: 3, slices: { work: 0, pieces: 6 } })
beforeAll(async () => expect(await threaded.startThreads()).toBe(3))
describe('with threads', () => describeConformance(() => threaded, 3e-6))
// CHAINRULE_TEST_ALL=1: everything that takes long
if (compiler) describeConformance(nativeDevice, 3e-6, !process.env.CHAINRULE_TEST_ALL)
