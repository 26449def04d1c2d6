/**
 * The IDX format of the MNIST files (LeCun, Cortes, Burges): bytes 0, 0, a type code, the number of axes, the sizes as
 * big-endian uint32, then the values, big endian. Strict: the file is exactly as long as its header says.
 */
import { DataError } from '../errors.ts'
import { type Shape, show } from '../graph/shape.ts'
import { checkedNumel } from './tensor-value.ts'

export type IdxArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

export interface IdxFile {
  readonly shape: Shape
  readonly data: IdxArray
}

interface ElementType {
  readonly bytes: number
  read(view: DataView, count: number): IdxArray
}

const elements =
  <A extends IdxArray>(make: (count: number) => A, get: (view: DataView, offset: number) => number) =>
  (view: DataView, count: number): A => {
    const values = make(count)
    const { BYTES_PER_ELEMENT: bytes } = values
    for (let i = 0; i < count; i++) values[i] = get(view, i * bytes)
    return values
  }

const elementTypes: Readonly<Record<number, ElementType>> = {
  8: {
    bytes: 1,
    read: elements(
      n => new Uint8Array(n),
      (v, i) => v.getUint8(i),
    ),
  },
  9: {
    bytes: 1,
    read: elements(
      n => new Int8Array(n),
      (v, i) => v.getInt8(i),
    ),
  },
  11: {
    bytes: 2,
    read: elements(
      n => new Int16Array(n),
      (v, i) => v.getInt16(i),
    ),
  },
  12: {
    bytes: 4,
    read: elements(
      n => new Int32Array(n),
      (v, i) => v.getInt32(i),
    ),
  },
  13: {
    bytes: 4,
    read: elements(
      n => new Float32Array(n),
      (v, i) => v.getFloat32(i),
    ),
  },
  14: {
    bytes: 8,
    read: elements(
      n => new Float64Array(n),
      (v, i) => v.getFloat64(i),
    ),
  },
}

/**
 * Reads an IDX file from its bytes; `path` is for messages only.
 * @throws DataError when the bytes are not a complete IDX file.
 */
export function parseIdx(bytes: Uint8Array, path?: string): IdxFile {
  const fail = (problem: string): never => {
    throw new DataError(`${path === undefined ? 'idx' : `idx file ${path}`}: ${problem}`, path)
  }
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0)
    fail(
      bytes[0] === 0x1f && bytes[1] === 0x8b
        ? 'this is gzip; decompress it first'
        : 'does not begin with two zero bytes; this is not an IDX file',
    )
  const type = elementTypes[bytes[2]!] ?? fail(`unknown element type 0x${bytes[2]!.toString(16).padStart(2, '0')}`)
  const rank = bytes[3]!
  const start = 4 + 4 * rank
  if (rank === 0) fail('has no axes')
  if (bytes.length < start) fail(`truncated: ${bytes.length} bytes end within the header of ${start}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const count = checkedNumel(shape)
  const available = bytes.length - start
  if (count === undefined || count * type.bytes !== available)
    return fail(
      `${show(shape)} needs ${count === undefined ? 'more than 2^53' : count * type.bytes} bytes of values, the file has ` +
        `${available}; it is ${available < (count ?? Number.POSITIVE_INFINITY) * type.bytes ? 'truncated' : 'too long'}`,
    )
  return { shape, data: type.read(new DataView(bytes.buffer, bytes.byteOffset + start, available), count) }
}
