/** Loop kernels on wasm against the kernel IR printed as JavaScript. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { expectCase, type LoopCase, loopCases, randomCase, randomLoop } from '../../compile/loop-cases.testing.ts'
import { hasRelaxedSimd } from './emitter.ts'
import { runOnWasm } from './kernels.testing.ts'
import { emitLoop } from './loop.ts'

const targets = [
  { fma: false, preset: 'legacy' },
  { fma: hasRelaxedSimd(), preset: 'modern' },
] as const

function check(testCase: LoopCase): void {
  const { kernel, buffers } = testCase
  expectCase(testCase, runOnWasm(emitLoop, kernel, buffers, targets[kernel.dims.length % 2]!).buffers)
}

describe('loops', () => {
  for (const testCase of loopCases) it(`${testCase.name}: ${testCase.kernel.dims.join(' × ')}`, () => check(testCase))
})

describe('random loops', () => {
  it('agree with the JavaScript printer', () => {
    fc.assert(
      fc.property(randomLoop, random => check(randomCase(random))),
      process.env.FUZZ_RUNS ? { numRuns: Number(process.env.FUZZ_RUNS) } : { numRuns: 400, seed: 1 },
    )
  })
})
