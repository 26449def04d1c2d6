/**
 * The wasm device: WebAssembly SIMD in every engine, on several threads where they can share memory. Each plan is one module made
 * on the spot; all plans of a device share one memory and one arena for temporaries.
 */
import { compileGraph } from '../../compile/compile.ts'
import type { Program } from '../../compile/kernel.ts'
import { type SliceLimits, sliceLimits } from '../../compile/slice.ts'
import type { Stage } from '../../compile/stages.ts'
import { DeviceError, IndexError } from '../../errors.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { numel, type Shape, show } from '../../graph/shape.ts'
import { type Arrangement, aligned, arrangeProgram, refusePlan } from '../arena.ts'
import type { Device, Executable, Graph, KernelFacts, Resident, Watch } from '../device.ts'
import { runHost } from '../host.ts'
import { singleStages, stagesFor } from '../stages.ts'
import { threadsWanted } from '../threads.ts'
import { f32x4, Module, V128 } from './assembler.ts'
import { Crew, reasonForOne, type SharedPlan } from './crew.ts'
import { hasRelaxedSimd, type Target } from './emitter.ts'
import { Heap } from './memory.ts'
import { type EmittedProgram, emitProgram, table } from './program.ts'

export interface WasmOptions {
  /** Multiply-add in one instruction; by default where the engine has relaxed SIMD. */
  readonly fma?: boolean
  /** How kernels are laid out; by default by the version of V8, 'modern' where it is unknown. */
  readonly preset?: Target['preset']
  /** Lowers the limit of 4 GiB. */
  readonly maximumBytes?: number
  /**
   * Threads that compute, with the one that asks; by default CHAINRULE_THREADS, else as many as there are cores, up to 8. They
   * start when there has been some work. Results are the same with any number.
   */
  readonly threads?: number | undefined
  /** When kernels are cut into pieces, and into how many: this may change the last bits of results. */
  readonly slices?: SliceLimits
  /** Milliseconds after which a piece of work that another thread has begun is taken for lost; by default 30,000. */
  readonly patience?: number
}

/** Does this engine run WebAssembly SIMD? All have since 2021 (Safari 2023). */
function hasSimd(): boolean {
  if (typeof WebAssembly === 'undefined') return false
  const probe = new Module()
  probe.function({ params: [], results: [V128], build: () => f32x4.const(0) })
  return WebAssembly.validate(probe.assemble())
}

/** V8 before 12 reorders instructions in ways that want smaller tiles. */
function detectPreset(): Target['preset'] {
  const v8 = (globalThis as { process?: { versions?: { v8?: string } } }).process?.versions?.v8
  return v8 !== undefined && Number.parseInt(v8, 10) < 12 ? 'legacy' : 'modern'
}

export class WasmDevice implements Device {
  readonly name = 'wasm'
  readonly dtypes = ['bool', 'int32', 'float32'] as const
  readonly target: Target
  readonly heap: Heap
  readonly crew: Crew
  readonly #arena: Arena
  readonly #slices: SliceLimits
  #residentBytes = 0

  /** Throws DeviceError where the engine has no WebAssembly SIMD. */
  constructor(options: WasmOptions = {}) {
    if (!hasSimd()) refuse("this engine has no WebAssembly SIMD; update it, or use setDevice('js')")
    this.target = { fma: options.fma ?? hasRelaxedSimd(), preset: options.preset ?? detectPreset() }
    const wanted = threadsWanted(options.threads)
    const reason = wanted > 1 ? reasonForOne() : undefined
    this.heap = new Heap(options.maximumBytes, wanted > 1 && reason === undefined)
    this.crew = new Crew(this.heap, wanted, reason, options.patience)
    this.#slices = options.slices ?? sliceLimits
    this.#arena = new Arena(this.heap)
  }

  /** Starts the threads now instead of after some work. Resolves to how many compute then, with the one that asks. */
  startThreads(): Promise<number> {
    return this.crew.start()
  }

  get loading(): Promise<unknown> | undefined {
    return this.crew.loading
  }

  get residentBytes(): number {
    return this.#residentBytes
  }

  /** Throws DeviceError for float64. */
  prepare(graph: Graph, watch?: Watch): Executable {
    const program = compileGraph(graph)
    for (const { dtype, label } of program.buffers) refuseFloat64(dtype, label)
    const resident = graph.sources.map((_, source) => graph.updates.includes(source))
    const stages = watch ? singleStages(program, this.#slices) : stagesFor(program, resident, this.#slices)
    return new WasmExecutable(
      program,
      stages,
      resident,
      graph.updates,
      emitProgram(program, stages, this.target, this.crew.block, this.heap.isShared, watch !== undefined),
      this.heap,
      this.crew,
      this.#arena,
      this.target,
      watch,
    )
  }

  async peak(): Promise<number> {
    return (await report()).measurePeak(this.target)
  }

  resident(shape: Shape, dtype: DType): Resident {
    refuseFloat64(dtype, show(shape))
    const bytes = 4 * numel(shape)
    this.#residentBytes += bytes
    return new WasmResident(this.heap, shape, dtype, () => {
      this.#residentBytes -= bytes
    })
  }
}

/** A new device; `setDevice('wasm')` chooses the shared one. */
export const wasmDevice = (options?: WasmOptions): WasmDevice => new WasmDevice(options)

function refuse(problem: string): never {
  throw new DeviceError('wasm', `wasm: ${problem}`)
}
function refuseFloat64(dtype: DType, what: string): void {
  if (dtype === 'float64')
    throw new DeviceError(
      'wasm',
      `float64 runs on the 'js' device: setDevice('js'), or cast to float32 (${what} is float64)`,
    )
}

class WasmResident implements Resident {
  readonly shape: Shape
  readonly dtype: DType
  readonly heap: Heap
  readonly #elements: number
  readonly #released: () => void
  #at: number | undefined

  constructor(heap: Heap, shape: Shape, dtype: DType, released: () => void) {
    this.shape = shape
    this.dtype = dtype
    this.heap = heap
    this.#elements = numel(shape)
    this.#released = released
    this.#at = heap.allocateZeros(4 * this.#elements, `a value of shape ${show(shape)}`)
  }

  get address(): number {
    if (this.#at === undefined) refuse('this value was disposed of')
    return this.#at
  }
  write(values: TypedArray): void {
    if (values.length !== this.#elements) refuse(`${values.length} values for a variable of shape ${show(this.shape)}`)
    this.heap.write(this.address, values, this.dtype)
  }
  async read(): Promise<TypedArray> {
    return this.heap.read(this.address, this.#elements, this.dtype)
  }
  dispose(): void {
    if (this.#at === undefined) return
    this.heap.release(this.#at)
    this.#at = undefined
    this.#released()
  }
}

/** Memory that all plans of a device use in turn: as large as the largest of them that ran. */
class Arena {
  readonly #heap: Heap
  #at = 0
  #bytes = 0
  /** A plan is running. */
  busy = false

  constructor(heap: Heap) {
    this.#heap = heap
  }

  /** Address of at least so many bytes; contents are arbitrary. */
  reserve(bytes: number): number {
    if (bytes > this.#bytes) {
      if (this.#bytes > 0) this.#heap.release(this.#at)
      this.#bytes = 0
      this.#at = this.#heap.allocate(bytes, "a plan's intermediate results")
      this.#bytes = bytes
    }
    return this.#at
  }
}

/** What no step needs is loaded when it is asked for. */
const report = () => import('./report.ts')

let nextPlan = 1

/** Where everything lies in the arena, in bytes from its start. */
interface Layout extends Arrangement {
  readonly resident: readonly boolean[]
  readonly table: number
  readonly scratch: number
  readonly buffers: number
}

/**
 * One plan. A kernel that faults leaves every resident as it was: the compiler puts those that may fault before the first
 * update in place (`compile/schedule.ts`), and new values that are copied are copied last.
 */
class WasmExecutable implements Executable {
  readonly #program: Program
  readonly #stages: readonly Stage[]
  readonly #updates: readonly number[]
  readonly #emitted: EmittedProgram
  readonly #heap: Heap
  readonly #arena: Arena
  readonly #target: Target
  readonly #crew: Crew
  readonly #plan: SharedPlan
  readonly #run: (table: number, tag: number, thread: number) => void
  readonly #watch: Watch
  /** The program's buffer of each source. */
  readonly #sourceBuffers: readonly number[]
  #layout: Layout
  /** Addresses of the program's buffers while it runs. */
  #addresses: Uint32Array

  constructor(
    program: Program,
    stages: readonly Stage[],
    resident: readonly boolean[],
    updates: readonly number[],
    emitted: EmittedProgram,
    heap: Heap,
    crew: Crew,
    arena: Arena,
    target: Target,
    watch: Watch = () => {},
  ) {
    this.#watch = watch
    this.#program = program
    this.#stages = stages
    this.#updates = updates
    this.#emitted = emitted
    this.#heap = heap
    this.#crew = crew
    this.#arena = arena
    this.#target = target
    const sourceBuffers: number[] = []
    program.buffers.forEach((b, i) => {
      if (b.kind === 'source') sourceBuffers[b.source!] = i
    })
    this.#sourceBuffers = sourceBuffers
    this.#addresses = new Uint32Array(table.buffers + program.buffers.length)
    this.#layout = this.#arrange(resident)
    const module = new WebAssembly.Module(emitted.bytes)
    this.#plan = { id: nextPlan++, module, work: emitted.sharedWork }
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory: heap.memory,
        pause: (seen: number) => crew.pause(seen),
        watch,
        fault: (_: number, value: number, size: number) => this.#fault(value, size),
        host: (kernel: number) => this.#host(kernel),
      },
    })
    this.#run = instance.exports.run as (table: number, tag: number, thread: number) => void
  }

  /** Which sources are resident decides what needs a place in the arena. */
  #arrange(resident: readonly boolean[]): Layout {
    const { offsets, bytes } = arrangeProgram(this.#program, this.#stages, resident)
    const at = aligned(this.#emitted.constants.byteLength)
    const scratch = at + aligned(this.#addresses.byteLength)
    const threads = this.#emitted.sharedWork > 0 ? this.#crew.size : 1
    const buffers = scratch + threads * this.#emitted.scratchBytes
    return { resident, offsets, bytes: buffers + bytes, table: at, scratch, buffers }
  }

  get peakBytes(): number {
    return this.#layout.bytes
  }

  async facts(): Promise<readonly KernelFacts[]> {
    return (await report()).factsOf(this.#program)
  }
  async explain(): Promise<string> {
    return (await report()).explain(this.#program, this.#emitted, this.peakBytes, this.#target, this.#crew)
  }

  run(sources: readonly (Resident | TypedArray)[]): TypedArray[] {
    if (this.#arena.busy) refuse('a host function cannot evaluate tensors while it is called by a plan')
    this.#arena.busy = true
    try {
      return this.#compute(sources)
    } finally {
      this.#arena.busy = false
    }
  }

  #compute(sources: readonly (Resident | TypedArray)[]): TypedArray[] {
    const heap = this.#heap
    const { buffers, outputs, copies } = this.#program
    const residents = sources.map(s => (s instanceof WasmResident ? s : undefined))
    if (residents.some((r, i) => (r !== undefined) !== this.#layout.resident[i]))
      this.#layout = this.#arrange(residents.map(r => r !== undefined))
    const layout = this.#layout
    const arena = this.#reserve(layout.bytes)
    const addresses = this.#addresses
    addresses[table.scratch] = arena + layout.scratch
    addresses[table.constants] = arena
    layout.offsets.forEach((offset, b) => {
      if (offset >= 0) addresses[table.buffers + b] = arena + layout.buffers + offset
    })
    this.#sourceBuffers.forEach((b, i) => {
      this.#place(b, sources[i]!, residents[i])
    })
    new Int32Array(heap.memory.buffer, arena, this.#emitted.constants.length).set(this.#emitted.constants)
    new Uint32Array(heap.memory.buffer, arena + layout.table, addresses.length).set(addresses)
    this.#work(arena + layout.table)
    const read = (b: number): TypedArray => heap.read(this.#addressOf(b), buffers[b]!.elements, buffers[b]!.dtype)
    const results = outputs.flatMap((b, i) => (this.#updates[i]! < 0 ? [read(b)] : []))
    this.#copy(copies)
    return results
  }

  #work(at: number): void {
    const crew = this.#crew
    const tag = crew.begin(this.#plan, at)
    try {
      this.#watch(-1)
      this.#run(at, tag, 0)
    } catch (error) {
      crew.abandon()
      throw error
    }
    crew.end(this.#plan)
  }

  #reserve(bytes: number): number {
    try {
      return this.#arena.reserve(bytes)
    } catch (error) {
      refusePlan(error, this.#program, bytes)
    }
  }

  #addressOf(buffer: number): number {
    return this.#addresses[table.buffers + buffer]!
  }

  /** Gives a source its address; a host array is copied there. */
  #place(buffer: number, given: Resident | TypedArray, resident: WasmResident | undefined): void {
    const { elements, dtype, source } = this.#program.buffers[buffer]!
    if (resident) {
      if (resident.heap !== this.#heap) refuse('this value lives on another wasm device')
      this.#addresses[table.buffers + buffer] = resident.address
      return
    }
    if (!ArrayBuffer.isView(given)) refuse(`source ${source} lives on another device; move it first`)
    if (this.#updates.includes(source!)) refuse(`source ${source} is updated by the plan, so it must be a resident`)
    if (given.length !== elements) refuse(`source ${source} has ${given.length} values instead of ${elements}`)
    this.#heap.write(this.#addressOf(buffer), given, dtype)
  }

  /** New values of variables that were not made in place; they lie in temporaries. */
  #copy(copies: Program['copies']): void {
    for (const { from, to } of copies) {
      const { elements } = this.#program.buffers[to]!
      const view = (b: number) => this.#heap.view(this.#addressOf(b), elements, 'int32')
      view(to).set(view(from))
    }
  }

  #fault(value: number, size: number): never {
    const at = this.#arenaTable()
    const kernel = this.#program.kernels[at[table.current]!]!
    throw new IndexError(kernel.name, value, size)
  }
  #arenaTable(): Uint32Array {
    const { length } = this.#addresses
    const at = this.#addresses[table.constants]! + this.#layout.table
    return new Uint32Array(this.#heap.memory.buffer, at, length)
  }

  #host(k: number): void {
    const kernel = this.#program.kernels[k]!
    if (kernel.kind !== 'host') throw new Error(`internal: kernel ${k} is no host function`)
    const heap = this.#heap
    const { inputs, output, buffers } = kernel
    const addresses = buffers.map(b => this.#addressOf(b))
    runHost(
      kernel,
      inputs.map(({ shape, dtype }, i) => heap.read(addresses[i]!, numel(shape), dtype)),
      () => heap.view(addresses[inputs.length]!, numel(output.shape), output.dtype),
    )
  }
}
