import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomWindow, type WindowCase, windowCases } from '../../compile/window-cases.testing.ts'
import { difference, runInJavaScript, runOnWasm } from './kernels.testing.ts'
import { emitWindow } from './window.ts'

function check({ kernel, buffers }: WindowCase): void {
  expect(difference(runOnWasm(emitWindow, kernel, buffers).buffers, runInJavaScript(kernel, buffers))).toBe(undefined)
}

describe('pooling', () => {
  for (const testCase of windowCases)
    it(`${testCase.name}: ${testCase.kernel.window.join(' × ')} of ${testCase.kernel.size.join(' × ')}`, () =>
      check(testCase))
  it('agrees with JavaScript for any window', () => {
    fc.assert(fc.property(randomWindow, check), { numRuns: 300 })
  })
})
