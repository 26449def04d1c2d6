/** What a thread can do at most: multiply-adds in registers and nothing else. */
import { brIf, f32x4, get, I32, i32, loop, Module, set, tee, v128 } from './assembler.ts'
import { multiplyAdd, type Target } from './emitter.ts'

/** Enough sums in flight to hide the latency of each, few enough for 16 registers. */
const sums = 12
const turns = 20_000
const rounds = 20

/** The best of some rounds, in 10⁹ floating-point operations a second. */
export function measurePeak(target: Target): number {
  const module = new Module()
  module.function({
    name: 'run',
    params: [I32],
    build(f, count) {
      const [x, y] = [f.v128(), f.v128()]
      const sum = Array.from({ length: sums }, () => f.v128())
      const turn = sum.map(s => set(s, multiplyAdd(target, get(x), get(y), get(s)))).join('')
      return (
        set(x, f32x4.const(0.5)) +
        set(y, f32x4.const(0.25)) +
        loop(turn + brIf(0, tee(count, i32.sub(get(count), i32.const(1))))) +
        sum.map(s => v128.store(i32.const(0), get(s))).join('')
      )
    },
  })
  const env = { memory: new WebAssembly.Memory({ initial: 1, maximum: 65536 }) }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.assemble()), { env })
  const run = instance.exports.run as (n: number) => void
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    run(turns)
    best = Math.min(best, performance.now() - start)
  }
  return (turns * sums * 8) / best / 1e6
}
