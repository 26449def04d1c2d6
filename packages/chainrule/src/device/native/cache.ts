/**
 * Compiled code on disk: objects named by the SHA-256 of what is in them, and one small record for each key that says which
 * object it is. Only the owner may write the folder, and what is loaded was read and its digest checked first, because loading
 * code means running it. Files appear under their names by `rename`, complete or not at all, so that processes may share the
 * folder.
 *
 * A folder that cannot be used (somebody else's, read-only, a full disk) is said once, and a private temporary one is used
 * instead, which goes when the process does.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { DeviceError } from '../../errors.ts'

export const digestOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes above which the oldest files go. */
const mostBytes = 512 << 20

/** CHAINRULE_CACHE, else a folder in XDG_CACHE_HOME, else in ~/.cache. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { CHAINRULE_CACHE, XDG_CACHE_HOME } = environment
  if (CHAINRULE_CACHE) return resolve(CHAINRULE_CACHE)
  return join(XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'chainrule', 'native')
}

/** Why a folder must not be trusted, or undefined: every folder on the way may be written by its owner alone, us or root. */
function distrust(folder: string): string | undefined {
  const me = process.getuid?.()
  const own = (path: string, stats: Stats): string | undefined => {
    if (me !== undefined && stats.uid !== me) return `${path} belongs to another user`
    if ((stats.mode & 0o022) !== 0) return `others may write to ${path}`
    return undefined
  }
  const stats = lstatSync(folder)
  if (!stats.isDirectory()) return `${folder} is not a folder`
  const wrong = own(folder, stats)
  if (wrong) return wrong
  for (let path = dirname(realpathSync(folder)); ; path = dirname(path)) {
    const { uid, mode } = statSync(path)
    if (me !== undefined && uid !== me && uid !== 0) return `${path} belongs to another user`
    // where others may write, a sticky bit keeps them from replacing what is not theirs
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return `others may write to ${path}`
    if (path === dirname(path)) return undefined
  }
}

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
const nowhere = (error: unknown): DeviceError =>
  new DeviceError('native', `native: compiled code cannot be kept in ${tmpdir()} (${reasonOf(error)})`)
const isObjectName = (name: unknown): name is string => typeof name === 'string' && /^[0-9a-f]{64}\.so$/.test(name)

export class Cache {
  readonly #say: (line: string) => void
  #folder: string
  #isPrivate = false

  /** `say` is given a line where the folder cannot be used. */
  constructor(folder: string, say: (line: string) => void) {
    this.#folder = folder
    this.#say = say
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const reason = distrust(folder)
      if (reason) this.#retreat(`is not used: ${reason}`)
    } catch (error) {
      this.#retreat(`cannot be made: ${reasonOf(error)}`)
    }
  }

  /** Where objects are. */
  get folder(): string {
    return this.#folder
  }
  /** Whether they go when the process does. */
  get isPrivate(): boolean {
    return this.#isPrivate
  }

  #retreat(why: string): void {
    const refused = this.#folder
    try {
      this.#folder = mkdtempSync(join(tmpdir(), 'chainrule-'))
    } catch (error) {
      throw nowhere(error)
    }
    this.#isPrivate = true
    const folder = this.#folder
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    this.#say(`chainrule: the cache ${refused} ${why}; compiled code is kept for this process only`)
  }

  #write(name: string, contents: Uint8Array | string): void {
    const temporary = join(this.#folder, `.${randomBytes(12).toString('hex')}`)
    try {
      writeFileSync(temporary, contents, { mode: 0o600, flag: 'wx' })
      renameSync(temporary, join(this.#folder, name))
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  }
  /** Writes files, in a private folder if they cannot be written here. @throws DeviceError where there is none either */
  #keep(files: readonly (readonly [name: string, contents: Uint8Array | string])[]): void {
    const write = (): void => {
      this.#prune(files.reduce((n, [, contents]) => n + contents.length, 0))
      for (const [name, contents] of files) this.#write(name, contents)
    }
    try {
      write()
    } catch (error) {
      if (this.#isPrivate) throw nowhere(error)
      this.#retreat(`cannot be written: ${reasonOf(error)}`)
      this.#keep(files)
    }
  }

  #read(name: string): Uint8Array | undefined {
    try {
      return readFileSync(join(this.#folder, name))
    } catch {
      return undefined // not there, or not ours to read: made anew
    }
  }

  /** Path of the object kept under a key, checked; undefined where there is none. */
  object(key: string): string | undefined {
    const name = this.#record(key)
    if (!isObjectName(name)) return undefined
    const bytes = this.#read(name)
    if (!bytes) return undefined
    const path = join(this.#folder, name)
    if (`${digestOf(bytes)}.so` === name) return path
    this.#say(`chainrule: ${path} is not what was compiled, and is not used; it is made anew`)
    rmSync(path, { force: true })
    return undefined
  }

  /** Keeps an object; returns its path. */
  keepObject(key: string, bytes: Uint8Array): string {
    const name = `${digestOf(bytes)}.so`
    this.#keep([
      [name, bytes],
      [`${digestOf(key)}.json`, JSON.stringify(name)],
    ])
    return join(this.#folder, name)
  }

  #record(key: string): unknown {
    const text = this.#read(`${digestOf(key)}.json`)
    try {
      return text && JSON.parse(new TextDecoder().decode(text))
    } catch {
      return undefined // cut short by something other than us
    }
  }
  /** What was noted under a key: any JSON, to be looked at with care. */
  note(key: string): unknown {
    return this.#record(key)
  }
  keepNote(key: string, value: unknown): void {
    this.#keep([[`${digestOf(key)}.json`, JSON.stringify(value)]])
  }

  /** All files with their sizes, oldest first. */
  #files(): { readonly name: string; readonly bytes: number; readonly time: number }[] {
    return readdirSync(this.#folder)
      .flatMap(name => {
        const stats = statSync(join(this.#folder, name), { throwIfNoEntry: false })
        return stats?.isFile() ? [{ name, bytes: stats.size, time: stats.mtimeMs }] : []
      })
      .sort((a, b) => a.time - b.time)
  }
  get size(): { readonly objects: number; readonly bytes: number } {
    const files = this.#files()
    return {
      objects: files.filter(f => isObjectName(f.name)).length,
      bytes: files.reduce((n, f) => n + f.bytes, 0),
    }
  }
  /** Makes room; whoever still needs a file has it loaded, or makes it anew. */
  #prune(needed: number): void {
    const files = this.#files()
    let bytes = files.reduce((n, f) => n + f.bytes, needed)
    if (bytes <= mostBytes) return
    for (const file of files) {
      if (bytes <= mostBytes / 2) return
      rmSync(join(this.#folder, file.name), { force: true })
      bytes -= file.bytes
    }
  }
}
