/**
 * How many threads a device runs plans on, and how a run begins and ends. The thread that asks always takes part; the others are
 * started when there has been enough work, and come in when they are ready. Results are the same with any number of them.
 */
import { OptionError } from '../../errors.ts'
import { aligned, type Heap } from './memory.ts'
import { control } from './shares.ts'
import { Team } from './team.ts'

/** More threads would mostly wait for memory. */
const mostThreads = 8
/** Work (in the units of `compile/slice.ts`) after which starting threads is worth it: some 30 ms. */
const startingWork = 2 ** 29

interface Surroundings {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> }
  readonly navigator?: { readonly hardwareConcurrency?: number }
  readonly crossOriginIsolated?: boolean
}
const here = globalThis as Surroundings

/** The option, else the environment variable CHAINRULE_THREADS, else as many as there are cores. */
export function threadsWanted(option: number | undefined): number {
  const asked = here.process?.env?.CHAINRULE_THREADS
  const given = option ?? (asked ? Number(asked) : undefined)
  if (given !== undefined) {
    if (Number.isInteger(given) && given > 0) return Math.min(given, 64)
    throw new OptionError(
      'threads',
      `wasm: threads must be a whole number > 0, not ${option ?? `CHAINRULE_THREADS=${asked}`}`,
    )
  }
  const cores = globalThis.process?.getBuiltinModule?.('node:os')?.availableParallelism()
  return Math.min(mostThreads, cores ?? here.navigator?.hardwareConcurrency ?? 1)
}

/** Why there cannot be more than one thread here; undefined if there can. */
export function reasonForOne(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined' || here.crossOriginIsolated === false)
    return 'the page is not cross-origin isolated'
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads')
  return node || typeof Worker !== 'undefined' ? undefined : 'there are no workers here'
}

/** A plan as the other threads know it. */
export interface SharedPlan {
  readonly id: number
  readonly module: WebAssembly.Module
  /** Work of one run that can be shared. */
  readonly work: number
}

export class Crew {
  /** Threads that there may be, with the one that asks. */
  readonly size: number
  readonly #heap: Heap
  readonly #patience: number
  readonly #block: number
  /** The number of the latest run. */
  #run = 0
  #team: Team | undefined
  /** Plans that the team knows. */
  readonly #known = new Set<number>()
  #work = 0
  #reason: string | undefined
  readonly #forgotten = new FinalizationRegistry<number>(id => this.#forget(id))

  constructor(heap: Heap, size: number, reason: string | undefined, patience = 30_000) {
    this.#heap = heap
    this.size = heap.isShared ? size : 1
    this.#reason = reason
    this.#patience = patience
    this.#block = heap.allocate(aligned(4 * control.words), 'threads')
  }

  get block(): number {
    return this.#block
  }
  /** For people. */
  describe(): string {
    if (this.#reason !== undefined) return `1 thread (${this.#reason})`
    return this.size === 1 ? '1 thread' : `${this.size} threads`
  }

  /** The plan leaves the threads' memory when `owner` is collected. */
  watch(owner: object, plan: SharedPlan): void {
    if (this.size > 1) this.#forgotten.register(owner, plan.id)
  }

  /** Starts the threads now; how many there are then, with the one that asks. */
  async start(): Promise<number> {
    const team = this.#start()
    if (!team) return 1
    team.hold(true)
    const others = await team.ready
    team.hold(false)
    return 1 + others
  }
  #start(): Team | undefined {
    if (this.#team || this.size === 1 || this.#reason !== undefined) return this.#team
    const lost = (reason: string): void => {
      this.#team = undefined
      this.#known.clear()
      this.#reason = `a thread was lost: ${reason}`
    }
    try {
      this.#team = new Team(this.#heap.memory, this.#block, this.size - 1, this.#patience, lost)
    } catch (error) {
      this.#reason = `no thread could be started: ${(error as Error).message}`
    }
    return this.#team
  }

  #words(): Int32Array {
    return new Int32Array(this.#heap.memory.buffer, this.#block, control.words)
  }
  #wake(words: Int32Array): void {
    Atomics.store(words, control.job, this.#run)
    Atomics.notify(words, control.job)
  }

  /** Calls the threads to a plan's run, if it has work for them; the tag of the run. */
  begin(plan: SharedPlan, table: number): number {
    const team = plan.work > 0 ? this.#team : undefined
    if (team && !this.#known.has(plan.id)) {
      this.#known.add(plan.id)
      this.#send(team, plan.id, plan.module)
    }
    const words = this.#words()
    const tag = ++this.#run << 16
    Atomics.store(words, control.done, tag)
    Atomics.store(words, control.taken, tag)
    if (team) {
      Atomics.store(words, control.plan, plan.id)
      Atomics.store(words, control.table, table)
      this.#wake(words)
    }
    return tag
  }
  pause(seen: number): void {
    this.#team?.pause(seen)
  }
  /** After a run that went well. */
  end(plan: SharedPlan): void {
    this.#work += plan.work
    if (this.#work > startingWork) this.#start()
  }
  /** After one that did not: threads that wait for its next stage leave it. */
  abandon(): void {
    const words = this.#words()
    const tag = ++this.#run << 16
    Atomics.store(words, control.taken, tag)
    Atomics.store(words, control.done, tag)
    Atomics.notify(words, control.done)
  }

  #send(team: Team, id: number, module: WebAssembly.Module | undefined): void {
    this.#run++
    team.send(id, module, () => this.#wake(this.#words()))
  }
  #forget(id: number): void {
    if (this.#team && this.#known.delete(id)) this.#send(this.#team, id, undefined)
  }

  /** Sends the threads away; the device goes on with one. */
  close(): void {
    this.#team?.close()
  }
}
