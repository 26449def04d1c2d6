/**
 * The memory of one wasm device: a single WebAssembly.Memory that grows to 4 GiB, and a first-fit allocator in it.
 * Blocks start 64-byte aligned, and 64 bytes behind every block can be read (they may belong to the next one).
 *
 * Growing detaches every typed array on the memory, or leaves it short if the memory is shared: views are made for each use and
 * never kept.
 */
import { OutOfMemoryError } from '../../errors.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { aligned, LINE } from '../arena.ts'

const PAGE = 65536
const MAX_PAGES = 65536

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

interface Block {
  readonly at: number
  readonly bytes: number
}

export class Heap {
  readonly memory: WebAssembly.Memory
  /** Sorted by address; neighbours are merged. */
  #free: Block[]
  readonly #used = new Map<number, number>()
  /** From here on everything is 0 yet. */
  #fresh = LINE
  #limit: number

  /** `maximumBytes` lowers the limit of 4 GiB. A shared memory is one that other threads may use as well. */
  constructor(maximumBytes = MAX_PAGES * PAGE, shared = false) {
    this.#limit = Math.floor(maximumBytes / PAGE)
    this.memory = new WebAssembly.Memory({ initial: 16, maximum: MAX_PAGES, shared })
    // address 0 stays unused; the last line stays readable
    this.#free = [{ at: LINE, bytes: this.memory.buffer.byteLength - 2 * LINE }]
  }

  /** Bytes in allocated blocks. */
  get usedBytes(): number {
    let total = 0
    for (const bytes of this.#used.values()) total += bytes
    return total
  }
  get isShared(): boolean {
    return !(this.memory.buffer instanceof ArrayBuffer)
  }
  /** Bytes of the whole memory. */
  get capacity(): number {
    return this.memory.buffer.byteLength
  }

  /** Address of a new block of zeros. */
  allocateZeros(bytes: number, purpose: string): number {
    const fresh = this.#fresh
    const at = this.allocate(bytes, purpose)
    const end = Math.min(fresh, at + aligned(bytes))
    if (at < end) new Uint8Array(this.memory.buffer, at, end - at).fill(0)
    return at
  }

  /** Address of a new block; its contents are arbitrary. `purpose` completes the error "cannot have … for …". */
  allocate(bytes: number, purpose: string): number {
    const size = Math.max(LINE, aligned(bytes))
    let i = this.#free.findIndex(block => block.bytes >= size)
    if (i < 0) {
      this.#grow(size, purpose)
      i = this.#free.length - 1
    }
    const block = this.#free[i]!
    if (block.bytes === size) this.#free.splice(i, 1)
    else this.#free[i] = { at: block.at + size, bytes: block.bytes - size }
    this.#used.set(block.at, size)
    this.#fresh = Math.max(this.#fresh, block.at + size)
    return block.at
  }

  release(at: number): void {
    const bytes = this.#used.get(at)
    if (bytes === undefined) throw new Error(`internal: no block at ${at}`)
    this.#used.delete(at)
    this.#insert({ at, bytes })
  }

  #insert(block: Block): void {
    let { at, bytes } = block
    let i = this.#free.findIndex(b => b.at > at)
    if (i < 0) i = this.#free.length
    let replaced = 0
    const after = this.#free[i]
    if (after && at + bytes === after.at) {
      bytes += after.bytes
      replaced++
    }
    const before = this.#free[i - 1]
    if (before && before.at + before.bytes === at) {
      at = before.at
      bytes += before.bytes
      replaced++
      i--
    }
    this.#free.splice(i, replaced, { at, bytes })
  }

  /** Afterwards the last free block has `size` bytes. Grows by half at least, so that growth is rare. */
  #grow(size: number, purpose: string): void {
    const capacity = this.capacity
    const last = this.#free.at(-1)
    const tail = last && last.at + last.bytes === capacity - LINE ? last.bytes : 0
    const pages = Math.ceil((size - tail) / PAGE)
    const room = this.#limit - capacity / PAGE
    const generous = Math.min(Math.max(pages, capacity / PAGE / 2), room)
    if (pages > room || !(this.#tryGrow(generous) || this.#tryGrow(pages)))
      throw new OutOfMemoryError(
        'wasm',
        size,
        `wasm: cannot have ${megabytes(size)} for ${purpose}: ${megabytes(this.usedBytes)} of at most ` +
          `${megabytes(this.#limit * PAGE)} are in use; use a smaller batch, or dispose of models that are not needed`,
      )
    this.#insert({ at: capacity - LINE, bytes: this.capacity - capacity })
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(Math.ceil(pages))
      return true
    } catch {
      return false // RangeError: the engine has no such memory
    }
  }

  /** A view for immediate use. bool is int32 here. */
  view(at: number, elements: number, dtype: DType): Float32Array | Int32Array {
    return dtype === 'float32'
      ? new Float32Array(this.memory.buffer, at, elements)
      : new Int32Array(this.memory.buffer, at, elements)
  }

  /** Copies a host array in. */
  write(at: number, values: TypedArray, dtype: DType): void {
    this.view(at, values.length, dtype).set(values)
  }

  /** A fresh host array. */
  read(at: number, elements: number, dtype: DType): TypedArray {
    const view = this.view(at, elements, dtype)
    return dtype === 'bool' ? new Uint8Array(view) : view.slice()
  }
}
