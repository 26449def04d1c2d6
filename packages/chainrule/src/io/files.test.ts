import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFileIfThere, reason, writeFileAtomic } from './files.ts'

let folder: string
let library: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-files-'))
  library = join(folder, 'files.mjs')
  buildSync({
    entryPoints: [fileURLToPath(new URL('./files.ts', import.meta.url))],
    outfile: library,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A program for another process; `files` is this module. */
const program = (body: string): string => `const files = await import(${JSON.stringify(library)});\n${body}`

describe('writeFileAtomic', () => {
  it('creates folders, replaces files and leaves nothing else', async () => {
    const path = join(folder, 'a', 'b', 'model.safetensors')
    await writeFileAtomic(path, Uint8Array.of(1, 2))
    await writeFileAtomic(path, Uint8Array.of(3))
    expect(readFileSync(path)).toEqual(Buffer.of(3))
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['model.safetensors'])
    expect(await readFileIfThere(join(folder, 'missing'))).toBeUndefined()
  })

  it('fails with words when the target cannot be written, and changes nothing', async () => {
    const blocker = join(folder, 'file')
    writeFileSync(blocker, 'x')
    const error = await writeFileAtomic(join(blocker, 'model'), Uint8Array.of(1)).catch(e => e)
    expect(reason(error)).toMatch(/not a folder|EEXIST/)
    expect(readFileSync(blocker, 'utf8')).toBe('x')
  })

  it.skipIf(process.platform === 'win32')('keeps the previous file when there is no room', () => {
    const path = join(folder, 'room', 'model')
    const write = (bytes: number) =>
      program(`await files.writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(${bytes}).fill(7))
        .catch(e => { console.log(files.reason(e)); process.exit(3) })`)
    spawnSync(process.execPath, ['--input-type=module', '-e', write(1000)])
    expect(statSync(path).size).toBe(1000)
    const limited = spawnSync('sh', [
      '-c',
      'ulimit -f 64; exec "$0" --input-type=module -e "$1"',
      process.execPath,
      write(5_000_000),
    ])
    expect(limited.status).toBe(3)
    expect(limited.stdout.toString()).toContain('the file is larger than allowed')
    expect(statSync(path).size).toBe(1000)
    expect(readdirSync(join(folder, 'room'))).toEqual(['model'])
  })

  it('keeps a complete file when the process is killed while saving', async () => {
    const path = join(folder, 'killed', 'model')
    await writeFileAtomic(path, new Uint8Array(4_000_000).fill(1))
    const body = `for (let i = 2; ; i = 2 + i % 100) { console.log(i)
      await files.writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(4_000_000).fill(i)) }`
    for (let trial = 0; trial < 6; trial++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(body)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = new Promise(resolve => child.once('exit', resolve))
      await new Promise(resolve => child.stdout.once('data', resolve))
      await new Promise(resolve => setTimeout(resolve, 5 + 7 * trial))
      child.kill('SIGKILL')
      await ended
      const bytes = readFileSync(path)
      expect(bytes.length).toBe(4_000_000)
      expect(bytes.every(b => b === bytes[0])).toBe(true)
    }
    await writeFileAtomic(path, Uint8Array.of(9))
    expect(readdirSync(join(folder, 'killed'))).toEqual(['model'])
    expect(existsSync(path)).toBe(true)
  })
})
