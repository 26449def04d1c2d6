/** What a thread can do at most: multiply-adds in registers and nothing else, each with a product of its own. */
import type { Cache } from './cache.ts'
import { functionOf } from './library.ts'
import { prelude } from './prelude.ts'
import { objectOf, type Toolchain } from './toolchain.ts'

/** Enough sums in flight to hide the latency of each, few enough for 16 registers. */
const sums = Array.from({ length: 12 }, (_, i) => `s${i}`)
const turns = 100_000
const rounds = 20

/** The best of some rounds, in 10⁹ floating-point operations a second. */
export function measurePeak(cache: Cache, toolchain: Toolchain): number {
  const { target } = toolchain
  const source = `${prelude(target)}
float chainrule_peak(int turns, volatile float* xy) {
  V ${sums.map((s, i) => `${s} = splat(xy[${i % 2}] * ${i + 1})`).join(', ')};
  V x = splat(xy[0]), y = splat(xy[1]);
  for (int i = 0; i < turns; i++) {
    ${sums.map(s => `${s} = ${s} * x + y;`).join(' ')}
  }
  return (${sums.join(' + ')})[0];
}
`
  const run = functionOf(
    objectOf(cache, toolchain, source),
    'float chainrule_peak(int turns, void* xy)',
  ) as unknown as (turns: number, xy: Float32Array) => number
  const xy = Float32Array.of(0.5, 0.25)
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    run(turns, xy)
    best = Math.min(best, performance.now() - start)
  }
  return (turns * sums.length * 2 * target.lanes) / best / 1e6
}
