/**
 * Files where there are files (Node, Deno, Bun), without an import that a browser's bundler would trip over. Writing is
 * atomic: a temporary file in the same folder, flushed to disk, then renamed; a full disk, a crash or a kill leaves the
 * previous file as it was.
 */
import { ChainruleError } from '../errors.ts'

type FileSystem = typeof import('node:fs')
type Modules = {
  'node:fs': FileSystem
  'node:path': typeof import('node:path')
  'node:os': typeof import('node:os')
  'node:module': typeof import('node:module')
}

/** A module of the platform, or undefined where there is none (a browser). */
export function builtin<N extends keyof Modules>(name: N): Modules[N] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as Modules[N] | undefined
}

/** A module of the platform, or an error that says why it is needed. */
export function needBuiltin<N extends keyof Modules>(name: N, purpose: string): Modules[N] {
  const module = builtin(name)
  if (!module) throw new ChainruleError(`${purpose}: needs a file system (Node 20.16 or newer, Deno, Bun)`)
  return module
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EEXIST: 'a file of that name is in the way',
  EPERM: 'not permitted',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than allowed',
  EROFS: 'the file system is read-only',
}

/** What the operating system said, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code && reasons[code]) ?? message ?? String(error)
}

/** The whole file, or undefined when it does not exist. */
export async function readFileIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** The whole file; failures are the platform's own errors (see `reason`). */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { promises } = needBuiltin('node:fs', `reading ${path}`)
  const bytes = await promises.readFile(path)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

let written = 0

/**
 * Replaces or creates `path` in one step, with its folders. When it fails, with the platform's own error, nothing has
 * changed and nothing is left behind.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const { promises: fs } = needBuiltin('node:fs', `writing ${path}`)
  const { dirname, basename, join } = needBuiltin('node:path', `writing ${path}`)
  const folder = dirname(path)
  await makeFolder(folder)
  await sweep(fs, folder, basename(path), join)
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${written++}.tmp`)
  try {
    const file = await fs.open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(temporary, path)
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(fs, folder)
}

/**
 * Makes the folders of `path` and writes, then removes, a file beside it.
 * Failures are the platform's own errors, as those of writing later would be.
 */
export async function checkWritable(path: string): Promise<void> {
  const { promises: fs } = needBuiltin('node:fs', `writing ${path}`)
  const { dirname, basename, join } = needBuiltin('node:path', `writing ${path}`)
  await makeFolder(dirname(path))
  const there = await fs.stat(path).catch(() => undefined)
  if (there?.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' })
  const probe = join(dirname(path), `.${basename(path)}.${process.pid}.${written++}.tmp`)
  await (await fs.open(probe, 'wx')).close()
  await fs.rm(probe, { force: true })
}

/** A folder and those above it. Node's own recursive mkdir never returns where the system denies a folder's existence (/proc). */
async function makeFolder(folder: string): Promise<void> {
  const { promises: fs } = needBuiltin('node:fs', `making ${folder}`)
  const { dirname } = needBuiltin('node:path', `making ${folder}`)
  const there = await fs.stat(folder).catch(() => undefined)
  if (there?.isDirectory()) return
  if (there) throw new Error(`${folder} is a file, not a folder`)
  const parent = dirname(folder)
  if (parent !== folder) await makeFolder(parent)
  await fs.mkdir(folder).catch(error => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new Error(`no folder can be made in ${parent}`, { cause: error })
    if (code !== 'EEXIST') throw error
  })
}

/** Makes the rename itself survive a power failure, where the platform allows it. */
async function syncFolder(fs: FileSystem['promises'], folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch {
    // Windows cannot open folders; the file itself is complete
  }
}

/** Removes what killed processes left behind for this name. */
async function sweep(
  fs: FileSystem['promises'],
  folder: string,
  name: string,
  join: (...parts: string[]) => string,
): Promise<void> {
  const prefix = `.${name}.`
  for (const entry of await fs.readdir(folder)) {
    if (!entry.startsWith(prefix)) continue
    const pid = /^(\d+)\.\d+\.tmp$/.exec(entry.slice(prefix.length))?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await fs.rm(join(folder, entry), { force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
