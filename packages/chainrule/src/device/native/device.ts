/**
 * The native device: plans printed as C, compiled by the system's compiler, kept on disk, and called through koffi. Needs Node on
 * a system with a C compiler, or with a cache of what one made.
 */
import { compileGraph } from '../../compile/compile.ts'
import { factsOf } from '../../compile/facts.ts'
import type { Program } from '../../compile/kernel.ts'
import { type SliceLimits, sliceLimits } from '../../compile/slice.ts'
import type { Stage } from '../../compile/stages.ts'
import { DeviceError, IndexError } from '../../errors.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { numel, range, type Shape, show } from '../../graph/shape.ts'
import { type Arrangement, aligned, arrangeProgram, refusePlan } from '../arena.ts'
import type { Device, Executable, Graph, KernelFacts, Resident, Watch } from '../device.ts'
import { explainProgram, scaled } from '../explain.ts'
import { runHost } from '../host.ts'
import { singleStages, stagesFor } from '../stages.ts'
import { threadsWanted } from '../threads.ts'
import { wasmDevice } from '../wasm/device.ts'
import { Cache, cacheFolder } from './cache.ts'
import { faultWords } from './gather.ts'
import { functionOf, loadKoffi, type Pointer } from './library.ts'
import { type Block, Memory } from './memory.ts'
import { measurePeak } from './peak.ts'
import { entry, table } from './plan-format.ts'
import type { Choice, Choose } from './printer.ts'
import { type PrintedProgram, printProgram, type Step } from './program.ts'
import { mostWorkers, runtimeSource } from './runtime.ts'
import { findToolchain, objectOf, type Toolchain } from './toolchain.ts'
import { textOf } from './translation-units.ts'
import { Tuned } from './tuned.ts'

export interface NativeOptions {
  /**
   * Threads that compute, with the one that asks; by default CHAINRULE_THREADS, else as many as there are cores, up to 8. Results
   * are the same with any number.
   */
  readonly threads?: number | undefined
  /** Where compiled code is kept; by default CHAINRULE_CACHE, else a folder of the user's cache. */
  readonly cache?: string
  /** When kernels are cut into pieces, and into how many: this may change the last bits of results. */
  readonly slices?: SliceLimits
  /** Whether to use what `tune` found on this machine and left in the cache; true, unless CHAINRULE_TUNED is `off`. */
  readonly tuned?: boolean
  /** Lowers the limit, which is the machine's memory. */
  readonly maximumBytes?: number
  /** Is given a line where the cache cannot be used, or the compiler fails; by default `console.warn`. */
  readonly say?: (line: string) => void
}

/** Convolutions keep whole vectors of channels together. */
const nativeSlices: SliceLimits = { ...sliceLimits, lanes: 16 }

/** The thread that asks runs this; the others are its own affair. */
interface Runtime {
  readonly run: (plan: Pointer, table: BigUint64Array, from: number, to: number, threads: number) => number
}

const runtimes = new Map<string, Runtime>()
function runtimeAt(path: string): Runtime {
  let runtime = runtimes.get(path)
  if (!runtime) {
    const stop = functionOf(path, 'void chainrule_stop()')
    process.once('exit', () => stop())
    runtime = {
      run: functionOf(
        path,
        'int chainrule_run(void* plan, void* table, int from, int to, int threads)',
      ) as Runtime['run'],
    }
    runtimes.set(path, runtime)
  }
  return runtime
}

export class NativeDevice implements Device {
  readonly name = 'native'
  readonly dtypes = ['bool', 'int32', 'float32'] as const
  readonly toolchain: Toolchain
  readonly cache: Cache
  readonly memory: Memory
  readonly threads: number
  readonly runtime: Runtime
  /** What `tune` found. */
  readonly tuned: Tuned
  #choose: Choose | undefined
  readonly #arena: Arena
  readonly #slices: SliceLimits
  readonly #say: (line: string) => void
  /** Runs what the compiler fails at. */
  #substitute: Device | undefined
  #residentBytes = 0

  /** See `nativeDevice`. */
  constructor(options: NativeOptions = {}) {
    this.#say = options.say ?? console.warn
    this.cache = new Cache(options.cache ?? cacheFolder(), this.#say)
    this.toolchain = findToolchain(this.cache)
    this.threads = Math.min(threadsWanted(options.threads), mostWorkers + 1)
    this.runtime = runtimeAt(objectOf(this.cache, this.toolchain, runtimeSource))
    this.memory = new Memory(options.maximumBytes)
    this.#slices = options.slices ?? nativeSlices
    this.#arena = new Arena(this.memory)
    this.tuned = new Tuned(this.cache, this.toolchain)
    if (options.tuned ?? process.env.CHAINRULE_TUNED !== 'off') this.#choose = this.tuned.choose
  }

  /** What `prepare` inside of `make` prepares computes contractions in these ways. */
  choosing<T>(choose: Choose, make: () => T): T {
    const before = this.#choose
    this.#choose = choose
    try {
      return make()
    } finally {
      this.#choose = before
    }
  }

  get residentBytes(): number {
    return this.#residentBytes
  }

  /** Compiler, width of vectors and threads, for people. */
  describe(): string {
    const { version, target } = this.toolchain
    return `${version}, ${target.lanes} lanes${target.fma ? ', multiply-add' : ''}, ${this.threads} thread${this.threads === 1 ? '' : 's'}`
  }

  /** If the compiler fails now, the plan runs on wasm. @throws DeviceError for float64 */
  prepare(graph: Graph, watch?: Watch): Executable {
    const program = compileGraph(graph)
    for (const { dtype, label } of program.buffers) refuseFloat64(dtype, label)
    const resident = graph.sources.map((_, source) => graph.updates.includes(source))
    const stages = watch ? singleStages(program, this.#slices) : stagesFor(program, resident, this.#slices)
    const printed = printProgram(program, stages, this.toolchain.target, this.#choose)
    let path: string
    try {
      path = objectOf(this.cache, this.toolchain, printed.source)
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      this.#say(`chainrule: ${error.message}; what needs it runs on wasm`)
      this.#substitute ??= wasmDevice()
      return new Substitute(this.#substitute, graph, watch)
    }
    const plan = functionOf(path, `void* ${entry}()`)() as Pointer
    return new NativeExecutable(this, this.#arena, {
      program,
      stages,
      resident,
      updates: graph.updates,
      printed,
      plan,
      watch,
    })
  }

  async peak(): Promise<number> {
    return measurePeak(this.cache, this.toolchain)
  }

  resident(shape: Shape, dtype: DType): Resident {
    refuseFloat64(dtype, show(shape))
    const bytes = 4 * numel(shape)
    const block = this.memory.allocate(bytes, `a value of shape ${show(shape)}`)
    const count = (bytes: number): void => {
      this.#residentBytes += bytes
    }
    count(bytes)
    return new NativeResident(this.memory, block, shape, dtype, count)
  }
}

/** A new device. @throws DeviceError where there is no koffi, no compiler, or the compiler fails */
export function nativeDevice(options?: NativeOptions): NativeDevice {
  if (process.platform === 'win32')
    throw new DeviceError('native', "native: not on Windows; setDevice('wasm') is the fastest there")
  loadKoffi()
  return new NativeDevice(options)
}

function refuseFloat64(dtype: DType, what: string): void {
  if (dtype === 'float64')
    throw new DeviceError(
      'native',
      `float64 runs on the 'js' device: setDevice('js'), or cast to float32 (${what} is float64)`,
    )
}

class NativeResident implements Resident {
  readonly shape: Shape
  readonly dtype: DType
  readonly memory: Memory
  readonly #block: Block
  readonly #elements: number
  readonly #count: (bytes: number) => void
  /** What plans made of it, and whether that is of the value that it has now. */
  readonly #kept = new Map<string, { readonly block: Block; isMade: boolean }>()

  /** `count` is told of memory that it takes from now on, or gives back. */
  constructor(memory: Memory, block: Block, shape: Shape, dtype: DType, count: (bytes: number) => void) {
    this.shape = shape
    this.dtype = dtype
    this.memory = memory
    this.#block = block
    this.#elements = numel(shape)
    this.#count = count
  }

  get block(): Block {
    if (this.#block.isReleased) throw new DeviceError('native', 'native: this value was disposed of')
    return this.#block
  }
  write(values: TypedArray): void {
    if (values.length !== this.#elements)
      throw new DeviceError('native', `native: ${values.length} values for a variable of shape ${show(this.shape)}`)
    this.block.view(0, this.#elements, this.dtype).set(values)
    this.changes()
  }
  /** What was made of the value that it had is worth nothing. */
  changes(): void {
    for (const kept of this.#kept.values()) kept.isMade = false
  }
  /** A place for something that is made of its value. Who finds it not made makes it. */
  keep(key: string, bytes: number): { readonly block: Block; isMade: boolean } {
    let kept = this.#kept.get(key)
    if (!kept) {
      const block = this.memory.allocate(bytes, `a value of shape ${show(this.shape)} in another order`)
      kept = { block, isMade: false }
      this.#kept.set(key, kept)
      this.#count(bytes)
    }
    return kept
  }
  async read(): Promise<TypedArray> {
    return this.values()
  }
  /** A fresh host array. */
  values(): TypedArray {
    return this.block.read(0, this.#elements, this.dtype)
  }
  dispose(): void {
    if (this.#block.isReleased) return
    this.#block.release()
    this.#count(-4 * this.#elements)
    for (const { block } of this.#kept.values()) {
      block.release()
      this.#count(-block.bytes)
    }
    this.#kept.clear()
  }
}

/** A plan that another device runs, on copies of its residents. */
class Substitute implements Executable {
  readonly #executable: Executable
  readonly #device: Device
  readonly #updates: readonly number[]
  /** By source: what is updated there. */
  readonly #mirrors = new Map<number, Resident>()

  constructor(device: Device, graph: Graph, watch: Watch | undefined) {
    this.#device = device
    this.#executable = device.prepare(graph, watch)
    this.#updates = graph.updates
  }

  facts(): Promise<readonly KernelFacts[]> {
    return this.#executable.facts()
  }
  get peakBytes(): number {
    return this.#executable.peakBytes
  }
  explain(): Promise<string> {
    return this.#executable.explain()
  }
  async run(sources: readonly (Resident | TypedArray)[]): Promise<TypedArray[]> {
    const given = sources.map((source, i) => {
      if (!(source instanceof NativeResident)) return source
      if (!this.#updates.includes(i)) return source.values()
      const mirror = this.#mirrors.get(i) ?? this.#device.resident(source.shape, source.dtype)
      this.#mirrors.set(i, mirror)
      mirror.write(source.values())
      return mirror
    })
    const results = await this.#executable.run(given)
    for (const [i, mirror] of this.#mirrors) (sources[i] as NativeResident).write(await mirror.read())
    return results
  }
}

/** Memory that all plans of a device use in turn: as large as the largest of them that ran. */
class Arena {
  readonly #memory: Memory
  #block: Block | undefined
  /** A plan is running. */
  busy = false

  constructor(memory: Memory) {
    this.#memory = memory
  }

  /** At least so many bytes; contents are arbitrary. */
  reserve(bytes: number): Block {
    if (this.#block && bytes <= this.#block.bytes) return this.#block
    this.#block?.release()
    this.#block = undefined
    this.#block = this.#memory.allocate(bytes, "a plan's intermediate results")
    return this.#block
  }
}

interface Plan {
  readonly program: Program
  readonly stages: readonly Stage[]
  /** Sources that are kept outside of the plan's memory. */
  readonly resident: readonly boolean[]
  readonly updates: readonly number[]
  readonly printed: PrintedProgram
  readonly plan: Pointer
  readonly watch: Watch | undefined
}

/** Where everything lies in the arena, in bytes from its start: scratch memory, then buffers, then what is made of host arrays. */
interface Layout extends Arrangement {
  readonly resident: readonly boolean[]
  readonly buffers: number
  /** By `PrintedProgram.kept`; what is made of residents is kept there (−1). */
  readonly kept: readonly number[]
}

/** Where a buffer is while its plan runs. */
interface Spot {
  readonly block: Block
  readonly offset: number
}

/**
 * One plan. A kernel that faults leaves every resident as it was: the compiler puts those that may fault before the first update
 * in place (`compile/schedule.ts`), and new values that are copied are copied last.
 */
export class NativeExecutable implements Executable {
  readonly #device: NativeDevice
  readonly #arena: Arena
  readonly #plan: Plan
  /** The program's buffer of each source. */
  readonly #sourceBuffers: readonly number[]
  readonly #table: BigUint64Array
  readonly #steps: readonly Step[]
  #layout: Layout
  #spots: Spot[] = []
  /** The block that the arena's spots are in. */
  #placed: Block | undefined

  constructor(device: NativeDevice, arena: Arena, plan: Plan) {
    this.#device = device
    this.#arena = arena
    this.#plan = plan
    const sourceBuffers: number[] = []
    plan.program.buffers.forEach((b, i) => {
      if (b.kind === 'source') sourceBuffers[b.source!] = i
    })
    this.#sourceBuffers = sourceBuffers
    // a plan that is watched has one stage for each kernel
    this.#steps = plan.watch
      ? plan.printed.steps.flatMap<Step>(step =>
          'host' in step
            ? [step]
            : range(step.to - step.from).map(i => ({ from: step.from + i, to: step.from + i + 1 })),
        )
      : plan.printed.steps
    this.#table = new BigUint64Array(table.buffers + plan.program.buffers.length + plan.printed.kept.length)
    this.#layout = this.#arrange(plan.resident)
  }

  /** Threads that are worth it. */
  get #threads(): number {
    return this.#plan.printed.sharedWork > 0 && !this.#plan.watch ? this.#device.threads : 1
  }

  #arrange(resident: readonly boolean[]): Layout {
    const { program, stages, printed } = this.#plan
    const { offsets, bytes } = arrangeProgram(program, stages, resident)
    const buffers = this.#threads * aligned(printed.scratchBytes)
    this.#placed = undefined
    let end = buffers + bytes
    const kept = printed.kept.map(({ source, bytes }) => {
      if (resident[source]) return -1
      end += bytes
      return end - bytes
    })
    return { resident, offsets, bytes: end, buffers, kept }
  }

  async facts(): Promise<readonly KernelFacts[]> {
    return factsOf(this.#plan.program)
  }
  /** For each kernel: how its contractions are computed. */
  get choices(): readonly (readonly Choice[])[] {
    return this.#plan.printed.choices
  }
  get peakBytes(): number {
    return this.#layout.bytes
  }

  async explain(): Promise<string> {
    const { program, printed } = this.#plan
    return explainProgram(program, factsOf(program), printed, this.peakBytes, {
      device: `native (${this.#device.describe()})`,
      code: `source ${scaled(textOf(printed.source).length, 'B')}`,
    })
  }

  run(sources: readonly (Resident | TypedArray)[]): TypedArray[] {
    if (this.#arena.busy)
      throw new DeviceError('native', 'native: a host function cannot evaluate tensors while it is called by a plan')
    this.#arena.busy = true
    try {
      return this.#compute(sources)
    } finally {
      this.#arena.busy = false
    }
  }

  #compute(sources: readonly (Resident | TypedArray)[]): TypedArray[] {
    const { program, plan, updates, watch } = this.#plan
    const { buffers, outputs, copies, kernels } = program
    const residents = sources.map(s => (s instanceof NativeResident ? s : undefined))
    if (residents.some((r, i) => (r !== undefined) !== this.#layout.resident[i]))
      this.#layout = this.#arrange(residents.map(r => r !== undefined))
    this.#place(this.#orRefuse(() => this.#arena.reserve(this.#layout.bytes)))
    for (const [i, b] of this.#sourceBuffers.entries()) this.#give(b, sources[i]!, residents[i])
    const { run } = this.#device.runtime
    this.#keep(residents)
    for (const source of updates) residents[source]?.changes()
    watch?.(-1)
    for (const [k, step] of this.#steps.entries()) {
      if ('host' in step) this.#host(step.host)
      else {
        const fault = run(plan, this.#table, step.from, step.to, this.#threads)
        if (fault !== 0) {
          const words = this.#placed!.view(0, 16, 'int32')
          throw new IndexError(kernels[fault - 1]!.name, words[faultWords.index]!, words[faultWords.size]!)
        }
      }
      watch?.(k)
    }
    const read = (b: number): TypedArray => {
      const { block, offset } = this.#spots[b]!
      return block.read(offset, buffers[b]!.elements, buffers[b]!.dtype)
    }
    const results = outputs.flatMap((b, i) => (updates[i]! < 0 ? [read(b)] : []))
    for (const { from, to } of copies) this.#view(to).set(this.#view(from))
    return results
  }

  #view(b: number): Float32Array | Int32Array {
    const { block, offset } = this.#spots[b]!
    const { elements, dtype } = this.#plan.program.buffers[b]!
    return block.view(offset, elements, dtype)
  }

  /** What takes memory, with an error that names the plan. */
  #orRefuse<T>(take: () => T): T {
    try {
      return take()
    } catch (error) {
      refusePlan(error, this.#plan.program, this.#layout.bytes)
    }
  }

  /** Gives scratch memory and everything in the arena its address. */
  #place(arena: Block): void {
    if (arena === this.#placed) return
    this.#placed = arena
    const { offsets, buffers } = this.#layout
    this.#table[table.scratch] = arena.address
    this.#table[table.scratchStep] = BigInt(aligned(this.#plan.printed.scratchBytes))
    for (const [b, offset] of offsets.entries())
      if (offset >= 0) {
        this.#spots[b] = { block: arena, offset: buffers + offset }
        this.#table[table.buffers + b] = arena.address + BigInt(buffers + offset)
      }
  }

  /** Gives a source its address; a host array is copied there. */
  #give(buffer: number, given: Resident | TypedArray, resident: NativeResident | undefined): void {
    const { elements, source } = this.#plan.program.buffers[buffer]!
    if (resident) {
      if (resident.memory !== this.#device.memory)
        throw new DeviceError('native', 'native: this value lives on another native device')
      const { block } = resident
      if (this.#spots[buffer]?.block !== block) this.#spots[buffer] = { block, offset: 0 }
      this.#table[table.buffers + buffer] = block.address
      return
    }
    if (!ArrayBuffer.isView(given))
      throw new DeviceError('native', `native: source ${source} lives on another device; move it first`)
    if (this.#plan.updates.includes(source!))
      throw new DeviceError('native', `native: source ${source} is updated by the plan, so it must be a resident`)
    if (given.length !== elements)
      throw new DeviceError('native', `native: source ${source} has ${given.length} values instead of ${elements}`)
    this.#view(buffer).set(given)
  }

  /** Gives what is kept from run to run its addresses, and makes what is not made yet. */
  #keep(residents: readonly (NativeResident | undefined)[]): void {
    const { program, printed, plan } = this.#plan
    for (const [i, { source, bytes, key, stage }] of printed.kept.entries()) {
      const word = table.buffers + program.buffers.length + i
      const kept = this.#orRefuse(() => residents[source]?.keep(key, bytes))
      this.#table[word] = kept ? kept.block.address : this.#placed!.address + BigInt(this.#layout.kept[i]!)
      if (kept?.isMade) continue
      this.#device.runtime.run(plan, this.#table, stage, stage + 1, this.#threads)
      if (kept) kept.isMade = true
    }
  }

  #host(k: number): void {
    const kernel = this.#plan.program.kernels[k]!
    if (kernel.kind !== 'host') throw new Error(`internal: kernel ${k} is no host function`)
    const { inputs, output, buffers } = kernel
    const spot = (i: number): Spot => this.#spots[buffers[i]!]!
    runHost(
      kernel,
      inputs.map(({ shape, dtype }, i) => spot(i).block.read(spot(i).offset, numel(shape), dtype)),
      () => spot(inputs.length).block.view(spot(inputs.length).offset, numel(output.shape), output.dtype),
    )
  }
}
