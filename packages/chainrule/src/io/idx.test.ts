import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { gunzip } from './gzip.ts'
import { parseIdx } from './idx.ts'

const idx = (type: number, shape: number[], values: number[]): Uint8Array =>
  Uint8Array.of(
    0,
    0,
    type,
    shape.length,
    ...shape.flatMap(d => [d >>> 24, (d >> 16) & 255, (d >> 8) & 255, d & 255]),
    ...values,
  )

describe('idx', () => {
  it('reads every element type, big endian', () => {
    expect(parseIdx(idx(8, [2, 2], [1, 2, 3, 255]))).toEqual({ shape: [2, 2], data: Uint8Array.of(1, 2, 3, 255) })
    expect(parseIdx(idx(9, [2], [1, 255])).data).toEqual(Int8Array.of(1, -1))
    expect(parseIdx(idx(11, [2], [1, 0, 255, 254])).data).toEqual(Int16Array.of(256, -2))
    expect(parseIdx(idx(12, [1], [0, 1, 0, 0])).data).toEqual(Int32Array.of(65536))
    expect(parseIdx(idx(13, [1], [0x3f, 0x80, 0, 0])).data).toEqual(Float32Array.of(1))
    expect(parseIdx(idx(14, [1], [0x3f, 0xf0, 0, 0, 0, 0, 0, 0])).data).toEqual(Float64Array.of(1))
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /does not begin with two zero bytes/],
    ['gzip', gzipSync('x'), /this is gzip; decompress/],
    ['an unknown type', idx(7, [1], [1]), /unknown element type 0x07/],
    ['no axes', idx(8, [], [1]), /no axes/],
    ['a truncated header', Uint8Array.of(0, 0, 8, 3, 0, 0), /end within the header of 16/],
    ['truncated values', idx(8, [2, 2], [1, 2, 3]), /needs 4 bytes of values, the file has 3; it is truncated/],
    ['too many values', idx(8, [2], [1, 2, 3]), /it is too long/],
    ['sizes that overflow', idx(14, new Array(40).fill(0xffffffff), [1]), /more than 2\^53/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 'digits')).toThrow(DataError)
    expect(() => parseIdx(bytes, 'digits')).toThrow(message)
  })

  it('survives any bytes and any changed file', () => {
    const valid = idx(11, [3, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const changed = fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length)).map(([at, byte, length]) => {
      const bytes = valid.slice(0, length)
      bytes[at] = byte
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), changed), bytes => {
        try {
          expect(parseIdx(bytes).data.byteLength).toBeLessThanOrEqual(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('gunzip', () => {
  const text = new TextEncoder().encode('forty-two '.repeat(5000))
  const packed = new Uint8Array(gzipSync(text))

  it('decompresses up to its limit', async () => {
    expect(await gunzip(packed, text.length)).toEqual(text)
    await expect(gunzip(packed, text.length - 1)).rejects.toThrow(/more than the expected 49999 bytes/)
  })
  it('stops a bomb early', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)))
    await expect(gunzip(bomb, 1000)).rejects.toThrow(DataError)
  })
  it('refuses truncated and changed bytes with a DataError', async () => {
    await expect(gunzip(packed.slice(0, -9), text.length)).rejects.toThrow(/corrupt or truncated/)
    await expect(gunzip(text, text.length)).rejects.toThrow(/corrupt or truncated/)
    for (let at = 0; at < packed.length; at += 3) {
      const bytes = packed.slice()
      bytes[at] = bytes[at]! ^ 0x55
      const result = await gunzip(bytes, text.length).catch(error => error)
      if (!(result instanceof Uint8Array)) expect(result).toBeInstanceOf(DataError)
    }
  })
})
