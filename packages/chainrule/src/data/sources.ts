/**
 * Where data sets come from, in this order unless told otherwise: the cache folder, an installed package that ships the data,
 * the official files over the network. When all fail, the error says what to install or where to put the files.
 */
import { DataError } from '../errors.ts'
import { type Shape, sameShape, show } from '../graph/shape.ts'
import { builtin, readFileIfThere, reason } from '../io/files.ts'
import { gunzip, isGzip } from '../io/gzip.ts'
import { parseIdx } from '../io/idx.ts'
import { type DownloadProgress, download, type KnownFile, sha256 } from './download.ts'

export type Source = 'cache' | 'package' | 'network'
export const sources: readonly Source[] = ['cache', 'package', 'network']

export interface SourceOptions {
  /** Which sources are tried, in this order; cache, package, network unless given. */
  readonly sources?: readonly Source[] | undefined
  /** The cache folder, or a folder with just these files; $CHAINRULE_DATA, or chainrule in $XDG_CACHE_HOME or ~/.cache unless given. */
  readonly folder?: string | undefined
  /** Addresses of folders with the official files, tried before the usual ones. */
  readonly mirrors?: readonly string[] | undefined
  /** Called while downloading. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Images and their labels: values 0 … 255, one label for each. */
export interface LabelledImages {
  readonly images: Uint8Array
  readonly labels: Uint8Array
}
export interface ImageSet {
  readonly train: LabelledImages
  readonly test: LabelledImages
  /** Where it was found, for people. */
  readonly origin: string
}

/** One of the four files of a data set in the MNIST format. */
interface IdxSetFile extends KnownFile {
  readonly shape: Shape
}
export interface IdxSet {
  readonly name: string
  readonly title: string
  readonly files: Readonly<Record<`${'train' | 'test'}${'Images' | 'Labels'}`, IdxSetFile>>
  readonly addresses: readonly string[]
  /** Folders in which a system package puts the files. */
  readonly systemFolders: readonly string[]
  /** The data in the form of another package; undefined when that is not installed. */
  readonly fromPackage?: () => Promise<ImageSet | undefined>
  /** Completes the sentence "install …" or "put …". */
  readonly advice: string
}

/** The folder in which data sets are kept; undefined in a browser. */
export function cacheFolder(): string | undefined {
  const { env } = globalThis.process ?? {}
  const path = builtin('node:path')
  const os = builtin('node:os')
  if (!env || !path || !os) return undefined
  return env.CHAINRULE_DATA || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'chainrule')
}

/**
 * The data set from the first source that has it.
 * @throws DataError when none has; a file that is there but broken is an error, not a reason to look elsewhere.
 */
export async function imageSet(set: IdxSet, options: SourceOptions = {}): Promise<ImageSet> {
  const cache = options.folder ?? cacheFolder()
  const join = builtin('node:path')?.join
  const own = cache === undefined ? undefined : join?.(cache, set.name)
  const tried: string[] = []
  const attempts: Record<Source, () => Promise<ImageSet | undefined>> = {
    cache: async () => {
      if (own === undefined) return undefined
      tried.push(`no files in ${own}`)
      return (
        (await fromFolder(set, own)) ?? (options.folder === undefined ? undefined : fromFolder(set, options.folder))
      )
    },
    package: async () => {
      for (const folder of set.systemFolders) {
        const found = await fromFolder(set, folder)
        if (found) return found
      }
      tried.push('no package installed')
      return set.fromPackage?.()
    },
    network: async () => {
      try {
        return await fromNetwork(set, own, options)
      } catch (error) {
        if (!(error instanceof DataError) || options.signal?.aborted) throw error
        tried.push(error.message)
        return undefined
      }
    },
  }
  for (const source of options.sources ?? sources) {
    const found = await attempts[source]()
    if (found) return found
  }
  const names = Object.values(set.files).map(f => f.name)
  throw new DataError(
    `${set.title} was not found: ${tried.join('; ')}. ${set.advice}` +
      (own === undefined ? '' : `, or put ${names.join(', ')} into ${own}`),
    set.name,
  )
}

/** All four files of a folder, packed or not; undefined when the folder does not have them all. */
async function fromFolder(set: IdxSet, folder: string): Promise<ImageSet | undefined> {
  const path = builtin('node:path')
  if (!path) return undefined
  return assemble(set, folder, async ({ name }) => {
    for (const candidate of [name, name.replace(/\.gz$/, '')]) {
      const full = path.join(folder, candidate)
      const bytes = await readFileIfThere(full).catch(error => {
        throw new DataError(`${full} cannot be read: ${reason(error)}`, full, { cause: error })
      })
      if (bytes) return { bytes, path: full }
    }
    return undefined
  })
}

async function fromNetwork(
  set: IdxSet,
  folder: string | undefined,
  options: SourceOptions,
): Promise<ImageSet | undefined> {
  const addresses = [...(options.mirrors ?? []), ...set.addresses].map(a => (a.endsWith('/') ? a : `${a}/`))
  const usable = folder !== undefined && builtin('node:fs') ? folder : undefined
  return assemble(set, usable ?? 'the network', async file => {
    const there = usable && (await readFileIfThere(builtin('node:path')!.join(usable, file.name)))
    if (there && (await sha256(there)) === file.sha256) return { bytes: there, path: file.name }
    const candidates = addresses.map(a => a + file.name)
    return { bytes: await download(file, candidates, usable, options), path: file.name }
  })
}

async function assemble(
  set: IdxSet,
  origin: string,
  bytesOf: (file: IdxSetFile) => Promise<{ bytes: Uint8Array; path: string } | undefined>,
): Promise<ImageSet | undefined> {
  const found = new Map<string, Uint8Array>()
  for (const [role, file] of Object.entries(set.files)) {
    const source = await bytesOf(file)
    if (!source) return undefined
    found.set(role, await readIdx(file, source.bytes, source.path))
  }
  const part = (name: 'train' | 'test'): LabelledImages => ({
    images: found.get(`${name}Images`)!,
    labels: found.get(`${name}Labels`)!,
  })
  return { train: part('train'), test: part('test'), origin }
}

async function readIdx({ shape }: IdxSetFile, bytes: Uint8Array, path: string): Promise<Uint8Array> {
  const size = 4 + 4 * shape.length + shape.reduce((n, d) => n * d, 1)
  const { data, shape: found } = parseIdx(isGzip(bytes) ? await gunzip(bytes, size, path) : bytes, path)
  if (!(data instanceof Uint8Array) || !sameShape(found, shape))
    throw new DataError(
      `${path} holds ${show(found)}, expected bytes of shape ${show(shape)}; is it another data set?`,
      path,
    )
  return data
}
