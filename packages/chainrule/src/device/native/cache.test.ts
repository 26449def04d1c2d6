/** Compiled code on disk: what is kept is found again, and what others could have written is not run. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cache, cacheFolder } from './cache.ts'

let root: string
let said: string[]
const say = (line: string): void => void said.push(line)
const open = (folder: string): Cache => new Cache(folder, say)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chainrule-cache-test-'))
  said = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('a cache', () => {
  it('is where the environment says', () => {
    expect(cacheFolder({ CHAINRULE_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/chainrule/native')
    // a relative path must be ignored, says the standard
    expect(cacheFolder({ XDG_CACHE_HOME: 'b' })).toMatch(/^\/.*\/\.cache\/chainrule\/native$/)
  })
  it('keeps objects and notes, readable by nobody else, under their digests', () => {
    const folder = join(root, 'one', 'two')
    const path = open(folder).keepObject('key', bytes('code'))
    open(folder).keepNote('note', { n: 1 })
    const other = open(folder)
    expect(other.object('key')).toBe(path)
    expect(readFileSync(path, 'utf8')).toBe('code')
    expect(other.object('another key')).toBe(undefined)
    expect(other.note('note')).toEqual({ n: 1 })
    expect(other.note('another note')).toBe(undefined)
    expect(other.size.objects).toBe(1)
    expect(path).toMatch(/[0-9a-f]{64}\.so$/)
    expect(said).toEqual([])
    expect(readdirSync(folder).filter(name => name.startsWith('.'))).toEqual([])
  })
  it('does not give out an object that was changed', () => {
    const cache = open(join(root, 'cache'))
    const path = cache.keepObject('key', bytes('code'))
    writeFileSync(path, 'cOde')
    expect(cache.object('key')).toBe(undefined)
    expect(said).toEqual([expect.stringContaining('is not what was compiled')])
    expect(cache.keepObject('key', bytes('code'))).toBe(path)
    expect(cache.object('key')).toBe(path)
  })
  it('does not follow a record out of its folder', () => {
    const cache = open(join(root, 'cache'))
    cache.keepObject('key', bytes('code'))
    const record = readdirSync(cache.folder).find(name => name.endsWith('.json'))!
    writeFileSync(join(root, `${'0'.repeat(64)}.so`), 'evil')
    for (const text of [`"../${'0'.repeat(64)}.so"`, '{}', 'null', '"', '"x.so"', '']) {
      writeFileSync(join(cache.folder, record), text)
      expect(cache.object('key')).toBe(undefined)
    }
  })

  /** Something else is used, which is said in one line, and gone when the process is. */
  function expectRefused(folder: string, reason: string): void {
    const cache = open(folder)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(folder)
    expect(said[0]).toContain(reason)
    expect(cache.isPrivate).toBe(true)
    expect(cache.folder.startsWith(tmpdir())).toBe(true)
    expect(cache.folder).not.toBe(folder)
    expect(cache.object('key')).toBe(undefined)
    expect(readFileSync(cache.keepObject('key', bytes('code')), 'utf8')).toBe('code')
    expect(cache.object('key')).toBeDefined()
    rmSync(cache.folder, { recursive: true })
  }
  it.each([0o770, 0o707, 0o777])('is refused where others may write (%o)', mode => {
    const folder = join(root, 'cache')
    open(folder).keepObject('key', bytes('code'))
    chmodSync(folder, mode)
    expectRefused(folder, 'others may write')
  })
  it('is refused where others may put another folder in its place', () => {
    const folder = join(root, 'open', 'cache')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(join(root, 'open'), 0o777)
    expectRefused(folder, 'others may write')
  })
  it('may lie where others write but nobody can replace what is not his', () => {
    const folder = join(root, 'open', 'cache')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(join(root, 'open'), 0o1777)
    open(folder).keepObject('key', bytes('code'))
    expect(said).toEqual([])
  })
  it('is refused if it is a link', () => {
    mkdirSync(join(root, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(root, 'elsewhere'), join(root, 'cache'))
    expectRefused(join(root, 'cache'), 'is not a folder')
  })
  // only root can give a folder away
  it.runIf(process.getuid?.() === 0)('is refused if it belongs to somebody else', () => {
    const folder = join(root, 'cache')
    mkdirSync(folder, { mode: 0o700 })
    chownSync(folder, 12345, 12345)
    expectRefused(folder, 'belongs to another user')
  })
  it('is refused below a folder of somebody else', () => {
    if (process.getuid?.() !== 0) return
    const folder = join(root, 'theirs', 'cache')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chownSync(join(root, 'theirs'), 12345, 12345)
    expectRefused(folder, 'belongs to another user')
  })
  it('goes elsewhere if its folder cannot be made', () => {
    writeFileSync(join(root, 'file'), '')
    expectRefused(join(root, 'file', 'cache'), 'cannot be made: ENOTDIR')
  })
  it('goes elsewhere if it cannot be written any more', () => {
    const folder = join(root, 'cache')
    const cache = open(folder)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
    const path = cache.keepObject('key', bytes('code'))
    expect(readFileSync(path, 'utf8')).toBe('code')
    expect(cache.object('key')).toBe(path)
    cache.keepObject('another', bytes('more code'))
    expect(said).toEqual([expect.stringContaining(`${folder} cannot be written: ENOTDIR`)])
    rmSync(cache.folder, { recursive: true })
  })
})
