/**
 * The safetensors format (huggingface/safetensors): 8 bytes header length N (little endian), N bytes of JSON, then the
 * values. The header maps names to { dtype, shape, data_offsets: [begin, end) } and may carry string metadata under
 * `__metadata__`. The ranges must cover the rest of the file without overlap or hole.
 *
 * Reading trusts nothing: every number is checked against the file before anything is allocated, and no more is allocated
 * than the file is long.
 */
import { CheckpointError } from '../errors.ts'
import { type DType, hostBytes, type TypedArray } from '../graph/dtype.ts'
import { show } from '../graph/shape.ts'
import { checkedNumel, type TensorValue } from './tensor-value.ts'

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, TensorValue>
  readonly metadata: Readonly<Record<string, string>>
}

interface StoredType {
  readonly dtype: DType
  readonly bytes: number
  /** Makes a host array from exactly the tensor's bytes; undefined when a value does not fit. */
  read(buffer: ArrayBuffer): TypedArray | undefined
}

/** What can be read. I64 (PyTorch's counters and labels) becomes int32 where every value fits. */
const storedTypes: Readonly<Record<string, StoredType>> = {
  F32: { dtype: 'float32', bytes: 4, read: b => new Float32Array(b) },
  F64: { dtype: 'float64', bytes: 8, read: b => new Float64Array(b) },
  I32: { dtype: 'int32', bytes: 4, read: b => new Int32Array(b) },
  I64: { dtype: 'int32', bytes: 8, read: narrowed },
  BOOL: { dtype: 'bool', bytes: 1, read: truths },
}
const maximumRank = 32
const typeNames = { float32: 'F32', float64: 'F64', int32: 'I32', bool: 'BOOL' } as const satisfies Record<
  DType,
  string
>

const metadataKey = '__metadata__'
/** The reference implementation's limit on the header. */
const maximumHeader = 100_000_000

function truths(buffer: ArrayBuffer): Uint8Array {
  const values = new Uint8Array(buffer)
  for (let i = 0; i < values.length; i++) values[i] = values[i] === 0 ? 0 : 1
  return values
}

function narrowed(buffer: ArrayBuffer): Int32Array | undefined {
  const words = new Int32Array(buffer)
  const values = new Int32Array(words.length / 2)
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i]!
    if (words[2 * i + 1] !== low >> 31) return undefined
    values[i] = low
  }
  return values
}

/**
 * Reads a safetensors file from its bytes; `path` is for messages only.
 * @throws CheckpointError when the bytes are not a complete, consistent safetensors file.
 */
export function parseSafetensors(bytes: Uint8Array, path?: string): TensorFile {
  const fail = (problem: string, cause?: unknown): never => {
    const file = path === undefined ? 'safetensors' : `safetensors file ${path}`
    throw new CheckpointError(`${file}: ${problem}`, path, cause === undefined ? undefined : { cause })
  }
  if (bytes.length < 8) fail(`${bytes.length} bytes are too few; the file is truncated or not a safetensors file`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32
  if (headerLength > bytes.length - 8 || headerLength > maximumHeader)
    fail(
      `the header claims ${headerLength} bytes, the file has ${bytes.length - 8} after the length; ` +
        'it is truncated or not a safetensors file',
    )
  const header = readHeader(bytes.subarray(8, 8 + headerLength), fail)
  // a plain Uint8Array: slice copies (a Node Buffer's does not)
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + 8 + headerLength, bytes.length - 8 - headerLength)

  const metadata: [string, string][] = []
  const found: { name: string; begin: number; end: number; value: () => TensorValue }[] = []
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) {
      if (!isObject(entry)) fail(`${metadataKey} must map strings to strings`)
      for (const [key, value] of Object.entries(entry as object)) {
        if (typeof value !== 'string') fail(`${metadataKey}.${key} must be a string`)
        metadata.push([key, value as string])
      }
      continue
    }
    const tensor = checkEntry(name, entry, values.length, fail)
    found.push({
      name,
      ...tensor,
      value: () => ({
        dtype: tensor.type.dtype,
        shape: tensor.shape,
        data:
          tensor.type.read(values.slice(tensor.begin, tensor.end).buffer) ??
          fail(`tensor '${name}' has 64-bit integers that do not fit int32`),
      }),
    })
  }

  found.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let position = 0
  for (const { name, begin, end } of found) {
    if (begin < position) fail(`tensor '${name}' overlaps the one before it (begins at ${begin}, expected ${position})`)
    if (begin > position) fail(`bytes ${position} to ${begin} before tensor '${name}' belong to no tensor`)
    position = end
  }
  if (position !== values.length) fail(`${values.length - position} bytes after the last tensor belong to no tensor`)
  return { tensors: new Map(found.map(f => [f.name, f.value()])), metadata: Object.fromEntries(metadata) }
}

type Fail = (problem: string, cause?: unknown) => never
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readHeader(bytes: Uint8Array, fail: Fail): object {
  if (bytes[0] !== 0x7b) return fail("the header does not begin with '{'; this is not a safetensors file")
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(header)) return header
  } catch (error) {
    return fail('the header is not valid JSON; the file is corrupt', error)
  }
  return fail('the header is not a JSON object')
}

function checkEntry(name: string, entry: unknown, available: number, fail: Fail) {
  const { dtype, shape, data_offsets: offsets } = (isObject(entry) ? entry : {}) as Readonly<Record<string, unknown>>
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2)
    return fail(`tensor '${name}' needs dtype, shape and data_offsets`)
  if (!Object.hasOwn(storedTypes, dtype))
    return fail(
      `tensor '${name}' is ${dtype.slice(0, 20)}; chainrule reads ${Object.keys(storedTypes).join(', ')}: convert it first`,
    )
  const type = storedTypes[dtype]!
  const count = shape.length > maximumRank ? undefined : checkedNumel(shape)
  if (count === undefined) return fail(`tensor '${name}' has no valid shape`)
  const [begin, end] = offsets as [unknown, unknown]
  if (
    !Number.isSafeInteger(begin) ||
    !Number.isSafeInteger(end) ||
    (begin as number) < 0 ||
    (end as number) > available
  )
    return fail(
      `tensor '${name}' lies outside the file's ${available} bytes of values; the file is truncated or corrupt`,
    )
  const length = (end as number) - (begin as number)
  if (length !== count * type.bytes)
    return fail(
      `tensor '${name}' of ${dtype} ${show(shape)} needs ${count * type.bytes} bytes, its range has ${length}`,
    )
  return { type, shape: Object.freeze([...(shape as number[])]), begin: begin as number, end: end as number }
}

/**
 * The bytes of a safetensors file. Wide types come first and the header is padded, so that every value is aligned to its
 * size; names keep their order within a type.
 */
export function serializeSafetensors(
  tensors: Iterable<readonly [string, TensorValue]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort((a, b) => hostBytes[b[1].dtype] - hostBytes[a[1].dtype])
  const names = new Set<string>()
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [[metadataKey, metadata]] : []
  let position = 0
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === metadataKey || names.has(name))
      throw new CheckpointError(`safetensors: the name '${name}' is ${names.has(name) ? 'used twice' : 'reserved'}`)
    names.add(name)
    if (checkedNumel(shape) !== data.length || data.BYTES_PER_ELEMENT !== hostBytes[dtype])
      throw new CheckpointError(
        `safetensors: '${name}' has ${data.length} values, not those of ${dtype} ${show(shape)}`,
      )
    entries.push([name, { dtype: typeNames[dtype], shape, data_offsets: [position, position + data.byteLength] }])
    position += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const headerLength = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + position)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, 8, 8 + headerLength)
  bytes.set(json, 8)
  position = 8 + headerLength
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}
