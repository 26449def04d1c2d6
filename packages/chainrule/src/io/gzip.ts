/** gzip through the platform's DecompressionStream. */
import { DataError } from '../errors.ts'
import { joined } from './bytes.ts'

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * Decompresses; stops as soon as the result would exceed `limit` bytes, so that a small file cannot ask for all memory.
 * @throws DataError when the bytes are corrupt or truncated, or hold more than `limit`.
 */
export async function gunzip(bytes: Uint8Array, limit: number, path?: string): Promise<Uint8Array<ArrayBuffer>> {
  const name = path === undefined ? 'gzip' : `gzip file ${path}`
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  const feeding = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close())
  feeding.catch(() => {}) // the reader reports the same failure
  writer.closed.catch(() => {})
  const reader = stream.readable.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > limit) {
        reader.cancel().catch(() => {})
        throw new DataError(`${name}: holds more than the expected ${limit} bytes`, path)
      }
      chunks.push(value)
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError(`${name}: corrupt or truncated`, path, { cause: error })
  }
  return joined(chunks)
}
