/** Window kernels in C against the kernel IR printed as JavaScript. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runInJavaScript } from '../../compile/loop-cases.testing.ts'
import { randomWindow, windowCases } from '../../compile/window-cases.testing.ts'
import { compiler, runOnNative, targets } from './library.testing.ts'
import { printWindow } from './window.ts'

describe.runIf(compiler).each(targets)('windows with $lanes lanes', target => {
  const results = runOnNative(printWindow, windowCases, target)
  for (const [i, { name, kernel, buffers }] of windowCases.entries())
    it(`${name}: ${kernel.window.join(' × ')} of ${kernel.size.join(' × ')}`, () =>
      expect(results[i]!.buffers).toEqual(runInJavaScript(kernel, buffers)))

  it('any window', () => {
    const cases = fc.sample(randomWindow, { numRuns: Number(process.env.FUZZ_RUNS ?? 60), seed: 1 })
    for (const [i, { buffers }] of runOnNative(printWindow, cases, target).entries())
      expect(buffers, `case ${i}`).toEqual(runInJavaScript(cases[i]!.kernel, cases[i]!.buffers))
  })
})
