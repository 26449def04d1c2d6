/** Runs the conformance suite for each device. */
import { describeConformance } from './conformance.testing.ts'
import { jsDevice } from './js/device.ts'
import { wasmDevice } from './wasm/device.ts'

describeConformance(jsDevice, 0)
describeConformance(wasmDevice, 3e-6)
