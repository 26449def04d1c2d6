/**
 * The threads beside the one that asks: workers on the same memory, in Node and in pages that are cross-origin isolated. They
 * sleep until a plan runs, and do not keep the process alive. One that dies is noticed, and the others are sent away with it.
 */
import { DeviceError } from '../../errors.ts'
import type { Crew, SharedPlan } from './crew.ts'
import { control } from './shares.ts'

/** What is sent to a worker, in this order: one start, then plans. */
type Message =
  | {
      readonly memory: WebAssembly.Memory
      readonly block: number
      readonly thread: number
      readonly words: typeof control
    }
  | { readonly plan: number; readonly module: WebAssembly.Module | undefined }

/**
 * The program of a worker. It is text because it has to work from a file, from any bundle, and from a page without a file for it.
 * Messages arrive only between jobs: `mail` says that one is on its way.
 */
const program = `
const node = globalThis.process?.getBuiltinModule?.('node:worker_threads')
const plans = new Map()
let memory, words, at, thread, mail = 0, last = 0
function work() {
  while (Atomics.load(words, at.mail) === mail) {
    let job = Atomics.load(words, at.job)
    for (let i = 0; job === last && i < 5000; i++) job = Atomics.load(words, at.job)
    if (job === last) Atomics.wait(words, at.job, job)
    else {
      last = job
      const run = plans.get(Atomics.load(words, at.plan))
      const table = Atomics.load(words, at.table)
      if (run && Atomics.load(words, at.job) === job) {
        const busy = at.taken + at.line * thread + at.busy
        Atomics.store(words, busy, 1)
        try {
          run(table, job << 16, thread)
        } catch (error) {
          Atomics.add(words, at.failed, 1)
          Atomics.notify(words, at.done)
          throw error
        } finally {
          Atomics.store(words, busy, 0)
        }
      }
    }
  }
}
function receive(message) {
  mail++
  if (message.memory) {
    ;({ memory, thread, words: at } = message)
    words = new Int32Array(memory.buffer, message.block, at.taken + at.line * (thread + 1))
    last = Atomics.load(words, at.job)
    post('ready')
  } else if (message.module) {
    const unexpected = () => { throw new Error('not on this thread') }
    const pause = seen => { Atomics.wait(words, at.done, seen, 1000) }
    const env = { memory, pause, fault: unexpected, host: unexpected }
    plans.set(message.plan, new WebAssembly.Instance(message.module, { env }).exports.run)
  } else plans.delete(message.plan)
  work()
}
const post = node ? m => node.parentPort.postMessage(m) : m => postMessage(m)
if (node) node.parentPort.on('message', receive)
else onmessage = event => receive(event.data)
`

/** Not 0 while a worker is in a run. */
const busyWord = (thread: number): number => control.taken + control.line * thread + control.busy

interface Worker {
  post(message: Message): void
  end(): void
  /** Whether it keeps the process alive. */
  hold(on: boolean): void
}
/** Starts a worker; throws, or calls `lost`, where that is not possible. */
function startWorker(ready: () => void, lost: (reason: string) => void): Worker {
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads')
  if (node) {
    const worker = new node.Worker(program, { eval: true, execArgv: [], name: 'chainrule' })
    worker.on('message', ready)
    worker.on('error', error => lost(error.message))
    worker.on('exit', code => lost(`it ended with code ${code}`))
    worker.unref() // after the listeners, which hold the process
    return {
      post: message => worker.postMessage(message),
      end: () => void worker.terminate(),
      hold: on => (on ? worker.ref() : worker.unref()),
    }
  }
  const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }))
  const worker = new globalThis.Worker(url, { name: 'chainrule' })
  worker.onmessage = () => {
    URL.revokeObjectURL(url)
    ready()
  }
  worker.onerror = event => lost(event.message || 'it could not be started')
  return { post: message => worker.postMessage(message), end: () => worker.terminate(), hold: () => {} }
}

export class Team {
  readonly #words: Int32Array
  readonly #crew: Pick<Crew, 'wake' | 'abandon'>
  readonly #workers: Worker[] = []
  readonly #lost: (reason: string) => void
  readonly #patience: number
  readonly #mayWait = mayWait()
  readonly #ready: Promise<number>
  /** Plans that the workers have, and those that were collected here. */
  readonly #known = new WeakSet<SharedPlan>()
  readonly #collected = new FinalizationRegistry<number>(id => this.#send({ plan: id, module: undefined }))
  /** Count of finished pieces when it was last looked at, and since when it is that. */
  #seen = 0
  #since = 0

  /** A piece that takes longer than `patience` (ms) will never be done. `lost` is called at most once. */
  constructor(
    words: Int32Array,
    memory: WebAssembly.Memory,
    crew: Pick<Crew, 'wake' | 'abandon' | 'size' | 'block'>,
    patience: number,
    lost: (reason: string) => void,
  ) {
    this.#words = words
    this.#crew = crew
    this.#patience = patience
    const others = crew.size - 1
    let settle: (size: number) => void = () => {}
    this.#ready = new Promise(resolve => {
      settle = resolve
    })
    let isOpen = true
    this.#lost = reason => {
      if (!isOpen) return
      isOpen = false
      settle(0)
      for (const worker of this.#workers) worker.end()
      lost(reason)
    }
    let started = 0
    const ready = (): void => {
      if (++started === others) settle(others)
    }
    Atomics.store(words, control.mail, 1)
    for (let thread = 1; thread <= others; thread++) {
      const worker = startWorker(ready, this.#lost)
      this.#workers.push(worker)
      worker.post({ memory, block: crew.block, thread, words: control })
    }
  }

  /** Waits until all have started; how many there are, 0 when they could not. */
  async started(): Promise<number> {
    for (const worker of this.#workers) worker.hold(true)
    const count = await this.#ready
    for (const worker of this.#workers) worker.hold(false)
    return count
  }

  /** Gives a plan to all workers if they do not have it. */
  know(plan: SharedPlan): void {
    if (this.#known.has(plan)) return
    this.#known.add(plan)
    this.#collected.register(plan, plan.id)
    this.#send({ plan: plan.id, module: plan.module })
  }
  #send(message: Message): void {
    // first the number, so that a worker which sees it waits for the message
    Atomics.add(this.#words, control.mail, 1)
    Atomics.store(this.#words, control.plan, 0)
    this.#crew.abandon()
    this.#crew.wake()
    for (const worker of this.#workers) worker.post(message)
  }

  /**
   * Waits a little for pieces that others have taken; `seen` is the count of finished ones.
   * @throws DeviceError when one of them will never be finished
   */
  pause(seen: number): void {
    const words = this.#words
    const now = performance.now()
    if (seen !== this.#seen) {
      this.#seen = seen
      this.#since = now
    }
    if (Atomics.load(words, control.failed) > 0) this.#giveUp('it failed')
    if (now - this.#since > this.#patience) this.#giveUp('it does not answer')
    if (this.#mayWait) Atomics.wait(words, control.done, seen, Math.min(100, this.#patience))
  }

  /** Ends the run for all threads, and waits for those that are within a piece. */
  #giveUp(reason: string): never {
    const words = this.#words
    this.#crew.abandon()
    const deadline = performance.now() + Math.min(1000, this.#patience)
    const isBusy = (): boolean => this.#workers.some((_, i) => Atomics.load(words, busyWord(i + 1)) !== 0)
    while (isBusy() && performance.now() < deadline);
    Atomics.store(words, control.failed, 0)
    this.#lost(reason)
    throw new DeviceError(
      'wasm',
      `wasm: a thread was lost in the middle of a run (${reason}); variables may be partly updated. Load a checkpoint; ` +
        'the device goes on with one thread',
    )
  }

  /** Sends the workers away. */
  close(): void {
    this.#lost('they were sent away')
  }
}

/** A page's main thread must not sleep. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)
    return true
  } catch {
    return false
  }
}
