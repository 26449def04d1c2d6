/** Loop kernels in C against the kernel IR printed as JavaScript. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { expectCase, loopCases, randomCase, randomLoop } from '../../compile/loop-cases.testing.ts'
import { compiler, runOnNative, targets } from './library.testing.ts'
import { printLoop } from './loop.ts'

describe.runIf(compiler).each(targets)('loops with $lanes lanes', target => {
  const results = runOnNative(printLoop, loopCases, target)
  for (const [i, testCase] of loopCases.entries())
    it(`${testCase.name}: ${testCase.kernel.dims.join(' × ')}`, () => expectCase(testCase, results[i]!.buffers))

  it('random ones', () => {
    const count = Number(process.env.FUZZ_RUNS ?? 60)
    const cases = fc.sample(randomLoop, { numRuns: count, seed: 1 }).map(randomCase)
    for (const [i, { buffers }] of runOnNative(printLoop, cases, target).entries()) expectCase(cases[i]!, buffers)
  })
})
