/**
 * The measured tuner of the native device. A model of the machine chooses how each contraction is computed (`device/native/contract.ts`);
 * here the strategies that it finds near are measured in their place, in a whole step. What is quicker is kept in the cache, where later
 * programs find it. The idea is ATLAS's (Whaley & Dongarra 1998) and FFTW's (Frigo & Johnson 1998).
 */
import { structureOf } from '../compile/structure.ts'
import { NativeDevice, NativeExecutable } from '../device/native/device.ts'
import { byModel, type Choice, type Choose } from '../device/native/printer.ts'
import { DeviceError, OptionError } from '../errors.ts'
import { type Compiled, traceOf } from './compile.ts'
import { evaluate } from './evaluate.ts'
import type { Traced } from './trace.ts'

export interface TuneOptions {
  /** Timed runs of each strategy, in turns; 10. */
  readonly rounds?: number
  /** The share of a kernel's time that a strategy must gain to be kept; 0.05. */
  readonly least?: number
  /** Is told after each run. */
  readonly onProgress?: (done: number, of: number) => void
}

/** Kernels that are computed alike. */
export interface TunedKernel {
  /** Of the first of them, as in `KernelFacts`. */
  readonly name: string
  readonly shape: string
  readonly count: number
  /** Milliseconds of all of them by strategy, the quickest of the rounds, on one thread. */
  readonly milliseconds: ReadonlyMap<string, number>
  readonly model: string
  readonly best: string
  /** Time by the model's choice over the best, at least 1. */
  readonly gain: number
  /** Whether the best one is kept. */
  readonly kept: boolean
}

export interface Tuning {
  /** Those with a choice, the most costly first. */
  readonly kernels: readonly TunedKernel[]
  /** Milliseconds of a whole step, on all threads. */
  readonly model: number
  readonly tuned: number
}

interface Group {
  readonly kernels: number[]
  readonly choices: readonly Choice[]
}

/** Kernels with a choice, those together that are computed alike. */
function groupsOf(choices: readonly (readonly Choice[])[]): Group[] {
  const groups = new Map<string, Group>()
  for (const [k, own] of choices.entries()) {
    if (!own.some(c => c.strategies.length > 1)) continue
    const key = own.map(c => structureOf(c.kernel)).join()
    const group = groups.get(key) ?? { kernels: [], choices: own }
    groups.set(key, group)
    group.kernels.push(k)
  }
  return [...groups.values()]
}

/**
 * Measures how else the contractions of a compiled function could be computed, and keeps in the cache what is quicker than the model's
 * choice: processes that start later use it for equal kernels on this machine. Variables are afterwards what they were before; random
 * numbers have been drawn. Nothing is kept where the whole step gains nothing.
 *
 * @throws DeviceError on a device other than `native`, or where the compiler fails
 * @throws OptionError for rounds below 1, or a share outside of [0, 1)
 */
export async function tune<A extends readonly unknown[], R>(
  fn: Compiled<A, R>,
  args: A,
  { rounds = 10, least = 0.05, onProgress }: TuneOptions = {},
): Promise<Tuning> {
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new OptionError('rounds', `tune: rounds must be a whole number >= 1, got ${rounds}`)
  if (!(least >= 0 && least < 1)) throw new OptionError('least', `tune: least must be in [0, 1), got ${least}`)
  const { traced, inputs } = traceOf(fn, args)
  const { device, variables } = traced
  if (!(device instanceof NativeDevice))
    throw new DeviceError(
      device.name,
      `tune: ${device.name} computes each kernel in one way; setDevice('native') before what is to be tuned`,
    )
  const run = async (step: Traced): Promise<void> => {
    await Promise.all(step.run(inputs()).map(storage => storage.ready))
  }

  /** Of the run that was the last. */
  const times: number[] = []
  let last = 0
  const watch = (kernel: number): void => {
    const now = performance.now()
    if (kernel >= 0) times[kernel] = now - last
    last = now
  }
  const make = (choose: Choose, watched = true): Traced =>
    device.choosing(choose, () => traced.again(watched ? watch : undefined))
  const first = make(byModel)
  const { executable } = first
  if (!(executable instanceof NativeExecutable)) throw new DeviceError('native', 'tune: the compiler failed')
  const facts = await executable.facts()
  const groups = groupsOf(executable.choices)
  const names = [...new Set(groups.flatMap(g => g.choices.flatMap(c => c.strategies)))]
  const preferring =
    (name: string): Choose =>
    (_, strategies) =>
      strategies.includes(name) ? name : strategies[0]!
  const steps = names.map(name => ({ name, step: make(preferring(name)), best: facts.map(() => Infinity) }))
  steps.push({ name: '', step: first, best: facts.map(() => Infinity) })

  await evaluate([])
  const before = await Promise.all(variables.map(cell => cell.readSettled()))
  const restore = (): void => {
    for (const [i, cell] of variables.entries()) cell.write(before[i]!)
  }
  const total = (rounds + 1) * (steps.length + 2)
  let done = 0
  const count = (): void => onProgress?.(++done, total)
  try {
    for (let round = -1; round < rounds; round++)
      for (const { step, best } of steps) {
        await run(step)
        if (round >= 0) for (const [k, time] of times.entries()) best[k] = Math.min(best[k]!, time)
        count()
      }
    const found = groups.map(({ kernels, choices }): TunedKernel & Group => {
      const of = (name: string): number =>
        kernels.reduce((sum, k) => sum + steps.find(s => s.name === name)!.best[k]!, 0)
      const { strategies } = choices.find(c => c.strategies.length > 1)!
      const [model] = strategies as [string]
      const others = [...new Set(choices.flatMap(c => c.strategies))].filter(name => name !== model)
      const byStrategy = new Map([[model, of('')], ...others.map(name => [name, of(name)] as const)])
      const quickest = others.reduce((a, b) => (byStrategy.get(b)! < byStrategy.get(a)! ? b : a), model)
      const best = byStrategy.get(quickest)! < (1 - least) * byStrategy.get(model)! ? quickest : model
      const { name, shape } = facts[kernels[0]!]!
      return {
        name,
        shape,
        count: kernels.length,
        milliseconds: byStrategy,
        model,
        best,
        gain: byStrategy.get(model)! / byStrategy.get(best)!,
        kept: best !== model,
        kernels,
        choices,
      }
    })

    const better = new Map(found.flatMap(f => f.choices.map(c => [structureOf(c.kernel), f.best] as const)))
    const tuned: Choose = (kernel, strategies) =>
      strategies.find(name => name === better.get(structureOf(kernel))) ?? strategies[0]!
    const whole = [make(byModel, false), make(tuned, false)].map(step => ({ step, best: Infinity }))
    for (let round = -1; round < rounds; round++)
      for (const entry of whole) {
        const start = performance.now()
        await run(entry.step)
        if (round >= 0) entry.best = Math.min(entry.best, performance.now() - start)
        count()
      }
    const [model, best] = whole.map(w => w.best) as [number, number]
    const gains = best < model
    for (const { choices, best } of found)
      for (const { kernel, strategies } of choices) {
        const chosen = gains && strategies.includes(best) ? best : strategies[0]!
        // an answer of before is taken back
        if (chosen !== device.tuned.choose(kernel, strategies)) device.tuned.keep(kernel, chosen)
      }
    return {
      kernels: found
        .map(({ kernels: _k, choices: _c, ...rest }) => ({ ...rest, kept: rest.kept && gains }))
        .toSorted((a, b) => b.milliseconds.get(b.model)! - a.milliseconds.get(a.model)!),
      model,
      tuned: best,
    }
  } finally {
    restore()
  }
}
