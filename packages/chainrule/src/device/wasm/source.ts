/**
 * Where a contraction reads its windowed operand: in a padded copy of one image, made in scratch memory, or where it is.
 * Either way an element is a pointer plus offsets known beforehand.
 */

import type { Dim, WindowAxis } from '../../compile/contraction.ts'
import { type Addresses, addressesOf } from '../../compile/padded-layout.ts'
import { range } from '../../graph/shape.ts'
import { type Code, call, get, i32, type Local, memory, set } from './assembler.ts'
import type { Emitter } from './emitter.ts'
import { paddedCopy } from './padded-copy.ts'

export interface Source extends Pick<Addresses, 'position' | 'element'> {
  /** Scratch memory that the copy needs. */
  readonly bytes: number
  /** Once before all `load`s: the zeros around the images. */
  clear(scratch: Local): Code
  /** Makes `image` the pointer to index 0 of all loops of the image at `from`. */
  load(image: Local, from: Local, scratch: Local): Code
}

/** `columns` is the axis that lanes follow; `dims` are the loops that one image contains. */
export function sourceOf(
  e: Emitter,
  inPlace: boolean,
  dims: readonly Dim[],
  axes: readonly WindowAxis[],
  columns: { readonly axis: WindowAxis; readonly step: number } | undefined,
): Source {
  const { copy, origin, position, element } = addressesOf(inPlace, dims, axes, columns)
  if (!copy) return { bytes: 0, position, element, clear: () => '', load: (image, from) => set(image, get(from)) }
  const make = paddedCopy(e, copy)
  const bytes = copy.elements * 4 + 64
  return {
    bytes: (bytes + 127) & ~63,
    position,
    element,
    clear: scratch => memory.fill(get(scratch), i32.const(0), i32.const(bytes)),
    load: (image, from, scratch) =>
      call(make, get(scratch), get(from)) + set(image, i32.add(get(scratch), i32.const(origin * 4))),
  }
}

/** Byte offset of every index of `dims`, row-major. */
export const offsetTable = (dims: readonly Dim[], element: (dim: Dim) => (index: number) => number): Int32Array =>
  Int32Array.from(
    dims.reduce<number[]>(
      (offsets, dim) => {
        const at = element(dim)
        const each = range(dim.size).map(i => at(i) * 4)
        return offsets.flatMap(o => each.map(x => o + x))
      },
      [0],
    ),
  )
