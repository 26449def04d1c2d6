import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckpointError } from '../errors.ts'
import type { DType, TypedArray } from '../graph/dtype.ts'
import { parseSafetensors, serializeSafetensors } from './safetensors.ts'
import type { TensorValue } from './tensor-value.ts'

const value = (dtype: DType, shape: number[], data: TypedArray): TensorValue => ({ dtype, shape, data })
const example = (): [string, TensorValue][] => [
  ['flags', value('bool', [3], Uint8Array.of(1, 0, 1))],
  ['conv1.weight', value('float32', [2, 2], Float32Array.of(1, -0, Number.NaN, Infinity))],
  ['__proto__', value('int32', [], Int32Array.of(-7))],
  ['wide', value('float64', [1, 2], Float64Array.of(Math.PI, 1e300))],
  ['nothing', value('float32', [0, 5], new Float32Array(0))],
]

/** A file with any header text. */
function file(header: unknown, values = new Uint8Array(0), claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + values.length)
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(values, 8 + json.length)
  return bytes
}
const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

describe('safetensors', () => {
  it('reads back what it wrote, bit for bit', () => {
    const { tensors, metadata } = parseSafetensors(serializeSafetensors(example(), { step: '12', täg: '✓' }))
    expect(metadata).toEqual({ step: '12', täg: '✓' })
    expect([...tensors.keys()].sort()).toEqual(['__proto__', 'conv1.weight', 'flags', 'nothing', 'wide'])
    for (const [name, { dtype, shape, data }] of example()) {
      const read = tensors.get(name)!
      expect(read.dtype).toBe(dtype)
      expect(read.shape).toEqual(shape)
      expect(new Uint8Array(read.data.buffer)).toEqual(new Uint8Array(data.buffer))
    }
  })

  it('writes the layout of the reference implementation: padded header, wide types first, aligned values', () => {
    const bytes = serializeSafetensors(example())
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(headerLength % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)))
    expect(Object.keys(header)).toEqual(['wide', 'conv1.weight', '__proto__', 'nothing', 'flags'])
    expect(header.wide).toEqual(entry('F64', [1, 2], 0, 16))
    expect(header.flags).toEqual(entry('BOOL', [3], 36, 39))
  })

  it('reads from the middle of a larger buffer', () => {
    const bytes = serializeSafetensors(example())
    const larger = new Uint8Array(bytes.length + 9)
    larger.set(bytes, 5)
    for (const view of [larger.subarray(5, 5 + bytes.length), Buffer.from(larger.buffer, 5, bytes.length)]) {
      const { data } = parseSafetensors(view).tensors.get('wide')!
      expect([data.length, data[0], data.buffer === larger.buffer]).toEqual([2, Math.PI, false])
    }
  })

  it('narrows I64 where the values fit', () => {
    const values = new Uint8Array(BigInt64Array.of(5n, -3n).buffer)
    const header = { n: entry('I64', [2], 0, 16) }
    expect(parseSafetensors(file(header, values)).tensors.get('n')!.data).toEqual(Int32Array.of(5, -3))
    const large = new Uint8Array(BigInt64Array.of(5n, 2n ** 31n).buffer)
    expect(() => parseSafetensors(file(header, large))).toThrow(/'n' has 64-bit integers that do not fit/)
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /too few/],
    ['a header longer than the file', file({}, undefined, 2n ** 60n), /claims/],
    ['no JSON', file('{"a": '), /not valid JSON/],
    ['a list', file('[1]'), /does not begin with '\{'/],
    ['bad UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), /not valid JSON/],
    ['an entry of another kind', file({ a: 3 }), /'a' needs dtype, shape and data_offsets/],
    ['an unknown type', file({ a: entry('F8_E4M3', [1], 0, 1) }, new Uint8Array(1)), /'a' is F8_E4M3; chainrule reads/],
    ['a type from the prototype', file({ a: entry('constructor', [1], 0, 1) }, new Uint8Array(1)), /is constructor/],
    ['a negative size', file({ a: entry('F32', [-1, -1], 0, 4) }, new Uint8Array(4)), /no valid shape/],
    ['a fractional size', file({ a: entry('F32', [0.5, 2], 0, 4) }, new Uint8Array(4)), /no valid shape/],
    ['sizes that overflow', file({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, new Uint8Array(4)), /no valid shape/],
    ['a rank without end', file({ a: entry('F32', new Array(99).fill(1), 0, 4) }, new Uint8Array(4)), /no valid shape/],
    ['a range beyond the end', file({ a: entry('F32', [2], 0, 8) }, new Uint8Array(4)), /outside the file/],
    ['a range that runs backwards', file({ a: entry('F32', [0], 4, 0) }, new Uint8Array(4)), /its range has -4/],
    ['shape against range', file({ a: entry('F32', [2], 0, 4) }, new Uint8Array(4)), /needs 8 bytes, its range has 4/],
    ['an overlap', file({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 2, 6) }, new Uint8Array(6)), /'b' overlaps/],
    ['a hole', file({ a: entry('F32', [1], 4, 8) }, new Uint8Array(8)), /bytes 0 to 4 before tensor 'a'/],
    ['rubbish at the end', file({ a: entry('F32', [1], 0, 4) }, new Uint8Array(5)), /1 bytes after the last tensor/],
    ['metadata that is no string', file({ __metadata__: { step: 3 } }), /__metadata__.step must be a string/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, 'some.safetensors')).toThrow(CheckpointError)
    expect(() => parseSafetensors(bytes, 'some.safetensors')).toThrow(message)
    expect(() => parseSafetensors(bytes, 'some.safetensors')).toThrow(/safetensors file some\.safetensors/)
  })

  it('refuses to write what could not be read', () => {
    const one = value('float32', [1], new Float32Array(1))
    expect(() =>
      serializeSafetensors([
        ['a', one],
        ['a', one],
      ]),
    ).toThrow(/used twice/)
    expect(() => serializeSafetensors([['__metadata__', one]])).toThrow(/reserved/)
    expect(() => serializeSafetensors([['a', { ...one, shape: [2] }]])).toThrow(/1 values, not those of float32 \[2\]/)
  })
})

/** Parses; anything but a result or a CheckpointError fails the test. */
function survives(bytes: Uint8Array): void {
  try {
    const { tensors } = parseSafetensors(bytes)
    let total = 0
    for (const { data } of tensors.values()) total += data.byteLength
    expect(total).toBeLessThanOrEqual(bytes.length)
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError)
  }
}

describe('safetensors fuzz', () => {
  const valid = serializeSafetensors(example(), { step: '1' })
  it('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 500 })
  })
  it('survives any truncation', () => {
    for (let length = 0; length < valid.length; length++)
      expect(() => parseSafetensors(valid.subarray(0, length))).toThrow(CheckpointError)
  })
  it('survives changed bytes', () => {
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(edits, list => {
        const bytes = valid.slice()
        for (const [at, byte] of list) bytes[at] = byte
        survives(bytes)
      }),
      { numRuns: 2000 },
    )
  })
  it('survives any header', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 1, 4, 8, -1, 2 ** 53, 2 ** 31))
    const tensor = fc.record({
      dtype: fc.constantFrom('F32', 'F64', 'I64', 'BOOL', 'BF16', ''),
      shape: fc.oneof(fc.array(number, { maxLength: 4 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(number, number), fc.jsonValue()),
    })
    const header = fc.dictionary(fc.string(), fc.oneof(tensor, fc.jsonValue()))
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 64 }), (h, v) => survives(file(h, v))),
      { numRuns: 2000 },
    )
  })
  it('survives nesting without end', () => {
    survives(file(`{"a":${'['.repeat(2_000_000)}`))
  })
})
