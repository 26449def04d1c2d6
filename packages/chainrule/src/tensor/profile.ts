/** Where the time of a compiled function goes: each kernel timed by itself, on one thread. */
import type { KernelFacts } from '../device/device.ts'
import { OptionError } from '../errors.ts'
import type { Compiled } from './compile.ts'
import { traceOf } from './compile.ts'

export interface KernelProfile extends KernelFacts {
  /** Path of the module it comes from; '' outside of one. */
  readonly path: string
  /** What it computes, without the path. */
  readonly work: string
  /** Median over the runs. */
  readonly milliseconds: number
  /** Of the whole, 0 to 1. */
  readonly share: number
  /** 10⁹ floating-point operations a second, of contractions. */
  readonly gigaflops: number | undefined
  /** Of what one thread can do in multiply-adds, 0 to 1, of contractions; undefined where the device does not say. */
  readonly ofPeak: number | undefined
  /** 10⁹ bytes a second, everything that is read or written counted once. */
  readonly gigabytes: number
}

export interface Profile {
  readonly device: string
  readonly runs: number
  /** Sum of the kernels. */
  readonly milliseconds: number
  /** Of one thread, 10⁹ floating-point operations a second. */
  readonly peak: number | undefined
  /** In the order in which they run. */
  readonly kernels: readonly KernelProfile[]
}

export interface ProfileOptions {
  /** Timed runs; 20. */
  readonly runs?: number
  /** Runs before, in which engines still optimise; 5. */
  readonly warmup?: number
}

/**
 * Runs a compiled function (what it assigns is assigned) and times its kernels. Results are those of ordinary runs; kernels that would
 * run at the same time are timed one after the other.
 *
 * @throws OptionError for a number of runs below 1
 */
export async function profile<A extends readonly unknown[], R>(
  fn: Compiled<A, R>,
  args: A,
  { runs = 20, warmup = 5 }: ProfileOptions = {},
): Promise<Profile> {
  if (!Number.isInteger(runs) || runs < 1)
    throw new OptionError('runs', `profile: runs must be a whole number >= 1, got ${runs}`)
  const { traced, inputs } = traceOf(fn, args)
  let last = 0
  let times: number[] = []
  const watched = traced.again(kernel => {
    const now = performance.now()
    if (kernel >= 0) times[kernel] = now - last
    last = now
  })
  const kernels = await watched.executable.facts()
  const samples: number[][] = kernels.map(() => [])
  for (let run = -warmup; run < runs; run++) {
    times = kernels.map(() => 0)
    await Promise.all(watched.run(inputs()).map(storage => storage.ready))
    if (run >= 0) for (const [k, time] of times.entries()) samples[k]!.push(time)
  }
  const medians = samples.map(median)
  const total = medians.reduce((a, b) => a + b, 0)
  const peak = await traced.device.peak?.()
  return {
    device: traced.device.name,
    runs,
    milliseconds: total,
    peak,
    kernels: kernels.map((facts, k) => {
      const milliseconds = medians[k]!
      const rate = (amount: number): number => (milliseconds > 0 ? amount / milliseconds / 1e6 : 0)
      const [, path = '', work = facts.name] = /^([^ ]+): (.*)$/.exec(facts.name) ?? []
      const gigaflops = facts.flops === undefined ? undefined : rate(facts.flops)
      return {
        ...facts,
        path,
        work,
        milliseconds,
        share: total > 0 ? milliseconds / total : 0,
        gigaflops,
        ofPeak: gigaflops === undefined || peak === undefined ? undefined : gigaflops / peak,
        gigabytes: rate(facts.bytes),
      }
    }),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
