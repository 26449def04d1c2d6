/**
 * How many threads a device runs plans on, and how a run begins and ends. The thread that asks always takes part; the others are
 * started when there has been enough work, and come in when they are ready. Results are the same with any number of them.
 */
import type { Heap } from './memory.ts'
import { control } from './shares.ts'
import type { Team } from './team.ts'

/** Work (in the units of `compile/slice.ts`) after which starting threads is worth it: some 30 ms. */
const startingWork = 2 ** 29

const here = globalThis as { readonly crossOriginIsolated?: boolean }

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
  /** Address of the block that threads talk through. */
  readonly block: number
  /** The number of the latest run. */
  #run = 0
  #team: Team | undefined
  #loading: Promise<Team | undefined> | undefined
  #work = 0
  /** Why there is only the one that asks. */
  reason: string | undefined

  constructor(heap: Heap, size: number, reason: string | undefined, patience = 30_000) {
    this.#heap = heap
    this.size = heap.isShared ? size : 1
    this.reason = reason
    this.#patience = patience
    this.block = heap.allocate(4 * this.#length, 'threads')
    const words = this.#words()
    words.fill(0)
    words[control.threads] = this.size
  }

  /** Threads are being started. */
  get loading(): Promise<unknown> | undefined {
    return this.#team || this.reason !== undefined ? undefined : this.#loading
  }

  /** Starts the threads now; how many there are then, with the one that asks. */
  async start(): Promise<number> {
    const team = await this.#start()
    return 1 + ((await team?.started()) ?? 0)
  }
  #start(): Promise<Team | undefined> {
    this.#loading ??= this.size === 1 ? Promise.resolve(undefined) : this.#load()
    return this.#loading
  }
  async #load(): Promise<Team | undefined> {
    const lost = (reason: string): void => {
      this.#team = undefined
      this.#loading = Promise.resolve(undefined)
      this.reason = `one was lost: ${reason}`
    }
    try {
      const { Team } = await import('./team.ts')
      this.#team = new Team(this.#words(), this.#heap.memory, this, this.#patience, lost)
    } catch (error) {
      lost((error as Error).message)
    }
    return this.#team
  }

  get #length(): number {
    return control.taken + control.line * this.size
  }
  #words(): Int32Array {
    return new Int32Array(this.#heap.memory.buffer, this.block, this.#length)
  }
  /** From now on pieces are those of run number `#run`; the words are unsigned halves, see `shares.ts`. */
  #count(words: Int32Array): number {
    const tag = ++this.#run << 16
    Atomics.store(words, control.done, tag)
    for (let at: number = control.taken; at < words.length; at += control.line) Atomics.store(words, at, tag)
    return tag
  }
  /** Makes the threads look at what there is to do. */
  wake(): void {
    const words = this.#words()
    Atomics.store(words, control.job, this.#run)
    Atomics.notify(words, control.job)
  }

  /** Begins a run: calls the threads if it has work for them. Gives the tag of the run. */
  begin(plan: SharedPlan, table: number): number {
    const team = plan.work > 0 ? this.#team : undefined
    team?.know(plan)
    const words = this.#words()
    const tag = this.#count(words)
    if (team) {
      Atomics.store(words, control.plan, plan.id)
      Atomics.store(words, control.table, table)
      this.wake()
    }
    return tag
  }
  pause(seen: number): void {
    this.#team?.pause(seen)
  }
  /** After a run that went well. */
  end(plan: SharedPlan): void {
    this.#work += plan.work
    if (this.size > 1 && this.#work > startingWork) void this.#start()
  }
  /** After one that did not: threads that wait for its next stage leave it. */
  abandon(): void {
    const words = this.#words()
    this.#count(words)
    Atomics.notify(words, control.done)
  }

  /** Sends the threads away; the device goes on with one. */
  close(): void {
    this.#team?.close()
  }
}
