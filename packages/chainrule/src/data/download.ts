/**
 * Files over the network, for people with slow lines: bytes go to `name.part`, an interrupted download goes on where it
 * stopped (RFC 9110, section 14: Range), and only a file whose SHA-256 is right gets its name.
 */
import { DataError } from '../errors.ts'
import { joined } from '../io/bytes.ts'
import { needBuiltin, reason, writeFileAtomic } from '../io/files.ts'

export interface DownloadProgress {
  readonly name: string
  readonly received: number
  /** Of the whole file; undefined when the server does not say. */
  readonly total: number | undefined
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** How often a broken connection is taken up again before giving up on an address; 3 unless given. */
  readonly retries?: number
}

/** A file that is known before it is fetched. */
export interface KnownFile {
  readonly name: string
  /** Lower-case hex. */
  readonly sha256: string
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), b => b.toString(16).padStart(2, '0')).join('')
}

/**
 * The file's bytes from the first address that has them.
 * @throws DataError that says for each address what went wrong.
 */
export async function download(
  file: KnownFile,
  addresses: readonly string[],
  folder: string | undefined,
  options: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const problems: string[] = []
  const partial = folder === undefined ? memoryPartial() : await filePartial(folder, file.name)
  for (const address of addresses) {
    try {
      const bytes = await fetchWhole(file, address, partial, options)
      const found = await sha256(bytes)
      if (found !== file.sha256) {
        await partial.clear()
        throw new Error(`SHA-256 is ${found}, expected ${file.sha256}; the bytes were thrown away`)
      }
      await partial.keep(bytes)
      return bytes
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason
      problems.push(`${address}: ${explain(error)}`)
    }
  }
  throw new DataError(`${file.name} could not be downloaded (${problems.join('; ')})`, file.name)
}

const explain = (error: unknown): string => {
  const { cause } = error as { cause?: unknown }
  return reason(cause ?? error)
}

/** What has been received so far of one file. */
interface Partial {
  length(): Promise<number>
  append(bytes: Uint8Array): Promise<void>
  clear(): Promise<void>
  read(): Promise<Uint8Array<ArrayBuffer>>
  /** The bytes are right: gives them their name. */
  keep(bytes: Uint8Array): Promise<void>
}

function memoryPartial(): Partial {
  let chunks: Uint8Array[] = []
  const length = (): number => chunks.reduce((n, c) => n + c.length, 0)
  return {
    length: async () => length(),
    append: async bytes => {
      chunks.push(bytes)
    },
    clear: async () => {
      chunks = []
    },
    read: async () => joined(chunks),
    keep: async () => {},
  }
}

async function filePartial(folder: string, name: string): Promise<Partial> {
  const { promises: fs } = needBuiltin('node:fs', `downloading ${name}`)
  const { join } = needBuiltin('node:path', `downloading ${name}`)
  const target = join(folder, name)
  const path = `${target}.part`
  await fs.mkdir(folder, { recursive: true })
  return {
    length: () =>
      fs.stat(path).then(
        s => s.size,
        () => 0,
      ),
    append: bytes => fs.appendFile(path, bytes),
    clear: () => fs.rm(path, { force: true }),
    read: async () => new Uint8Array(await fs.readFile(path)),
    keep: async bytes => {
      await writeFileAtomic(target, bytes)
      await fs.rm(path, { force: true })
    },
  }
}

async function fetchWhole(
  { name }: KnownFile,
  address: string,
  partial: Partial,
  { onProgress, signal, retries = 3 }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 0; ; attempt++) {
    const have = await partial.length()
    try {
      const response = await fetch(address, {
        headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
        signal: signal ?? null,
      })
      if (response.status === 416) {
        // the part is as long as the file (complete) or longer (foreign): the checksum decides
        await response.body?.cancel()
        return await partial.read()
      }
      if (!response.ok || !response.body)
        throw new Refused(`the server answers ${response.status} ${response.statusText}`)
      let received = startOf(response)
      if (received !== have) {
        await partial.clear()
        if (received !== 0) throw new Error('the server sent another range than the one asked for')
      }
      const length = Number(response.headers.get('content-length') ?? Number.NaN)
      const total = Number.isSafeInteger(length) ? received + length : undefined
      for await (const chunk of chunksOf(response.body)) {
        await partial.append(chunk)
        received += chunk.length
        onProgress?.({ name, received, total })
      }
      if (total !== undefined && received < total)
        throw new Error(`the connection ended after ${received} of ${total} bytes`)
      return await partial.read()
    } catch (error) {
      if (signal?.aborted || error instanceof Refused || attempt >= retries) throw error
    }
  }
}

class Refused extends Error {}

/** Where a response's bytes begin in the file: a server that ignores Range starts from 0 with status 200. */
function startOf(response: Response): number {
  if (response.status !== 206) return 0
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN)
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
