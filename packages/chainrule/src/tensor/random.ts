/**
 * Random numbers from one seed. A generator is a seed and a count of draws; each draw has the key (seed, count) and its element i
 * is a function of the key and i (`graph/threefry.ts`), so no two draws share numbers and equal seeds give equal numbers on every
 * device. Inside a compiled function the count is an input, so that each call draws anew.
 */
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { refuseOption } from '../graph/refuse.ts'
import { checkShape, hostNode } from './create.ts'
import type { Mutable, Shape } from './dimension-types.ts'
import { wrap } from './handle.ts'
import * as elementwise from './ops/elementwise.ts'
import { Placeholder } from './runtime.ts'
import type { BoolTensor, IntTensor, Tensor } from './types.ts'

/** What a traced function draws from each generator. */
interface TracedDraws {
  readonly key: Node
  draws: number
}
type Recording = Map<Generator, TracedDraws>
let recording: Recording | undefined

/** Runs `trace` so that its draws take their keys anew in each run of what was traced. */
export function recordDraws<T>(trace: () => T): T {
  const outer = recording
  recording = new Map()
  try {
    return trace()
  } finally {
    recording = outer
  }
}

/** A stream of random draws: a seed and how many draws were made. */
export class Generator {
  #seed: number
  #count = 0
  constructor(seed = 0) {
    this.#seed = checkedSeed(seed)
  }

  /** Starts anew. */
  seed(seed: number): void {
    this.#seed = checkedSeed(seed)
    this.#count = 0
  }
  /** Seed and number of draws, for checkpoints. */
  async state(): Promise<readonly [seed: number, count: number]> {
    return [this.#seed, this.#count]
  }
  async setState([seed, count]: readonly [seed: number, count: number]): Promise<void> {
    this.#seed = checkedSeed(seed)
    this.#count = count >>> 0
  }

  /** The key (int32 [2]) of the next draw. */
  nextKey(): Node {
    if (!recording) return hostNode(this.#take(1), [2], 'int32')
    const traced = recording.get(this) ?? this.#traced()
    recording.set(this, traced)
    const draw = traced.draws++
    if (draw === 0) return traced.key
    return build.add(traced.key, build.mul(build.iota(2), build.full([2], draw, 'int32')))
  }
  #traced(): TracedDraws {
    const traced: TracedDraws = {
      key: build.source(new Placeholder([2], 'int32', () => this.#take(traced.draws))),
      draws: 0,
    }
    return traced
  }
  #take(draws: number): Int32Array {
    const key = Int32Array.of(this.#seed, this.#count)
    this.#count = (this.#count + draws) >>> 0
    return key
  }
}

function checkedSeed(seed: number): number {
  if (!Number.isInteger(seed) || seed < -(2 ** 31) || seed >= 2 ** 32)
    refuseOption('random', 'seed', `seed must be an integer of 32 bits, got ${seed}`)
  return seed | 0
}

/** The generator that draws use unless told otherwise. */
export const defaultGenerator = new Generator()

export interface DrawOptions {
  readonly generator?: Generator
}
export interface UniformOptions extends DrawOptions {
  readonly low?: number
  readonly high?: number
}
export interface NormalOptions extends DrawOptions {
  readonly mean?: number
  readonly std?: number
}

/** The default generator starts anew with this seed. */
export const seed = (value: number): void => defaultGenerator.seed(value)

function drawn(operation: string, shape: Shape, { generator = defaultGenerator }: DrawOptions): Node {
  checkShape(operation, shape)
  return build.random(generator.nextKey(), [...shape])
}

/** Evenly distributed in [low, high), by default [0, 1). */
export function uniform<const S extends Shape>(shape: S, options: UniformOptions = {}): Tensor<Mutable<S>> {
  const { low = 0, high = 1 } = options
  const u = drawn('uniform', shape, options)
  const scaled = low === 0 && high === 1 ? u : elementwise.add(elementwise.mul(u, high - low), low)
  return wrap(scaled) as Tensor<Mutable<S>>
}

/** Normally distributed: √(−2 ln u) · cos(2π v) of two uniform numbers (Box & Muller 1958). */
export function normal<const S extends Shape>(shape: S, options: NormalOptions = {}): Tensor<Mutable<S>> {
  const { mean = 0, std = 1 } = options
  const u = elementwise.sub(1, drawn('normal', shape, options)) // in (0, 1]: its logarithm is finite
  const v = drawn('normal', shape, options)
  const radius = elementwise.sqrt(elementwise.mul(elementwise.log(u), -2))
  const z = elementwise.mul(radius, elementwise.cos(elementwise.mul(v, 2 * Math.PI)))
  const scaled = mean === 0 && std === 1 ? z : elementwise.add(elementwise.mul(z, std), mean)
  return wrap(scaled) as Tensor<Mutable<S>>
}

/** Whole numbers in [low, high). */
export function integers<const S extends Shape>(
  shape: S,
  low: number,
  high: number,
  options: DrawOptions = {},
): IntTensor<Mutable<S>> {
  const count = high - low
  if (![low, high].every(Number.isInteger) || count < 1 || count > 2 ** 24)
    refuseOption('integers', 'high', `needs whole numbers with low < high <= low + 2^24, got ${low} and ${high}`)
  const u = drawn('integers', shape, options)
  const whole = build.cast(build.floor(elementwise.mul(u, count)), 'int32')
  return wrap(elementwise.add(whole, low)) as IntTensor<Mutable<S>>
}

/** True with probability p. */
export function bernoulli<const S extends Shape>(
  shape: S,
  p: number,
  options: DrawOptions = {},
): BoolTensor<Mutable<S>> {
  if (!(p >= 0 && p <= 1)) refuseOption('bernoulli', 'p', `p must lie in [0, 1], got ${p}`)
  return wrap(elementwise.lt(drawn('bernoulli', shape, options), p)) as BoolTensor<Mutable<S>>
}

/** 0, 1, …, n − 1 in random order. */
export function permutation<const N extends number>(n: N, options: DrawOptions = {}): IntTensor<[N]> {
  return wrap(build.argsort(drawn('permutation', [n], options), 0)) as IntTensor<[N]>
}
