/** Sorting on the host: data-dependent work that no kernel does. */
import { contiguousStrides, numel, type Shape } from '../graph/shape.ts'

/** Below this many elements the counts of a radix sort cost more than comparing. */
const SHORT = 48

/** Positions that sort `data` along an axis; stable, NaN as the largest. */
export function sortPermutation(data: ArrayLike<number>, shape: Shape, axis: number, descending: boolean): Int32Array {
  const result = new Int32Array(numel(shape))
  const size = shape[axis]!
  const stride = contiguousStrides(shape)[axis]!
  const comparing = size < SHORT || data instanceof Float64Array
  const sortLine = comparing ? byComparing(data, descending, size, stride) : byRadix(data, descending, size, stride)
  for (let outer = 0; outer < result.length; outer += size * stride)
    for (let base = outer; base < outer + stride; base++) {
      const order = sortLine(base)
      for (let i = 0; i < size; i++) result[base + i * stride] = order[i]!
    }
  return result
}

/** The order of the `size` elements from a position on. */
type SortLine = (base: number) => ArrayLike<number>

function byComparing(data: ArrayLike<number>, descending: boolean, size: number, stride: number): SortLine {
  const order = new Array<number>(size)
  const sign = descending ? -1 : 1
  return base => {
    for (let i = 0; i < size; i++) order[i] = i
    return order.sort((i, j) => {
      const a = data[base + i * stride]!
      const b = data[base + j * stride]!
      if (a < b) return -sign
      if (a > b) return sign
      return a === b ? i - j : sign * (Number(Number.isNaN(a)) - Number(Number.isNaN(b))) || i - j
    })
  }
}

/** One pass for each byte of the keys, the lowest first (Knuth, The Art of Computer Programming 3, 5.2.5, algorithm R). */
function byRadix(data: ArrayLike<number>, descending: boolean, size: number, stride: number): SortLine {
  const keys = sortKeys(data, descending)
  const counts = new Uint32Array(256)
  let from = new Int32Array(size)
  let to = new Int32Array(size)
  return base => {
    for (let i = 0; i < size; i++) from[i] = i
    for (let shift = 0; shift < 32; shift += 8) {
      const byteAt = (i: number): number => (keys[base + i * stride]! >>> shift) & 255
      counts.fill(0)
      for (let i = 0; i < size; i++) counts[byteAt(i)]!++
      let start = 0
      for (let byte = 0; byte < 256; byte++) {
        start += counts[byte]!
        counts[byte] = start - counts[byte]!
      }
      for (const i of from) to[counts[byteAt(i)]!++] = i
      ;[from, to] = [to, from]
    }
    return from
  }
}

/** Unsigned integers in the wanted order: float bits with the sign bit set, all inverted where it was set; NaN the largest. */
function sortKeys(data: ArrayLike<number>, descending: boolean): Uint32Array {
  const keys = new Uint32Array(data.length)
  const isFloat = data instanceof Float32Array
  const bits = isFloat ? new Int32Array(data.map(v => v + 0).buffer) : data // −0 + 0 = 0: the zeros are equal
  for (let i = 0; i < keys.length; i++) {
    const b = bits[i]!
    const key = Number.isNaN(data[i]!) ? -1 : b ^ (isFloat ? (b >> 31) | 0x80000000 : 0x80000000)
    keys[i] = descending ? ~key : key
  }
  return keys
}
