/**
 * Memory that C works on: ArrayBuffers of which the used part starts at a multiple of 64 bytes, with a line before and behind it
 * that may be read. What an ArrayBuffer holds never moves.
 */

import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { OutOfMemoryError } from '../../errors.ts'
import type { DType, TypedArray } from '../../graph/dtype.ts'
import { aligned, LINE } from '../arena.ts'
import { addressOf, type Pointer } from './library.ts'

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

/** What this process may have, as far as the system says. */
function machineBytes(): number {
  const limit = constrainedMemory?.() ?? 0
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}

export class Memory {
  readonly #limit: number
  #usedBytes = 0

  constructor(maximumBytes = machineBytes()) {
    this.#limit = maximumBytes
  }

  /** A new block of zeros. `purpose` completes the error "cannot have … for …". */
  allocate(bytes: number, purpose: string): Block {
    const size = Math.max(LINE, aligned(bytes))
    if (this.#usedBytes + size <= this.#limit)
      try {
        const block = new Block(size, () => {
          this.#usedBytes -= size
        })
        this.#usedBytes += size
        return block
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    throw new OutOfMemoryError(
      'native',
      size,
      `native: cannot have ${megabytes(size)} for ${purpose}: ${megabytes(this.#usedBytes)} of at most ` +
        `${megabytes(this.#limit)} are in use; use a smaller batch, or dispose of models that are not needed`,
    )
  }
}

export class Block {
  readonly bytes: number
  readonly address: Pointer
  readonly #released: () => void
  #buffer: ArrayBuffer | undefined
  readonly #start: number

  constructor(bytes: number, released: () => void) {
    this.bytes = bytes
    this.#released = released
    this.#buffer = new ArrayBuffer(bytes + 3 * LINE)
    const start = addressOf(this.#buffer)
    this.#start = 2 * LINE - Number(start % BigInt(LINE))
    this.address = start + BigInt(this.#start)
  }

  get isReleased(): boolean {
    return this.#buffer === undefined
  }

  /** `offset` in bytes. bool is int32 here. */
  view(offset: number, elements: number, dtype: DType): Float32Array | Int32Array {
    const at = this.#start + offset
    return dtype === 'float32'
      ? new Float32Array(this.#buffer!, at, elements)
      : new Int32Array(this.#buffer!, at, elements)
  }
  /** A fresh host array. */
  read(offset: number, elements: number, dtype: DType): TypedArray {
    const view = this.view(offset, elements, dtype)
    return dtype === 'bool' ? new Uint8Array(view) : view.slice()
  }

  release(): void {
    if (this.#buffer === undefined) return
    this.#buffer = undefined
    this.#released()
  }
}
